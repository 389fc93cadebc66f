"""Broken rows, each with one mistake that people or programs make.

`TOLD` are those where code and rules disagree, which the checks of the table must refuse; `AGREED` have the same
mistake in both, which only a paper can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from variants import ROWS

from gradcalc.training.optimizer import Optimizer, Row

Change = Callable[[Row], Row]


def rule(name: str, entry: str, text: str) -> Optimizer:
    """The row with another text for one of its entries."""
    return reworded(name, lambda rules: tuple((key, text if key == entry else told) for key, told in rules))


def reword(name: str, old: str, new: str) -> Optimizer:
    """The row with other words wherever these stand in its texts."""
    return reworded(name, lambda rules: tuple((key, told.replace(old, new)) for key, told in rules))


def reworded(name: str, change: Callable[..., Any]) -> Optimizer:
    row = ROWS[name]
    return replace(row, rules=lambda hyper: change(row.rules(hyper)))


def code(name: str, change: Callable[..., Row]) -> Optimizer:
    """The row with other code: `change(found, w, g, t, state, hyper)` of what the right code finds."""
    row = ROWS[name]

    def update(w: Any, g: Any, t: int, state: Any, **hyper: Any) -> Row:
        return change(row.update(w, g, t, state, **hyper), w, g, t, state, hyper)

    return replace(row, update=update)


def given(name: str, change: Callable[..., Mapping[str, Any]]) -> Optimizer:
    """The row whose code is told other constants than its rules."""
    row = ROWS[name]
    return replace(row, update=lambda w, g, t, state, **hyper: row.update(w, g, t, state, **{**hyper, **change(hyper)}))


def careless(found: Row, w: Any, g: Any, t: int, state: Any, hyper: Any) -> Row:
    for array in state.values():
        np.add(array, 0.1, out=array)
    return found


def swapped(hyper: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"beta1": hyper["beta2"], "beta2": hyper["beta1"]}


def other_place(hyper: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"eps_place": "outside" if hyper["eps_place"] == "inside" else "inside"}


TOLD: Mapping[str, Optimizer] = {
    # signs and factors
    "the step goes uphill": rule("sgd", "update", "lr * g"),
    "the code goes uphill": code("sgd", lambda found, *_: {"update": -found["update"]}),
    "the rate is used twice": reword("momentum", "-lr * v", "-lr * lr * v"),
    "the velocity has no rate in its classical form": reword("momentum", "+ lr * g", "+ g"),
    "the mean has lost its 1 − β": reword("adam", "(1 - beta1) * g", "g"),
    "the square is forgotten": reword("adam", "g**2", "g"),
    "the root is forgotten": reword("adam", "sqrt(v_hat)", "v_hat"),
    # the step before, and this one
    "the velocity of the step before is used": code(
        "momentum", lambda found, w, g, t, state, hyper: {**found, "update": -state["v"]}
    ),
    "the look-ahead is left out": rule("nesterov", "update", "-v"),
    "Lion's mean is renewed before the step": reworded("lion", lambda rules: (rules[-2], *rules[:-2], rules[-1])),
    "AdaDelta takes its own step into account": reworded("adadelta", lambda rules: (*rules[::-1][1:], rules[-1])),
    "the largest v is that of this step": reword("amsgrad", "max(v_max, v)", "v"),
    "the state is changed in place": code("adagrad", careless),
    "the state is not renewed": code("adagrad", lambda found, w, g, t, state, hyper: {**found, "G": state["G"]}),
    # the correction
    "the exponent is outside the bracket": reword("adam", "(1 - beta1**t)", "(1 - beta1)**t"),
    "t is not in the correction": reword("adam", "(1 - beta1**t)", "(1 - beta1)"),
    "steps are counted from 0": reword("adamax", "beta1**t", "beta1**(t - 1)"),
    "only the mean is corrected": rule("adam", "v_hat", "v"),
    "β1 and β2 are swapped in the code": given("adam", swapped),
    "the correction is left out of the code": given("nadam", lambda hyper: {"bias_correction": False}),
    "the corrected mean is fed back": code("adam", lambda found, *_: {**found, "m": found.get("m_hat", found["m"])}),
    "NAdam looks ahead with this step's μ": reword("nadam", "(t + 1)", "t"),
    "RAdam's bound is 4": reword("radam", "rho > 5", "rho > 4"),
    # ε
    "ε is told inside, and is outside": given("rmsprop", other_place),
    "ε is outside in the text": reword("amsgrad", "sqrt(v_hat + eps)", "(sqrt(v_hat) + eps)"),
    "ε is missing in the code": given("adagrad", lambda hyper: {"eps": 0.0}),
    "ε is not in AdaMax's maximum": reword("adamax", "abs(g) + eps", "abs(g)"),
    # variants
    "the mean is not subtracted": reword("rmsprop", "s - g_mean**2", "s"),
    "the first gradient is held back, too": reword("momentum", "where(t > 1, 1 - dampening, 1)", "(1 - dampening)"),
    "the rate decays from the first step on": reword("adagrad", "(t - 1)", "t"),
    "a step size has no bounds": reword(
        "rprop", "min(max(step_size * factor, step_min), step_max)", "step_size * factor"
    ),
    "Rprop does not wait after a change of sign": rule("rprop", "g_prev", "g"),
    "the norm is not squared": reword("polyak", "norm(g)**2", "norm(g)"),
    "the smallest loss is ignored": given("polyak", lambda hyper: {"f_min": 0.0}),
    # the decay of weights
    "the decay is always told": reworded("adam", lambda rules: (("g", "g + weight_decay * w"), *rules)),
    "the decay has no rate": reword("adamw", "lr * weight_decay", "weight_decay"),
    "the decay makes the weights larger": reword("sgd", "g + weight_decay", "g - weight_decay"),
    "the decay is added to the gradient in the code": given("adamw", lambda hyper: {"decoupled": False}),
    # the row itself
    "a rule too few": reworded("adam", lambda rules: rules[1:]),
    "a rule that uses what comes later": reworded("adam", lambda rules: (*rules[2:-1], *rules[:2], rules[-1])),
    "an entry without a rule": code("lion", lambda found, *_: {"extra": found["c"], **found}),
    "one number where there should be an array": code("sgd", lambda found, *_: {"update": np.mean(found["update"])}),
    "the gradient itself is returned": code("lion", lambda found, w, g, *_: {**found, "c": g}),
    "the state is lost": code("adam", lambda found, *_: {name: found[name] for name in found if name != "v"}),
}


def agreed(name: str, **constants: Any) -> Optimizer:
    """The row that takes other constants than it is given, in its code and in its rules."""
    row = ROWS[name]
    return replace(
        row,
        update=lambda w, g, t, state, **hyper: row.update(w, g, t, state, **{**hyper, **constants}),
        rules=lambda hyper: row.rules({**hyper, **constants}),
        state=lambda hyper: row.state({**hyper, **constants}),
    )


def later(name: str) -> Optimizer:
    """The row that counts its steps from 2."""
    row = ROWS[name]
    return replace(row, update=lambda w, g, t, state, **hyper: row.update(w, g, t + 1, state, **hyper))


AGREED: Mapping[str, Optimizer] = {
    "ε is always outside": agreed("adam", eps_place="outside"),
    "ε is always inside": agreed("rmsprop", eps_place="inside"),
    "the hat form is that of the paper's algorithm": agreed("nadam", eps_place="outside"),
    "everything is corrected": agreed("radam", bias_correction=True),
    "nothing is corrected": agreed("adamax", bias_correction=False),
    "momentum has one form": agreed("momentum", form="torch"),
    "Nesterov's momentum is plain": replace(ROWS["momentum"], name="nesterov"),
    "AMSGrad is Adam": replace(ROWS["adam"], name="amsgrad"),
    "RMSProp is never centered": agreed("rmsprop", centered=False),
    "the decay is always decoupled": agreed("adam", decoupled=True),
    "nothing decays": agreed("rprop", weight_decay=0.0),
    "Adam counts from 2": later("adam"),
    "AdaGrad's rate counts from 2": later("adagrad"),
    "Rprop starts at 0.1": replace(ROWS["rprop"], start=lambda name, hyper: 0.1 if name == "step_size" else 0.0),
    "NAdam's product starts at β1": replace(ROWS["nadam"], start=lambda name, hyper: 0.9 * (name == "mu_product")),
}
