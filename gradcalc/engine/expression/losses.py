"""Losses called by name in a formula: prediction first, target second, then over outputs and over samples."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from gradcalc.engine.expression.call import Call
from gradcalc.engine.expression.called import CalledLoss
from gradcalc.engine.expression.writer import ANY, Operand, Shape, count
from gradcalc.engine.graph import Equation
from gradcalc.engine.op import Attrs, Op
from gradcalc.engine.ops import LOSSES
from gradcalc.engine.ops.folds import MEAN, SUM
from gradcalc.engine.ops.losses import Loss, Reduction
from gradcalc.engine.ops.pairs import DIVIDE
from gradcalc.engine.ops.reductions import DIVIDED, OVER_OUTPUTS, OVER_SAMPLES, WEIGHTED_SAMPLES

_KEYWORDS = ("reduction", "outputs", "weights")


def loss(row: Loss, call: Call) -> Operand:
    """The equations of a loss: (K,) or a number is one sample, (N, K) a batch of N.

    The steps `·e` and `·l` hold the loss of each output and of each sample, where they are not the loss itself. A loss
    that is fed whole by its activation is computed with it in the stable joint form.
    """
    p, t = _sides(row, call)
    outputs = call.word("outputs", ("sum", "mean")) or row.outputs
    mean, units = outputs == "mean", count(p.shape[-1:])
    reduction = _reduction(call) or row.reduction
    errors = None
    if row.level == "all":
        x = _first(row, call, [p, t], (), "d")
    elif row.level == "sample":
        x = _first(row, call, [p, t], p.shape[:-1], "u" if mean else "l")
        x = _step(call, DIVIDED, [x], x.shape, {"divisor": units}, "l") if mean else x
    else:
        errors = _first(row, call, [p, t], p.shape, "e")
        x = _over_outputs(call, errors, mean=mean)
    last = _over_samples(call, x, reduction)
    closed = call.writer.close(call.node, last)

    def named(part: Operand) -> str:
        return closed.name if part.name == last.name else part.name

    call.writer.losses[call.node] = CalledLoss(
        row=row,
        attrs=call.options(row.op),
        prediction=p.name,
        target=t.name,
        samples=p.shape[0] if len(p.shape) > 1 else 1,
        outputs=outputs,
        reduction=reduction,
        divisor=_divisor(call, x, reduction),
        errors=None if errors is None else named(errors),
        sample_losses=None if row.level == "all" else named(x),
    )
    return closed


def loss_of(tree: ast.expr, losses: Mapping[ast.expr, CalledLoss]) -> CalledLoss | None:
    """The loss that a formula is, or the one among the terms of the sum that it is; None where there is no such one."""
    terms, waiting = [], [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            waiting += [node.left, node.right]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in LOSSES:
            terms.append(node)
    return losses.get(terms[0]) if len(terms) == 1 else None


def keywords_of(row: Loss) -> tuple[str, ...]:
    """The keywords of a loss: those of its op, and those that say what is added up how."""
    taken = [key for key in _KEYWORDS if (key == "outputs") <= row.outputs_choice]
    return (*row.op.options, *(taken if row.level != "all" else ()))


def _sides(row: Loss, call: Call) -> tuple[Operand, Operand]:
    """Prediction and target in one shape; what can be known of the target is checked.

    Where the shape of one of them is not known, it is that of the other.
    """
    p, t = call.args
    p, t = (x._replace(shape=other.shape) if x.shape == ANY else x for x, other in ((p, t), (t, p)))
    axes = len(p.shape)
    if axes > 2 or (axes == 0 and row.level == "sample"):
        needs = "a vector, or a matrix with a row for each sample" if axes == 0 else "a vector or a matrix"
        raise call.misfit(f"but {call.name} needs {needs}")
    if call.writer.common(call.node, [p, t]) != p.shape:
        raise call.misfit("but prediction and target must have the same shape")
    wrong = row.refuses(t.value) if t.value is not None else None
    if wrong:
        raise call.writer.formula.error(f"{call.name}: {wrong}", call.node.args[1])
    return p, call.writer.stretch(t, p.shape) if t.shape != p.shape else t


def _first(row: Loss, call: Call, inputs: Sequence[Operand], shape: Shape, mark: str) -> Operand:
    """The loss of each output, sample, or of all, in the joint form where the activation allows it."""
    attrs = call.options(row.op)
    source = call.writer.source(inputs[0])
    joint = row.joint_for(source.op.name, attrs) if source is not None else None
    if joint is None or source is None:
        return _step(call, row.op, inputs, shape, attrs, mark)
    shown = Equation("", row.op, tuple(operand.name for operand in inputs), attrs, call.writer.line)
    chosen = {key: attrs.get(key, option.default) for key, option in joint.options.items()}
    z = inputs[0]._replace(name=source.inputs[0])
    return call.writer.step(call.node, joint, [z, inputs[1]], shape, chosen, mark, shown)


def _over_outputs(call: Call, x: Operand, *, mean: bool) -> Operand:
    """The loss of each sample from that of its outputs."""
    if not x.shape:
        return x
    units = count(x.shape[-1:])
    if len(x.shape) == 1:
        op, counted = (MEAN, {"count": units}) if mean else (SUM, {})
        return _step(call, op, [x], (), {"axis": None, **counted}, "l")
    return _step(call, OVER_OUTPUTS, [x], x.shape[:1], {"count": units, "divisor": units if mean else 1}, "l")


def _over_samples(call: Call, x: Operand, reduction: str | None) -> Operand:
    """One number for all samples."""
    weights = call.settings.get("weights")
    if not x.shape:
        if weights is not None:
            raise call.writer.formula.error("weights belong to a batch, and this is one sample", weights)
        return x
    samples = x.shape[0]
    if weights is None:
        attrs = {"count": samples, "divisor": 1 if reduction == "sum" else samples}
        return _step(call, OVER_SAMPLES, [x], (), attrs, "d")
    s = _weights(call, weights, samples)
    x = _step(call, WEIGHTED_SAMPLES, [x, s], (), {"divisor": samples if reduction == "mean" else 1}, "d")
    if reduction != "weighted_mean":
        return x
    total = _step(call, SUM, [s], (), {"axis": None}, "s")
    return _step(call, DIVIDE, [x, total], (), {}, "m")


def _reduction(call: Call) -> Reduction | None:
    known: dict[str, Reduction] = {"sum": "sum", "mean": "mean", "weighted_mean": "weighted_mean"}
    word = call.word("reduction", known)
    return None if word is None else known[word]


def _divisor(call: Call, x: Operand, reduction: str | None) -> float | None:
    """What the sum over the losses x of the samples is divided by."""
    if not x.shape or reduction == "sum" or reduction is None:
        return 1
    weights = call.settings.get("weights")
    if weights is None or reduction == "mean":
        return x.shape[0]
    value = _weights(call, weights, x.shape[0]).value
    return None if value is None else float(value.sum())


def _weights(call: Call, node: ast.expr, samples: int) -> Operand:
    found = call.writer.known.get(node.id) if isinstance(node, ast.Name) else None
    if found is None or found.shape != (samples,):
        raise call.writer.formula.error(f"weights is the name of a quantity with {samples} entries", node)
    return found


def _step(call: Call, op: Op, inputs: Sequence[Operand], shape: Shape, attrs: Attrs, mark: str) -> Operand:
    return call.writer.step(call.node, op, inputs, shape, attrs, mark)
