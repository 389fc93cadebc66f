"""The examples of equations, each written a second time by hand: run in 60 digits, and differentiated by HIPS autograd.

A function below has the lines of one example, over a namespace `m` of elementary functions; sums, products and indices
are NumPy's, on arrays of autograd as on arrays of 60-digit numbers. Nothing in them is gradcalc's.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from types import SimpleNamespace

import autograd
import autograd.numpy as anp
import mpmath
import numpy as np
import pytest
from independent import mp, mpf
from invoke import invoke
from texts import read_texts
from turns import in_turn

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = sorted(
    path
    for path in (ROOT / "configs").rglob("*.yaml")
    if "equations" in (text := read_texts(path)) and "abstract" not in text
)
STEP = mpf("1e-20")


def entrywise(function):
    whole = np.vectorize(function, otypes=[object])
    return lambda x: whole(x)[()]


DIGITS = SimpleNamespace(
    exp=entrywise(mpmath.exp),
    log=entrywise(mpmath.log),
    sqrt=entrywise(mpmath.sqrt),
    tanh=entrywise(mpmath.tanh),
    relu=entrywise(lambda x: max(x, mpf(0))),
    array=lambda items: np.array(items, dtype=object),
)
FLOATS = SimpleNamespace(
    exp=anp.exp, log=anp.log, sqrt=anp.sqrt, tanh=anp.tanh, relu=lambda x: anp.maximum(x, 0.0), array=anp.array
)


def logistic(m, x):
    return 1 / (1 + m.exp(-x))


def softmax(m, x):
    powers = m.exp(x)
    return (
        powers / np.sum(powers, axis=-1, keepdims=True)
        if m is DIGITS
        else powers / anp.sum(powers, axis=-1, keepdims=True)
    )


def joined(m, *parts):
    return m.array([entry for part in parts for entry in part])


def binary(m, p, y):
    return -y * m.log(p) - (1 - y) * m.log(1 - p)


def network(m, W1, b1, w2, b2, x, y):
    z1 = W1 @ x + b1
    a1 = m.relu(z1)
    z2 = w2 @ a1 + b2
    p = logistic(m, z2)
    return {"z1": z1, "a1": a1, "z2": z2, "p": p, "L": binary(m, p, y)}


def rnn(m, W, U, b, v, x1, x2, x3, h0, y):
    h1 = m.tanh(W @ x1 + U @ h0 + b)
    h2 = m.tanh(W @ x2 + U @ h1 + b)
    h3 = m.tanh(W @ x3 + U @ h2 + b)
    yhat = v @ h3
    return {"h1": h1, "h2": h2, "h3": h3, "yhat": yhat, "L": (yhat - y) ** 2}


def lstm(m, x1, x2, h0, c0, y, **weights):
    lines, h, c = {}, h0, c0
    for step, x in ((1, x1), (2, x2)):
        seen = joined(m, x, h)
        f, i, o = (logistic(m, weights[f"W{gate}"] @ seen + weights[f"b{gate}"]) for gate in "fio")
        g = m.tanh(weights["Wc"] @ seen + weights["bc"])
        c = f * c + i * g
        h = o * m.tanh(c)
        lines |= {f"{name}{step}": value for name, value in zip("fiogch", (f, i, o, g, c, h), strict=True)}
    return lines | {"L": sum((h[k] - y[k]) ** 2 / 2 for k in range(2))}


def attention(m, X, Y, WQ, WK, WV):
    Q, K, V = X @ WQ, X @ WK, X @ WV
    S = Q @ K.T / m.sqrt(m.array(2 * X[0, 0] / X[0, 0]))
    A = softmax(m, S)
    Z = A @ V
    return {"Q": Q, "K": K, "V": V, "S": S, "A": A, "Z": Z, "L": ((Z - Y) ** 2).sum() / 2}


def layer_norm(m, x, y, gamma, beta):
    d = x - x.sum(axis=1, keepdims=True) / 3
    v = (d**2).sum(axis=1, keepdims=True) / 3
    n = d / m.sqrt(v + tenth(m, 5))
    z = gamma * n + beta
    return {"d": d, "v": v, "n": n, "z": z, "L": ((z - y) ** 2).sum() / 6}


def batch_norm(m, x, y, gamma, beta, W):
    mu = x.sum(axis=0) / 3
    v = ((x - mu) ** 2).sum(axis=0) / 3
    n = (x - mu) / m.sqrt(v + tenth(m, 5))
    z = gamma * n + beta
    p = logistic(m, z @ W)
    return {"mu": mu, "v": v, "n": n, "z": z, "p": p, "L": binary(m, p, y).sum() / 3}


def residual(m, x, y, W1, b1, W2, b2):
    h = m.relu(W1 @ x + b1)
    r = W2 @ h + b2
    a = m.relu(x + r)
    return {"h": h, "r": r, "z": x + r, "a": a, "L": ((a - y) ** 2).sum() / 2}


def embedding(m, words, y, E, W):
    del words  # the second row, the fourth, and the second again
    h = m.array([E[1], E[3], E[1]])
    mean = (E[1] + E[3] + E[1]) / 3
    z = W @ mean
    p = softmax(m, z)
    return {"h": h, "m": mean, "z": z, "p": p, "L": -(y * m.log(p)).sum()}


def convolution(m, x, y, K, b, V, c):
    sides, channels = range(4), range(2)
    z = [[[b[k] for k in channels] for _ in sides] for _ in sides]
    for i, j, k, down, across in itertools.product(sides, sides, channels, range(2), range(2)):
        z[i][j][k] = z[i][j][k] + x[0, i + down, j + across, 0] * K[down, across, 0, k]
    a = [[[m.relu(z[i][j][k]) for k in channels] for j in sides] for i in sides]
    pooled = [
        [
            [largest([a[2 * i + p][2 * j + q][k] for p in range(2) for q in range(2)]) for k in channels]
            for j in range(2)
        ]
        for i in range(2)
    ]
    s = c + sum(V[i, j, k] * pooled[i][j][k] for i in range(2) for j in range(2) for k in channels)
    p = logistic(m, s)
    return {"z": m.array([z]), "a": m.array([a]), "m": m.array([pooled]), "s": s, "p": p, "L": binary(m, p, y)}


def largest(entries):
    return max(entries, key=lambda entry: float(getattr(entry, "_value", entry)))


def tenth(m, digits):
    """10^-digits, as the formula 1e-5 has it: a float64."""
    return mpf(10.0**-digits) if m is DIGITS else 10.0**-digits


def matrices(m, x, y, W1, W2):
    h = logistic(m, x @ W1)
    yhat = h @ W2
    return {"h": h, "yhat": yhat, "L": ((yhat - y) ** 2).sum()}


def scalars(m, x1, x2, y, **w):
    h = [logistic(m, w[f"w{k}0"] + w[f"w{k}1"] * x1 + w[f"w{k}2"] * x2) for k in (1, 2, 3)]
    a, b, c = w["v1"] * h[0], w["v2"] * h[1], w["v3"] * h[2]
    yhat = w["v0"] + (a + b + c)
    lines = {"h1": h[0], "h2": h[1], "h3": h[2], "a": a, "b": b, "c": c, "d": a + b, "e": a + b + c, "yhat": yhat}
    return lines | {"L": (yhat - y) ** 2}


def vectors(m, x, y, W, V, v0):
    a = W @ x
    b = logistic(m, a)
    yhat = V @ b + v0
    return {"a": a, "b": b, "yhat": yhat, "L": ((yhat - y) ** 2).sum()}


def shapes(m, x, W, V):
    h = m.tanh(W @ x)
    y = V @ h
    return {"h": h, "y": y, "L": (y**2).sum()}


BY_HAND = {
    "equations": network,
    "rnn": rnn,
    "lstm": lstm,
    "attention": attention,
    "layer-norm": layer_norm,
    "batch-norm": batch_norm,
    "residual": residual,
    "embedding": embedding,
    "convolution": convolution,
    "graph-matrices": matrices,
    "graph-scalars": scalars,
    "graph-vectors": vectors,
    "shapes": shapes,
}


def given(path: Path) -> dict:
    """What the file gives, in 60 digits."""
    text = read_texts(path)
    return {name: digits(value) for name, value in (text["inputs"] | text["parameters"]).items()}


def digits(value):
    return np.array(_digits(value), dtype=object)


def _digits(value):
    return [_digits(item) for item in value] if isinstance(value, list) else mpf(value)


def computed(path: Path) -> dict:
    done = invoke(["backward", str(path), "--format", "json"])
    assert done.code == 0, done.stderr
    return json.loads(done.stdout)


def close(name, ours, true):
    ours, true = np.array(ours, dtype=object), np.array(true, dtype=object)
    assert ours.shape == true.shape, name
    largest_of_all = max((abs(x) for x in true.ravel()), default=0)
    for one, other in zip(ours.ravel(), true.ravel(), strict=True):
        assert abs(mpf(one) - mpf(other)) <= mpf("1e-12") * largest_of_all, f"{name}: {one} is not {other}"


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_an_example_has_the_values_and_the_central_differences_of_the_same_written_by_hand(path):
    mp.dps = 60
    ours, leaves, function = computed(path), given(path), BY_HAND[path.stem]
    lines = function(DIGITS, **leaves)
    assert ours["values"].keys() == lines.keys() | leaves.keys()
    for name, value in lines.items():
        close(name, ours["values"][name], value)
    for name, value in leaves.items():
        if name == "words":
            continue
        slopes = np.empty(value.shape, dtype=object)
        for index in np.ndindex(value.shape):
            sides = []
            for step in (STEP, -STEP):
                moved = value.copy()
                moved[index] = value[index] + step
                sides.append(function(DIGITS, **{**leaves, name: moved})["L"])
            slopes[index] = (mpf(sides[0]) - mpf(sides[1])) / (2 * STEP)
        close(f"dL/d{name}", ours["gradients"][name], slopes)


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_an_example_has_the_gradients_of_autograd(path):
    ours, function = computed(path), BY_HAND[path.stem]
    leaves = {name: value.astype(float) for name, value in given(path).items()}

    def loss(leaves):
        return function(FLOATS, **leaves)["L"]

    found = autograd.grad(loss)(leaves)
    for name in leaves:
        if name != "words":
            close(f"dL/d{name}", ours["gradients"][name], found[name])


@in_turn("command", ["gradcheck", "solve", "graph", "shapes", "explain"], ["shapes", "explain"])
@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_every_command_that_works_a_network_works_an_example(command, path):
    quantity = next(iter(read_texts(path)["parameters"]))
    done = invoke([command, str(path), *([f"dL/d{quantity}"] if command == "explain" else [])])
    assert done.code == 0, done.stderr
