"""A picture as an SVG: one file without scripts or outside references, readable on light, on dark and in print."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise
from typing import NamedTuple

from gradcalc.engine.notation import hatted
from gradcalc.show.drawing.labels import Said, edge_lines, node_lines
from gradcalc.show.drawing.places import Box, Places, Point, Spot, place
from gradcalc.show.fold import folded
from gradcalc.show.numbers import DEFAULT, Shown
from gradcalc.show.safe import display_width, safe_text
from gradcalc.study.picture import Edge, Node, Picture

# a sign of the monospaced letters at 12 pixels with some room, the height of a line, the room around texts
SIGN, LINE, ROOM = 7.4, 16.0, 9.0
MARGIN, NARROWEST = 24.0, 420.0
# a title is set in larger letters
SMALLER = 0.8
CIRCLE = 52.0
# where edges end at a circle: a stretch of its side, and how far the outermost of them are inside its square
DOOR, TOUCH = 26.0, 2.0
# by the view, and whether it is in letters
LEGEND = {
    (
        "equations",
        False,
    ): "value in black, gradient in colour; on each edge the factor that the arriving gradient meets",
    ("equations", True): "shape in black, gradient in colour; on each edge the factor that the arriving gradient meets",
    ("neurons", False): "value in black, gradient in colour; grey: no gradient flows",
    ("neurons", True): "on each edge its weight",
}
STYLE = """\
  svg { --paper: #ffffff; --ink: #1f2328; --gradient: #b3401f; --given: #f2f5f9; --line: #7a828c;
        background: var(--paper);
        font: 12px "DejaVu Sans Mono", ui-monospace, Menlo, Consolas, "Liberation Mono", monospace }
  text { fill: var(--ink); white-space: pre }
  .title { font-size: 15px; font-weight: 600 }
  .legend { fill-opacity: .75 }
  .name { font-weight: 600 }
  .gradient { fill: var(--gradient) }
  .flow { font-style: italic; fill-opacity: .8 }
  .box { fill: var(--paper); stroke: var(--line); stroke-width: 1.2 }
  .given .box { fill: var(--given); stroke: none }
  .result .box { stroke: var(--gradient); stroke-width: 2 }
  .edge { fill: none; stroke: var(--line); stroke-width: 1.2 }
  .tip { fill: var(--line) }
  .behind { fill: var(--paper) }
  .idle { opacity: .42 }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #0d1117; --ink: #e6edf3; --gradient: #ff9b70; --given: #1a2230; --line: #8b949e }
  }
  @media print {
    svg { --paper: #ffffff; --ink: #000000; --gradient: #a8320f; --given: #f2f5f9; --line: #555555 }
  }"""


class Text(NamedTuple):
    """Lines of text and the room they take."""

    lines: Sequence[Said]
    width: float
    height: float


def svg(picture: Picture, title: str | None = None, caption: Sequence[str] = (), shown: Shown = DEFAULT) -> str:
    """The picture as SVG, under its title and the conventions in `caption`. Nothing in a name or a title is obeyed."""
    texts = [_text(node_lines(node, shown)) for node in picture.nodes]
    labels = [_text(edge_lines(edge, shown, stacked=True)) for edge in picture.edges]
    at = {node.name: number for number, node in enumerate(picture.nodes)}
    places = place(
        [_size(node, text) for node, text in zip(picture.nodes, texts, strict=True)],
        [(at[edge.source], at[edge.target]) for edge in picture.edges],
        [(text.width, text.height) if text.lines else None for text in labels],
        across=picture.across,
        in_order=picture.view == "neurons",
    )
    width = max(places.width, NARROWEST) + 2 * MARGIN
    signs = int((width - 2 * MARGIN) / SIGN)
    head = [(line, "title") for line in folded(safe_text(title), int(signs * SMALLER))] if title else []
    legend = "; ".join([LEGEND[picture.view, picture.in_letters], *picture.notes])
    head += [(line, "legend") for text in ("   ".join(caption), legend) for line in folded(safe_text(text), signs)]
    top = MARGIN + 20 * len(head)
    height = top + places.height + 2 * MARGIN
    size = f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"'
    shift = f'transform="translate({(width - places.width) / 2:.1f} {top + MARGIN / 2:.1f})"'
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
        f"<title>{escape(safe_text(title or 'Computation graph'))}</title>",
        f"<style>\n{STYLE}\n</style>",
        *(f'<text class="{tone}" x="{MARGIN:.0f}" y="{MARGIN + 20 * i:.0f}">{escape(line)}</text>'
          for i, (line, tone) in enumerate(head)),
        f"<g {shift}>",
        *_edges(picture, places, labels),
        *_nodes(picture, places, texts),
        "</g>",
        "</svg>",
        "",
    ])  # fmt: skip


def _text(lines: Sequence[Said]) -> Text:
    wide = max((display_width(line.text) for line in lines), default=0)
    return Text(lines, wide * SIGN, len(lines) * LINE)


def _size(node: Node, text: Text) -> Box:
    if node.kind not in ("unit", "more"):
        return Box(text.width + 2 * ROOM, text.height + 2 * ROOM)
    below = (len(text.lines) - 1) * LINE
    width = max(_disc(text), text.width)
    door = (CIRCLE / 2 - DOOR / 2, DOOR)
    return Box(width, CIRCLE + (below + ROOM / 2 if below else 0.0), door, (width - _disc(text)) / 2 + TOUCH)


def _disc(text: Text) -> float:
    """The width of a unit: a circle, drawn out where its name is long."""
    return max(CIRCLE, display_width(text.lines[0].text) * SIGN + 2 * ROOM)


def _nodes(picture: Picture, places: Places, texts: Sequence[Text]) -> Iterator[str]:
    for node, spot, text in zip(picture.nodes, places.boxes, texts, strict=True):
        kinds = f"node {node.kind}{' idle' if node.idle else ''}"
        yield f'<g class="{kinds}"><title>{escape(safe_text(node.label))}</title>'
        yield from _unit(spot, text, node) if node.kind in ("unit", "more") else _box(spot, text)
        yield "</g>"


def _box(spot: Spot, text: Text) -> Iterator[str]:
    left, top = spot.x - spot.width / 2, spot.y - spot.height / 2
    yield f'<rect class="box" x="{left:.1f}" y="{top:.1f}" width="{spot.width:.1f}" height="{spot.height:.1f}" rx="6"/>'
    yield from _lines(text.lines, (left + ROOM, top + ROOM))


def _unit(spot: Spot, text: Text, node: Node) -> Iterator[str]:
    wide, top = _disc(text), spot.y - spot.height / 2
    dashes = ' stroke-dasharray="3 3"' if node.kind == "more" else ""
    yield (
        f'<rect class="box" x="{spot.x - wide / 2:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{CIRCLE:.1f}" '
        f'rx="{CIRCLE / 2:.1f}"{dashes}/>'
    )
    name = text.lines[0]
    at = spot.x - display_width(name.text) * SIGN / 2, top + (CIRCLE - LINE) / 2
    yield from _lines([name], at)
    yield from _lines(text.lines[1:], (spot.x - text.width / 2, top + CIRCLE + ROOM / 2))


def _lines(lines: Sequence[Said], start: Point) -> Iterator[str]:
    for number, (words, tone) in enumerate(lines):
        y = start[1] + LINE * number + 12
        yield f'<text class="{tone}" x="{start[0]:.1f}" y="{y:.1f}">{escape(words)}</text>'


def _edges(picture: Picture, places: Places, labels: Sequence[Text]) -> Iterator[str]:
    for edge, path, spot, text in zip(picture.edges, places.paths, places.labels, labels, strict=True):
        yield f'<g class="{"idle" if edge.idle else "flows"}"><title>{escape(safe_text(hatted(_about(edge))))}</title>'
        yield f'<path class="edge" d="{_path(path, across=picture.across)}"/>'
        yield f'<path class="tip" d="{_tip(path[-1], across=picture.across)}"/>'
        if spot is not None:
            left, top = spot.x - spot.width / 2, spot.y - spot.height / 2
            box = f'x="{left - 2:.1f}" y="{top:.1f}" width="{spot.width + 4:.1f}" height="{spot.height:.1f}"'
            yield f'<rect class="behind" {box}/>'
            yield from _lines(text.lines, (left, top))
        yield "</g>"


def _about(edge: Edge) -> str:
    return edge.derivative or f"{edge.source} → {edge.target}"


def _path(points: Sequence[Point], *, across: bool) -> str:
    """A line that bends only between ranks, and smoothly."""
    parts = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for (x0, y0), (x1, y1) in pairwise(points):
        if (y0 == y1) if across else (x0 == x1):
            parts.append(f"L{x1:.1f} {y1:.1f}")
        elif across:
            half = (x0 + x1) / 2
            parts.append(f"C{half:.1f} {y0:.1f} {half:.1f} {y1:.1f} {x1:.1f} {y1:.1f}")
        else:
            half = (y0 + y1) / 2
            parts.append(f"C{x0:.1f} {half:.1f} {x1:.1f} {half:.1f} {x1:.1f} {y1:.1f}")
    return " ".join(parts)


def _tip(point: Point, *, across: bool) -> str:
    """The head of an arrow that ends at a point."""
    x, y = point
    return f"M{x:.1f} {y:.1f}l-7 -3.5v7z" if across else f"M{x:.1f} {y:.1f}l-3.5 -7h7z"
