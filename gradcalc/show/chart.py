"""Curves as an SVG: one file without scripts or outside references, readable on light and on dark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from gradcalc.show.plot import Series
from gradcalc.show.safe import safe_text
from gradcalc.show.scale import Scale, mark, scale, steps_scale

WIDTH, HEIGHT = 720, 420
LEFT, RIGHT, TOP, BOTTOM = 76, 20, 58, 52
KEY, KEY_LINE = 22, 26
# a sign of the sans-serif at 13 pixels, on average and with some room
SIGN = 8.4
# signs of a title
LONGEST = 70
# told apart by hue and by lightness, on white as on black; more curves repeat them with dashes
COLOURS = ("#2f7ed8", "#e0662f", "#2a9d6f", "#b65fc4", "#c59a1b", "#d6457a", "#5f6fd0", "#3aa6b9")
DASHES = ("", "7 4", "2 3")

STYLE = """\
  svg { background: #ffffff; color: #1f2328; font: 13px system-ui, "Segoe UI", Helvetica, Arial, sans-serif }
  text { fill: currentColor }
  .title { font-size: 15px; font-weight: 600 }
  .mark { font-size: 12px; fill-opacity: .75; font-variant-numeric: tabular-nums }
  .grid { stroke: currentColor; stroke-opacity: .13 }
  .axis { stroke: currentColor; stroke-opacity: .55 }
  .curve { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round }
  @media (prefers-color-scheme: dark) { svg { background: #0d1117; color: #e6edf3 } }"""


def chart(series: Sequence[Series], title: str | None = None) -> str:
    """The SVG of the curves; several have a legend. Nothing in a name or a title is obeyed."""
    drawn = [one for one in series if one.points]
    up = scale([y for one in drawn for _, y in one.points])
    along = steps_scale(min(one.points[0][0] for one in drawn), max(one.points[-1][0] for one in drawn))
    key = list(_key(drawn)) if len(drawn) > 1 else []
    bottom = HEIGHT + KEY * len({y for _, y, _ in key}) + (6 if key else 0)
    said = title or "Loss over the steps"
    about = "; ".join(f"{one.name}: from {one.points[0][1]:.6g} to {one.points[-1][1]:.6g}" for one in drawn)
    size = f'viewBox="0 0 {WIDTH} {bottom}" width="{WIDTH}" height="{bottom}"'
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
        f"<title>{_text(said)}</title>",
        f"<desc>{_text(about)}</desc>",
        f"<style>\n{STYLE}\n</style>",
        f'<text class="title" x="{LEFT}" y="26">{_text(_cut(said))}</text>',
        f'<text class="mark" x="{LEFT}" y="46">loss L{", on a logarithmic scale" if up.log else ""}</text>',
        *_axes(along, up),
        *(_curve(one, number, along, up) for number, one in enumerate(drawn)),
        *(part for number, (x, y, name) in enumerate(key) for part in _entry(number, x, y, name)),
        "</svg>\n",
    ])  # fmt: skip


def _cut(title: str) -> str:
    return title if len(title) <= LONGEST else title[: LONGEST - 1] + "…"


def _text(text: str) -> str:
    return escape(safe_text(text), quote=False)


def _axes(along: Scale, up: Scale) -> Iterator[str]:
    right, low = WIDTH - RIGHT, HEIGHT - BOTTOM
    for value in up.marks:
        y = _y(up, value)
        yield f'<line class="grid" x1="{LEFT}" y1="{y}" x2="{right}" y2="{y}"/>'
        yield f'<text class="mark" x="{LEFT - 8}" y="{y + 4:g}" text-anchor="end">{mark(value)}</text>'
    for value in along.marks:
        x = _x(along, value)
        yield f'<line class="axis" x1="{x}" y1="{low}" x2="{x}" y2="{low + 5}"/>'
        yield f'<text class="mark" x="{x}" y="{low + 20}" text-anchor="middle">{mark(value)}</text>'
    yield f'<path class="axis" fill="none" d="M{LEFT} {TOP}V{low}H{right}"/>'
    yield f'<text x="{(LEFT + right) / 2:g}" y="{HEIGHT - 12}" text-anchor="middle">steps made</text>'


def _curve(one: Series, number: int, along: Scale, up: Scale) -> str:
    stroke = f'stroke="{COLOURS[number % len(COLOURS)]}"{_dash(number)}'
    places = [f"{_x(along, x)} {_y(up, y)}" for x, y in one.points]
    if len(places) == 1:
        places *= 2
    return f'<path class="curve" {stroke} d="M{"L".join(places)}"><title>{_text(one.name)}</title></path>'


def _dash(number: int) -> str:
    dash = DASHES[number // len(COLOURS) % len(DASHES)]
    return f' stroke-dasharray="{dash}"' if dash else ""


def _key(series: Sequence[Series]) -> Iterator[tuple[float, float, str]]:
    """Where each name of the legend stands, below the picture, in as many rows as they need."""
    x, y = float(LEFT), float(HEIGHT + 10)
    for one in series:
        size = KEY_LINE + 8 + SIGN * len(safe_text(one.name)) + 20
        if x > LEFT and x + size > WIDTH - RIGHT + 20:
            x, y = float(LEFT), y + KEY
        yield x, y, one.name
        x += size


def _entry(number: int, x: float, y: float, name: str) -> Iterator[str]:
    stroke = f'stroke="{COLOURS[number % len(COLOURS)]}"{_dash(number)}'
    yield f'<line class="curve" {stroke} x1="{x:g}" y1="{y:g}" x2="{x + KEY_LINE:g}" y2="{y:g}"/>'
    yield f'<text x="{x + KEY_LINE + 8:g}" y="{y + 4.5:g}">{_text(name)}</text>'


def _x(along: Scale, value: float) -> float:
    return round(LEFT + along.share(value) * (WIDTH - LEFT - RIGHT), 2)


def _y(up: Scale, value: float) -> float:
    return round(TOP + (1 - up.share(value)) * (HEIGHT - TOP - BOTTOM), 2)
