"""Front matter as text: where it is, and the nodes that it is read into, with their places.

`composer` reads it; what the nodes mean is for others (see pipeline.content).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from pipeline.problems import ContentError, Severity, problem
from pipeline.speech import say

Place = tuple[int, int]
"""Line and column, counted from 1."""

OPENING = re.compile(r"\ufeff?---[ \t]*\r?\n")
_CLOSING = re.compile(r"^---[ \t]*(?:\r?\n|\Z)", re.MULTILINE)
# What cannot be in front matter: controls but for tab and line ends, line separators
# that not every program counts, surrogates and noncharacters.
CONTROL = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff"
STRAY_IN_VALUE = re.compile(f"[{CONTROL}\r]")

_EXAMPLE = "---\ntitle: A title\ndate: 2026-03-20\n---"


MOST, MOST_HEAD = 1_000_000, 50_000
"""How many characters a document has at most, and its front matter. A book of 500 pages
has a million; YAML that is made to be slow takes half a second for the other."""


def split(text: str, path: str) -> tuple[int, int, int]:
    """Where the front matter starts and ends and the body starts.

    Raises ContentError where there is no front matter, or too much of anything.
    """
    if len(text) > MOST:
        message = say("this file has {n} characters, and {most} are the most", n=len(text), most=MOST)
        raise ContentError(problems=(problem("front-matter", message, path, hint=say("make several documents of it")),))
    opening = OPENING.match(text)
    if opening is None:
        message, hint = say("this file has no front matter"), say("begin it with:\n{example}", example=_EXAMPLE)
        start = text.removeprefix("\ufeff").lstrip()
        if start.startswith("+++"):
            message, hint = say("front matter in TOML is not read"), say("write it in YAML:\n{example}", example=_EXAMPLE)
        elif OPENING.match(start) and len(start) < len(text):
            message, hint = say("something stands before the front matter"), say("{line} is the first line", line="---")
        raise ContentError(problems=(problem("front-matter", message, path, 1, 1, hint=hint),))
    closing = _CLOSING.search(text, opening.end())
    if closing is None:
        message = say("the front matter that begins here never ends")
        hint = say("put a line of three hyphens after it: {line}", line="---")
        raise ContentError(problems=(problem("front-matter", message, path, 1, 1, hint=hint),))
    if closing.start() - opening.end() > MOST_HEAD:
        message = say("the front matter has more than {most} characters", most=MOST_HEAD)
        hint = say("end it earlier, with a line of three hyphens: {line}", line="---")
        raise ContentError(problems=(problem("front-matter", message, path, 1, 1, hint=hint),))
    return opening.end(), closing.start(), closing.end()


class Complain(Protocol):
    """Notes a problem."""

    def __call__(
        self,
        place: Place,
        message: str,
        hint: str,
        *,
        rule: str = "front-matter",
        severity: Severity = "error",
    ) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """A value; `kind` is str, bool, int, float, null or timestamp."""

    value: str
    kind: str
    style: str
    line: int
    column: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    items: tuple[Node, ...]
    flow: bool
    line: int
    column: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """`entries` has each key once; one that came again is a problem already."""

    entries: Mapping[str, tuple[Scalar, Node]]
    flow: bool
    line: int
    column: int
    start: int
    end: int


Node = Scalar | List | Table

_NOUNS = {
    "str": say("a text"),
    "int": say("a number"),
    "float": say("a number"),
    "null": say("nothing"),
    "timestamp": say("a date"),
}


def in_words(node: Node) -> str:
    """A node in words."""
    if isinstance(node, List):
        return say("a list")
    if isinstance(node, Table):
        return say("a mapping of keys")
    if node.kind == "bool":
        return "true" if truth(node) else "false"
    return _NOUNS[node.kind]


def truth(node: Scalar) -> bool:
    """What YAML 1.1 takes the word of a boolean for."""
    return node.value.lower() in ("true", "yes", "on")


def report_control(complain: Complain, place: Place, character: str) -> None:
    message = say("the control character {code}", code=f"U+{ord(character):04X}")
    complain(place, message, say("remove it, or type the word anew"), rule="control-character")
