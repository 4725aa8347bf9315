"""Persian shaped and put in visual order, for what does neither itself.

Pictures drawn without raqm, and terminals without bidi on request; never pages, mail
or anything that is searched or copied. The only user of arabic-reshaper and python-bidi.
Text is wrapped before it comes here: each line is ordered by itself.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

from pipeline.model import Direction

_INVISIBLE = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@cache
def _reshaper() -> Any:
    from arabic_reshaper import ArabicReshaper

    # The default deletes marks: خانهٔ would lose its ezafe.
    return ArabicReshaper({"delete_harakat": False, "shift_harakat_position": False})


def visual(line: str, direction: Direction) -> str:
    """One line as it looks from left to right, letters joined. `direction` is the base's."""
    if line.isascii():
        return line
    from bidi.algorithm import get_display

    plain = _INVISIBLE.sub("", line).replace("\u06c0", "\u0647\u0654")
    shaped = _reshaper().reshape(plain)
    base = {"rtl": "R", "ltr": "L"}[direction]
    return str(get_display(shaped, base_dir=base))


def width(text: str) -> int:
    """How many cells of a terminal a text takes: marks none, wide letters two."""
    if text.isascii():
        return len(text)
    cells = 0
    for character in text:
        if unicodedata.category(character) in ("Mn", "Me", "Cf"):
            continue
        cells += 2 if unicodedata.east_asian_width(character) in "WF" else 1
    return cells


def fit(text: str, cells: int) -> str:
    """A text cut to a number of cells, with an ellipsis where something was cut."""
    if width(text) <= cells:
        return text
    kept, used = [], 0
    for character in text:
        step = width(character)
        if used + step > cells - 1:
            break
        kept.append(character)
        used += step
    return "".join(kept).rstrip() + "…"


def pad(text: str, cells: int, *, right: bool = False) -> str:
    """A text filled up to a number of cells."""
    gap = " " * max(0, cells - width(text))
    return gap + text if right else text + gap
