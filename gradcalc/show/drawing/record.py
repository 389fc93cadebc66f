"""A picture as a record for machines."""

from __future__ import annotations

from typing import Any

from gradcalc import __version__
from gradcalc.study.picture import Picture


def record(picture: Picture, title: str | None) -> dict[str, Any]:
    """What `--format json` writes: every node with its numbers, every edge with its local derivative."""
    return {
        "schema": "gradcalc.graph/1",
        "version": __version__,
        "title": title,
        "view": picture.view,
        "nodes": [
            {
                "name": node.name,
                "kind": node.kind,
                "role": node.role,
                "formula": node.said or None,
                "numbers": dict(node.parts),
                "letters": dict(node.letters),
                "flow": list(node.flow),
                "idle": node.idle,
                "more": node.more,
            }
            for node in picture.nodes
        ],
        "edges": [
            {
                "from": edge.source,
                "to": edge.target,
                "derivative": edge.derivative or None,
                "rule": edge.said or None,
                "value": edge.value,
                "numbers": dict(edge.parts),
                "idle": edge.idle,
            }
            for edge in picture.edges
        ],
        "notes": list(picture.notes),
    }
