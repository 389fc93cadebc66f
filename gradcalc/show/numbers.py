"""Numbers and arrays of numbers as texts: rounded for a reader, and lined up."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple


class Shown(NamedTuple):
    """How many digits of a number are shown, and from which number indices count.

    Unit `g` is the calculator's: `digits` significant ones, correctly rounded. `sf` (significant figures) and
    `dp` (decimals) round as a hand does: half away from zero, in decimal, from the shortest text of the number.
    `zeros` keeps trailing zeros: 0.5 at 4dp is 0.5000.
    """

    digits: int = 6
    unit: Literal["g", "sf", "dp"] = "g"
    zeros: bool = False
    index_base: int = 1


DEFAULT = Shown()


def show_number(x: float, shown: Shown = DEFAULT) -> str:
    """`x` with a minus sign in front where there is one; only a zero is shown as 0.

    >>> [show_number(x) for x in (-3.7266393e-06, -0.0, 12.5, float("-inf"))]
    ['−3.72664e-06', '0', '12.5', '−∞']
    >>> show_number(2.675, Shown(2, "dp"))
    '2.68'
    """
    if not math.isfinite(x):
        return "NaN" if math.isnan(x) else "∞" if x > 0 else "−∞"
    if x < 0:
        return "−" + _magnitude(-x, shown)
    return _magnitude(abs(x), shown)


def read_number(x: float, shown: Shown = DEFAULT) -> float:
    """The number that a reader sees of `x`.

    >>> read_number(-3.7266393e-06)
    -3.72664e-06
    """
    return float(show_number(x, shown).replace("−", "-").replace("∞", "inf"))


def prints_like(x: float, result: float, shown: Shown = DEFAULT) -> bool:
    """Whether `x` is printed like `result`; what the last bits leave between two printed numbers is like both."""
    return show_number(result, shown) in [show_number(x * (1 + way * _LAST_BITS), shown) for way in (0, -1, 1)]


_LAST_BITS = 1e-12


def _magnitude(x: float, shown: Shown) -> str:
    if shown.unit == "g":
        return f"{x:#.{shown.digits}g}".rstrip(".") if shown.zeros else f"{x:.{shown.digits}g}"
    text = _decimals(x, shown.digits) if shown.unit == "dp" else _figures(x, shown.digits)
    return text if shown.zeros else _without_zeros(text)


def _decimals(x: float, digits: int) -> str:
    """`x` rounded to `digits` decimals, or to as many figures where the decimals would all be 0, or meaningless."""
    from decimal import ROUND_HALF_UP, Context, Decimal  # noqa: PLC0415 - only rounding by hand needs it

    number = Decimal(repr(float(x)))
    if x >= _LARGE:
        return _figures(x, max(digits, DEFAULT.digits))
    rounded = number.quantize(Decimal(1).scaleb(-digits), context=Context(prec=60 + digits, rounding=ROUND_HALF_UP))
    return _figures(x, max(digits, 1)) if x and not rounded else f"{rounded:f}"


def _figures(x: float, digits: int) -> str:
    """`x` rounded to `digits` significant figures; with an exponent where a hand would write one."""
    from decimal import ROUND_HALF_UP, Context  # noqa: PLC0415

    rounded = Context(prec=digits, rounding=ROUND_HALF_UP).create_decimal(repr(float(x)))
    size = rounded.adjusted()
    if x == 0 or _SMALLEST <= size < _LARGEST:
        return f"{rounded:.{max(0, digits - 1 - size if x else digits - 1)}f}"
    return f"{float(rounded):.{digits - 1}e}"


# From here on decimals say nothing; beyond these powers of ten an exponent is shorter.
_LARGE, _SMALLEST, _LARGEST = 1e16, -5, 7


def _without_zeros(text: str) -> str:
    digits, e, exponent = text.partition("e")
    return (digits.rstrip("0").rstrip(".") if "." in digits else digits) + e + exponent


class Cells(NamedTuple):
    """The texts of an array's entries. A single number has rank 0, one row and one entry; a vector is one row.

    Beyond rank 2 the rows of all matrices follow each other, and `labels` has one name for each matrix.
    """

    rank: int
    rows: Sequence[Sequence[str]]
    labels: Sequence[str] = ()


def show_array(array: Any, shown: Shown = DEFAULT) -> Cells:
    """The texts of the entries of a NumPy array, a nested list, or a number.

    >>> show_array([[4, -1], [0, 0.5]]).rows
    [['4', '−1'], ['0', '0.5']]
    """
    nested = array.tolist() if hasattr(array, "tolist") else array
    rank = getattr(array, "ndim", None)
    rank = _rank(nested) if rank is None else rank
    if rank == 0:
        return Cells(0, [[show_number(nested, shown)]])
    if rank == 1:
        return Cells(1, [[show_number(x, shown) for x in nested]])
    matrices = list(_matrices(nested, rank, (), shown.index_base))
    rows = [[show_number(x, shown) for x in row] for _, matrix in matrices for row in matrix]
    return Cells(rank, rows, [label for label, _ in matrices] if rank > 2 else ())


def _rank(nested: Any) -> int:
    rank = 0
    while isinstance(nested, (list, tuple)):
        rank, nested = rank + 1, nested[0] if nested else 0.0
    return rank


def _matrices(nested: Any, rank: int, index: tuple[str, ...], base: int) -> Iterator[tuple[str, Any]]:
    """Each matrix of a nested list with its label, such as [1,·,·]."""
    if rank == 2:
        yield f"[{','.join((*index, '·', '·'))}]", nested
        return
    for number, inner in enumerate(nested, base):
        yield from _matrices(inner, rank - 1, (*index, str(number)), base)


def line_up(texts: Sequence[str]) -> list[str]:
    """Texts of numbers, padded to one width: on the decimal point, or at the right where one has an exponent.

    >>> line_up(["12.25", "3", "−0.5"])
    ['12.25', ' 3   ', '−0.5 ']
    """
    if any("e" in text or not text.lstrip("−-")[:1].isdigit() for text in texts):
        return _right(texts)
    tails = [len(text) - text.find(".") if "." in text else 0 for text in texts]
    tail = max(tails, default=0)
    return _right([text + " " * (tail - own) for text, own in zip(texts, tails, strict=True)])


def _right(texts: Sequence[str]) -> list[str]:
    width = max(map(len, texts), default=0)
    return [text.rjust(width) for text in texts]


def inline(array: Any, shown: Shown = DEFAULT) -> str:
    """The whole array on one line.

    >>> inline([[1, 2], [3, -4]])
    '[[1, 2], [3, −4]]'
    """
    nested = array.tolist() if hasattr(array, "tolist") else array
    if isinstance(nested, (list, tuple)):
        return f"[{', '.join(inline(inner, shown) for inner in nested)}]"
    return show_number(nested, shown)
