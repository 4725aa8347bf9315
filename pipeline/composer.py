"""YAML read into nodes that know their places: the front matter of documents.

It is read from the parser's events: so every value has its line and column, a key written
twice is seen, and an alias never unfolds. Anchors, aliases and tags are refused, control
characters too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import yaml

from pipeline.frontmatter import (
    CONTROL,
    Complain,
    List,
    Node,
    Place,
    Scalar,
    Table,
    in_words,
    report_control,
)
from pipeline.speech import say

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's is ten times faster

_STRAY_IN_HEAD = re.compile(f"[{CONTROL}]|\r(?!\n)")

_DEEPEST = 12
"""Levels of brackets; an issue's items are at the sixth."""


# Untyped, for the stubs take an event's marks for possibly absent.
_ALIAS: Any = yaml.AliasEvent
_SCALAR: Any = yaml.ScalarEvent
_LIST_START: Any = yaml.SequenceStartEvent
_LIST_END: Any = yaml.SequenceEndEvent
_MAPPING_END: Any = yaml.MappingEndEvent
_STREAM_END: Any = yaml.StreamEndEvent


class _Composer:
    """YAML's events → nodes. `start` and `end` count from the head's first character."""

    def __init__(self, head: str, complain: Complain) -> None:
        self._event: Callable[[], Any] = _Loader(head).get_event
        self._complain = complain

    def document(self) -> Table | None:
        """The front matter's mapping; None, and a problem, if it is something else."""
        self._event()  # the stream starts
        start = self._event()
        if isinstance(start, _STREAM_END):
            return Table(entries={}, flow=False, line=2, column=1, start=0, end=0)
        node = self._node(self._event(), 0)
        self._event()  # the document ends
        after = self._event()
        if not isinstance(after, _STREAM_END):
            mark = after.start_mark
            self._complain(
                (mark.line + 2, mark.column + 1),
                say("a second YAML document begins here"),
                say("the front matter is one: remove this line"),
            )
        if isinstance(node, Table):
            return node
        if isinstance(node, Scalar) and node.kind == "null":
            return Table(entries={}, flow=False, line=2, column=1, start=0, end=0)
        self._complain(
            (node.line, node.column),
            say("the front matter is {found}, not keys with values", found=in_words(node)),
            say("write lines like {example}, with a space after the colon", example="title: A title"),
        )
        return None

    def _node(self, event: Any, depth: int) -> Node:
        mark = event.start_mark
        line, column, start = mark.line + 2, mark.column + 1, mark.index
        if isinstance(event, _ALIAS):
            self._refuse(line, column, f"*{event.anchor}", say("an alias"))
            return Scalar(
                value=f"*{event.anchor}",
                kind="str",
                style="*",
                line=line,
                column=column,
                start=start,
                end=event.end_mark.index,
            )
        if event.anchor is not None:
            self._refuse(line, column, f"&{event.anchor}", say("an anchor"))
        if event.tag is not None:
            self._refuse(line, column, str(event.tag), say("a tag"))
        if isinstance(event, _SCALAR):
            value, style = event.value, event.style or ""
            return Scalar(
                value=value,
                kind=_kind(value) if not style else "str",
                style=style,
                line=line,
                column=column,
                start=start,
                end=event.end_mark.index,
            )
        if depth > _DEEPEST:
            raise _TooDeep(line, column)
        flow = bool(event.flow_style)
        if isinstance(event, _LIST_START):
            items: list[Node] = []
            while not isinstance(event := self._event(), _LIST_END):
                items.append(self._node(event, depth + 1))
            end = event.end_mark.index
            return List(
                items=tuple(items), flow=flow, line=line, column=column, start=start, end=end
            )
        entries: dict[str, tuple[Scalar, Node]] = {}
        while not isinstance(event := self._event(), _MAPPING_END):
            key = self._node(event, depth + 1)
            value = self._node(self._event(), depth + 1)
            if not isinstance(key, Scalar):
                message = say("{found} cannot be a key", found=in_words(key))
                hint = say("put a text that begins with {sign} or {other} in quotes", sign="{", other="[")
                self._complain((key.line, key.column), message, hint)
            elif key.value in entries:
                first = entries[key.value][0]
                message = say("the key `{key}` is here twice, first in line {line}", key=key.value, line=first.line)
                self._complain((key.line, key.column), message, say("remove one of the two"))
            else:
                entries[key.value] = (key, value)
        end = event.end_mark.index
        return Table(entries=entries, flow=flow, line=line, column=column, start=start, end=end)

    def _refuse(self, line: int, column: int, written: str, what: str) -> None:
        hint = say("YAML's anchors, aliases and tags are not read; if it is text, put it in quotes")
        self._complain((line, column), say("`{written}` is {what}", written=written, what=what), hint)


class _TooDeep(Exception):
    """Brackets inside brackets inside brackets; `args` are line and column."""


_RESOLVERS = yaml.SafeLoader.yaml_implicit_resolvers
_KINDS = frozenset({"bool", "int", "float", "null", "timestamp"})


def _kind(plain: str) -> str:
    """What YAML 1.1 takes an unquoted scalar for."""
    for tag, pattern in _RESOLVERS.get(plain[:1], ()):
        if pattern.match(plain):
            kind = tag.rpartition(":")[2]
            return kind if kind in _KINDS else "str"
    return "str"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fault:
    """A syntax error: how libyaml and PyYAML put it, what it means, what to do.

    The place is where the parser noticed or, with `from_start`, where the thing began.
    """

    said: str
    means: str
    hint: str
    from_start: bool = False


_QUOTE = say("put the text in quotes")
_COLON = _Fault(
    said="mapping values are not allowed",
    means=say("a colon inside an unquoted text"),
    hint=say("put the text in quotes: {example}", example='title: "Nowruz: a report"'),
)
_FAULTS = (
    _COLON,
    _Fault(
        said="tab character that violates",
        means=say("a tab at the start of a line"),
        hint=say("YAML is indented with spaces only"),
    ),
    _Fault(
        said="unexpected end of stream|unexpected document",
        means=say("the quotation mark that opens here is never closed"),
        hint=say('close it; in double quotes, write \\" for a quotation mark'),
        from_start=True,
    ),
    _Fault(
        said=r"expected ',' or '\]'",
        means=say("the {sign} that opens here is not closed, or lacks a comma", sign="["),
        hint=say("write it like {example}, or put a text that begins with {sign} in quotes",
                 example="[music, food]", sign="["),
        from_start=True,
    ),
    _Fault(
        said="expected ',' or '}'",
        means=say("the {sign} that opens here is not closed, or lacks a comma", sign="{"),
        hint=say("write it like {example}, or put a text that begins with {sign} in quotes",
                 example="{fa: Mina}", sign="{"),
        from_start=True,
    ),
    _Fault(
        said="expected alphabetic or numeric|cannot start any token|expected node content",
        means=say("an unquoted text begins with a sign that means something in YAML"),
        hint=_QUOTE,
        from_start=True,
    ),
    _Fault(
        said="escape character",
        means=say("a backslash in double quotes begins an escape, and this is none"),
        hint=say("write two for one, or put the text in single quotes"),
    ),
    _Fault(
        said="escape code",
        means=say("this escape stands for no character"),
        hint=say("write the character itself"),
    ),
    _Fault(
        said="sequence entries are not allowed",
        means=say("an unquoted text begins with a hyphen and a space"),
        hint=say("put the text in quotes; a list begins on the next line"),
    ),
    _Fault(
        said="did not find expected key|expected <block end>",
        means=say("no key begins here"),
        hint=say('if it belongs to the text before, put the whole in double quotes, with \\" inside'),
    ),
    _Fault(
        said="expected '?<document start>",
        means=say("something ends here that YAML takes for a whole document"),
        hint=say("front matter has no line of three dots, and none that begins with %"),
    ),
    _Fault(
        said="could not find expected ':'",
        means=say("a key without a colon"),
        hint=say("write {example}, with a space after the colon", example="key: value"),
        from_start=True,
    ),
    _Fault(
        said="expected (?:a )?comment or (?:a )?line break|expected chomping",
        means=say("a text on the line of > or |"),
        hint=say("it begins on the next line; or put the text in quotes"),
        from_start=True,
    ),
)
_NO_SPACE = re.compile(r"[ \t]*[A-Za-z_]+:[^\s/]")


def _explain(error: yaml.YAMLError, head: str) -> tuple[Place, str, str]:
    """A syntax error's place, what it is, and what to do."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return (2, 1), say("this is no YAML: {reason}", reason=str(error)), _QUOTE
    said = str(error.problem or error.context)
    fault = next(
        (fault for fault in _FAULTS if re.search(fault.said, said)),
        _Fault(said=said, means=say("this is no YAML: {reason}", reason=said), hint=_QUOTE),
    )
    mark: Any = error.problem_mark or error.context_mark
    if fault.from_start:
        mark = error.context_mark or mark
    place = (mark.line + 2, mark.column + 1)
    if head[mark.index : mark.index + 1] == "\t":
        return place, say("a tab before a key or a value"), say("YAML is indented with spaces only")
    if fault is _COLON and mark.line:
        above, here = head.split("\n")[mark.line - 1 : mark.line + 1]
        if (found := _NO_SPACE.match(above)) and not here[:1].isspace():
            hint = say("write {example}, with a space after the colon", example="key: value")
            return (mark.line + 1, found.end()), say("no space after a colon"), hint
    return place, fault.means, fault.hint


def compose(head: str, complain: Complain) -> Table | None:
    """The head's mapping; None, and problems, if it is none or not YAML."""
    line = counted = told = 0
    for found in _STRAY_IN_HEAD.finditer(head):
        # YAML would stop at the first. Told once a line.
        line += head.count("\n", counted, found.start())
        counted = found.start()
        if told <= line:
            told = line + 1
            column = found.start() - head.rfind("\n", 0, found.start())
            report_control(complain, (line + 2, column), found.group())
    if told:
        return None
    try:
        return _Composer(head, complain).document()
    except yaml.YAMLError as error:
        complain(*_explain(error, head))
    except _TooDeep as error:
        line, column = error.args
        hint = say("front matter needs no more than a few levels")
        complain((line, column), say("brackets are nested too deeply"), hint)
    return None


