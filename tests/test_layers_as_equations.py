"""A network of layers, and the same network written line by line as equations."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from hypothesis import strategies as st
from networks import PAIRS, SEEDS, draw, examples, problem
from reference import Layer, Named, Net
from turns import examples_in_turn

from gradcalc import Problem, solve
from gradcalc.engine.op import Array

TERMS = {"l2": "{}*sum({}**2)", "half_l2": "{}/2*sum({}**2)", "l1": "{}*sum(abs({}))"}


def as_equations(net: Net) -> Problem:
    """The same computation: a line for each z and each a, and the loss called by name."""
    inputs = {"x": net.input, "y": net.target}
    parameters, equations = {}, {}
    fed, terms = "x", []
    for number, layer in enumerate(net.layers, 1):
        if layer.weights is not None:
            W, z = f"W{number}", f"z{number}"
            parameters[W] = layer.weights
            equations[z] = affine(net, layer, fed, number, inputs)
            if layer.bias is not None:
                parameters[f"b{number}"] = layer.bias
                equations[z] += f" + b{number}"
            terms += [(W, layer)]
            fed = z
        equations[f"a{number}"] = activation(net, layer, fed, parameters)
        fed = f"a{number}"
    equations["L"] = " + ".join([loss(net, fed, inputs), *penalty(net, terms)])
    return Problem(data=inputs, parameters=parameters, equations=equations)


def affine(net: Net, layer: Layer, fed: str, number: int, inputs: dict[str, Array]) -> str:
    """z without a bias of its own; an input that is extended by 1 is joined with ones."""
    single = np.ndim(net.input) == 1
    if layer.column is not None:
        ones = "1" if single else f"ones{number}"
        if not single:
            inputs[ones] = np.ones((len(net.input), 1))
        pair = [ones, fed] if layer.column == "first" else [fed, ones]
        fed = f"concat({', '.join(pair)}{'' if single else ', axis=2'})"
    W = f"W{number}"
    if net.layout == "in_out":
        return f"{fed} @ {W}"
    return f"{W} @ {fed}" if single else f"{fed} @ {W}.T"


def activation(net: Net, layer: Layer, z: str, parameters: dict[str, Array]) -> str:
    kinds = layer.activations
    if len(kinds) == 1:
        return call(kinds[0], z)
    if np.ndim(net.input) == 1:
        return f"concat({', '.join(call(one, f'{z}[{k}]') for k, one in enumerate(kinds, 1))})"
    return f"concat({', '.join(call(one, f'{z}[:, {k}:{k}]') for k, one in enumerate(kinds, 1))}, axis=2)"


def call(named: Named, *inputs: str) -> str:
    return f"{named.name}({', '.join([*inputs, *keywords(named.options)])})"


def keywords(options) -> Iterator[str]:
    for key, value in options.items():
        if value is not None:
            yield f"{key}={str(value).lower() if isinstance(value, bool) else value}"


def loss(net: Net, fed: str, inputs: dict[str, Array]) -> str:
    options = {**net.loss.options, "outputs": net.outputs, "reduction": net.reduction}
    if net.sample_weights is not None:
        inputs["s"] = net.sample_weights
        options["weights"] = "s"
    return call(Named(net.loss.name, options), fed, "y")


def penalty(net: Net, terms: list[tuple[str, Layer]]) -> Iterator[str]:
    """Over all weights, not over the biases that a column of them carries."""
    for kind, factor in net.penalty.items():
        for W, layer in terms:
            cut = {None: "", "first": "2:", "last": f":{np.shape(layer.weights)[net.layout == 'out_in'] - 1}"}[
                layer.column
            ]
            part = W if not cut else f"{W}[{f':, {cut}' if net.layout == 'out_in' else f'{cut}, :'}]"
            yield TERMS[kind].format(factor, part)


@examples_in_turn(60, 300, st.sampled_from(PAIRS), SEEDS, how=examples)
def test_layers_and_equations_have_the_same_values_and_gradients(pair, seed):
    net = draw(seed, *pair)
    if net.sample_weights is not None and np.ndim(net.input) == 1:
        net = net._replace(sample_weights=None)
    layers, lines = solve(problem(net)), solve(as_equations(net))
    for ours, theirs in ((lines.values, layers.values), (lines.gradients, layers.gradients)):
        for name, array in theirs.items():
            if np.isfinite(array).all():  # a joint form may bypass what has no finite gradient
                room = 1e-12 * np.abs(array).max(initial=0)
                np.testing.assert_allclose(ours[name], array.reshape(ours[name].shape), rtol=1e-11, atol=room)
    assert lines.loss == layers.loss or abs(lines.loss - layers.loss) <= 1e-12 * abs(layers.loss)
    for one, other in ((lines.sample_losses, layers.sample_losses), (lines.output_losses, layers.output_losses)):
        assert (one is None) == (other is None)
        if one is not None:
            np.testing.assert_allclose(np.ravel(one), np.ravel(other), rtol=1e-12, atol=1e-15)
