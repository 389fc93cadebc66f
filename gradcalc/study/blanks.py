"""What a sheet of answers has a place for: every quantity that is computed, in the order in which a hand works."""

from __future__ import annotations

from gradcalc.problem.answers import CLIPPED, GRADIENTS, UPDATE, Key
from gradcalc.problem.build import Built
from gradcalc.study.truth import Truth

# what is asked for only by some: parts of a Jacobian, the boundary of a function
_BESIDE = ("part", "boundary")


def of_first_pass(truth: Truth) -> list[Key]:
    """Values forward and gradients backward; the loss of each sample only where there are several."""
    built = truth.built
    single = built.single or built.cost is None
    return [
        key
        for key in truth.first_pass
        if key.quantity not in built.leaves
        and (_is_asked(key.quantity, built) or (key.quantity == "sample_losses" and not single))
    ]


def _is_asked(name: str, built: Built) -> bool:
    """Whether everybody is asked for a quantity: for values, and for gradients but that of the result itself."""
    if name in built.quantities:
        return built.quantities[name].role not in _BESIDE
    return name.startswith("d") and name != f"d{built.result}"


def of_steps(truth: Truth) -> list[Key]:
    """The gradient, the state and the parameters after each step of each optimizer; nothing that is given."""
    given = bool(truth.problem.gradients or truth.problem.every_gradient)
    several = len(truth.vocabulary.runs) > 1
    found: list[Key] = []
    for label, trained in truth.vocabulary.runs.items():
        rows = [row for row in trained.rows if row not in (CLIPPED, UPDATE)]
        for step in range(1, trained.steps + 1):
            for row in rows:
                if row != GRADIENTS or (step > 1 and not given):
                    found += [Key(row, step, name, label if several else None) for name in trained.parameters]
    return found


def blanks(truth: Truth) -> list[Key]:
    """What a sheet asks for: no gradient of what is given, and steps where the problem names an optimizer."""
    quantities = truth.built.quantities
    given = {f"d{name}" for name, quantity in quantities.items() if quantity.role in ("input", "target")}
    first = of_first_pass(truth) if truth.built.graph.equations else []
    steps = of_steps(truth) if truth.problem.optimizers else []
    return [*(key for key in first if key.quantity in quantities or key.quantity not in given), *steps]
