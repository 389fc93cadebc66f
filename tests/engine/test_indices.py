"""What holds for arrays, told for one entry: by letters, and by the numbers of plain loops."""

from __future__ import annotations

import ast

import pytest

from gradcalc.engine.book import parse
from gradcalc.engine.indexed import leaf, one_hot
from gradcalc.engine.indices import indexed
from gradcalc.engine.letters import Letters, Scope, Unindexed
from gradcalc.engine.notation import Style, text
from gradcalc.engine.sums import apart, arranged, chained, from_the_loss, to_the_loss

AXES = {
    "x": ("N", "M"),
    "W": ("H", "M"),
    "g": ("N", "H"),
    "a": ("N", "H"),
    "b": ("H",),
    "v": ("M",),
    "s": ("N",),
    "u": ("N", 1),
}
STYLE = Style(axes={}, derived=True)


def told(formula: str, index: str) -> str:
    """The entry of a formula at some letters, which are those of the sizes where they can be."""
    scope = Scope(Letters([*AXES]), frozenset(index.split()))
    for letter in index.split():
        scope.letters.sizes[letter] = letter.upper()
    found = indexed(parse(formula), lambda name: leaf(name, AXES[name]))
    at = tuple(None if part == "1" else ast.Name(part) for part in index.split())
    return text(found.at(at, scope), STYLE)


@pytest.mark.parametrize(
    ("formula", "index", "entry"),
    [
        ("x @ W.T", "n h", "Σ_m x[n,m] W[h,m]"),
        ("g.T @ x", "h m", "Σ_n g[n,h] x[n,m]"),
        ("W @ v", "h", "Σ_m W[h,m] v[m]"),
        ("g @ W + x", "n m", "Σ_h g[n,h] W[h,m] + x[n,m]"),
        ("a + b", "n h", "a[n,h] + b[h]"),
        ("a * u", "n h", "a[n,h] u[n]"),
        ("samples(a)", "h", "Σ_n a[n,h]"),
        ("total(a)", "", "Σ_h Σ_n a[n,h]"),
        ("a - spread(units(a * g))", "n h", "a[n,h] − Σ_j a[n,j] g[n,j]"),
        ("gather(a, b)", "h", "Σ_n a[n,h]"),
        ("gather(a, u)", "n 1", "Σ_h a[n,h]"),
        ("fill(s, s)", "n", "s[n]"),
        ("outer(b, v)", "h m", "b[h] v[m]"),
        ("dot(v, v)", "", "Σ_m v[m] v[m]"),
        ("units(1 * x)", "n", "Σ_m x[n,m]"),
        ("softmax(a)", "n h", "softmax(a[n,·])[h]"),
        ("where(a > 0, 1, 0.1 * g)", "n h", "(1 if a[n,h] > 0, else 0.1 g[n,h])"),
        ("width(x) * s", "n", "M s[n]"),
        ("tail(a)", "n j", "a[n,j+1]"),
    ],
)
def test_an_entry_is_told_with_a_sum_for_each_index_that_is_shared(formula, index, entry):
    assert told(formula, index) == entry


@pytest.mark.parametrize("formula", ["joined(0, v, v)", "conv2d(x, W)", "x[0]"])
def test_a_word_without_a_form_for_one_entry_is_refused(formula):
    with pytest.raises(Unindexed):
        indexed(parse(formula), lambda name: leaf(name, AXES[name]))


@pytest.mark.parametrize(
    ("rule", "index", "slope"),
    [
        ("g * (a * (1 - a))", "n h", ("δ_pn δ_qh", "a[n,h] (1 − a[n,h])")),
        ("a * (g - spread(units(g * a)))", "n h", ("δ_pn", "(δ_qh − a[n,q]) a[n,h]")),
        ("g @ W", "n m", ("δ_pn", "W[q,m]")),
        ("g.T @ x", "h m", ("δ_qh", "x[p,m]")),
        ("samples(g)", "h", ("δ_qh", "1")),
    ],
)
def test_a_1_that_arrives_at_one_entry_leaves_the_slope_and_says_by_deltas_which_entries_meet(rule, index, slope):
    letters = Letters([*AXES])
    place = ast.Name("p"), ast.Name("q")

    def known(name: str):
        return one_hot(AXES["g"], place) if name == "g" else leaf(name, AXES[name])

    at = tuple(map(ast.Name, index.split()))
    deltas, rest = apart(indexed(parse(rule), known).at(at, Scope(letters, frozenset([*index.split(), "p", "q"]))))
    assert (" ".join(text(found, STYLE) for found in deltas), text(rest, STYLE)) == slope


@pytest.mark.parametrize(
    ("factors", "from_loss", "to_loss"),
    [
        (["p - y", "W", "a * (1 - a)", "x"], "(p − y) W a (1 − a) x", "W x a (1 − a) (p − y)"),
        (["2 * (p - y) / 3", "x"], "2/3 (p − y) x", "2/3 x (p − y)"),
        (["-y / p", "x"], "−(y / p) x", "−x (y / p)"),
        (["sum_over(p * W, k)", "x"], "Σ_k p W x", "x Σ_k W p"),
        (["sum_over(2 * p * x, k)", "x"], "2 Σ_k p x x", "2 x Σ_k x p"),
        (["sum_over(p, k)", "k"], "(Σ_k p) k", "k Σ_k p"),
    ],
)
def test_factors_stand_in_the_order_of_the_chain_or_of_the_computation_with_weights_in_front(
    factors, from_loss, to_loss
):
    tree = chained([parse(factor) for factor in factors])
    assert text(arranged(tree, from_the_loss), STYLE) == from_loss
    assert text(arranged(tree, to_the_loss(["W"])), STYLE) == to_loss
