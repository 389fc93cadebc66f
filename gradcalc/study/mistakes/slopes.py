"""Mistakes at an activation: its slope left out, taken at the wrong thing, or that of another; its value another."""

from __future__ import annotations

from collections.abc import Iterator

from gradcalc.engine.graph import Equation
from gradcalc.study.mistakes.row import Other, of_op, stepwise
from gradcalc.study.working import Scene


def _is_bent(equation: Equation) -> bool:
    return equation.op.family == "activation" and equation.op.name != "identity"


def _feeds_loss(equation: Equation, scene: Scene) -> bool:
    return any(equation.name in other.inputs and other.op.family == "loss" for other in scene.graph.equations)


def _omitted(equation: Equation, scene: Scene) -> Iterator[Other]:
    if _is_bent(equation) and not _feeds_loss(equation, scene):
        yield Other(rules={0: "g"})


def _omitted_at_output(equation: Equation, scene: Scene) -> Iterator[Other]:
    if _is_bent(equation) and _feeds_loss(equation, scene):
        yield Other(rules={0: "g"})


def _omitted_everywhere(equation: Equation, _scene: Scene) -> Iterator[Other]:
    if _is_bent(equation):
        yield Other(rules={0: "g"})


def _kept(equation: Equation, scene: Scene) -> Iterator[Other]:
    """The joint form taken for the loss alone: ŷ − y, and then the slope once more."""
    if equation.op.name == "bce" and any(
        other.op.name == "sigmoid" and other.name in equation.inputs for other in scene.graph.equations
    ):
        yield Other(rules={0: "g * (p - t)"})


def _with_z(equation: Equation, _scene: Scene) -> Iterator[Other]:
    if _is_bent(equation) and equation.op.elementwise:
        yield Other(rules={0: f"({equation.op.form(equation.attrs).rules[0]}) * x"})


def _not_applied(equation: Equation, _scene: Scene) -> Iterator[Other]:
    if _is_bent(equation):
        yield Other("x")


def _not_applied_and_no_slope(equation: Equation, _scene: Scene) -> Iterator[Other]:
    if _is_bent(equation):
        yield Other("x", {0: "g"})


def _twice(equation: Equation, _scene: Scene) -> Iterator[Other]:
    if equation.op.name in ("sigmoid", "tanh", "softmax"):
        yield Other(f"{equation.op.name}({equation.op.formula})")


def _negative(equation: Equation, _scene: Scene) -> Iterator[Other]:
    if _is_bent(equation) and equation.op.elementwise:
        yield Other(rules={0: f"-({equation.op.form(equation.attrs).rules[0]})"})


def _slope(*rules: str) -> list[Other]:
    return [Other(rules={0: rule}) for rule in rules]


_SIGMOIDAL, _TANGENT, _STEP = "g * y * (1 - y)", "g * (1 - y**2)", "g * (x > 0)"

ROWS = (
    stepwise("M7", "derivative_omitted", "the derivative of the activation left out", _omitted),
    stepwise(
        "M1", "derivative_omitted_at_output", "the derivative of the output activation left out", _omitted_at_output
    ),
    stepwise(
        "M7",
        "derivatives_omitted",
        "the derivatives of the activations left out",
        _omitted_everywhere,
        alone=False,
    ),
    stepwise(
        "M1", "derivative_kept", "ŷ − y taken for ∂L/∂ŷ, and the slope ŷ(1 − ŷ) multiplied to it once more", _kept
    ),
    stepwise(
        "M7",
        "derivative_at_z",
        "the slope evaluated at z where a belongs: z(1 − z), 1 − z²",
        of_op(sigmoid=Other(rules={0: "g * x * (1 - x)"}), tanh=Other(rules={0: "g * (1 - x**2)"})),
    ),
    stepwise(
        "M7",
        "derivative_at_a",
        "the derivative evaluated at a where z belongs: σ′(a), tanh′(a)",
        of_op(
            sigmoid=Other(rules={0: "g * sigmoid(y) * (1 - sigmoid(y))"}),
            tanh=Other(rules={0: "g * (1 - tanh(y)**2)"}),
        ),
    ),
    stepwise(
        "M7",
        "derivative_at_delta",
        "the slope evaluated at the arriving gradient δ: δ(1 − δ)",
        of_op(sigmoid=_slope("g * g * (1 - g)", "g * (1 - g)"), tanh=_slope("g * (1 - g**2)", "1 - g**2")),
        together=False,
    ),
    stepwise("M26", "z_as_factor", "z kept as an extra factor of the slope", _with_z),
    stepwise(
        "M26",
        "other_slope",
        "the slope of another activation",
        of_op(
            sigmoid=_slope(_TANGENT),
            tanh=_slope(_SIGMOIDAL),
            relu=_slope(_SIGMOIDAL, _TANGENT),
            leaky_relu=_slope(_SIGMOIDAL),
        ),
        together=False,
    ),
    stepwise(
        "M26",
        "slope_factor_lost",
        "one factor of the slope a(1 − a) left out",
        of_op(sigmoid=_slope("g * y", "g * (1 - y)")),
        together=False,
    ),
    stepwise("M26", "brackets_missing", "brackets missing in 1 − a", of_op(sigmoid=_slope("g * y * 1 - y"))),
    stepwise("M26", "square_missing", "1 − a in place of 1 − a²", of_op(tanh=_slope("g * (1 - y)"))),
    stepwise(
        "M26",
        "plus_in_slope",
        "a plus in place of the minus in the slope",
        of_op(sigmoid=_slope("g * y * (1 + y)"), tanh=_slope("g * (1 + y**2)")),
    ),
    stepwise("M26", "leaky_slope_lost", "the slope of the negative side left out", of_op(leaky_relu=_slope(_STEP))),
    stepwise(
        "M26",
        "leaky_slope_everywhere",
        "the slope of the negative side on both sides",
        of_op(leaky_relu=_slope("g * slope")),
    ),
    stepwise(
        "M17",
        "mask_flipped",
        "the sides of the kink confused: gradient where z is negative",
        of_op(relu=_slope("g * (x <= 0)"), leaky_relu=_slope("g * where(x > 0, slope, 1)")),
    ),
    stepwise("M17", "slope_at_zero", "ReLU′(0) taken as 1", of_op(relu=_slope("g * (x >= 0)"))),
    stepwise("M17", "half_slope_at_zero", "ReLU′(0) taken as ½", of_op(relu=_slope("g * ((x > 0) + (x == 0) / 2)"))),
    stepwise(
        "M17", "mask_by_gradient", "the gradient's own sign taken for that of z", of_op(relu=_slope("g * (g > 0)"))
    ),
    stepwise("M4", "sign_of_slope", "the sign of the derivative of the activation wrong", _negative),
    stepwise("M15", "softmax_diagonal", "only the diagonal of the softmax Jacobian", of_op(softmax=_slope(_SIGMOIDAL))),
    stepwise("M31", "activation_not_applied", "the activation not applied to z", _not_applied),
    stepwise("M31", "no_activation", "neither the activation nor its derivative applied", _not_applied_and_no_slope),
    stepwise("M31", "absolute_for_relu", "|z| in place of max(0, z)", of_op(relu=Other("abs(x)"))),
    stepwise("M15", "activation_twice", "the activation applied twice", _twice),
    stepwise(
        "M22",
        "sign_in_exponent",
        "the minus in the exponent left out: 1 / (1 + eᶻ)",
        of_op(sigmoid=[Other("1 / (1 + exp(x))"), Other("1 / (1 - exp(-x))"), Other("exp(-x) / (1 - exp(-x))")]),
        together=False,
    ),
    stepwise(
        "M22", "softmax_without_exp", "softmax without the exponential", of_op(softmax=Other("x / spread(units(x))"))
    ),
    stepwise("M22", "softmax_not_normalised", "softmax without its divisor", of_op(softmax=Other("exp(x)"))),
    stepwise(
        "M26",
        "other_activation",
        "another activation than the problem has",
        of_op(
            sigmoid=[
                Other("tanh(x)"),
                Other("tanh(x)", {0: _TANGENT}),
                Other("max(0, x)"),
                Other("max(0, x)", {0: _STEP}),
            ],
            tanh=[
                Other("sigmoid(x)"),
                Other("sigmoid(x)", {0: _SIGMOIDAL}),
                Other("max(0, x)"),
                Other("max(0, x)", {0: _STEP}),
            ],
            relu=[Other("sigmoid(x)", {0: _SIGMOIDAL}), Other("tanh(x)", {0: _TANGENT})],
            leaky_relu=[Other("max(0, x)"), Other("max(0, x)", {0: _STEP})],
            softmax=[Other("sigmoid(x)")],
        ),
        together=False,
    ),
)
