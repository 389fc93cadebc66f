"""Names of quantities as mathematics, alone and in sentences."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from gradcalc.engine.notation import Style
from gradcalc.show.blocks import Maths, Phrase

_INDEX = r"(?:\[[0-9·,]+\])?"


def named(name: str, *same: str) -> Maths:
    """A quantity by its name, and by others that it has: `a2 = ŷ`."""
    return Maths([ast.Name(one) for one in (name, *same)], Style({one: one for one in (name, *same)}))


def prose(text: str, names: Iterable[str]) -> Phrase:
    """A sentence in which each of `names`, each derivative of them and each entry is mathematics."""
    known = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    if not known:
        return Phrase([text])
    one = rf"(?:{known}){_INDEX}"
    pattern = re.compile(rf"(?<![\w\[])(∂{one}/∂{one}|{one})(?!\w)")
    parts = pattern.split(text)
    return Phrase([named(part) if i % 2 else part for i, part in enumerate(parts) if part])
