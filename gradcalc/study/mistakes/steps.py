"""Mistakes in the steps of an optimizer: its state, its corrections, its constants, its counting."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice

from gradcalc.engine.book import names_in
from gradcalc.study.mistakes.row import Mistake, coursewise, exchanged, plain, reworded
from gradcalc.study.working import Course

Found = Iterator[tuple[str, Course]]


# what roots are taken of, and a largest value that stands for one
_SQUARES = ("v_hat", "s", "G", "v", "v_max", "u")


def _told(course: Course) -> Mapping[str, str]:
    return dict(course.rules)


def _with(course: Course, **new: str) -> Course:
    return replace(course, rules=reworded(course.rules, new))


def _exchanges(course: Course, name: str, *pairs: tuple[str, str]) -> Found:
    """The run with a part of one rule exchanged, for each pair that changes it."""
    text = _told(course).get(name)
    for old, new in pairs:
        if text is not None and exchanged(text, old, new) != plain(text):
            yield name, _with(course, **{name: exchanged(text, old, new)})


def _others(course: Course, new: Mapping[str, str]) -> Found:
    """The run with other texts for some rules: for all that change at once, and for each of them."""
    told = _told(course)
    changed = {name: text for name, text in new.items() if plain(text) != plain(told[name])}
    if len(changed) > 1:
        yield "", _with(course, **changed)
    for name, text in changed.items():
        yield name, _with(course, **{name: text})


def _correction(course: Course, other: str) -> Mapping[str, str]:
    """The rules that correct for the start, with another divisor than 1 − βᵗ."""
    return {
        name: _of_betas(text, "1 - {}**t", other)
        for name, text in course.rules
        if name.endswith("_hat") or name == "lr_t"
    }


def _of_betas(text: str, old: str, new: str) -> str:
    """A rule with a part exchanged, whichever of the β it is about."""
    for beta in _BETAS:
        text = exchanged(text, old.format(beta), new.format(beta))
    return text


_BETAS = ("beta1", "beta2", "rho", "beta")


def _no_correction(course: Course) -> Found:
    yield from islice(_others(course, _correction(course, "1")), 1)


def _one_correction(course: Course) -> Found:
    yield from islice(_others(course, _correction(course, "1")), 1, None)


def _no_power(course: Course) -> Found:
    yield from _others(course, _correction(course, "1 - {}"))


def _power_outside(course: Course) -> Found:
    """(1 − β)ᵗ for 1 − βᵗ."""
    yield from _others(course, _correction(course, "(1 - {})**t"))


def _by_beta(course: Course) -> Found:
    yield from islice(_others(course, _correction(course, "{}")), 1)


def _counted_from(first: int) -> Callable[[Course], Found]:
    def applies(course: Course) -> Found:
        if any("t" in names_in(text) for _, text in course.rules):
            yield "", replace(course, first=first)

    return applies


def _updates(later: int) -> Callable[[Course], Found]:
    """At each step the numbers of one that comes some steps later, or earlier."""

    def applies(course: Course) -> Found:
        if later < 0 or not course.trace.given or course.last + later <= course.trace.steps:
            yield "", replace(course, later=later)

    return applies


def _betas_swapped(course: Course) -> Found:
    if "beta2" in course.hyper:
        yield (
            "",
            replace(course, hyper={**course.hyper, "beta1": course.hyper["beta2"], "beta2": course.hyper["beta1"]}),
        )


def _shares_swapped(course: Course) -> Found:
    """β and 1 − β confused in a running mean."""

    def swapped(text: str) -> str:
        return _of_betas(_of_betas(_of_betas(text, "1 - {}", "other_{}"), "{}", "1 - {}"), "other_{}", "{}")

    states = course.trace.optimizer.state(course.hyper)
    yield from _others(course, {name: swapped(text) for name, text in course.rules if name in states})


def _fed_back(course: Course) -> Found:
    """The corrected mean written back over the mean."""
    hats = {name.removesuffix("_hat"): name for name in ("m_hat", "v_hat") if name in _told(course)}
    if hats:
        yield "", replace(course, kept=hats)
        for state, hat in hats.items():
            yield state, replace(course, kept={state: hat})


def _reset(course: Course) -> Found:
    if course.last > 1 and course.trace.optimizer.state(course.hyper):
        yield "", replace(course, forgets=True)


def _eps_elsewhere(course: Course) -> Found:
    update = _told(course).get("update", "")
    for name in _SQUARES:
        outside, inside = f"sqrt({name}) + eps", f"sqrt({name} + eps)"
        if exchanged(update, outside, "0") != plain(update):
            yield "", _with(course, update=exchanged(update, outside, inside))
        if exchanged(update, inside, "0") != plain(update):
            yield "", _with(course, update=exchanged(update, inside, outside))


def _eps_left_out(course: Course) -> Found:
    if course.hyper.get("eps"):
        yield "", replace(course, hyper={**course.hyper, "eps": 0.0})


_FORMS = {"classical": ("lr * g", "-v"), "torch": ("g", "-lr * v"), "ema": ("(1 - beta) * g", "-lr * v")}


def _momentum_form(course: Course) -> Found:
    """The velocity of another form, consistently or with the update of the problem's own."""
    own, told = course.hyper.get("form"), _told(course)
    if own is None or "v" not in told:
        return
    own_share = _FORMS[own][0]
    shares = {**{form: share for form, (share, _) in _FORMS.items()}, "both": "(1 - beta) * lr * g"}
    for form, share in shares.items():
        if form == own:
            continue
        velocity = exchanged(told["v"], own_share, share) if own != "torch" else f"beta * v + {share}"
        yield "v", _with(course, v=velocity)
        if course.trace.optimizer.name == "nesterov":
            factor = "" if own == "classical" else "lr * "
            yield "v", _with(course, v=velocity, update=f"-{factor}(beta * v + {share})")
        elif form in _FORMS and course.trace.optimizer.name == "momentum":
            yield "v", _with(course, v=velocity, update=_FORMS[form][1])


def _uphill(course: Course) -> Found:
    yield "", replace(course, scale=-1.0)
    yield "update", _with(course, update=f"-({_told(course)['update']})")


def _rate_twice(course: Course) -> Found:
    if "lr" in course.hyper:
        yield "", _with(course, update=f"lr * ({_told(course)['update']})")


def _rate_left_out(course: Course) -> Found:
    yield from _others(course, {name: exchanged(text, "lr", "1") for name, text in course.rules})


_RATES = (0.1, 10.0, 0.01, 100.0, 0.5, 2.0)


def _other_rate(course: Course) -> Found:
    for factor in _RATES if "lr" in course.hyper else ():
        yield "", replace(course, hyper={**course.hyper, "lr": course.hyper["lr"] * factor})


def _previous_state(course: Course) -> Found:
    """The update with the state of the step before."""
    update = _told(course)["update"]
    for name in course.trace.optimizer.state(course.hyper):
        other = exchanged(update, name, f"{name}_before")
        if other != plain(update):
            yield "", _with(course, update=other)


def _ahead_twice(course: Course) -> Found:
    update = _told(course)["update"]
    if course.trace.optimizer.name == "nesterov":
        share = _FORMS[course.hyper["form"]][0]
        lr = "lr * " if course.hyper["form"] != "classical" else ""
        yield "", _with(course, update=f"-{lr}(beta * (beta * v + {share}) + {share})")
        yield "", _with(course, update=f"-{lr}v")
    elif update and course.trace.optimizer.name == "momentum":
        share = _FORMS[course.hyper["form"]][0]
        lr = "lr * " if course.hyper["form"] != "classical" else ""
        yield "", _with(course, update=f"-{lr}(beta * v + {share})")


def _root(course: Course) -> Found:
    update = _told(course)["update"]
    for name in _SQUARES:
        for argument in (name, f"{name} + eps"):
            other = exchanged(update, f"sqrt({argument})", argument)
            if other != plain(update):
                yield "", _with(course, update=other)


def _divisor_left_out(course: Course) -> Found:
    update = _told(course)["update"]
    for root in ("(sqrt({}) + eps)", "sqrt({} + eps)", "{}"):
        for name in _SQUARES:
            other = exchanged(update, root.format(name), "1")
            if other != plain(update) and f" / {root.format(name)}" in update:
                yield "", _with(course, update=other)


def _not_squared(course: Course) -> Found:
    for name in ("v", "s", "G"):
        yield from _exchanges(course, name, ("g**2", "g"), ("g**2", "abs(g)"))


def _not_kept(course: Course) -> Found:
    """A running mean or sum that takes nothing over, or all, or the new as a whole."""
    states = {name: text for name, text in course.rules if name in course.trace.optimizer.state(course.hyper)}
    for kept in ("{0}", "0 * w"):
        yield from _others(course, {
            name: _of_betas(text, f"{{}} * {name}", kept.format(name)) for name, text in states.items()
        })  # fmt: skip
    yield from _others(course, {name: _of_betas(text, "1 - {}", "1") for name, text in course.rules})
    yield from _exchanges(course, "G", ("G + g ** 2", "g ** 2"))


def _decay(course: Course) -> Found:
    if course.hyper.get("weight_decay"):
        yield "", replace(course, hyper={**course.hyper, "weight_decay": 0.0})
        flipped = {**course.hyper, "decoupled": not course.hyper["decoupled"]}
        yield "", replace(course, hyper=flipped, rules=course.trace.optimizer.rules(flipped))


ROWS: tuple[Mistake, ...] = (
    coursewise("M12", "no_bias_correction", "no bias correction: m and v as they are for m̂ and v̂", _no_correction),
    coursewise("M12", "one_correction_only", "one of the two corrections left out", _one_correction),
    coursewise("M12", "no_power_of_t", "1 − β in place of 1 − βᵗ", _no_power),
    coursewise("M12", "power_of_the_difference", "(1 − β)ᵗ in place of 1 − βᵗ", _power_outside),
    coursewise("M28", "divided_by_beta", "β in place of 1 − βᵗ", _by_beta),
    coursewise("M12", "t_from_zero", "t counted from 0", _counted_from(0)),
    coursewise("M29", "t_one_ahead", "t counted one ahead", _counted_from(2)),
    coursewise("M29", "one_update_more", "one update too many", _updates(1)),
    coursewise("M29", "one_update_fewer", "one update too few", _updates(-1)),
    coursewise("M12", "betas_swapped", "β1 and β2 swapped", _betas_swapped),
    coursewise("M12", "shares_swapped", "β and 1 − β confused in the running mean", _shares_swapped),
    coursewise("M12", "correction_fed_back", "the corrected mean written back over the mean", _fed_back),
    coursewise("M12", "not_squared", "the gradient not squared", _not_squared),
    coursewise("M12", "state_reset", "the state started anew at every step", _reset),
    coursewise("M28", "weights_of_the_mean", "a weight of the running mean left out", _not_kept),
    coursewise("M13", "eps_elsewhere", "ε on the other side of the root", _eps_elsewhere),
    coursewise("M13", "eps_left_out", "ε left out", _eps_left_out),
    coursewise(
        "M14", "momentum_form", "the velocity in another form: β v + g, β v + η g or β v + (1 − β) g", _momentum_form
    ),
    coursewise("M4", "uphill", "a plus in the update: uphill", _uphill),
    coursewise("M28", "rate_twice", "the learning rate multiplied twice", _rate_twice),
    coursewise("M28", "rate_left_out", "the learning rate left out", _rate_left_out),
    coursewise("M29", "other_rate", "another learning rate than the problem has", _other_rate),
    coursewise("M28", "previous_state", "the state of the step before in the update", _previous_state),
    coursewise(
        "M28",
        "look_ahead",
        "the look-ahead of Nesterov's step twice, or not at all, or where there is none",
        _ahead_twice,
    ),
    coursewise("M33", "root_forgotten", "the root in the divisor left out", _root),
    coursewise("M33", "divisor_left_out", "the division by the root left out", _divisor_left_out),
    coursewise("M27", "decay_of_weights", "the decay of the weights left out, or put in the other place", _decay),
)
