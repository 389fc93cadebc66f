"""The collection of faults."""

import pytest

from gradcalc.errors import Place, ProblemError, Source
from gradcalc.problem.faults import MOST, Faults, Refused

FILE = Source("net.yaml", "a: 1\nb: 2\n")
FLAG = Source("-x", "1 2")


def told(faults: Faults) -> list[str]:
    with pytest.raises(ProblemError) as raised:
        faults.check(FILE)
    return [fault.message for fault in raised.value.faults]


def test_nothing_wrong_is_no_error():
    Faults().check(FILE)


def test_faults_are_told_in_the_order_of_the_text_those_of_flags_after_those_of_the_file():
    faults = Faults()
    faults.add("flag", Place(FLAG, 1, 1))
    faults.add("second line", Place(FILE, 2, 1))
    faults.add("later in the line", Place(FILE, 1, 4))
    faults.add("first", Place(FILE, 1, 1))
    assert told(faults) == ["first", "later in the line", "second line", "flag"]


def test_what_is_being_read_is_named_from_the_inside_out_and_the_collection_is_shared():
    faults = Faults()
    inner = faults.named("layer 'H'").inside("activation").inside("slope")
    assert inner.subject == "slope of activation of layer 'H'"
    assert Faults().inside("loss").subject == "loss"
    inner.add("wrong", Place(FILE, 1, 1))
    assert told(faults) == ["wrong"]


def test_to_refuse_is_to_note_and_to_have_something_to_raise():
    faults = Faults()
    assert isinstance(faults.refuse("wrong", Place(FILE, 1, 1), "a hint"), Refused)
    assert faults.found[0].hint == "a hint"


def test_beyond_a_page_of_faults_the_rest_is_one_line():
    faults = Faults()
    for line in range(MOST * 3):
        faults.add(f"fault {line}", Place(FILE, line + 1, 1))
    assert faults.full
    assert told(faults) == [*(f"fault {line}" for line in range(MOST)), "and more like these"]
