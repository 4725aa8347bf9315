"""Alignment: what an edit of a translation may do to the pairs, and what it may not."""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import alignment, markdown
from pipeline.alignment import CONFIDENT, POSSIBLE, Alignment, Texts

WORDS = {
    "river": "رودخانه", "stone": "سنگ", "winter": "زمستان", "garden": "باغ", "letter": "نامه",
    "window": "پنجره", "teacher": "آموزگار", "bread": "نان", "market": "بازار", "mountain": "کوه",
    "evening": "شامگاه", "song": "ترانه", "bridge": "پل", "lamp": "چراغ", "friend": "دوست",
    "mother": "مادر", "book": "کتاب", "road": "جاده", "rain": "باران", "silver": "نقره",
    "carpet": "قالی", "village": "روستا", "neighbour": "همسایه", "kitchen": "آشپزخانه",
    "mirror": "آینه", "orchard": "باغستان", "sparrow": "گنجشک", "station": "ایستگاه",
    "harvest": "برداشت", "candle": "شمع", "shoulder": "شانه", "paper": "کاغذ", "kettle": "کتری",
    "blue": "آبی", "quiet": "آرام", "old": "کهنه", "heavy": "سنگین", "warm": "گرم",
    "walks": "می‌رود", "sings": "می‌خواند", "waits": "می‌ماند", "opens": "باز می‌شود",
    "remembers": "به یاد می‌آورد", "and": "و", "in": "در", "with": "با", "under": "زیر", "before": "پیش از",
}  # fmt: skip
NAMES = ["Marrow", "Tarnholt", "Quill", "Brackley", "Osmond", "Veltri", "Harrow", "Linden", "Pym", "Castell"]
PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


@dataclass(frozen=True)
class Parallel:
    """A text and its translation, block by block."""

    source: tuple[str, ...]
    target: tuple[str, ...]


def both(words: list[str], mark: tuple[str, str] = ("", "")) -> tuple[str, str]:
    """A sentence in the two languages, with what both share in its middle."""
    here, there = list(words), [WORDS[word] for word in words]
    if mark[0]:
        here.insert(len(here) // 2, mark[0])
        there.insert(len(there) // 3, mark[1])
    text = " ".join(here)
    return text[0].upper() + text[1:] + ".", " ".join(there) + "."


def mark(number: int) -> tuple[str, str]:
    """What a translation keeps of a block: a number, a name, an address, code."""
    kind, n = number % 4, number // 4
    if kind == 0:
        return str(1300 + 7 * number), str(1300 + 7 * number).translate(PERSIAN)
    if kind == 1:
        return NAMES[n % len(NAMES)] + "son" * (n // len(NAMES)), NAMES[n % len(NAMES)] + "son" * (n // len(NAMES))
    if kind == 2:
        return f"[there](page-{number}.md)", f"[آنجا](page-{number}.md)"
    return f"`call_{number}()`", f"`call_{number}()`"


@st.composite
def parallels(draw: st.DrawFn, marked: bool = True, least: int = 4, most: int = 14) -> Parallel:
    """Parallel texts of paragraphs, now and then under a heading or in a list."""
    blocks = []
    vocabulary = sorted(WORDS)
    for number in range(draw(st.integers(least, most))):
        words = draw(st.lists(st.sampled_from(vocabulary), min_size=6, max_size=30))
        shape = draw(st.sampled_from(["{}", "{}", "{}", "- {}", "> {}"]))
        here, there = both(words, mark(number) if marked else ("", ""))
        if draw(st.integers(0, 4)) == 0:
            title = draw(st.lists(st.sampled_from(vocabulary), min_size=2, max_size=4))
            blocks.append((f"## {both(title)[0][:-1]}", f"## {both(title)[1][:-1]}"))
        blocks.append((shape.format(here), shape.format(there)))
    return Parallel(source=tuple(a for a, _ in blocks), target=tuple(b for _, b in blocks))


def texts(source: tuple[str, ...] | list[str], target: tuple[str, ...] | list[str]) -> Texts:
    joined = ["\n\n".join(one) + "\n" for one in (source, target)]
    return Texts(
        source=alignment.blocks(markdown.parse(joined[0])),
        target=alignment.blocks(markdown.parse(joined[1])),
    )


def partners(found: Alignment, floor: float = POSSIBLE) -> dict[int, int]:
    """The single pairs of at least that score."""
    return {
        pair.source[0]: pair.target[0]
        for pair in found.pairs
        if len(pair.source) == len(pair.target) == 1 and pair.score >= floor
    }
