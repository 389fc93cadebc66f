"""What code for arrays does, written out for floats, is what it does."""

from __future__ import annotations

import math

import numpy as np
import pytest
from checks import settled
from samples import KINKS, SAMPLES

from gradcalc.engine.ops import OPS
from gradcalc.engine.tape import FUNCTIONS, TEXTS, Tape, traced

CASES = [
    pytest.param(OPS[name], row, id=f"{name}-{i}")
    for table in (SAMPLES, KINKS)
    for name, rows in table.items()
    for i, row in enumerate(rows)
]
# these take entries by a place that is not known yet, call a function of `math` for each entry, multiply one by one, or
# do something else for a whole exponent, or look at a whole window
FOR_ARRAYS_ONLY = {"softmax", "gelu", "prod", "power_of", "rows", "conv2d", "max_pool2d", "avg_pool2d"}
# these make a quotient that they do not use where they divide by 0, which a float does not let pass
DIVIDING = {"smooth_l1", "mape"}
LONGEST = 5000


def results(op, options, g, *inputs):
    """The value, and the gradients that reach the inputs where g arrives."""
    y = op.forward(*inputs, **options)
    return [y, *(vjp(g, y, *inputs, **options) for vjp in op.vjps if vjp is not None)]


def numbers(arrays):
    return [number for array in arrays for number in np.ravel(array).tolist()]


@pytest.mark.parametrize(("op", "row"), CASES)
def test_an_op_written_out_for_floats_is_the_op(op, row):
    options = settled(op, row)
    with np.errstate(all="ignore"):
        shape = np.shape(op.forward(*row.inputs, **options))
        g = np.random.default_rng(0).normal(size=shape)
        told = numbers(results(op, options, g, *row.inputs))
    tape = Tape(LONGEST)
    try:
        call = tape.function(results(op, options, tape.array(*shape), *(tape.array(*x.shape) for x in row.inputs)))
    except (TypeError, ValueError, IndexError):
        assert op.name in FOR_ARRAYS_ONLY
        return
    try:
        found = call(*numbers([g, *row.inputs]))
    except ZeroDivisionError:
        assert op.name in DIVIDING
        return
    np.testing.assert_allclose(found, told, rtol=1e-14, atol=1e-14 * np.abs(told).max())


SPECIAL = (0.0, 1.0, -1.0, 0.3, -0.7, 2.0, 3.0, 1e-9, 750.0, -750.0, 1e308, math.inf, -math.inf, math.nan)


@pytest.mark.parametrize("function", [f for f in TEXTS if f not in (np.bitwise_and, np.where)])
def test_a_function_of_the_table_is_the_one_of_numpy_or_it_raises(function):
    tape = Tape(LONGEST)
    call = tape.function([function(*(tape.array() for _ in range(function.nin)))])
    for x in SPECIAL:
        for y in SPECIAL if function.nin == 2 else SPECIAL[:1]:
            given = (x, y)[: function.nin]
            with np.errstate(all="ignore"):
                told = float(function(*given))
            try:
                (found,) = call(*given)
            except (ArithmeticError, ValueError):
                assert not math.isfinite(told)
                continue
            np.testing.assert_allclose(float(found), told, rtol=1e-15)


def test_the_other_functions_are_those_of_numpy():
    x = np.array([[0.3, -1.2, 0.3], [2.0, 2.0, -1.0]])
    tape = Tape(LONGEST)
    array = tape.array(2, 3)
    code = {
        np.where: lambda x: np.where(x > 0, x, -3.0),
        np.clip: lambda x: np.clip(x, -0.5, 1.5),
        np.argmax: lambda x: np.argmax(x, axis=-1),
    }
    assert code.keys() == FUNCTIONS.keys()
    for function in code.values():
        np.testing.assert_array_equal(tape.function([function(array)])(*x.ravel()), function(x).ravel())


def test_what_is_known_beforehand_is_not_computed_and_what_nobody_needs_is_left_out():
    tape = Tape(LONGEST)
    x = tape.array(2)
    np.log(x)
    kept = np.where(np.array([True, True]), x, x / 0.0)
    assert tape.function([kept, traced([2.0]) * 3])(-1.0, 5.0) == (-1.0, 5.0, 6.0)


def test_what_is_computed_twice_is_written_once():
    tape = Tape(4)
    x = tape.array()
    assert tape.function([np.exp(x) + np.exp(x) * np.exp(x)])(0.0) == (2.0,)


REFUSED = {
    "a branch": lambda x: x if x[0] > 0 else -x,
    "a branch on equality": lambda x: x if x[0] == 0 else -x,
    "a number of its own": lambda x: math.sqrt(x[0]),
    "an order": np.sort,
    "a comparison as a whole": lambda x: x if np.array_equal(x, x + 1) else -x,
    "an entry that is looked for": lambda x: x if 3.0 in x else -x,
    "an entry taken out": lambda x: x if x.tolist()[0] == 3.0 else -x,
    "a function that is not in the table": np.isfinite,
    "another type": lambda x: x.astype(np.float64),
    "a place in floats": lambda x: np.zeros(3).__setitem__(0, x[0]),
    "a length": lambda x: np.tile(x, 10) * 2 + np.tile(x, 10) * np.arange(30),
}


@pytest.mark.parametrize("code", REFUSED.values(), ids=REFUSED)
def test_code_that_cannot_be_written_out_is_refused(code):
    with pytest.raises((TypeError, ValueError)):
        code(Tape(20).array(3))
