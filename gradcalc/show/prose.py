"""Sentences with the names of quantities in them as mathematics."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gradcalc.engine.maths import Phrase, named
from gradcalc.engine.notation import hatted

_INDEX = r"(?:\[[\w·,]+\])?"


def prose(text: str, names: Iterable[str]) -> Phrase:
    """A sentence in which each of `names`, each derivative of them and each entry is mathematics.

    A name that is a word of the language as well stays a word, unless it has an index.

    >>> [part for part in prose("a row of a[1] and z1", ["a", "z1"]).parts if isinstance(part, str)]
    ['a', ' row of ', ' and ']
    """
    known = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    if not known:
        return Phrase([text])
    one = rf"(?:{known}){_INDEX}"
    parts = re.split(rf"(?<![\w\[])(∂{one}/∂{one}|{one})(?![\w\[])", text)
    return Phrase([named(part) if i % 2 and not _is_word(part) else part for i, part in enumerate(parts) if part])


def _is_word(name: str) -> bool:
    is_lower = name.isascii() and name.isalpha() and name.islower() and len(name) > 1
    return name in ("a", "A", "I") or (is_lower and hatted(name) == name)
