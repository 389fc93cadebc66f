"""The nodes of a text in YAML, built from the parser's events and counted on the way.

A nesting, an alias or a size that could do harm ends the reading before anything is built from it; the tree is the
only thing that is built.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from gradcalc.errors import Fault, LimitError, Place, ProblemError, Source
from gradcalc.problem.node import Kind, Node

DEEPEST = 32
MOST_NODES = 200_000
MOST_FAULTS = 50

_LINE_END = re.compile("[\n\r\x85\u2028\u2029]")

# What YAML 1.2 takes for something else than text when it stands without quotes.
_NOT_TEXT = re.compile(
    r"""(?:~|null|Null|NULL)?
    |   true|True|TRUE|false|False|FALSE
    |   [-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?
    |   0x[0-9a-fA-F]+|0o[0-7]+
    |   [-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)""",
    re.VERBOSE,
)


def grow(source: Source) -> Node | None:
    """The root of the only document in the text; None if there is no document.

    Raises ProblemError with all faults in the order of the text, LimitError beyond 200 000 values.
    """
    tree = _Tree(source)
    try:
        for event in yaml.parse(source.text, Loader=yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader):
            tree.take(event)
            if tree.done:
                break
    except yaml.MarkedYAMLError as error:
        from gradcalc.problem.syntax import explain  # noqa: PLC0415 - only a fault needs it

        tree.faults.append(explain(error, source))
    except yaml.YAMLError as error:
        tree.faults.append(Fault(f"not valid YAML: {error}"))
    faults = [*tree.faults, *tree.anchors.values()]
    if faults:
        raise ProblemError(sorted(faults, key=_position))
    return tree.root


def _position(fault: Fault) -> tuple[int, int]:
    return (fault.place.line, fault.place.column) if fault.place else (0, 0)


class _Tree:
    """The tree as far as it has been read, the way from its root to the reader, and what is wrong."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.root: Node | None = None
        self.faults: list[Fault] = []
        self.anchors: dict[str, Fault] = {}
        self.done = False
        self._way: list[Node] = []
        self._keys: list[Node | None] = []
        self._documents = 0
        self._nodes = 0

    def take(self, event: yaml.Event) -> None:
        match event:
            case yaml.ScalarEvent():
                self._check(event)
                self._attach(self._scalar(event))
            case yaml.SequenceStartEvent():
                self._enter(event, "list")
            case yaml.MappingStartEvent():
                self._enter(event, "mapping")
            case yaml.CollectionEndEvent():
                self._way.pop()
                self._keys.pop()
            case yaml.AliasEvent():
                self._refuse_alias(event)
                self._attach(self._node("scalar", event))
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    self._stop("only one document is read", self._place(event), "remove what follows the '---'")

    def _enter(self, event: yaml.CollectionStartEvent, kind: Kind) -> None:
        self._check(event)
        node = self._node(kind, event)
        self._attach(node)
        self._way.append(node)
        self._keys.append(None)
        if len(self._way) > DEEPEST:
            self._stop(f"nested deeper than {DEEPEST}", node.place)

    def _attach(self, node: Node) -> None:
        """Hang the node where the way ends: as root, item, key or value."""
        if not self._way:
            self.root = node
            return
        parent, key = self._way[-1], self._keys[-1]
        if parent.kind == "list":
            parent.items.append(node)
        elif key is None:
            self._keys[-1] = node
            self._check_key(node, parent)
        else:
            self._keys[-1] = None
            if key.kind == "scalar":
                parent.entries.setdefault(key.text, (key, node))

    def _check_key(self, key: Node, parent: Node) -> None:
        earlier = parent.entries.get(key.text)
        if key.kind != "scalar":
            self._refuse(f"keys must be text, not a {key.kind}", key.place)
        elif not key.quoted and key.text == "<<":
            self._refuse("'<<' does not merge mappings here", key.place, "write the keys out")
        elif not key.quoted and _NOT_TEXT.fullmatch(key.text):
            hint = f'as text it is written "{key.text}"' if key.text else None
            self._refuse(f"keys must be text, not {key.text or 'nothing'}", key.place, hint)
        elif earlier:
            first = earlier[0].place
            self._refuse(f"the key '{key.text}' stands on line {first.line} already", key.place, also=first)

    def _check(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            hint = "large arrays can stand in a file of their own: {file: weights.npz}"
            raise LimitError(f"more than {MOST_NODES} values", self._place(event), hint)
        if event.tag is not None:
            self._refuse("tags are not allowed", self._place(event), "a text that begins with '!' needs quotes")
        if event.anchor is not None:
            hint = "a text that begins with '&' needs quotes"
            self.anchors.setdefault(event.anchor, Fault("anchors are not allowed", self._place(event), hint))
            self._stop_at_many(self._place(event))

    def _refuse_alias(self, event: yaml.AliasEvent) -> None:
        """One fault for each name, at its first use, with the anchor it means."""
        name = str(event.anchor)
        known = self.anchors.get(name)
        if known is None or known.message.startswith("anchors"):
            hint = "write the value out; a text that begins with '*' needs quotes"
            message = f"aliases such as *{name} are not allowed"
            self.anchors[name] = Fault(message, self._place(event), hint, known.place if known else None)
            self._stop_at_many(self._place(event))

    def _refuse(self, message: str, place: Place, hint: str | None = None, also: Place | None = None) -> None:
        self.faults.append(Fault(message, place, hint, also))
        self._stop_at_many(place)

    def _stop_at_many(self, place: Place) -> None:
        if len(self.faults) + len(self.anchors) >= MOST_FAULTS:
            self._stop("too much is wrong to read on", place)

    def _stop(self, message: str, place: Place, hint: str | None = None) -> None:
        self.faults.append(Fault(message, place, hint))
        self.done = True

    def _scalar(self, event: yaml.ScalarEvent) -> Node:
        return self._node("scalar", event, self._length(event), text=event.value, quoted=not event.implicit[0])

    def _node(self, kind: Kind, event: yaml.Event, length: int = 1, *, text: str = "", quoted: bool = False) -> Node:
        line, column, _ = _mark(event.start_mark)
        return Node(kind, self.source, line, column, length, text=text, quoted=quoted)

    def _place(self, event: yaml.Event) -> Place:
        line, column, _ = _mark(event.start_mark)
        return Place(self.source, line, column)

    def _length(self, event: yaml.ScalarEvent) -> int:
        """The characters that a scalar takes on its first line."""
        line, column, index = _mark(event.start_mark)
        last_line, end, _ = _mark(event.end_mark)
        if line == last_line:
            return max(end - column, 1)
        line_end = _LINE_END.search(self.source.text, index)
        return max(line_end.start() - index, 1) if line_end else 1


def _mark(mark: Any) -> tuple[int, int, int]:
    """Line and column, counted from 1, and the position in the text; the two parsers have a type of mark each."""
    return mark.line + 1, mark.column + 1, mark.index
