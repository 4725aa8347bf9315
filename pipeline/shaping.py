"""Persian shaped and put in visual order, for what does neither itself.

Pictures of text, and terminals without bidi on request; never pages, mail or anything
that is searched or copied. The only user of arabic-reshaper and python-bidi. Text is
wrapped before it comes here: each line is ordered by itself.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any, NamedTuple

from pipeline.bidi import runs
from pipeline.model import Direction

_INVISIBLE = re.compile("[\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_EMBEDDING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_OBJECT = "\ufffc"
"""What stands for an isolated run while what is around it is put in order: a neutral."""


class Run(NamedTuple):
    """A stretch of a line that runs one way; its letters in the order of reading."""

    text: str
    direction: Direction


def arranged(
    text: str, direction: Direction, start: int = 0, end: int | None = None
) -> list[Run]:
    """The runs of a line as they stand from left to right, by Unicode's algorithm (UAX #9).

    The line is `text` from `start` to `end`, `direction` its base. What runs against it is
    isolated as in pages, by the whole text: C++ and (Python) come out as they are alone.
    """
    end = len(text) if end is None else end
    if direction == "ltr" and text.isascii():
        return [Run(text[start:end], direction)]
    pieces: list[str] = []
    held: list[str] = []
    at = start
    for first, last in runs(text, direction):
        first, last = max(first, at), min(last, end)
        if first < last:
            pieces += (text[at:first].replace(_OBJECT, " "), _OBJECT)
            held.append(text[first:last])
            at = last
    pieces.append(text[at:end].replace(_OBJECT, " "))
    against: Direction = "ltr" if direction == "rtl" else "rtl"
    result: list[Run] = []
    objects = iter(held)
    inside: dict[int, str] = {}
    line = _EMBEDDING.sub("", "".join(pieces))
    for place, character in enumerate(line):
        if character == _OBJECT:
            inside[place] = next(objects)
    for first, last, way in _level_runs(line, direction):
        places = [n for n in range(first, last) if n in inside]
        parts: list[Run] = []
        for place in places:
            if place > first:
                parts.append(Run(line[first:place], way))
            within = _EMBEDDING.sub("", inside[place])
            inner = [Run(within[a:b], turn) for a, b, turn in _level_runs(within, against)]
            parts += reversed(inner) if way == "rtl" else inner
            first = place + 1
        if first < last:
            parts.append(Run(line[first:last], way))
        result += reversed(parts) if way == "rtl" else parts
    return result


def _level_runs(line: str, direction: Direction) -> list[tuple[int, int, Direction]]:
    """(start, end, direction) of a line's runs, from left to right."""
    if not line:
        return []
    if direction == "ltr" and line.isascii():
        return [(0, len(line), direction)]
    from bidi import algorithm

    base = {"ltr": 0, "rtl": 1}[direction]
    storage = algorithm.get_empty_storage()
    storage["base_level"], storage["base_dir"] = base, "LR"[base]
    algorithm.get_embedding_levels(line, storage)
    for place, one in enumerate(storage["chars"]):
        one["at"] = place
    algorithm.explicit_embed_and_overrides(storage)
    algorithm.resolve_weak_types(storage)
    algorithm.resolve_neutral_types(storage, False)
    algorithm.resolve_implicit_levels(storage, False)
    known = {one["at"]: one["level"] for one in storage["chars"]}
    found: list[list[int]] = []  # [level, start, end]; a joiner goes with what is before it
    for place in range(len(line)):
        level = known.get(place, found[-1][0] if found else base)
        if found and found[-1][0] == level:
            found[-1][2] = place + 1
        else:
            found.append([level, place, place + 1])
    for level in range(max(one[0] for one in found), 0, -1):  # rule L2
        at = 0
        while at < len(found):
            last = at
            while last < len(found) and found[last][0] >= level:
                last += 1
            found[at:last] = found[at:last][::-1]
            at = max(last, at + 1)
    return [(start, end, "rtl" if level % 2 else "ltr") for level, start, end in found]


@cache
def _reshaper() -> Any:
    from arabic_reshaper import ArabicReshaper

    # The default deletes marks: خانهٔ would lose its ezafe. The sign for الله is a style
    # that the fonts' own rules do not ask for.
    return ArabicReshaper(
        {"delete_harakat": False, "shift_harakat_position": False, "ARABIC LIGATURE ALLAH": False}
    )


def joined(run: Run) -> str:
    """A run as it looks from left to right, one character a glyph: letters joined, brackets
    turned, a letter's marks behind it, nothing that is not seen."""
    if run.text.isascii():
        if run.direction == "ltr":
            return run.text
        shaped = run.text
    else:
        shaped = _reshaper().reshape(run.text.replace("\u06c0", "\u0647\u0654"))
    shaped = _INVISIBLE.sub("", shaped)
    if run.direction == "ltr":
        return shaped
    from bidi.mirror import MIRRORED

    return "".join(MIRRORED.get(one, one) if len(one) == 1 else one for one in reversed(clusters(shaped)))


def clusters(text: str) -> list[str]:
    """A text in letters, each with its marks."""
    found: list[str] = []
    for character in text:
        if found and unicodedata.category(character) in ("Mn", "Me"):
            found[-1] += character
        else:
            found.append(character)
    return found


def visual(line: str, direction: Direction) -> str:
    """One line as it looks from left to right, letters joined. `direction` is the base's."""
    if line.isascii():
        return line
    return "".join(joined(run) for run in arranged(line, direction))


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
