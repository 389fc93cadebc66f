"""What a person calls a quantity, a gradient, a local derivative or an entry of one, read as what is meant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from unicodedata import normalize

from gradcalc.engine.notation import hatted
from gradcalc.errors import UsageError
from gradcalc.problem.build import Built
from gradcalc.problem.quantity import UNKNOWN, suffix
from gradcalc.problem.suggest import nearest


@dataclass(frozen=True)
class Reference:
    """A quantity `name`, or its derivative: ∂of/∂name where `of` is not None.

    Positions count from 0, as the shown shapes do; fewer of them than axes mean a whole row. `step` is the step of an
    optimizer after which the quantity is meant.
    """

    name: str
    index: tuple[int, ...] = ()
    of: str | None = None
    of_index: tuple[int, ...] = ()
    step: int | None = None

    @property
    def is_value(self) -> bool:
        """True for a quantity itself, False for a derivative."""
        return self.of is None


_STEP = re.compile(r"^(.*?)@\s*([0-9]+)$")
_ENTRY = re.compile(r"^(.*?)\s*(?:\[([0-9\s,]*)\])?$")
# the gradient of the result in one word: dW1, grad_W1, ∂W1; a delta is the gradient of what a layer's activation takes
_GRADIENT = re.compile(r"^(?:d|∂|grad_|∇)(.+)$")
_DELTA = re.compile(r"^(?:δ|delta)(.+)$")
_DERIVATIVE = re.compile(r"^[d∂](.+?)\s*/\s*[d∂](.+)$")
_HAT = ("yhat", "ŷ", "y_hat")


def reference(text: str, built: Built, index_base: int = 1) -> Reference:
    """Read `text` as a quantity of `built`: `z1[2]`, `yhat`, `dL/dW_H[1,2]`, `dW1`, `grad_W1`, `δ1`, `da1/dz1`, `W1@2`.

    A name that a quantity has comes before any other reading. Raises UsageError for what is no quantity, and for an
    index that does not fit.

    >>> import gradcalc
    >>> built = gradcalc.solve(gradcalc.loads("{input: [1, 2], layers: [{weights: [[3, 4]]}]}")).built
    >>> reference("dW1[1,2]", built)
    Reference(name='W1', index=(0, 1), of='a1', of_index=(), step=None)
    """
    step, body = None, text.strip()
    if match := _STEP.match(body):
        body, step = match[1], int(match[2])
    if (match := _DERIVATIVE.match(body)) and _split(body)[0] not in built.quantities:
        of, of_index = _named(text, match[1], built, index_base)
        name, index = _named(text, match[2], built, index_base)
        return Reference(name, index, of, of_index, step)
    name, inside = _split(body)
    known = quantity_called(name, built)
    if known is not None:
        return Reference(known, _index(text, known, inside, built, index_base), step=step)
    of = built.result or built.output
    known = _gradient_of(name, built)
    if known is None:
        raise _unknown(text, name, built)
    return Reference(known, _index(text, known, inside, built, index_base), of, step=step)


def _split(body: str) -> tuple[str, str | None]:
    match = _ENTRY.match(body)
    return (match[1], match[2]) if match else (body, None)


def _named(text: str, body: str, built: Built, index_base: int) -> tuple[str, tuple[int, ...]]:
    """A quantity and the entry of it in one half of a derivative."""
    name, inside = _split(body.strip())
    known = quantity_called(name, built)
    if known is None:
        raise _unknown(text, name, built)
    return known, _index(text, known, inside, built, index_base)


def quantity_called(name: str, built: Built) -> str | None:
    """The quantity that `name` is, perhaps by another name, or with its hat on; None if there is none."""
    if name in built.quantities:
        return name
    plain = name.replace(" ", "").replace("'", "′")
    if built.also and (other := built.also.get(plain, plain)) in built.quantities:
        return other
    same = [one for one in built.quantities if hatted(one) == hatted(normalize("NFC", name))]
    return same[0] if same else built.output if name in _HAT and built.output else None


def _gradient_of(name: str, built: Built) -> str | None:
    """The quantity whose gradient `name` is."""
    if match := _DELTA.match(name):
        for sized in built.layers:
            if suffix(sized.layer, sized.number).removeprefix("_") == match[1].removeprefix("_"):
                return sized.names.pre if sized.names.pre in built.quantities else sized.names.post
    match = _GRADIENT.match(name)
    return quantity_called(match[1], built) if match else None


def _index(text: str, name: str, inside: str | None, built: Built, base: int) -> tuple[int, ...]:
    if inside is None:
        return ()
    shape = built.quantities[name].shape
    position = tuple(int(part) - base for part in inside.replace(",", " ").split())
    if UNKNOWN in shape:
        raise UsageError(f"{text}: the shape of {name} is not known, so that it has no entries to count")
    fits = 0 < len(position) <= len(shape) and all(
        0 <= i < side for i, side in zip(position, shape, strict=False) if isinstance(side, int)
    )
    if not fits:
        size = "×".join(map(str, shape))
        told = f"{name} has the shape {size}" if len(shape) > 1 else f"{name} has {size} entries"
        told = told if shape else f"{name} is one number and has no entries"
        raise UsageError(f"{text}: {told}; indices count from {base}")
    return position


def _unknown(text: str, name: str, built: Built) -> UsageError:
    known = [*built.quantities]
    close = nearest(name, [*known, *(f"{sign}{one}" for sign in "d∂" for one in known)], {})
    told = f"did you mean '{close}'?" if close else None
    return UsageError(f"{text}: no quantity is called '{name}'", hint=told or f"one of {', '.join(known)}")
