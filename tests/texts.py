"""A YAML file as mappings, lists and the texts of its scalars: the digits of a number are kept as they are written."""

from __future__ import annotations

from pathlib import Path

import yaml


def read_texts(path: Path) -> dict:
    """The file as dicts, lists and texts; a null is None."""
    return texts(yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader))


def texts(node: yaml.Node):
    if isinstance(node, yaml.MappingNode):
        return {texts(key): texts(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [texts(item) for item in node.value]
    is_null = node.style is None and node.value in ("", "~", "null")
    return None if is_null else node.value
