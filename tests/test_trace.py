"""Whole runs of an optimizer: what they compute is what a plain loop does, and saying it in another way is the same."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from invoke import invoke
from networks import NETS, SEEDS, document, draw, examples, problem, text

from gradcalc.engine.graph import backward, forward
from gradcalc.engine.program import Program
from gradcalc.engine.rounding import rounded
from gradcalc.problem.build import build
from gradcalc.problem.load import loads
from gradcalc.trace import select, traces

ROOT = Path(__file__).resolve().parent.parent
MAZUR = str(ROOT / "configs" / "mazur.yaml")
NETWORK = """
input: [0.5, -1.2]
target: 0.3
loss: half_squared_error
layers:
  - {weights: [[0.3, -0.2], [0.7, 0.4]], bias: [0.1, -0.1], activation: tanh}
  - {weights: [[0.5, -0.6]], bias: 0.2}
"""
BATCH = """
input: [[1, 0.5], [-1, 2], [0.25, -0.75]]
target: [1, 0, 1]
loss: bce
layers:
  - {weights: [[0.3, -0.2], [0.7, 0.4]], bias: [0.1, -0.1], activation: tanh}
  - {weights: [[0.5, -0.6]], bias: 0.2, activation: sigmoid}
"""
GIVEN = "parameters: {w: [1, 2], b: 3}\ngradients: {w: [1, -1], b: 0.5}\n"


def run(document, *arguments, code=0):
    """`gradcalc optimize` of a text of YAML."""
    done = invoke(["optimize", "-", *arguments], document)
    assert done.code == code, done.stderr
    return done


def record(document, *arguments, code=0):
    return json.loads(run(document, *arguments, "-f", "json", code=code).stdout)


def steps(document, optimizer, count=4):
    return record(f"{document}\noptimizer: {optimizer}\n", "--steps", str(count))["steps"]


def series(steps, *keys):
    """One entry of each step, as one flat row of numbers a step."""
    rows = []
    for step in steps:
        for key in keys:
            step = step[key]  # noqa: PLW2901  the way down to the entry
        values = step.values() if isinstance(step, dict) else [step]
        rows.append(np.concatenate([np.ravel(value) for value in values]))
    return np.array(rows)


# Mazur: https://mattmazur.com/2015/03/17/a-step-by-step-backpropagation-example
MAZUR_WEIGHTS = {
    "W1": [[0.149780716, 0.199561432], [0.249751144, 0.299502287]],
    "W2": [[0.35891648, 0.408666186], [0.511301270, 0.561370121]],
}


def test_mazurs_weights_after_one_update_and_the_loss_after_it_are_the_published_ones():
    done = invoke([
        "optimize", MAZUR, "--optimizer", "sgd", "--lr", "0.5", "--set", "optimizer.frozen=[b1, b2]", "-f", "json",
    ])  # fmt: skip
    found = json.loads(done.stdout)
    for name, published in MAZUR_WEIGHTS.items():
        np.testing.assert_allclose(found["final"]["parameters"][name], published, atol=5e-10, rtol=0)
    assert abs(found["final"]["loss"] - 0.291027774) < 5e-10
    assert list(found["steps"][0]["gradients"]) == ["W1", "W2"]


class Plain:
    """The 2-2-1 network of `NETWORK` written out in NumPy, and three optimizers over it."""

    def __init__(self):
        self.p = [np.array([[0.3, -0.2], [0.7, 0.4]]), np.array([0.1, -0.1]), np.array([[0.5, -0.6]]), np.array([0.2])]
        self.m = [np.zeros_like(p) for p in self.p]
        self.v = [np.zeros_like(p) for p in self.p]

    def loss_and_gradients(self):
        W1, b1, W2, b2 = self.p
        x = np.array([0.5, -1.2])
        a1 = np.tanh(W1 @ x + b1)
        error = W2 @ a1 + b2 - 0.3
        d1 = (W2.T @ error) * (1 - a1**2)
        return 0.5 * float(error @ error), [np.outer(d1, x), d1, np.outer(error, a1), error]

    def sgd(self, g, t):
        return [-0.1 * part for part in g]

    def momentum(self, g, t):
        self.v = [0.9 * v + 0.1 * part for v, part in zip(self.v, g, strict=True)]
        return [-v for v in self.v]

    def adam(self, g, t):
        self.m = [0.9 * m + 0.1 * part for m, part in zip(self.m, g, strict=True)]
        self.v = [0.999 * v + 0.001 * part**2 for v, part in zip(self.v, g, strict=True)]
        return [
            -0.1 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
            for m, v in zip(self.m, self.v, strict=True)
        ]

    def rows(self, name, count):
        """Of each step the loss before it and the parameters after it."""
        for t in range(1, count + 1):
            loss, g = self.loss_and_gradients()
            self.p = [p + by for p, by in zip(self.p, getattr(self, name)(g, t), strict=True)]
            yield loss, np.concatenate([p.ravel() for p in self.p])


@pytest.mark.parametrize("name", ["sgd", "momentum", "adam"])
def test_fifty_steps_are_those_of_a_loop_written_by_hand(name):
    found = steps(NETWORK, f"{{name: {name}, lr: 0.1}}", 50)
    losses, parameters = zip(*Plain().rows(name, 50), strict=True)
    # the loss goes to 0, where what is left of it is rounding: it counts beside the first
    np.testing.assert_allclose(series(found, "loss")[:, 0], losses, rtol=1e-13, atol=1e-13 * losses[0])
    np.testing.assert_allclose(series(found, "parameters"), parameters, rtol=1e-13, atol=1e-15)


def test_a_list_of_rates_is_the_rates_by_hand():
    rates = [0.1, 0.4, 0.2, 0.05]
    listed = steps(NETWORK, f"{{name: sgd, schedule: {rates}}}")
    assert [step["learning_rate"] for step in listed] == rates
    by_hand = Plain()
    for rate, step in zip(rates, listed, strict=True):
        _, g = by_hand.loss_and_gradients()
        by_hand.p = [p - rate * part for p, part in zip(by_hand.p, g, strict=True)]
        np.testing.assert_allclose(series([step], "parameters")[0], np.concatenate([p.ravel() for p in by_hand.p]))


SCHEDULES = [
    ("{name: step, every: 2, factor: 0.5}", [0.1, 0.1, 0.05, 0.05]),
    ("{name: exponential, factor: 0.5}", [0.1, 0.05, 0.025, 0.0125]),
    ("{name: inverse_time, rate: 1}", [0.1, 0.05, 0.1 / 3, 0.025]),
]


@pytest.mark.parametrize(("schedule", "rates"), SCHEDULES)
def test_a_schedule_is_the_list_of_its_rates(schedule, rates):
    by_rule = steps(NETWORK, f"{{name: adam, lr: 0.1, schedule: {schedule}}}")
    by_list = steps(NETWORK, f"{{name: adam, schedule: {[step['learning_rate'] for step in by_rule]}}}")
    assert by_rule == by_list
    np.testing.assert_allclose([step["learning_rate"] for step in by_rule], rates, rtol=1e-15)


def test_batches_of_one_are_the_samples_in_the_order_of_the_file():
    found = steps(BATCH, "{name: sgd, lr: 0.5, batch_size: 1}", 7)
    assert [step["samples"] for step in found] == [[1], [2], [3], [1], [2], [3], [1]]
    again = loads(BATCH)
    for step in found[:3]:
        at = step["samples"][0] - 1
        alone = BATCH.replace(str([[1, 0.5], [-1, 2], [0.25, -0.75]]), str(again.input[at].tolist()))
        alone = alone.replace("[1, 0, 1]", str([1, 0, 1][at]))
        if at:
            before = found[at - 1]["parameters"]
            sets = [f"--set=layers.{k}.{key}={before[name + str(k)]}" for k in (1, 2) for key, name in WHERE]
        else:
            sets = []
        single = record(f"{alone}\noptimizer: {{name: sgd, lr: 0.5}}", *sets)["steps"][0]
        np.testing.assert_allclose(series([step], "gradients"), series([single], "gradients"), rtol=1e-12)
        assert step["loss"] == pytest.approx(single["loss"], rel=1e-13)


WHERE = (("weights", "W"), ("bias", "b"))


def test_the_last_batch_of_an_epoch_has_what_is_left():
    found = steps(BATCH, "{name: sgd, batch_size: 2}")
    assert [step["samples"] for step in found] == [[1, 2], [3], [1, 2], [3]]


def test_a_batch_of_everything_is_no_batch():
    whole, full = (steps(BATCH, f"{{name: adam{more}}}") for more in ("", ", batch_size: 3"))
    assert [step["samples"] for step in whole] == [None] * 4
    assert [step["samples"] for step in full] == [[1, 2, 3]] * 4
    for key in ("loss", "gradients", "update", "parameters"):
        np.testing.assert_allclose(series(whole, key), series(full, key), rtol=1e-13)


def test_a_shuffled_epoch_has_every_sample_once_and_the_same_seed_the_same_order():
    found = [steps(BATCH, f"{{name: sgd, batch_size: 1, shuffle: {{seed: {seed}}}}}", 12) for seed in (1, 1, 2)]
    orders = [[step["samples"][0] for step in one] for one in found]
    assert orders[0] == orders[1] != orders[2]
    assert all(sorted(order[k : k + 3]) == [1, 2, 3] for order in orders for k in range(0, 12, 3))


def test_given_gradients_beside_a_network_take_the_place_of_its_own_and_the_loss_is_still_computed():
    given = "gradients: {W1: [[1, 0], [0, -1]], b1: [0, 0], W2: [[2, 0]], b2: 0.5}"
    found = record(f"{NETWORK}{given}\noptimizer: {{name: sgd, lr: 0.1}}\n", "--steps", "3")
    own = record(f"{NETWORK}optimizer: {{name: sgd, lr: 0.1}}\n")
    assert (found["conventions"]["gradients"], own["conventions"]["gradients"]) == ("given", "backpropagation")
    assert [step["gradients"]["W2"] for step in found["steps"]] == [[[2, 0]]] * 3
    assert found["steps"][0]["loss"] == own["steps"][0]["loss"] == found["initial"]["loss"]
    final = found["final"]["parameters"]
    np.testing.assert_allclose(final["W1"], [[0.3 - 0.3, -0.2], [0.7, 0.4 + 0.3]], atol=1e-15)
    W1, b1, W2, b2 = (np.array(final[name]) for name in ("W1", "b1", "W2", "b2"))
    output = W2 @ np.tanh(W1 @ [0.5, -1.2] + b1) + b2
    assert found["final"]["loss"] == pytest.approx((output[0] - 0.3) ** 2 / 2, rel=1e-13)


def test_frozen_parameters_stay_and_the_others_do_as_if_they_were_constants():
    found = record(f"{NETWORK}optimizer: {{name: adam, frozen: [b1, W2]}}", "--steps", "5")
    assert all({*step["gradients"]} == {"W1", "b2"} == {*step["parameters"]} for step in found["steps"])
    assert found["final"]["parameters"]["W2"] == [[0.5, -0.6]]
    assert found["final"]["parameters"]["b1"] == [0.1, -0.1]
    free = record(f"{NETWORK}optimizer: adam", "--steps", "1")
    assert found["steps"][0]["update"] == {k: v for k, v in free["steps"][0]["update"].items() if k in ("W1", "b2")}


@pytest.mark.parametrize(("kind", "bound"), [("norm", 0.1), ("value", 0.05), ("norm", 100), ("value", 100)])
def test_a_clipped_gradient_is_that_of_a_plain_loop_and_is_shown_where_clipping_acts(kind, bound):
    found = steps(NETWORK, f"{{name: sgd, lr: 0.1, clip: {{{kind}: {bound}}}}}", 10)
    plain = Plain()
    for step in found:
        _, parts = plain.loss_and_gradients()
        g = np.concatenate([part.ravel() for part in parts])
        norm = np.sqrt(np.sum(g**2))
        used = g * min(1, bound / norm) if kind == "norm" else np.clip(g, -bound, bound)
        np.testing.assert_allclose(series([step], "gradients")[0], g, rtol=1e-12)
        np.testing.assert_allclose(series([step], "update")[0], -0.1 * used, rtol=1e-12)
        assert ("clipped" in step) == bool(np.any(used != g))
        if "clipped" in step:
            np.testing.assert_allclose(series([step], "clipped")[0], used, rtol=1e-12)
        update = np.split(-0.1 * used, np.cumsum([p.size for p in plain.p])[:-1])
        plain.p = [p + by.reshape(p.shape) for p, by in zip(plain.p, update, strict=True)]


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam", "lion", "rprop"])
def test_to_maximize_is_to_minimize_what_is_negated_and_the_gradients_stay_those_of_the_loss(optimizer):
    up = steps("parameters: {x: 1, y: 2}\nobjective: sin(x) + x*y", f"{{name: {optimizer}, lr: 0.1, maximize: true}}")
    down = steps("parameters: {x: 1, y: 2}\nobjective: -(sin(x) + x*y)", f"{{name: {optimizer}, lr: 0.1}}")
    for key in ("update", "parameters", "state"):
        assert [step[key] for step in up] == [step[key] for step in down]
    np.testing.assert_array_equal(series(up, "gradients"), -series(down, "gradients"))
    assert up[-1]["loss"] > up[0]["loss"]


def test_a_state_starts_where_it_is_told_for_all_parameters_or_by_name():
    everywhere = steps(GIVEN, "{name: adagrad, lr: 1, initial: {G: 3}, eps: 0}", 1)[0]
    assert everywhere["state"]["G"] == {"w": [4, 4], "b": 3.25}
    assert everywhere["update"]["w"] == [-0.5, 0.5]
    named = steps(GIVEN, "{name: momentum, lr: 1, beta: 0.5, initial: {v: {w: [2, 4]}}}", 1)[0]
    assert named["state"]["v"] == {"w": [2, 1], "b": 0.5}


TOLERANCES = {
    "loss": lambda steps: abs(steps[-1]["loss"] - steps[-2]["loss"]),
    "parameters": lambda steps: np.sqrt(np.sum(series(steps[-1:], "update") ** 2)),
    "gradient": lambda steps: np.sqrt(np.sum(series(steps[-1:], "gradients") ** 2)),
}


@pytest.mark.parametrize("on", TOLERANCES)
def test_a_run_stops_at_the_first_step_whose_change_is_below_the_tolerance(on):
    found = record(f"{NETWORK}optimizer: {{name: sgd, lr: 0.2}}", "--steps", "500", "--tol", "1e-4", "--tol-on", on)
    made = found["steps"]
    assert found["stopped"] == {"reason": "tolerance", "step": len(made)}
    assert 2 < len(made) < 500
    sizes = [TOLERANCES[on](made[: k + 1]) for k in range(1, len(made))]
    assert [size < 1e-4 for size in sizes] == [False] * (len(sizes) - 1) + [True]


DIVERGING = "parameters: {w: 1}\nobjective: w**4\noptimizer: {name: sgd, lr: 10}\n"


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv", "markdown"])
def test_a_run_that_diverges_shows_the_steps_before_and_ends_with_4_naming_step_and_quantity(form):
    done = run(DIVERGING, "--steps", "50", "-f", form, code=4)
    assert "at step 5 the loss is no longer a finite number" in done.stderr
    assert "smaller learning rate" in done.stderr
    assert "-39" in done.stdout.replace("−", "-")
    if form == "json":
        found = json.loads(done.stdout)
        assert found["stopped"] == {"reason": "diverged", "step": 5}
        assert [step["step"] for step in found["steps"]] == [1, 2, 3, 4]


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv", "markdown"])
@pytest.mark.parametrize("steps", ["3", "6"])
def test_a_run_whose_parameters_leave_the_domain_of_the_loss_shows_the_steps_that_led_there(form, steps):
    problem_of_roots = "parameters: {w: 0.5}\nobjective: sqrt(w)\noptimizer: {name: sgd, lr: 0.3}\n"
    done = run(problem_of_roots, "--steps", steps, "-f", form, code=4)
    assert "is no longer a finite number" in done.stderr
    assert "1.638" in done.stdout


@pytest.mark.parametrize(
    ("optimizer", "code"), [("adam", 4), ("rmsprop", 4), ("adagrad", 4), ("nadam", 4), ("lion", 0), ("momentum", 0)]
)
def test_a_state_that_overflows_is_a_divergence_even_where_the_parameters_stay_finite(optimizer, code):
    huge = "parameters: {w: 1}\ngradients: [{w: 1}, {w: 1.7e308}, {w: 1.7e308}, {w: -1.7e308}]\n"
    done = run(f"{huge}optimizer: {{name: {optimizer}, lr: 1e-300}}", "-f", "json", code=code)
    assert "Infinity" not in done.stdout


@pytest.mark.parametrize(("count", "every"), [(10, 3), (9, 3), (5, 1), (4, 7)])
def test_every_k_keeps_each_k_th_step_and_always_the_last(count, every):
    whole = record(f"{NETWORK}optimizer: adam", "--steps", str(count))
    kept = record(f"{NETWORK}optimizer: adam", "--steps", str(count), "--every", str(every))
    numbers = sorted({*range(every, count + 1, every), count})
    assert [step["step"] for step in kept["steps"]] == numbers
    assert kept["steps"] == [whole["steps"][number - 1] for number in numbers]
    assert kept["final"] == whole["final"]


def test_show_keeps_the_named_steps_and_the_last():
    kept = record(f"{NETWORK}optimizer: adam", "--steps", "20", "--show", "2,10")
    assert [step["step"] for step in kept["steps"]] == [2, 10, 20]


def test_the_lines_of_jsonl_are_the_json_in_pieces():
    document = f"{BATCH}optimizer: {{name: adam, batch_size: 2}}"
    head, *middle, end = map(json.loads, run(document, "--steps", "5", "-f", "jsonl").stdout.splitlines())
    assert {**head, "steps": middle, **end} == record(document, "--steps", "5")


LIST = "optimizer: [{name: adam, lr: 0.5}, {name: sgd, lr: 0.1}, {name: adam, lr: 0.1}]\n"


def test_a_list_is_compared_in_its_order_each_run_as_if_it_were_alone():
    compared = record(f"{NETWORK}{LIST}", "--steps", "5")
    assert [row["name"] for row in compared["comparison"]] == ["adam lr=0.5", "sgd", "adam lr=0.1"]
    for run_of, (name, lr) in zip(compared["runs"], [("adam", 0.5), ("sgd", 0.1), ("adam", 0.1)], strict=True):
        assert run_of == record(f"{NETWORK}optimizer: {{name: {name}, lr: {lr}}}", "--steps", "5")


def test_the_figures_of_a_comparison_are_those_of_its_steps():
    compared = record(f"{NETWORK}{LIST}", "--steps", "12")
    for one, row in zip(compared["runs"], compared["comparison"], strict=True):
        updates = series(one["steps"], "update")
        sizes = np.sqrt((updates**2).sum(axis=1))
        assert row["final_loss"] == one["final"]["loss"]
        assert row["largest_step"] == pytest.approx(sizes.max(), rel=1e-13)
        assert row["path_length"] == pytest.approx(sizes.sum(), rel=1e-13)
        assert row["sign_changes"] == int(np.sum(updates[1:] * updates[:-1] < 0))


def verdicts(document, *arguments):
    compared = record(document, *arguments)
    return {row["name"]: row["verdict"] for row in compared["comparison"]}


def test_the_verdict_depends_on_the_problem_and_adam_can_be_the_unstable_one():
    # near its end, where the slopes are small, Adam still steps by its rate
    shallow = "parameters: {w: 0.05}\nobjective: w**2\noptimizer: [{name: sgd, lr: 0.4}, {name: adam, lr: 0.4}]\n"
    steep = "parameters: {w: 0.05}\nobjective: 30*w**2\noptimizer: [{name: sgd, lr: 0.4}, {name: adam, lr: 0.001}]\n"
    first, second = verdicts(shallow, "--steps", "4"), verdicts(steep, "--steps", "4")
    assert first["adam"].startswith(("unstable", "swings"))
    assert first["sgd"].startswith("steady")
    assert second["adam"].startswith("steady")
    assert second["sgd"].startswith(("unstable", "swings"))
    assert all(any(sign.isdigit() for sign in sentence) for sentence in {*first.values(), *second.values()})


@examples(150)
@given(NETS)
def test_a_program_gives_what_the_two_walks_over_the_graph_give(net):
    built = build(problem(net))
    wanted = [name for name, q in built.quantities.items() if q.role in ("weights", "bias")]
    program = Program(built.graph, built.leaves, built.result, wanted)
    with np.errstate(all="ignore"):
        found = program.run()
        gradients = program.gradients(np.ones(()))
    values = forward(built.graph, built.leaves)
    grads = backward(built.graph, values, {built.result: np.ones(())})
    np.testing.assert_array_equal(found, values[built.result])
    for name, gradient in zip(wanted, gradients, strict=True):
        np.testing.assert_array_equal(program.value(name), built.leaves[name])
        if name in grads:
            np.testing.assert_array_equal(gradient, grads[name], strict=True)
        else:
            assert gradient is None


@examples(20)
@given(SEEDS)
def test_a_program_follows_the_numbers_of_its_leaves(seed):
    net = draw(seed, "tanh", "mse")
    built = build(problem(net))
    leaves = {name: np.array(value) for name, value in built.leaves.items()}
    program = Program(built.graph, leaves, built.result, [built.names.input])
    before = float(program.run())
    for value in leaves.values():
        np.multiply(value, 0.5, out=value)
    assert float(program.run()) == float(forward(built.graph, leaves)[built.result]) != before


@examples(30)
@given(NETS)
def test_the_first_gradients_of_a_run_are_those_of_backward(net):
    said = text(document(net))
    if not any(layer.weights is not None for layer in net.layers):
        return
    trace = traces(loads(said))[0]
    step = next(iter(trace.descent()))
    shown = json.loads(invoke(["backward", "-", "-f", "json"], said).stdout)
    for name, gradient in trace.flat.split(step.gradient).items():
        np.testing.assert_allclose(gradient, np.reshape(shown["gradients"][name], gradient.shape), rtol=1e-12, atol=0)


HALVES = "parameters: {w: [1.2345, -0.5], b: 2}\nobjective: sum(w**2) + b**2\n"


def test_rounding_each_is_a_loop_rounded_by_hand():
    rounding = "rounding: {to: 3dp, when: each}\n"
    found = steps(f"{HALVES}{rounding}", "{name: momentum, lr: 0.3, beta: 0.9, form: ema}", 6)

    def r(x):
        return rounded(np.asarray(x), 3, "dp")

    w, v = np.array([1.2345, -0.5, 2.0]), np.zeros(3)
    for step in found:
        g = r(2 * w)
        v = r(0.9 * v + (1 - 0.9) * g)
        update = r(-0.3 * v)
        w = r(w + update)
        np.testing.assert_allclose(series([step], "gradients")[0], g, atol=1e-12)
        np.testing.assert_allclose(series([step], "state", "v")[0], v, atol=1e-12)
        np.testing.assert_allclose(series([step], "update")[0], update, atol=1e-12)
        np.testing.assert_allclose(series([step], "parameters")[0], w, atol=1e-12)


def test_a_selection_keeps_no_step_that_was_not_asked_for():
    made = list(traces(loads(f"{NETWORK}optimizer: adam\nsteps: 30\n"))[0].descent())
    assert [step.number for step in select(iter(made), 10)] == [10, 20, 30]
    assert [step.number for step in select(iter(made), 1, (3, 5))] == [3, 5, 30]
    assert [step.number for step in select(iter(made[:0]))] == []
