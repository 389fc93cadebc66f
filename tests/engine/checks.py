"""What every row of the ops table has to satisfy: each check takes an op and a sample, and raises AssertionError."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from samples import Kink, Sample

from gradcalc.engine import book
from gradcalc.engine.op import Array, Op

EPS = np.finfo(float).eps
STEP = EPS ** (1 / 3)
PARAMETERS = ("W", "b")


@contextmanager
def quiet(what: str) -> Iterator[None]:
    """No warnings, as for all who call an op; shapes that do not fit are a failed check like any other."""
    try:
        with np.errstate(all="ignore"):
            yield
    except ValueError as error:
        raise AssertionError(f"{what}: {error}") from error


def settled(op: Op, sample: Sample | Kink) -> dict[str, Any]:
    """The sample's options with the defaults of the others."""
    return {**{key: option.default for key, option in op.options.items()}, **sample.attrs}


def value(op: Op, sample: Sample | Kink) -> Array:
    with quiet(op.name):
        return np.asarray(op.forward(*sample.inputs, **settled(op, sample)))


def seed(y: Array) -> Array:
    """A gradient that arrives at y: no two entries alike, both signs."""
    return np.asarray(np.cos(1 + np.arange(y.size)) + 0.3).reshape(y.shape)


def shares(op: Op, sample: Sample | Kink, g: Array) -> list[Array | None]:
    y = value(op, sample)
    with quiet(op.name):
        return [vjp and np.asarray(vjp(g, y, *sample.inputs, **settled(op, sample))) for vjp in op.vjps]


def told(text: str, op: Op, sample: Sample | Kink, **more: Array) -> Array:
    names = {**settled(op, sample), **dict(zip(op.args, sample.inputs, strict=True)), **more}
    with quiet(f"{op.name}: {text}"):
        return np.asarray(book.run(text, names))


def same(found: Array, expected: Array, what: str) -> None:
    """Equal in shape, and in value relative to each entry; digits may cancel against the largest one."""
    assert found.shape == expected.shape, f"{what}: shape {found.shape} is not {expected.shape}"
    room = 1e-11 * np.abs(expected) + 8 * EPS * np.max(np.abs(expected), initial=0)
    assert np.all(np.abs(found - expected) <= room), f"{what}: {found} is not {expected}"


def check_words(op: Op, sample: Sample) -> None:
    """A row says what it is, and gives a rule for each input that gradient flows to."""
    assert op.doc, f"{op.name} has no doc"
    assert op.pattern, f"{op.name} has no pattern"
    assert op.title or op.family not in ("activation", "loss"), f"{op.name} has no title"
    known = {*op.options, "count"}  # how many entries there are is no option: whoever builds the step counts them
    assert set(sample.attrs) <= known or not op.options, f"{op.name}: an option of the sample is unknown"
    form = op.form(settled(op, sample))
    assert len(op.args) == len(op.vjps) == len(form.rules) == len(sample.inputs), f"{op.name}: as many rules as inputs"
    for vjp, rule in zip(op.vjps, form.rules, strict=True):
        assert (vjp is None) == (rule is None), f"{op.name}: a rule for each share, and no other"


def check_default_texts(op: Op, _sample: Sample) -> None:
    """The texts of a row are those of its defaults."""
    if op.options:
        form = op.form({key: option.default for key, option in op.options.items()})
        assert (op.formula, op.rules) == tuple(form), f"{op.name}: the texts are not those of the defaults"


def check_formula(op: Op, sample: Sample) -> None:
    text = op.form(settled(op, sample)).formula
    same(told(text, op, sample), value(op, sample), f"{op.name}: {text}")


def check_rules(op: Op, sample: Sample | Kink) -> None:
    y = value(op, sample)
    g = seed(y)
    rules = op.form(settled(op, sample)).rules
    for rule, share, x in zip(rules, shares(op, sample, g), sample.inputs, strict=True):
        if rule is not None and share is not None:
            found = told(rule, op, sample, g=g, y=y)
            with quiet(f"{op.name}: {rule}"):
                found = np.broadcast_to(found, x.shape)
            same(found, share, f"{op.name}: {rule}")


def check_columns(op: Op, sample: Sample) -> None:
    """What is written for column vectors is the transpose of what is written for rows; parameters stay as they are."""
    if op.column is None:
        return
    single = Sample(tuple(x if a in PARAMETERS else x[:1] for a, x in zip(op.args, sample.inputs, strict=True)), {})
    y = value(op, single)
    g = seed(y)
    upright = {a: _upright(a, x) for a, x in zip(op.args, single.inputs, strict=True)}
    same(told(op.column.formula, op, single, **upright), y.T, f"{op.name}: {op.column.formula}")
    for name, rule, share in zip(op.args, op.column.rules, shares(op, single, g), strict=True):
        if rule is not None and share is not None:
            found = told(rule, op, single, **upright, g=g.T, y=y.T)
            same(found, _upright(name, share), f"{op.name}: {rule}")


def _upright(name: str, x: Array) -> Array:
    """A row as a column; a bias becomes a column, a matrix of weights stays."""
    if name == "b" and x.ndim == 1:
        return x[:, None]
    return x if name in PARAMETERS else x.T


def check_shapes(op: Op, sample: Sample) -> None:
    y = value(op, sample)
    assert y.dtype == np.float64, f"{op.name} gives {y.dtype}"
    for share, x in zip(shares(op, sample, seed(y)), sample.inputs, strict=True):
        if share is not None:
            assert share.shape == x.shape, f"{op.name}: gradient {share.shape} of an input {x.shape}"
            assert share.dtype == np.float64, f"{op.name} gives a gradient of {share.dtype}"


def check_differences(op: Op, sample: Sample) -> None:
    """Every share is what central differences say, relative to the largest term of the sum that makes it."""
    y = value(op, sample)
    g = seed(y)
    for k, share in enumerate(shares(op, sample, g)):
        if share is None:
            continue
        assert share.shape == sample.inputs[k].shape, f"{op.name}: gradient {share.shape} of {op.args[k]}"
        for index in np.ndindex(share.shape):
            slopes, noise = _differences(op, sample, k, index, y)
            room = 1e-7 * np.max(np.abs(g * slopes), initial=0) + noise * np.abs(g).sum()
            off = abs(np.sum(g * slopes) - share[index])
            assert off <= room, f"{op.name}: gradient {share[index]} of {op.args[k]}{index} is off by {off}"


def _differences(op: Op, sample: Sample, k: int, index: tuple[int, ...], y: Array) -> tuple[Array, float]:
    """∂y over one entry of input k, and what rounding may do to it."""
    centre = sample.inputs[k][index]
    step = STEP * max(1.0, abs(centre))
    sides = []
    for x in (centre + step, centre - step):
        moved = sample.inputs[k].copy()
        moved[index] = x
        inputs = (*sample.inputs[:k], moved, *sample.inputs[k + 1 :])
        sides.append(value(op, Sample(inputs, sample.attrs)))
    return (sides[0] - sides[1]) / (2 * step), 4 * EPS * float(np.max(np.abs(y), initial=0)) / step


def check_off_kinks(op: Op, sample: Sample) -> None:
    """The samples stay off the kinks, where differences say nothing."""
    if op.kinks is not None:
        marks = np.asarray(op.kinks(*sample.inputs, **settled(op, sample)))
        assert marks.shape == sample.inputs[0].shape, f"{op.name}: marks {marks.shape} for {sample.inputs[0].shape}"
        assert marks.dtype == bool, f"{op.name} marks kinks by {marks.dtype}"
        assert not marks.any(), f"{op.name}: a sample is on a kink"


def check_kink(op: Op, kink: Kink) -> None:
    """On a kink the slope is the stated one, the rule says the same, and the place is marked."""
    y = value(op, kink)
    share = shares(op, kink, np.ones(y.shape))[0]
    assert share is not None
    same(share, kink.slopes, f"{op.name} on a kink")
    check_rules(op, kink)
    marks = op.kinks(*kink.inputs, **settled(op, kink)) if op.kinks else np.zeros(share.shape, bool)
    assert bool(np.any(marks)) == kink.marked, f"{op.name}: marked as a kink: {marks}"


CHECKS = (
    check_words,
    check_default_texts,
    check_formula,
    check_rules,
    check_columns,
    check_shapes,
    check_differences,
    check_off_kinks,
)


def check(op: Op, samples: tuple[Sample, ...], kinks: tuple[Kink, ...]) -> None:
    """Everything that is asked of a row."""
    for sample in samples:
        for one in CHECKS:
            one(op, sample)
    for kink in kinks:
        check_kink(op, kink)


def plain(attrs: Mapping[str, Any]) -> str:
    """Options as a word for the name of a test."""
    return ",".join(f"{key}={shown}" for key, shown in attrs.items()) or "plain"
