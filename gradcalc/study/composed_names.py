"""What people call the values, the Jacobians and the boundary of functions, beside the names that we have for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradcalc.problem.chain import Link

BOUNDARY: Mapping[str, Sequence[str]] = {
    "normal": ("normal vector", "normal_vector"),
    "distance": ("distance from the origin", "distance_from_the_origin", "distance_from_origin"),
    "side_of_origin": ("side of the origin", "side_of_the_origin"),
    "side": ("side of the point", "side_of_the_point"),
    "signed_distance": ("signed distance", "signed distance of the point", "signed_distance_of_the_point"),
}


def of_value(link: Link) -> list[str]:
    """How a composition is written: `F∘G`, `F(G)`, `FoG`, in brackets or without."""
    return [*_values(link), *(f"({one})" for one in _values(link))]


def of_slopes(name: str) -> list[str]:
    """How the Jacobian of a function alone is written: `DF`, `JF`, `∇F`, `F′`."""
    return [*(f"{sign}{name}" for sign in ("D", "J", "J_", "∇", "grad_", "grad")), f"{name}′"]


def of_fed(name: str, feeding: str) -> list[str]:
    """The same where the function is fed: `DF(G)`, `JF(G)`, `DF∘G`, `F′(G)`."""
    return [
        *(f"{sign}{name}({feeding})" for sign in ("D", "J", "J_", "∇")),
        *(f"D{name}{sign}{feeding}" for sign in "∘o"),
        f"{name}′({feeding})",
    ]


def of_product(link: Link) -> list[str]:
    """The same of a composition: `D(F∘G)`, `D(F(G))`, `(F∘G)′`."""
    values = _values(link)
    return [*(f"{sign}({one})" for one in values for sign in ("D", "J", "∇")), *(f"({one})′" for one in values)]


def written(link: Link) -> str:
    """The whole with its letters: `F(G(x, y))`."""
    inside = ", ".join(map(written, link.inner)) or ", ".join(link.function.args)
    return f"{link.function.name}({inside})"


def _values(link: Link) -> list[str]:
    return [link.name, link.name.replace("∘", "o"), _called(link)]


def _called(link: Link) -> str:
    """The same without letters: `F(G)`."""
    return f"{link.function.name}({', '.join(map(_called, link.inner))})" if link.inner else link.function.name
