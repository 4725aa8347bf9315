"""Alignment: what an edit of a translation may do to the pairs, and what it may not."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

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


def writer(seed: int) -> Callable[[int, int], list[str]]:
    """Who writes so many words, as a text has them: rarely the same again and again."""
    chance = random.Random(seed)
    return lambda least, most: [chance.choice(sorted(WORDS)) for _ in range(chance.randint(least, most))]


WRITTEN = st.integers(0, 2**32).map(writer)


@st.composite
def parallels(draw: st.DrawFn, marked: bool = True, least: int = 4, most: int = 14) -> Parallel:
    """Parallel texts of paragraphs, now and then under a heading or in a list."""
    blocks = []
    for number in range(draw(st.integers(least, most))):
        shape = draw(st.sampled_from(["{}", "{}", "{}", "- {}", "> {}"]))
        here, there = both(draw(WRITTEN)(6, 30), mark(number) if marked else ("", ""))
        if draw(st.integers(0, 4)) == 0:
            title = both(draw(WRITTEN)(2, 4))
            blocks.append((f"## {title[0][:-1]}", f"## {title[1][:-1]}"))
        blocks.append((shape.format(here), shape.format(there)))
    return Parallel(source=tuple(a for a, _ in blocks), target=tuple(b for _, b in blocks))


def texts(source: Sequence[str], target: Sequence[str]) -> Texts:
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


@st.composite
def edited(draw: st.DrawFn) -> tuple[Parallel, list[int], list[str], set[int]]:
    """Parallel texts and an edit of the translation.

    What stands where afterwards (-1: new), its blocks, and which were touched.
    """
    one = draw(parallels())
    places, blocks = list(range(len(one.target))), list(one.target)
    paragraphs = [n for n, block in enumerate(one.target) if not block.startswith("#")]
    edit = draw(st.sampled_from(["insert", "delete", "swap"]))
    if edit == "insert":
        at = draw(st.integers(0, len(blocks)))
        places.insert(at, -1)
        blocks.insert(at, both(draw(WRITTEN)(6, 30))[1])
        return one, places, blocks, set()
    a = draw(st.sampled_from(paragraphs))
    if edit == "delete":
        del places[a], blocks[a]
        return one, places, blocks, {a}
    b = draw(st.sampled_from([n for n in paragraphs if n != a]))
    places[a], places[b], blocks[a], blocks[b] = b, a, blocks[b], blocks[a]
    return one, places, blocks, {a, b}


@given(edited())
@settings(max_examples=300, deadline=None)
def test_an_edit_never_shifts_the_others(case: tuple[Parallel, list[int], list[str], set[int]]) -> None:
    one, places, blocks, touched = case
    found = alignment.align(texts(one.source, blocks))
    pairs = [pair for pair in found.pairs if pair.score >= POSSIBLE]
    texts_there = {i for i, block in enumerate(one.source) if not block.startswith("#")}
    assert {i for pair in pairs for i in pair.source} >= texts_there - touched
    for pair in pairs:
        own = {places[j] for j in pair.target}
        assert set(pair.source) <= own | touched
        assert own <= {*pair.source, *touched, -1}
    for i, j in partners(found, CONFIDENT).items():
        assert places[j] == i
    assert all(len(pair.target) == 1 for pair in pairs if pair.score >= CONFIDENT)


@given(parallels(marked=False, least=2))
@settings(max_examples=100, deadline=None)
def test_what_nobody_edited_pairs_one_by_one(one: Parallel) -> None:
    found = alignment.align(texts(one.source, one.target))
    assert partners(found, CONFIDENT) == {n: n for n in range(len(one.source))}


MARKDOWN = st.text(alphabet=st.sampled_from("ab 1۲#->*`|[](): \n\n\n.سلام"), max_size=120)


@given(MARKDOWN, MARKDOWN)
@settings(max_examples=200, deadline=None)
def test_every_block_is_in_one_pair_or_left_over(source: str, target: str) -> None:
    both_texts = texts([source], [target])
    found = alignment.align(both_texts)
    ours = [n for pair in found.pairs for n in pair.source] + list(found.source_left)
    theirs = [n for pair in found.pairs for n in pair.target] + list(found.target_left)
    assert sorted(ours) == list(range(len(both_texts.source)))
    assert sorted(theirs) == list(range(len(both_texts.target)))
    assert all(0 <= pair.score <= 1 and 0 <= pair.place <= 1.0 + 1e-9 for pair in found.pairs)
    assert alignment.align(both_texts) == found


def one_text(text: str) -> list[alignment.Block]:
    return alignment.blocks(markdown.parse(text))


def test_numbers_of_any_script_are_the_same() -> None:
    assert alignment.numbers("۱۲٬۳۴۵ و ٤٫٥٪ در ۲۰۲۶") == alignment.numbers("12,345 and 4.5% in 2026")
    assert alignment.numbers("۱۲٬۳۴۵ و ٤٫٥٪") == {"12345", "4.5"}


def test_swapped_paragraphs_find_each_other_again() -> None:
    source = ["It opened in 1931.", "The [plan](plan.pdf) is on show in the hall.", "The café closes at dusk."]
    target = ["کافه غروب که شد می‌بندد.", "[نقشه](plan.pdf) در تالار به نمایش است.", "در ۱۹۳۱ باز شد."]
    found = alignment.align(texts(source, [target[2], target[1], target[0]]))
    assert partners(found) == {0: 0, 1: 1, 2: 2}
    swapped = alignment.align(texts(source, [target[1], target[2], target[0]]))
    assert partners(swapped)[1] == 0
    assert 1 not in partners(swapped, CONFIDENT) or partners(swapped, CONFIDENT)[1] == 0


def test_a_paragraph_split_in_two_is_one_pair_and_unsure() -> None:
    source = [
        "## Tea",
        "Tea came to Rasht in 1896, in the luggage of `Kashef`. By 1952 it was drunk in every house, with sugar.",
        "Coffee never left.",
    ]
    target = [
        "## چای",
        "چای در سال ۱۸۹۶ با بار و بنهٔ `Kashef` به رشت رسید.",
        "تا سال ۱۹۵۲ در هر خانه‌ای با قند می‌نوشیدندش.",
        "قهوه هرگز نرفت.",
    ]
    found = alignment.align(texts(source, target))
    assert found.pairs[1].source == (1,)
    assert found.pairs[1].target == (1, 2)
    assert POSSIBLE <= found.pairs[1].score < CONFIDENT
    assert partners(found) == {0: 0, 2: 3}


def test_another_text_in_the_same_place_is_not_sure() -> None:
    source = ["## News", "The bridge was closed on 12 May 2025 for repairs.", "It opens again in June."]
    target = ["## خبرها", "موزه از ۳ مهر ۱۴۰۴ با بلیت ۵۰۰۰ ریالی باز است.", "ماه ژوئن دوباره باز می‌شود."]
    assert 1 not in partners(alignment.align(texts(source, target)), CONFIDENT)


def test_a_heading_is_as_sure_as_what_is_under_it() -> None:
    source = ["## Opening", "The hall opens at [the gate](a.md).", "## Parking", "Use [car park](b.md) 17."]
    target = ["## گشایش", "تالار از [دروازه](a.md) باز می‌شود.", "## جای دیگر", "با [قطار](z.md) ۹۹ بیایید."]
    scores = {pair.source[0]: pair.score for pair in alignment.align(texts(source, target)).pairs}
    assert scores.get(0, 0) > scores.get(2, 0)


def test_known_pairs_stay_in_whatever_order() -> None:
    source = ["One river.", "Two stones.", "Three songs.", "Four lamps."]
    target = ["چراغ‌ها.", "رودخانه.", "سنگ‌ها.", "ترانه‌ها."]
    unknown = texts(source, target)
    known = Texts(source=unknown.source, target=unknown.target, known={0: 1, 2: 3, 3: 0})
    assert partners(alignment.align(known)) == {0: 1, 1: 2, 2: 3, 3: 0}


def test_code_anchors_but_is_nobodys_translation() -> None:
    source = ["Run this:", "    make site", "It takes a minute."]
    target = ["این را اجرا کنید:", "    make site", "یک دقیقه طول می‌کشد."]
    found = alignment.align(texts(source, target))
    assert partners(found) == {0: 0, 1: 1, 2: 2}
    assert not one_text("    make site\n")[0].message


def test_the_lexicon_leaves_an_examples_own_share_out() -> None:
    pairs = [(frozenset({"river", "old"}), frozenset({"رود", "کهن"}))] * 2
    lexicon = alignment.Lexicon(pairs)
    assert lexicon.forth == {}  # twice is a coincidence
    more = alignment.Lexicon(pairs + [(frozenset({"river"}), frozenset({"رود"}))] * 3)
    assert more.forth == {"river": "رود"}
