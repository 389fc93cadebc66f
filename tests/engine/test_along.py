"""Ops of the last axis along another one: the same checks as for every row of the table."""

import numpy as np
import pytest
from checks import CHECKS
from samples import CUBE, Z, at

from gradcalc.engine.ops import OPS
from gradcalc.engine.ops.along import along


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removeprefix("check_"))
@pytest.mark.parametrize("sample", [at(Z, axis=0), at(Z, axis=1), at(CUBE, axis=1)], ids=["first", "last", "middle"])
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_an_op_along_another_axis_passes(name, sample, check):
    check(along(OPS[name]), sample)


def test_along_the_last_axis_it_is_the_op_itself():
    np.testing.assert_array_equal(
        along(OPS["softmax"]).forward(np.array(Z), axis=1), OPS["softmax"].forward(np.array(Z))
    )
