"""Formulas of numbers: what they are worth, and what is refused by which name."""

import math
import re
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcalc.engine.expression import CONSTANTS, FUNCTIONS, constant
from gradcalc.engine.expression.tokens import DEEPEST, LONGEST
from gradcalc.errors import ExpressionError, ProblemError

VALUES = {
    "1/3": 1 / 3,
    "sqrt(2)/2": math.sqrt(2) / 2,
    "2^3": 8,
    "2**3": 8,
    "2^-1": 0.5,
    "2^3^2": 512,
    "-2^2": -4,
    "(-2)^2": 4,
    "(-2)^3": -8,
    "-(8^(1/3))": -2,
    "--1": 1,
    "+-1": -1,
    "pi/4": math.pi / 4,
    "π": math.pi,
    "e": math.e,
    "exp(1)": math.exp(1),
    "log(e)": 1,
    "log2(8)": 3,
    "log10(1000)": 3,
    "abs(-3)": 3,
    "sin(0) + cos(0) + tan(0) + tanh(0)": 1,
    "0x1F + 0o17": 46,
    "1e3 + .5 + 5.": 1005.5,
    "  1 +\n 2\t": 3,
    "1 - 2 - 3": -4,
    "8/4/2": 1,
    "2*(3+4)": 14,
    "10^300/10^299": 10,
    "12345678901234567890": 12345678901234567890.0,
}

REFUSED = {
    "": "empty",
    "   ": "empty",
    "1 +": r"nothing follows the '\+'",
    "50%": "nothing follows the '%'",
    "* 2": "not a formula",
    "1 ** * 2": "not a formula",
    "sin(1": r"'\(' is never closed",
    "sin 1)": r"'\)' closes nothing",
    "x^2": "unknown name 'x'",
    "E": "unknown name 'E'",
    "sin": "sin needs a number in brackets",
    "sin()": "sin takes one number, not 0",
    "sin(1, 2)": "sin takes one number, not 2",
    "sin(x=1)": "a keyword",
    "sin(*e)": "a star",
    "pi(2)": "unknown function 'pi'",
    "σ(1)": "unknown function 'σ'",
    "factorial(10**7)": "unknown function 'factorial'",
    "__import__('os')": "a text in quotes",
    "__import__(1)": "unknown function '__import__'",
    "__import__('os').system('true')": "an attribute",
    "x.__class__": "an attribute",
    "().__class__": "an attribute",
    "e.real": "an attribute",
    "lambda: 0": "'lambda'",
    "[1, 2]": "a list",
    "[x for x in y]": "a comprehension",
    "(x for x in y)": "a comprehension",
    "{x for x in y}": "a comprehension",
    "{x: x for x in y}": "a comprehension",
    "{1: 2}": "braces",
    "{1}": "braces",
    "f'{e}'": "a formatted text",
    "'a'": "a text in quotes",
    "b'a'": "a text in quotes",
    "(x := 1)": "':='",
    "1 if 2 else 3": "'if'",
    "1 < 2": "a comparison",
    "1 and 2": "'and' or 'or'",
    "not 1": "'not'",
    "~1": "the operator ~",
    "1, 2": "a comma",
    "pi[0]": "an index",
    "5 // 2": "the operator //",
    "5 % 2": "the operator %",
    "2 @ 3": "the operator @",
    "1 << 2": "the operator <<",
    "1 & 2": "the operator &",
    "True": "'True'",
    "None": "'None'",
    "...": "'Ellipsis'",
    "1; 2": "not a formula",
    "1 # 2": "'#'",
    "1\x00": "not a formula",
    "017": "'017' has a leading zero",
    "1/0": "1/0 divides by 0",
    "0^-1": r"0\^-1 divides by 0",
    "(-8)**(1/3)": r"\(-8\)\*\*\(1/3\) is not a real number",
    "log(-1)": r"log\(-1\) is not a real number",
    "log(0)": r"log\(0\) is not a real number",
    "1 + sqrt(2 - 3)": r"sqrt\(2 - 3\) is not a real number",
    "9**9**9": r"9\*\*9\*\*9 is too large: a number must be finite",
    "2**(10**10)": "too large",
    "exp(1000)": "too large",
    "1e308 * 10": "too large",
    "1e308 + 1e308": "too large",
    "1e400": "too large",
}

HINTS = {
    "2x": r"write 2\*x",
    "2 pi": r"write 2\*pi",
    "2(3)": r"write 2\*\(…\)",
    "(1)(2)": r"write \(…\)\*\(…\)",
    "(1)2": r"write \(…\)\*2",
    "sin x": r"write sin\(x\)",
    "sqrt 2": r"write sqrt\(2\)",
    "x²": r"write \^2",
    "x⁴": r"write \^4",
    "√2": "write sqrt",
    "∛8": r"write \(…\)\^\(1/3\)",
    "3×4": r"write \*",
    "3·4": r"write \*",
    "3÷4": "write /",
    "1–2": "write -",
    "½": "1/2",
    "∞": "finite",
    "\\sqrt2": "backslash",
    "017 + 1": "write 17",
    "(-8)^(1/3)": r"-\(8\^\(1/3\)\)",
    "cbrt(8)": "sqrt, exp, log",
    "sin": r"write sin\(…\)",
}


def refusal(text):
    with pytest.raises(ExpressionError) as caught:
        constant(text)
    (fault,) = caught.value.faults
    return fault


@pytest.mark.parametrize(("text", "value"), VALUES.items())
def test_a_formula_of_numbers_has_its_float64_value(text, value):
    assert constant(text) == pytest.approx(value, rel=1e-15)
    assert type(constant(text)) is float


@pytest.mark.parametrize(("text", "message"), REFUSED.items())
def test_what_is_outside_the_language_or_not_a_finite_number_is_named(text, message):
    with pytest.raises(ExpressionError, match=message):
        constant(text)


@pytest.mark.parametrize(("text", "hint"), HINTS.items())
def test_a_common_slip_is_answered_with_how_to_write_it(text, hint):

    assert re.search(hint, refusal(text).hint or "")


def test_an_error_shows_the_piece_as_it_was_written_behind_powers_and_greek_letters():
    assert refusal("π^2 + π^2 + (1 - 1)^-2").message.startswith("(1 - 1)^-2 divides")


def test_the_errors_of_formulas_are_errors_of_the_problem():
    assert issubclass(ExpressionError, ProblemError)
    assert ExpressionError("x").exit_code == 3


@pytest.mark.parametrize(
    "text",
    [
        "+".join(["1"] * 2500),
        "(" * 300 + "1" + ")" * 300,
        "-" * 100_000 + "1",
        "+".join(["1"] * 100_000),
        "9" * 100_000,
        "(" * (DEEPEST + 1) + "1" + ")" * (DEEPEST + 1),
        "x" * (LONGEST + 1),
    ],
    ids=["5000 characters", "300 brackets", "minuses", "terms", "digits", "one bracket too deep", "a long name"],
)
def test_a_monstrous_formula_is_refused_at_once(text):
    start = time.process_time()
    refusal(text)
    assert time.process_time() - start < 0.05


def test_the_longest_and_the_deepest_formula_that_is_allowed_is_computed():
    assert constant("+".join(["1"] * (LONGEST // 2))) == LONGEST // 2
    assert constant("(" * DEEPEST + "1" + ")" * DEEPEST) == 1


def test_a_chain_of_minuses_is_computed_or_refused_but_never_crashes():
    with suppress(ExpressionError):
        assert constant("-" * (LONGEST - 1) + "1") == -1


def test_no_warning_of_the_parser_reaches_anybody(recwarn):
    for text in ("1 if 2 else 3", "1 is 1", "1 in (1)", "0x1for 2"):
        refusal(text)
    assert not recwarn.list


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.sampled_from("+-*"))
def test_formulas_agree_with_float64_arithmetic(a, b, sign):
    expected = {"+": a + b, "-": a - b, "*": a * b}[sign]
    assert constant(f"({a!r}) {sign} ({b!r})") == expected


words = st.sampled_from([*FUNCTIONS, *CONSTANTS, *"0123456789+-*/^()., ", "**", "x", "1e", "0x", "if", "is", "for"])


@given(st.one_of(st.text(), st.lists(words).map("".join)))
def test_any_text_gives_a_finite_number_or_the_error_of_formulas(text):
    with suppress(ExpressionError):
        assert math.isfinite(constant(text))
