"""A picture as a page of text."""

from __future__ import annotations

from gradcalc.show.blocks import Block, Drawing, Note
from gradcalc.show.drawing.tree import tree
from gradcalc.show.head import head
from gradcalc.show.numbers import Shown
from gradcalc.solution import Solution
from gradcalc.study.picture import Picture
from gradcalc.study.rules import Rules


def blocks(solution: Solution, picture: Picture, shown: Shown) -> list[Block]:
    """The page that `gradcalc graph` prints: the head of every result, and the tree from the result back."""
    drawing = Drawing(lambda _width, ascii_only: tree(picture, shown, ascii_only=ascii_only))
    return [*head(solution, Rules(solution)), drawing, *map(Note, picture.notes)]
