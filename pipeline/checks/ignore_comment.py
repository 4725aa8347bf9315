"""`# dozaban: ignore RULE[, RULE]` above a message: it is exempted from those rules."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.checks import NAMES
from pipeline.checks.finding import Finding
from pipeline.po import Catalogue, Entry
from pipeline.speech import say

_IGNORE = re.compile(r"\s*dozaban:\s*ignore\b[\s:]*(.*)", re.DOTALL)
_SEPARATOR = re.compile(r"[\s,،;]+")


def ignored(entry: Entry) -> frozenset[str]:
    """The rules from which an entry is exempted."""
    if not entry.comments:
        return frozenset()
    return frozenset(name for line in entry.comments for name in _named(line))


def _named(comment: str) -> list[str]:
    found = _IGNORE.match(comment)
    return [name for name in _SEPARATOR.split(found[1]) if name] if found else []


def find(catalogue: Catalogue, tag: str) -> Iterator[tuple[Entry, Finding]]:
    for entry in catalogue.entries:
        for comment in entry.comments if not entry.obsolete else ():
            named = _named(comment)
            if _IGNORE.match(comment) and not named:
                yield entry, Finding(
                    start=-1, end=-1, message=say("`dozaban: ignore` names no rule"),
                    hint=say("write # dozaban: ignore links"),
                )  # fmt: skip
            for name in named:
                if name not in NAMES:
                    yield entry, Finding(
                        start=-1, end=-1, message=say("there is no rule `{name}` to ignore", name=name), hint=_near(name)
                    )


def _near(name: str) -> str:
    from difflib import get_close_matches  # for errors only

    near = get_close_matches(name.casefold(), sorted(NAMES), n=1)
    return say("did you mean `{name}`?", name=near[0]) if near else say("`dozaban check` names the rule of each problem")
