"""What is derived in letters is what the textbook has, and what the engine computes, for every size."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from loops import EntryReader, Loops
from networks import PAIRS, SPREAD, draw, problem
from reference import ACTIVATIONS, evaluate
from turns import in_turn

from gradcalc.engine.notation import hatted, text
from gradcalc.problem.cost import SAMPLE_WEIGHTS
from gradcalc.problem.load import load, loads
from gradcalc.problem.model import Problem, Target
from gradcalc.solution import Solution, solve
from gradcalc.study.elements import PER_SAMPLE
from gradcalc.study.symbolic import Symbolic

CONFIGS = Path(__file__).parents[2] / "configs"
EXACT, PRINTED = 1e-12, 1e-4
# below this a gradient is 0 and its formula the difference of equal numbers
LEAST = 1e-3


def loops_of(symbolic: Symbolic, solution: Solution) -> Loops:
    """The numbers of a solution for the formulas of its structure; axes that have one entry have no index."""
    axes = symbolic.elements.axes
    numbers = {
        name: np.reshape(array, [n for n, size in zip(np.shape(array), axes[name], strict=True) if size != 1])
        for name, array in solution.flow.items()
        if name in axes
    }
    sizes = {
        str(size): n
        for name, array in solution.flow.items()
        if name in axes
        for n, size in zip(np.shape(array), axes[name], strict=True)
    }
    ranges: dict[str, float] = {
        size.partition("+")[0]: n - int(size.partition("+")[2] or 0) for size, n in sizes.items()
    }
    ranges |= {
        letter: sizes[str(size)] for letter, size in symbolic.elements.letters.sizes.items() if str(size) in sizes
    }
    if SAMPLE_WEIGHTS in solution.flow:
        ranges["S"] = float(solution.flow[SAMPLE_WEIGHTS].sum())
    layered = [q.name for q in symbolic.built.quantities.values() if q.role in PER_SAMPLE and symbolic.built.layers]
    sampled = {*layered, SAMPLE_WEIGHTS}
    sample = next(
        (letter for letter, size in symbolic.elements.letters.sizes.items() if size == symbolic.built.samples), ""
    )
    return Loops(numbers, ranges, frozenset(sampled), sample)


def reader_of(symbolic: Symbolic, loops: Loops) -> EntryReader:
    printed = {
        hatted(shown): name.removeprefix("own ")
        for name, shown in symbolic.entry_style.names.items()
        if "∂" not in name
    }
    return EntryReader(
        printed, [letter for letter in loops.ranges if not letter.isdigit()], symbolic.problem.index_base
    )


def gradient(symbolic: Symbolic, solution: Solution, name: str, tree: ast.expr):
    """Every entry of the gradient of `name` that a formula for one entry gives."""
    loops = loops_of(symbolic, solution)
    place, _ = symbolic.elements.own(name)
    found = np.zeros(solution.back[name].shape)
    for index in np.ndindex(found.shape):
        at = {letter.id: i for letter, i in zip(place, index, strict=True) if letter is not None}
        found[index] = np.ravel(loops.value(tree, at))[0]
    return found


def errors(net) -> dict[str, float]:
    """Every gradient by its formula beside the engine's, by the size of its terms: as a tree, and as it is printed."""
    given = problem(net)
    symbolic, solution, expected = Symbolic(given), solve(given), evaluate(net)
    found = {}
    for name in solution.gradients:
        statement = symbolic.derivation(name).entry
        assert statement is not None, name
        tree = statement.forms[-1]
        printed = text(tree, statement.style)
        read = reader_of(symbolic, loops_of(symbolic, solution)).read(printed)
        sizes = np.maximum(expected.gradient_sizes[name], LEAST)
        for form, allowed in ((tree, EXACT), (read, PRINTED)):
            error = np.max(np.abs(gradient(symbolic, solution, name, form) - solution.back[name]) / sizes, initial=0)
            if not error <= allowed:
                found[f"{name}: {printed}"] = float(error)
    return found


@in_turn("activation, loss", SPREAD, SPREAD[::2])
def test_the_printed_formula_of_an_entry_is_the_gradient(activation, loss):
    assert errors(draw(2, activation, loss)) == {}


@pytest.mark.slow
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_printed_formula_is_the_gradient_for_every_activation_with_every_loss(activation):
    for seed, (name, loss) in enumerate(PAIRS):
        if name == activation:
            assert errors(draw(seed, activation, loss)) == {}, loss


# a network of the pages; what the page calls its quantities; and for each gradient what the page has for it, and what
# is printed. On the page i is a sample, l an output, j a unit.
TWO_LAYERS = {"v": "W_v", "w": "W_w", "z": "a_w"}
PAGES = [
    ("letters/logistic-regression", {"h(x)": "ŷ", "θ": "θ1"}, "∂l/∂θ = Σ_i (h(x) − y) x", "∂L/∂θ1 = Σ_n (ŷ − y) x"),
    (
        "letters/softmax-regression",
        {"h": "ŷ", "θ": "W1"},
        "∂l/∂θ_j = Σ_i (h_j(x) − y_j) x",
        "∂L/∂W1[k,·] = Σ_n (ŷ[k] − y[k]) x",
    ),
    ("letters/two-layer", TWO_LAYERS, "∂E/∂v = Σ_i (ŷ − y) z", "∂L/∂W_v = Σ_n (ŷ − y) a_w"),
    (
        "letters/two-layer",
        TWO_LAYERS,
        "∂E/∂w_j = Σ_i (ŷ − y) v_j z_j (1 − z_j) x",
        "∂L/∂W_w[h,·] = Σ_n (ŷ − y) W_v[h] a_w[h] (1 − a_w[h]) x",
    ),
    (
        "letters/two-layer-outputs",
        TWO_LAYERS,
        "∂E/∂v_j = Σ_i (ŷ_j − y_j) z",
        "∂L/∂W_v[k,·] = Σ_n (ŷ[k] − y[k]) a_w",
    ),
    (
        "letters/two-layer-outputs",
        TWO_LAYERS,
        "∂E/∂w_j = Σ_i Σ_l (ŷ_l − y_l) v_lj z_j (1 − z_j) x",
        "∂L/∂W_w[h,·] = Σ_n Σ_k (ŷ[k] − y[k]) W_v[k,h] a_w[h] (1 − a_w[h]) x",
    ),
    ("letters/two-layer-bce", TWO_LAYERS, "∂L/∂v = Σ_i (ŷ − y) z", "∂L/∂W_v = Σ_n (ŷ − y) a_w"),
    (
        "letters/two-layer-bce",
        TWO_LAYERS,
        "∂L/∂w_j = Σ_i (ŷ − y) v_j z_j (1 − z_j) x",
        "∂L/∂W_w[h,·] = Σ_n (ŷ − y) W_v[h] a_w[h] (1 − a_w[h]) x",
    ),
    ("letters/two-layer-softmax", TWO_LAYERS, "∂L/∂v_j = Σ_i (ŷ_j − y_j) z", "∂L/∂W_v[k,·] = Σ_n (ŷ[k] − y[k]) a_w"),
    (
        "letters/two-layer-softmax",
        TWO_LAYERS,
        "∂L/∂w_j = Σ_i (Σ_l (ŷ_l − y_l) v_lj) z_j (1 − z_j) x",
        "∂L/∂W_w[h,·] = Σ_n Σ_k (ŷ[k] − y[k]) W_v[k,h] a_w[h] (1 − a_w[h]) x",
    ),
    (
        "letters/two-layer-sigmoid-squared",
        TWO_LAYERS,
        "∂L/∂v = Σ_i (ŷ − y) ŷ(1 − ŷ) z",
        "∂L/∂W_v = Σ_n (ŷ − y) ŷ (1 − ŷ) a_w",
    ),
    (
        "letters/two-layer-sigmoid-squared",
        TWO_LAYERS,
        "∂L/∂w_j = Σ_i (ŷ − y) ŷ(1 − ŷ) v_j z_j (1 − z_j) x",
        "∂L/∂W_w[h,·] = Σ_n (ŷ − y) ŷ (1 − ŷ) W_v[h] a_w[h] (1 − a_w[h]) x",
    ),
    ("mlp-dimensions", {}, "∂L/∂b2 = ŷ − y = z2 − y", "∂L/∂b2 = ŷ − y = z2 − y"),
    ("mlp-dimensions", {}, "∂L/∂W2[h] = z1[h] (z2 − y)", "∂L/∂W2[h] = z1[h] (z2 − y)"),
    (
        "mlp-dimensions",
        {},
        "∂L/∂b1[h] = W2[h] z1[h] (1 − z1[h]) (z2 − y)",
        "∂L/∂b1[h] = W2[h] z1[h] (1 − z1[h]) (z2 − y)",
    ),
    (
        "mlp-dimensions",
        {},
        "∂L/∂W1[h,m] = W2[h] x[m] z1[h] (1 − z1[h]) (z2 − y)",
        "∂L/∂W1[h,m] = W2[h] x[m] z1[h] (1 − z1[h]) (z2 − y)",
    ),
    ("mlp-dimensions", {}, "∂L/∂ŷ = (ŷ − y) / (ŷ (1 − ŷ))", "∂L/∂ŷ = (ŷ − y) / (ŷ (1 − ŷ)) = (z2 − y) / (z2 (1 − z2))"),
]


def on_our_page(written: str, names: dict[str, str]) -> str:
    """A page's formula in our signs: `v_lj` is `W_v[l,j]`, an index j of a unit `h`, of an output `k`."""
    told = re.sub(r"h_(\w)\(x\)", r"h_\1", written)
    for short, ours in names.items():
        told = re.sub(rf"(?<![\w∂]){re.escape(short)}_([jl]+)", lambda m, ours=ours: f"{ours}[{','.join(m[1])}]", told)
        told = re.sub(rf"(?<!\w){re.escape(short)}(?!\w)", ours, told)
    told = re.sub(r"(ŷ|y)_([jl])", r"\1[\2]", told)
    return told.replace("Σ_i", "Σ_n")


def with_numbers(given: Problem, sizes: dict[str, int], seed: int) -> Problem:
    """A network of letters with random numbers in random sizes."""
    rng = np.random.default_rng(seed)
    fan_in, layers = sizes[str(given.inputs)], []
    for layer in given.layers:
        units = sizes.get(str(layer.units), layer.units)
        layers.append(replace(layer, units=None, weights=rng.normal(size=(units, fan_in))))
        fan_in = units
    target = rng.dirichlet(np.ones(fan_in), sizes["N"]) if fan_in > 1 else rng.uniform(size=(sizes["N"], 1))
    return replace(
        given,
        layers=tuple(layers),
        input=rng.normal(size=(sizes["N"], sizes[str(given.inputs)])),
        target=Target(values=target),
    )


@pytest.mark.parametrize(
    ("config", "names", "page", "printed"), PAGES, ids=[row[3].split(" = ")[0] + " " + row[0] for row in PAGES]
)
def test_every_formula_of_the_pages_comes_out_as_short_and_means_the_same(config, names, page, printed):
    given = load(CONFIGS / f"{config}.yaml")
    symbolic = Symbolic(given)
    name = re.match(r"∂L/∂([^\[ ]*)", printed)[1].replace("ŷ", symbolic.built.output)
    derivation = symbolic.derivation(name)
    statements = {one.text: one for one in (derivation.entry, derivation.unit, derivation.whole) if one}
    assert printed in statements
    told = text(statements[printed].forms[-1], statements[printed].style)
    for seed in range(3):
        sizes = dict(zip("HKMN", np.random.default_rng(seed).integers(2, 5, size=4), strict=True))
        solution = solve(given if given.input is not None else with_numbers(given, sizes, seed))
        loops = loops_of(symbolic, solution)
        place, _ = symbolic.elements.own(name)
        outputs = {"j", "l"} if "_l" in page or "ŷ_" in page or "h_" in page else {"j"}
        unit = next((letter.id for letter in place if letter is not None), "")
        ranges = {**loops.ranges, "j": loops.ranges.get(unit, 1), "l": loops.ranges.get("k", 1)}
        reader = reader_of(symbolic, loops._replace(ranges=ranges))
        own = reader.read(told)
        theirs = reader.read(on_our_page(page, names).rsplit(" = ", 1)[1])
        assert outputs <= ranges.keys()
        for index in np.ndindex(solution.back[name].shape):
            at = {letter.id: i for letter, i in zip(place, index, strict=True) if letter is not None}
            at["j"] = at.get(unit, 0)
            true = solution.back[name][index]
            for tree in (own, theirs):
                found = np.ravel(loops._replace(ranges=ranges).value(tree, at))
                assert np.isclose(found[index[-1] if len(found) > 1 else 0], true, rtol=1e-12, atol=1e-14)


GRAPHS = {
    "matrices": """
        inputs: {x: [[1, 2, -1]], y: [[0.5]]}
        parameters: {W1: [[0.1, -0.2], [0.3, 0.4], [-0.5, 0.6]], W2: [[0.7], [-0.8]]}
        equations: {h: sigmoid(x @ W1), yhat: h @ W2, L: sum((yhat - y)^2)}""",
    "vectors": """
        inputs: {x: [1, 1, 2], y: 8}
        parameters: {W: [[0.01, 0.02, 0.03], [0.03, 0.01, 0.02], [0.02, 0.03, 0.01]], V: [[0.02, 0.03, 0.04]], v0: 0.01}
        equations: {a: W @ x, b: sigmoid(a), yhat: V @ b + v0, L: sum((yhat - y)^2)}""",
    "scalars": """
        inputs: {x1: 1, x2: 2, y: 8}
        parameters: {w10: 0.01, w11: 0.02, w12: 0.03, w20: 0.03, w21: 0.01, w22: 0.02, v0: 0.01, v1: 0.02, v2: 0.03}
        equations:
          h1: sigmoid(w10 + w11*x1 + w12*x2)
          h2: sigmoid(w20 + w21*x1 + w22*x2)
          a: v1*h1
          b: v2*h2
          d: a + b
          yhat: v0 + d
          L: (yhat - y)^2""",
    "used twice": """
        inputs: {x: [[1, -1], [2, 0.5], [0.3, 1]], y: [1, 0, 1]}
        parameters: {W: [[0.4, -0.3], [0.2, 0.1]], v: [1, -2]}
        equations:
          h: tanh(x @ W)
          r: h @ W.T + x
          p: sigmoid(r @ v)
          L: bce(p, y) + 0.5 * sum(W * W) + mean(h, axis=2) @ y""",
    "a joint form that is not alone": """
        inputs: {x: [1, -1], y: 1}
        parameters: {w: [0.4, -0.3]}
        equations: {z: w @ x, p: sigmoid(z), L: "bce(p, y) + p * p + z ** 2"}""",
    "softmax": """
        inputs: {x: [[1, -1, 0.5], [2, 0.5, -1]], y: [[0, 1], [1, 0]]}
        parameters: {W: [[0.4, -0.3], [0.2, 0.1], [-0.5, 0.6]], b: [0.1, -0.2]}
        equations: {z: x @ W + b, p: softmax(z), L: "cross_entropy(p, y)"}""",
}


@pytest.mark.parametrize("written", GRAPHS.values(), ids=GRAPHS)
def test_equations_are_derived_in_letters_too(written):
    given = loads(written)
    symbolic, solution = Symbolic(given), solve(given)
    for name in solution.gradients:
        statement = symbolic.derivation(name).entry
        assert statement is not None, name
        tree = statement.forms[-1]
        read = reader_of(symbolic, loops_of(symbolic, solution)).read(text(tree, statement.style))
        for form in (tree, read):
            found = gradient(symbolic, solution, name, form)
            assert np.allclose(found, solution.back[name], rtol=1e-12, atol=1e-14), statement.text


@pytest.mark.parametrize(
    ("graph", "printed"),
    [
        ("matrices", "∂L/∂ŷ = 2 (ŷ − y)"),
        ("matrices", "∂L/∂W2 = 2 hᵀ (ŷ − y)"),
        ("matrices", "∂L/∂h = 2 (ŷ − y) W2ᵀ"),
        ("matrices", "∂L/∂W1 = 2 xᵀ ((ŷ − y) W2ᵀ ⊙ h ⊙ (1 − h))"),
        ("vectors", "∂L/∂W = 2 (Vᵀ (ŷ − y) ⊙ b ⊙ (1 − b)) xᵀ"),
        ("vectors", "∂L/∂W[i,j] = ∂L/∂ŷ · ∂ŷ/∂b[i] · ∂b[i]/∂a[i] · ∂a[i]/∂W[i,j]"),
        ("scalars", "∂L/∂w12 = 2 v1 h1 (1 − h1) x2 (ŷ − y)"),
    ],
)
def test_the_formulas_of_computation_graphs_are_those_of_the_page(graph, printed):
    symbolic = Symbolic(loads(GRAPHS[graph]))
    name = re.match(r"∂L/∂([^\[ ]*)", printed)[1].replace("ŷ", "yhat")
    assert printed in [one.text for one in symbolic.derivation(name).statements]


@pytest.mark.parametrize("loss", ["sum((yhat - y)^2)", "-sum(y * log(yhat))", "bce(yhat, y)"])
def test_a_composition_of_functions_that_are_not_given_has_the_chain_rule_in_their_names(loss):
    written = '{abstract: [f1, f2], equations: {z: "f1(W1, x)", yhat: "f2(W2, z)", L: "' + loss + '"}}'
    symbolic = Symbolic(loads(written))
    chains = {name: symbolic.derivation(name).chain.text for name in ("W1", "W2")}
    assert chains["W1"].endswith(" = ∂L/∂f2 · ∂f2/∂f1 · ∂f1/∂W1")
    assert chains["W2"].endswith(" = ∂L/∂f2 · ∂f2/∂W2")
    assert chains["W1"].startswith("∂L/∂W1 = ∂L/∂ŷ · ∂ŷ/∂z · ∂z/∂W1 = ")
