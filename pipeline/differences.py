"""What changed between two texts, word by word, for people to read."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Literal

Part = tuple[Literal["same", "gone", "new"], str]

_WORDS = re.compile(r"\s+|[^\W_]+(?:[\u200c'’\u064b-\u0655][^\W_]*)*|.", re.DOTALL)


def differences(old: str, new: str) -> list[Part]:
    """The parts of both texts in reading order: what stayed, what went, what came.

    The same and the gone parts together are `old`, the same and the new ones `new`.
    """
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    parts: list[Part] = []
    gone = came = ""
    waiting = ""  # white space between two changes belongs to both
    for what, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            same = "".join(before[a:b])
            if same.isspace() and (gone or came):
                waiting = same
                continue
            if gone or came:
                _close(parts, gone, came)
                gone = came = ""
            parts.append(("same", waiting + same))
            waiting = ""
            continue
        gone += waiting + "".join(before[a:b])
        came += waiting + "".join(after[c:d])
        waiting = ""
    if gone or came:
        _close(parts, gone, came)
    if waiting:
        parts.append(("same", waiting))
    return parts


def _close(parts: list[Part], gone: str, came: str) -> None:
    if gone:
        parts.append(("gone", gone))
    if came:
        parts.append(("new", came))


def marked(parts: list[Part]) -> str:
    """Differences as plain text: [-gone-] and {+new+}."""
    signs = {"same": ("", ""), "gone": ("[-", "-]"), "new": ("{+", "+}")}
    return "".join(signs[what][0] + text + signs[what][1] for what, text in parts)
