"""Numbers cut to decimals or figures, and a hand that cuts each number before it is used."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hand import Hand

# the parts of a `Hand` whose numbers are quantities
STEPS = ("affine", "activate", "of_sample", "total", "of_output", "through", "of_weights", "of_bias", "back")


def cut(value, digits: int, kind: str, *, truncate: bool):
    """Nested numbers to decimals or figures, rounded or truncated, as texts."""
    if isinstance(value, dict):
        return {name: cut(inner, digits, kind, truncate=truncate) for name, inner in value.items()}
    if isinstance(value, list):
        return [cut(inner, digits, kind, truncate=truncate) for inner in value]
    rule = ROUND_DOWN if truncate else ROUND_HALF_UP
    # a hand has no ulp: 1.4999999999999996 is 1.5, and 2e-17 is 0
    number = Decimal(f"{value:.13g}" if abs(value) > 1e-12 else 0)
    if kind == "decimals":
        return f"{number.quantize(Decimal(1).scaleb(-digits), rounding=rule):f}"
    return str(Context(prec=digits, rounding=rule).create_decimal(number))


def rounding(other: type[Hand], digits: int, kind: str, *, truncate: bool) -> type[Hand]:
    """A hand that works as the other does, and rounds or truncates each number before it is used."""

    def cutting(name: str):
        def step(self, *given):
            return as_numbers(cut(getattr(super(own, self), name)(*given), digits, kind, truncate=truncate))

        return step

    own: type[Hand] = type(other.__name__, (other,), {name: cutting(name) for name in STEPS})
    return own


def as_numbers(value):
    return [as_numbers(inner) for inner in value] if isinstance(value, list) else float(value)
