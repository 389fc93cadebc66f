"""Drawings: nothing overlaps, nothing is missing, nothing in a name is obeyed."""

from __future__ import annotations

import re
from itertools import combinations, pairwise, product
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import strategies as st
from turns import examples_in_turn

import gradcalc
from gradcalc.problem.letters import is_in_letters
from gradcalc.show.drawing import svg as svg_module
from gradcalc.show.drawing.dot import dot
from gradcalc.show.drawing.mermaid import mermaid
from gradcalc.show.drawing.places import BESIDE, Box, Places, place
from gradcalc.show.drawing.ranks import Ranked, crossings, ranked
from gradcalc.show.drawing.svg import svg
from gradcalc.show.drawing.tree import tree
from gradcalc.solution import in_letters, solve
from gradcalc.study.neurons import neurons
from gradcalc.study.picture import Edge, Node, Picture, equations

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
NAMES = sorted(str(path.relative_to(CONFIGS).with_suffix("")) for path in CONFIGS.rglob("*.yaml"))
SPACE = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    "<script>alert(1)</script>",
    'x"];b[label="pwn',
    "trailing\\",
    "\\N",
    "red\x1b[31m",
    "a|b",
    "%%{init}%%",
    "`c`",
]


def pictures(name: str) -> list[Picture]:
    problem = gradcalc.load(str(CONFIGS / f"{name}.yaml"))
    if problem.functions:
        return []
    solution = in_letters(problem) if is_in_letters(problem) else solve(problem)
    if not solution.built.graph.equations:
        return []
    return [equations(solution), *([neurons(solution)] if solution.built.layers else [])]


PICTURES = [(f"{name}.{picture.view}", picture) for name in NAMES for picture in pictures(name)]
every_picture = pytest.mark.parametrize("picture", [picture for _, picture in PICTURES], ids=[i for i, _ in PICTURES])


@st.composite
def drawings(draw):
    """Boxes of any size, edges that lead forward, labels at some of them."""
    count = draw(st.integers(1, 9))
    sizes = st.floats(1, 300)
    boxes = [Box(draw(sizes), draw(sizes)) for _ in range(count)]
    pairs = [(i, j) for i, j in combinations(range(count), 2)]
    edges = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=14)) if pairs else []
    labels = [draw(st.none() | st.tuples(sizes, sizes)) for _ in edges]
    return boxes, edges, labels


def overlaps(places: Places) -> list[tuple[int, int]]:
    spots = [*places.boxes, *(spot for spot in places.labels if spot is not None)]
    return [(i, j) for (i, one), (j, other) in combinations(enumerate(spots), 2) if one.meets(other)]


@examples_in_turn(30, 100, drawings(), st.booleans())
def test_no_box_and_no_label_overlaps_another(drawing, across):
    assert overlaps(place(*drawing, across=across)) == []


@examples_in_turn(30, 100, drawings(), st.booleans())
def test_everything_is_inside_of_the_drawing(drawing, across):
    places = place(*drawing, across=across)
    for spot in (*places.boxes, *(spot for spot in places.labels if spot is not None)):
        assert spot.x - spot.width / 2 >= -1e-6
        assert spot.y - spot.height / 2 >= -1e-6
        assert spot.x + spot.width / 2 <= places.width + 1e-6
        assert spot.y + spot.height / 2 <= places.height + 1e-6


@examples_in_turn(30, 100, drawings())
def test_an_edge_runs_forward_from_its_source_to_its_target(drawing):
    boxes, edges, labels = drawing
    places = place(boxes, edges, labels, across=False)
    for (source, target), path in zip(edges, places.paths, strict=True):
        assert [round(y, 6) for _, y in path] == sorted(round(y, 6) for _, y in path)
        assert path[0][1] == pytest.approx(places.boxes[source].y + places.boxes[source].height / 2)
        assert path[-1][1] == pytest.approx(places.boxes[target].y - places.boxes[target].height / 2)


@examples_in_turn(30, 100, drawings())
def test_an_edge_passes_beside_every_box_that_is_not_its_own(drawing):
    boxes, edges, labels = drawing
    places = place(boxes, edges, labels, across=False)
    for ends, path in zip(edges, places.paths, strict=True):
        for number, spot in enumerate(places.boxes):
            if number not in ends:
                straight = [(x, y) for (x, y), (x1, _) in pairwise(path) if x == x1]
                inside = [
                    (x, y)
                    for x, y in straight
                    if abs(x - spot.x) < spot.width / 2 - 1e-6 and abs(y - spot.y) < spot.height / 2 - 1e-6
                ]
                assert inside == []


@examples_in_turn(30, 100, drawings())
def test_ranks_grow_along_every_edge_and_hold_every_cell_once(drawing):
    boxes, edges, _ = drawing
    table = ranked(len(boxes), edges)
    rank_of = {cell: number for number, rank in enumerate(table.ranks) for cell in rank}
    assert len(rank_of) == sum(map(len, table.ranks))
    for chain in table.chains:
        assert [rank_of[cell] for cell in chain] == [*range(rank_of[chain[0]], rank_of[chain[-1]] + 1)]


def slow_crossings(table: Ranked) -> int:
    place_of = {cell: (number, at) for number, rank in enumerate(table.ranks) for at, cell in enumerate(rank)}
    pairs = combinations([(place_of[a], place_of[b]) for a, b in table.links], 2)
    return sum((a[1] - c[1]) * (b[1] - d[1]) < 0 for (a, b), (c, d) in pairs if a[0] == c[0])


@examples_in_turn(30, 100, drawings())
def test_crossings_are_counted_as_pair_by_pair(drawing):
    boxes, edges, _ = drawing
    table = ranked(len(boxes), edges)
    assert crossings(table.ranks, table.links) == slow_crossings(table)


def test_edges_that_need_not_cross_do_not():
    edges = [(0, 5), (1, 4), (2, 3)]
    table = ranked(6, edges)
    assert crossings(table.ranks, table.links) == 0


def test_boxes_that_are_to_stay_in_order_do():
    edges = [(0, 5), (1, 4), (2, 3)]
    table = ranked(6, edges, in_order=True)
    assert table.ranks[0] == [0, 1, 2]
    assert table.ranks[-1] == [3, 4, 5]


def test_neighbours_in_a_rank_keep_their_distance():
    places = place([Box(50, 10)] * 4, [(0, 3), (1, 3), (2, 3)], [None] * 3, across=False)
    xs = sorted(spot.x for spot in places.boxes[:3])
    assert min(b - a for a, b in pairwise(xs)) >= 50 + BESIDE - 1e-9


@every_picture
def test_the_svg_of_an_example_is_xml_with_a_node_for_every_quantity(picture):
    root = ET.fromstring(svg(picture, "A title"))  # noqa: S314 - our own drawing
    nodes = [group for group in root.iter(f"{SPACE}g") if (group.get("class") or "").startswith("node ")]
    assert len(nodes) == len(picture.nodes)
    said = " ".join(root.itertext())
    assert [node.label for node in picture.nodes if node.label not in said] == []


@every_picture
def test_the_svg_of_an_example_shows_every_number_and_obeys_nothing(picture):
    text = svg(picture, "A title")
    assert re.search(r"<script|href|url\(|@import|<image|<foreignObject", text) is None


def boxes_of_texts(text: str) -> list[tuple[float, float, float, float]]:
    """Each line of text as a box, as wide as its letters."""
    root = ET.fromstring(text)  # noqa: S314 - our own drawing
    inner = next(group for group in root.iter(f"{SPACE}g") if group.get("transform"))
    found = []
    for line in inner.iter(f"{SPACE}text"):
        x, y = float(line.get("x", 0)), float(line.get("y", 0))
        found.append((x, y - 12, x + svg_module.SIGN * len(line.text or ""), y + 3))
    return found


@every_picture
def test_no_two_texts_of_an_example_overlap(picture):
    boxes = boxes_of_texts(svg(picture, "A title"))
    meeting = [
        (one, other)
        for one, other in combinations(boxes, 2)
        if one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
    ]
    assert meeting == []


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_shown_and_not_obeyed(name):
    nodes = [Node(name, name, "given", "input"), Node("L", "L", "result", "loss", f"f({name})")]
    picture = Picture("equations", nodes, [Edge(name, "L", "d", f"1/{name}")], notes=[name])
    root = ET.fromstring(svg(picture, name))  # noqa: S314 - our own drawing
    assert {element.tag.removeprefix(SPACE) for element in root.iter()} <= {
        "svg", "title", "style", "text", "g", "rect", "path",
    }  # fmt: skip
    unquoted = re.sub(r'"(?:\\.|[^"\\])*"', '""', dot(picture, name))
    assert re.fullmatch(r"[\w\s{}=\[\],;>-]*", unquoted.replace('""', ""))
    for line in mermaid(picture).splitlines():
        assert len(re.findall('"', line)) in (0, 2)
        assert re.search(r"[<`%|]", "".join(re.findall('"(.*)"', line)).replace("<br/>", "")) is None
    assert "\x1b" not in "".join((*tree(picture), svg(picture, name), dot(picture, name), mermaid(picture)))


@every_picture
def test_the_text_has_every_node_and_the_factor_of_every_edge(picture):
    text = "\n".join(tree(picture))
    assert [node.label for node in picture.nodes if node.label not in text] == []
    assert text.isascii() is False
    assert "\n".join(tree(picture, ascii_only=True)).isascii()


@every_picture
def test_the_text_tells_a_node_in_full_only_once(picture):
    lines = tree(picture)
    full = [node for node in picture.nodes if node.kind == "line"]
    for node, head in product(full, [lines]):
        assert sum(line.lstrip("│├└─ ").startswith(f"{node.label} = ") for line in head) == 1
