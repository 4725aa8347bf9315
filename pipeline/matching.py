"""Near matches: which of many texts is most like a given one.

The only user of rapidfuzz. Scores are shares of equal characters, 0 to 1 (Indel
similarity, 2·common / total length). It knows no catalogues and decides nothing: the
floors are the callers'.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rapidfuzz import fuzz, process


def similarity(one: str, other: str, floor: float = 0.0) -> float:
    """How alike two texts are, 0 to 1; 0 where it is less than `floor`."""
    return fuzz.ratio(one, other, score_cutoff=floor * 100) / 100


def containment(short: str, long: str, floor: float = 0.0) -> float:
    """How much of the shorter text stands in the longer one, 0 to 1."""
    return fuzz.partial_ratio(short, long, score_cutoff=floor * 100) / 100


def nearest(text: str, choices: Sequence[str], floor: float) -> tuple[str, float] | None:
    """The choice most like `text`, with its score; None below `floor`; the first of equals."""
    found = process.extractOne(text, choices, scorer=fuzz.ratio, score_cutoff=floor * 100)
    return None if found is None else (found[0], found[1] / 100)


def pairs(
    left: Sequence[tuple[int, str]],
    right: Sequence[tuple[int, str]],
    floors: Mapping[tuple[int, int], float],
    default: float,
) -> list[tuple[int, int, float]]:
    """Pairs (left, right, score) one to one, best scores first.

    `floors` lowers the floor of single pairs, as where their neighbours agree.
    """
    scored: list[tuple[float, int, int]] = []
    for at, text in left:
        for to, other in right:
            floor = floors.get((at, to), default)
            score = similarity(text, other, floor)
            if score and score >= floor:
                scored.append((score + (default - floor), at, to))
    scored.sort(key=lambda item: (-item[0], item[1], item[2]))
    taken_left: set[int] = set()
    taken_right: set[int] = set()
    result = []
    for score, at, to in scored:
        if at in taken_left or to in taken_right:
            continue
        taken_left.add(at)
        taken_right.add(to)
        result.append((at, to, score))
    return result
