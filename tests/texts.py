"""A YAML file as mappings, lists and the texts of its scalars: the digits of a number are kept as they are written."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

# the tests read every case and every example many times; where libyaml is there, it does so in a tenth of the time
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_texts(path: Path) -> dict:
    """The file as dicts, lists and texts; a null is None."""
    return texts(composed(path))


@cache
def composed(path: Path) -> yaml.Node:
    """The file as nodes, which nobody changes."""
    return yaml.compose(path.read_text(encoding="utf-8"), Loader=LOADER)


def texts(node: yaml.Node):
    if isinstance(node, yaml.MappingNode):
        return {texts(key): texts(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [texts(item) for item in node.value]
    is_null = not node.style and node.value in ("", "~", "null")
    return None if is_null else node.value
