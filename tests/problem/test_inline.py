"""What people write behind a flag."""

import pytest
from documents import marked, plain, tree
from hypothesis import given
from hypothesis import strategies as st

from gradcalc.errors import ProblemError, Source
from gradcalc.problem.inline import array, named, scalar, several
from gradcalc.problem.node import Node


def flag(text: str) -> Source:
    return Source("-x", text)


def pointed(node: Node) -> str:
    return node.source.line(node.line)[node.column - 1 : node.column - 1 + node.length]


@pytest.mark.parametrize(
    ("texts", "value"),
    [
        (["1 2", "1,2", "1, 2", "[1, 2]", "[1 2]", " 1  ,2 ", "[ 1 2 ]"], [1, 2]),
        (
            ["1 2; 3 4", "1,2;3,4", "[1 2; 3 4]", "[[1, 2], [3, 4]]", "[1 2] [3 4]", "[1,2];[3,4]", "[[1 2];[3 4]]"],
            [[1, 2], [3, 4]],
        ),
        (["1; 2", "[1]; [2]", "[[1], [2]]"], [[1], [2]]),
        (["7", " 7 "], 7),
        (["[7]"], [7]),
        (["[[7]]"], [[7]]),
        (["", "  ", "[]"], []),
        (["1/3 -.5 1e-3"], ["1/3", -0.5, 1e-3]),
        (["sqrt(2)/2, (1 + 2) 3"], ["sqrt(2)/2", "(1 + 2)", 3]),
        (["1\n2", "1\t2"], [1, 2]),
        (["none"], "none"),
    ],
)
def test_numbers_may_be_parted_by_spaces_or_commas_with_or_without_brackets(texts, value):
    assert [plain(array(flag(text))) for text in texts] == [value] * len(texts)


@pytest.mark.parametrize(
    ("text", "message", "mark"),
    [
        ("1,,2", "an entry is missing after a comma", ","),
        (",1", "an entry is missing before a comma", ","),
        ("1, ", "an entry is missing after a comma", ","),
        ("[1,]", "an entry is missing after a comma", "]"),
        ("1;;2", "row 2 is empty", ";"),
        (";1", "row 1 is empty", ";"),
        ("1;", "row 2 is empty", ";"),
        ("[1;]", "row 2 is empty", "]"),
        ("[1", "this bracket is not closed", "["),
        ("1]", "this bracket closes nothing", "]"),
        ("[" * 50, "brackets are nested too deeply", "["),
    ],
)
def test_what_is_missing_is_an_error_that_points_at_it(text, message, mark):
    with pytest.raises(ProblemError) as raised:
        array(flag(text))
    (fault,) = raised.value.faults
    assert (fault.message, marked(fault)) == (message, mark)


@given(st.text(alphabet="12.,; []()/-x\n", max_size=30))
def test_whatever_stands_behind_a_flag_it_is_a_node_or_an_error_with_a_place(text):
    try:
        entries = [entry for entry in array(flag(text)).scalars() if "\n" not in entry.text]
        wrong = ()
    except ProblemError as error:
        entries, wrong = [], error.faults
    assert all(pointed(entry) == entry.text for entry in entries)
    assert all(fault.place is not None for fault in wrong)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("relu", "relu"),
        (" relu ", "relu"),
        ("leaky_relu:slope=0.1", {"name": "leaky_relu", "slope": 0.1}),
        ("hardtanh: min = -2 , max=2", {"name": "hardtanh", "min": -2, "max": 2}),
        ("bce:clip=none", {"name": "bce", "clip": "none"}),
        ("elu:alpha=", {"name": "elu", "alpha": None}),
    ],
)
def test_a_name_may_carry_its_options(text, value):
    assert plain(named(flag(text))) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("elu:2", "an option is written NAME=VALUE"),
        ("elu:", "an option is written NAME=VALUE"),
        ("elu:alpha=1,", "an option is written NAME=VALUE"),
        ("elu:alpha=1,alpha=2", "'alpha' is given twice"),
        ("elu:name=relu", "'name' is given twice"),
    ],
)
def test_an_option_without_a_value_is_an_error(text, message):
    with pytest.raises(ProblemError, match=message):
        named(flag(text))


def test_every_piece_points_at_where_it_was_written():
    option = named(flag("leaky_relu: slope=0.1")).entries["slope"]
    assert (pointed(option[0]), pointed(option[1])) == ("slope", "0.1")
    batch = array(flag("1 2; 33 4"))
    assert [pointed(row) for row in batch.items] == ["1 2", "33 4"]
    assert pointed(scalar(flag("  4dp "))) == "4dp"
    assert array(flag("1\n 2")).items[1].place[1:] == (2, 2, 1)


def test_a_number_in_the_file_and_behind_a_flag_are_the_same_node_but_for_its_place():
    written = tree("a: [[1/3, 2], [3, 4]]").get("a")
    assert plain(array(flag("1/3 2; 3 4"))) == plain(written)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("sgd", ["sgd"]),
        ("sgd,adam", ["sgd", "adam"]),
        (" sgd , adam ", ["sgd", "adam"]),
        ("momentum:beta=0.8,form=ema,adam", [{"name": "momentum", "beta": 0.8, "form": "ema"}, "adam"]),
        ("adam,adam:eps=1,sgd", ["adam", {"name": "adam", "eps": 1}, "sgd"]),
        ("sgd,,adam", ["sgd", None, "adam"]),
        ("", [None]),
    ],
)
def test_names_parted_by_commas_keep_their_own_options(text, values):
    assert [plain(one) for one in several(flag(text))] == values


def test_every_piece_of_several_names_points_at_where_it_was_written():
    first, second, third = several(flag("sgd, momentum:beta=0.8,form=ema, adam"))
    assert (pointed(first), pointed(second), pointed(third)) == ("sgd", "momentum:beta=0.8,form=ema", "adam")
    assert pointed(second.entries["form"][1]) == "ema"


@pytest.mark.parametrize("text", ["sgd,adam:beta1", "adam:,sgd", "adam:beta1=1,beta1=2"])
def test_an_option_of_several_names_without_a_value_is_an_error(text):
    with pytest.raises(ProblemError):
        several(flag(text))
