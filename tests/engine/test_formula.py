"""What a formula's text may say, where its errors point, and that nothing else ever comes of it than an error."""

import ast
import re
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcalc.engine.expression.functions import FUNCTIONS
from gradcalc.engine.expression.tokens import DEEPEST, LONGEST
from gradcalc.engine.expression.tree import parse
from gradcalc.errors import ExpressionError, Place, Source

READ = {
    "1 + 2*x": "1 + 2 * x",
    "x^2": "x ** 2",
    "x ^ -y": "x ** (-y)",
    "-x^2": "-x ** 2",
    "2^3^x": "2 ** 3 ** x",
    "W @ x + b": "W @ x + b",
    "W.T @ (a - b)": "W.T @ (a - b)",
    "x − 1": "x - 1",
    "x[1]": "x[1]",
    "W[1, 2:3]": "W[1, 2:3]",
    "W[:, 1]": "W[:, 1]",
    "W[1][2]": "W[1][2]",
    "f(x)[2].T": "f(x)[2].T",
    "a < b": "a < b",
    "(a >= b) * (a == c)": "(a >= b) * (a == c)",
    "sum(x, axis=1)": "sum(x, axis=1)",
    "conv2d(x, w, stride=(1, 2), padding=same)": "conv2d(x, w, stride=(1, 2), padding=same)",
    "hardtanh(x, min=-2)": "hardtanh(x, min=-2)",
    "x +\n  y": "x + y",
    # Python's own words are names like all others, where a name can stand
    "lambda * x + 1": "lambda * x + 1",
    "2*(lambda)": "2 * lambda",
    "is + None": "is + None",
    # letters are taken in their plain form, as Python takes them
    "ｘ + x₁": "x + x1",
    "θ_1 * λ": "θ_1 * λ",
}

REFUSED = {
    "": ("empty", None),
    "__import__('os').system('true')": (r"an attribute can't be used in a formula: __import__\('os'\).system", None),
    "__import__('os')": ("a text in quotes", None),
    "x.__class__": ("an attribute can't be used in a formula: x.__class__", None),
    "().__class__": ("an attribute", None),
    "x.T.real": ("an attribute can't be used in a formula: x.T.real", None),
    "x.T(y)": ("an attribute", None),
    "lambda: 0": ("'lambda' can't be used", None),
    "lambda x: x": ("'lambda' can't be used", None),
    "[x, y]": ("a list", None),
    "[x for x in y]": ("a comprehension", None),
    "sum(x for x in y)": ("a comprehension", None),
    "{x}": ("a pair of braces", None),
    "f'{x}'": ("a formatted text", None),
    "f(x='a')": ("a text in quotes", None),
    "(z := x)": ("':='", None),
    "x if y else z": ("'if'", "where"),
    "x and y": ("'and' or 'or'", "multiply"),
    "not x": ("'not'", "1 -"),
    "x != y": ("the operator !=", "=="),
    "x in y": ("'in'", None),
    "a < b < c": ("a chain of comparisons", "two at a time"),
    "x // y": ("the operator //", None),
    "x % 2": ("the operator %", None),
    "~x": ("the operator ~", None),
    "x & y": ("the operator &", None),
    "x, y": ("a comma", None),
    "f(*x)": ("a star", None),
    "f(**x)": ("two stars", None),
    "x[...]": ("'Ellipsis'", None),
    "x[(1, 2), 3]": ("a comma", None),
    "()": ("nothing between these brackets", None),
    "x[()]": ("nothing between these brackets", None),
    "x = 1": ("no '='", "=="),
    "x; y": ("not a formula", None),
    "x + * y": ("not a formula", None),
    "x[1": (r"a '\[' is never closed", None),
    "(x]": (r"a '\]' closes nothing", None),
    "x)": (r"a '\)' closes nothing", None),
    "2x": ("operator is missing", r"write 2\*x"),
    "2(x)": ("operator is missing", r"write 2\*\(…\)"),
    "x y": ("operator is missing", r"write x\*y"),
    "x[1] y": (r"missing between '\]' and 'y'", None),
    "sin x": ("operator is missing", r"write sin\(x\)"),
    "relu x": ("operator is missing", r"write relu\(x\)"),
    "x²": ("'²' can't", r"write \^2"),
    "xⁿ": ("'ⁿ' can't", r"write \^n"),
    "xᵀ": ("'ᵀ' can't", "write .T"),
    "|x|": (r"'\|' can't", "abs"),
    "‖x‖": ("'‖' can't", "norm"),
    "a⊙b": ("'⊙' can't", r"write \*"),
    "x ≤ y": ("'≤' can't", "write <="),
    "∑x": ("'∑' can't", "write sum"),
    "∂x": ("'∂' can't", None),
    "#": ("'#' can't", "comment"),
    "x\x00": ("not a formula", None),
    "1j": ("operator is missing", None),
}


def refusal(text, place=None):
    with pytest.raises(ExpressionError) as caught:
        parse(text, place, FUNCTIONS)
    (fault,) = caught.value.faults
    return fault


@pytest.mark.parametrize(("text", "tree"), READ.items())
def test_a_formula_is_read_as_python_reads_it_with_roofs_for_powers_and_any_word_for_a_name(text, tree):
    assert ast.unparse(parse(text).tree) == tree


@pytest.mark.parametrize(("text", "told"), REFUSED.items())
def test_what_is_outside_the_grammar_is_refused_by_its_name_and_with_what_to_write(text, told):
    message, hint = told
    fault = refusal(text)
    assert re.search(message, fault.message)
    assert hint is None or re.search(hint, fault.hint or "")


MEANT = {
    "1 + x.foo*2": "x.foo",
    "2*(3 + 4x)": "4x",
    "x + (y if z else w)": "y if z else w",
    "π^2 + θ² ": "²",
    "lambda*x + [y]": "[y]",
    "α^2 + β^3 + f(a, *b)": "*b",
    "sin(x": "(",
    "x^2 +\n  y.foo": "y.foo",
}


@pytest.mark.parametrize(("text", "meant"), MEANT.items())
def test_an_error_points_at_what_it_means_in_the_text_as_it_was_written(text, meant):
    place = refusal(text).place
    line = place.source.line(place.line)
    assert line[place.column - 1 :][: place.length] == meant


@pytest.mark.parametrize(("line", "column"), [("objective: x + y.foo", 12), ('objective: "x + y.foo"', 12)])
def test_an_error_points_into_the_file_also_through_quotes(line, column):
    source = Source("a.yaml", f"parameters: {{x: 1}}\n{line}\n")
    place = refusal("x + y.foo", Place(source, 2, column, 9)).place
    assert place.source is source
    assert (place.line, place.column, place.length) == (2, line.index("y.foo") + 1, 5)


def test_an_error_in_a_text_that_was_folded_points_into_its_lines():
    source = Source("a.yaml", "objective: >\n  x +\n  y.foo\n")
    assert refusal("x + y.foo", Place(source, 1, 12, 1)).place == Place(source, 3, 3, 5)


def test_an_error_in_a_text_that_was_written_otherwise_points_at_the_whole():
    where = Place(Source("a.yaml", 'objective: "x + \\x79.foo"\n'), 1, 12, 14)
    assert refusal("x + y.foo", where).place == where


@pytest.mark.parametrize(("text", "piece"), [("π + (x  +\n y)*2", "x + y"), ("2*ｘ^3 - 1", "ｘ^3"), ("-λ", "-λ")])
def test_a_part_of_a_formula_is_told_as_it_was_written(text, piece):
    formula = parse(text)
    assert piece in [formula.piece(node) for node in ast.walk(formula.tree) if isinstance(node, ast.expr)]


MONSTERS = {
    "5000 characters": "+".join(["x"] * 2500),
    "300 brackets": "(" * 300 + "x" + ")" * 300,
    "300 square brackets": "x" + "[" * 300 + "1" + "]" * 300,
    "100 000 minuses": "-" * 100_000 + "x",
    "100 000 terms": "+".join(["x"] * 100_000),
    "one bracket too deep": "(" * (DEEPEST + 1) + "x" + ")" * (DEEPEST + 1),
    "one character too long": "x" * (LONGEST + 1),
    "1900 equals signs": "=" * 1900,
    "quotes": "'" * 1999,
    "lambdas": "lambda:" * 280,
    "comprehensions": "[x for x in " * 45 + "x" + "]" * 45,
    "strings that nest": "f'{" * 40 + "x" + "}'" * 40,
    "powers": "**".join(["9"] * 600) + "**",
    "spaces": " " * LONGEST,
}


@pytest.mark.parametrize("text", MONSTERS.values(), ids=MONSTERS)
def test_a_monstrous_text_is_refused_at_once(text):
    start = time.process_time()
    refusal(text)
    assert time.process_time() - start < 0.05


def test_no_warning_of_the_parser_reaches_anybody(recwarn):
    for text in ("1 is 1", "x[1](2)", "1(x)", "x is not 1"):
        refusal(text)
    parse("(1)[2]")
    assert not recwarn.list


words = st.sampled_from(
    [*"xyW0123456789+-*/^()[]., :=<>@'\"{}²ᵀ|#\\\n", "**", "sum", "lambda", "if", "else", "for", "in", ".T", "1e", "f'"]
)


@given(st.one_of(st.text(), st.lists(words, max_size=30).map("".join)))
def test_any_text_is_a_tree_of_the_grammar_or_the_error_of_formulas(text):
    with suppress(ExpressionError):
        kinds = {type(node) for node in ast.walk(parse(text, functions=FUNCTIONS).tree) if isinstance(node, ast.expr)}
        assert kinds <= {
            ast.BinOp,
            ast.UnaryOp,
            ast.Compare,
            ast.Attribute,
            ast.Subscript,
            ast.Slice,
            ast.Tuple,
            ast.Call,
            ast.Name,
            ast.Constant,
        }
