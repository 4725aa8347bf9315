"""What the tests of the Markdown part share: the specification, fixtures, hostile texts."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

HERE = Path(__file__).parent
CORPUS = Path(os.environ.get("DOZABAN_CORPUS") or HERE.parent / ".venv" / "corpus")


@cache
def specification() -> tuple[str, ...]:
    """CommonMark's own examples, 652 of them; `make` fetches them with the tests' packages."""
    path = CORPUS / "commonmark.json"
    if not path.exists():
        message = f"no CommonMark examples at {path}: run `make test`, or set DOZABAN_CORPUS to their folder"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    examples = tuple(one["markdown"] for one in json.loads(path.read_text(encoding="utf-8")))
    assert len(examples) > 640
    return examples


thorough = settings(
    max_examples=20_000 if os.environ.get("DOZABAN_SOAK") else 300,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
"""For the laws; `make soak` looks further."""

_PICTURES = {0x2400 + control: control for control in range(0x21)} | {0x2421: 0x7F}


@dataclass(frozen=True)
class Case:
    """A case of a fixture: its title and parts, without their last newline."""

    title: str
    parts: tuple[str, ...]
    line: int


def cases(name: str) -> list[Case]:
    """The cases of a text fixture: a title, then parts, each ended by a line `.` or `..`.

    `.` ends a part, `..` the last part of a case. Unicode's pictures of controls (`␍`,
    `␉`, `␠`) stand for what editors hide or drop.
    """
    found: list[Case] = []
    title, line, parts, part = "", 0, [], None
    text = (HERE / "fixtures" / "markdown" / name).read_text(encoding="utf-8")
    for number, row in enumerate(text.split("\n"), 1):
        if row in (".", ".."):
            if part is not None:
                parts.append("\n".join(part))
            part = []
            if row == "..":
                found.append(Case(title, tuple(parts), line))
                title, parts, part = "", [], None
        elif part is not None:
            part.append(row.translate(_PICTURES))
        elif row.strip():
            title, line = row.strip(), number
    assert found and not title, f"{name}: the case {title!r} has no end"
    return found


def fixture(name: str) -> pytest.MarkDecorator:
    """Parametrizes a test over a fixture's cases, as `case`."""
    every = cases(name)
    return pytest.mark.parametrize("case", every, ids=[f"{c.line} {c.title}" for c in every])


_TOKENS = (
    "# ", "## ", "\n", "\n\n", "- ", "* ", "1. ", "2) ", "> ", "  ", "    ", "\t", "`", "```", "~~~",
    "*", "**", "_", "~~", "[x]", "[ ] ", "[a](b)", "[r]", "[r]: /u", "[r][]", "[^1]", "[^1]: ",
    "![i](j.png)", "<b>", "</b>", "<div>", "<!-- c -->", "<!-- dozaban: skip -->\n",
    "<!-- dozaban: poem -->\n", "<!-- dozaban: translate -->\n", "<!-- dozaban: note n -->\n",
    "\\", "  \n", "\\\n", "|", "| a | b |\n|---|---|\n", "---", "===", "{#id}", "{}", "foo", "bar",
    "سلام", "کتاب‌ها", "۱۲", "۱. ", "1", "&amp;", "&#x202e;", "<http://x.org>", "\r\n", "\r", '"t"', "(",
    "!", "[!NOTE]", "[", "]", "]:", ":", "<a\nb>", "<", "#", " ", "\u00a0", "\u2028", "\u2067", "\u2069",
    "C++", "می‌شود،",
)  # fmt: skip
markdown = st.lists(st.sampled_from(_TOKENS), max_size=25).map("".join)
"""Texts in which everything that Markdown has stands beside everything else."""

wild = st.lists(st.sampled_from((*_TOKENS, "\0", "\x07", "\x85", "&#1;")), max_size=25).map("".join)
"""The same with control characters, which no translation may hold."""

hostile = st.lists(st.sampled_from((*_TOKENS, "\x0b", "\x0c")), max_size=25).map("".join)
"""Translations made of the same."""
