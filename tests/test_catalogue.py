"""Law 4, nothing lost: whatever happens to a text, its translations stay and find back.

A machine plays author and translator against `merge`; what it found is kept below as
examples. Then the table of carried addresses, split and joined paragraphs, the memory.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import need
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from pipeline import catalogue, markdown, po
from pipeline.catalogue import SUGGESTION, Changes, Known
from pipeline.markdown import key
from pipeline.model import Message
from pipeline.po import Catalogue, Entry

SOAK = bool(os.environ.get("DOZABAN_SOAK"))
NOW = "2026-03-20 12:00+0000"


def empty() -> Catalogue:
    return catalogue.fresh(
        "x.po", project="Pol", contact="pol@example.org", source="en", language="fa",
        plural_forms="nplurals=2; plural=(n > 1);", now=NOW,
    )  # fmt: skip


def messages(texts: Sequence[str], title: str = "") -> list[Message]:
    front = [Message(msgid=title, kind="title", context="title")] if title else []
    return front + [Message(msgid=text, kind="paragraph") for text in texts]


def merged(old: Catalogue, texts: Sequence[str], title: str = "") -> Catalogue:
    """Merged, written and read again."""
    made, _ = catalogue.merge(old, messages(texts, title), reference="content/posts/x.md")
    return po.parse(po.serialize(made), "x.po")


def with_entry(old: Catalogue, msgid: str, change: Callable[[Entry], Entry]) -> Catalogue:
    """The catalogue as after somebody edited one entry in an editor."""
    assert any(entry.msgid == msgid for entry in old.entries)
    entries = tuple(change(one) if one.msgid == msgid else one for one in old.entries)
    return po.parse(po.serialize(replace(old, entries=entries)), "x.po")


def translate(old: Catalogue, words: dict[str, str]) -> Catalogue:
    for msgid, msgstr in words.items():
        old = with_entry(
            old, msgid, lambda one, to=msgstr: po.revise(one, msgstr=to, fuzzy=False, previous=None)
        )
    return old


def entry(of: Catalogue, msgid: str) -> Entry:
    (found,) = [one for one in of.entries if one.msgid == msgid]
    return found


def complaints(made: Catalogue) -> str:
    """What msgfmt finds wrong with a catalogue."""
    said = subprocess.run(
        [need("msgfmt"), "-c", "-v", "-o", os.devnull, "-"], input=po.serialize(made),
        capture_output=True, env={"LC_ALL": "C", "PATH": os.environ["PATH"]}, check=False,
    )  # fmt: skip
    text = said.stderr.decode()
    return text if said.returncode or "warning" in text else ""


# --- the law

SENTENCES = (
    "The mill has been silent for forty years, and the river has not noticed.",
    "Tickets are four pounds at the door.",
    "Bring a cushion!",
    "The library opens at ten, except on the days when it does not.",
    "See [the programme](programme.md) for every evening of the season.",
    "![The bridge at dusk](bridge.png) It stands on three arches and a promise.",
    "Nobody remembers who planted the quince tree behind `garden[0]`.",
    "There will be tea, and after the tea there will be more tea.",
    "می‌خواهیم نوروز را با هم جشن بگیریم، در خانهٔ کنار رودخانه.",
    "کتاب‌های تازه از [فهرست](list.md) رسیده‌اند و منتظر خوانندگانشان هستند.",
    "An evening of *setar* and long silences, as every spring.",
    "The path along the mill race is closed, the path beside it is not.",
)
TITLES = ("A letter for the new year", "A letter for the new spring", "Nowruz by the river")
WHICH = st.integers(min_value=0, max_value=10_000)


class AuthorAndTranslator(RuleBasedStateMachine):
    """Edits and translations in any order, merges between them.

    `confirmed` holds for each text the translations that the translator stands by;
    `ever` all that were confirmed once, by address-blind text. Texts and translations are
    compared without addresses, which a merge may renew.
    """

    def __init__(self) -> None:
        super().__init__()
        self.document: list[str] = []
        self.title = TITLES[0]
        self.past: list[str] = []
        self.catalogue = empty()
        self.number = 0
        self.written: set[str] = set()
        self.comments: set[str] = set()
        self.confirmed: dict[str, set[str]] = {}
        self.ever: set[tuple[str, str]] = set()

    @initialize(starts=st.lists(WHICH, min_size=2, max_size=8))
    def begin(self, starts: list[int]) -> None:
        for start in starts:
            self.add(start, len(self.document))
        self.update()
        for _ in range(len(self.document) + 1):
            self.translates_what_is_blank(0)

    # the author

    def add(self, which: int, where: int) -> None:
        start = which % len(SENTENCES)
        text = " ".join((SENTENCES + SENTENCES)[start : start + 1 + which // 100 % 3])
        self.document.insert(where % (len(self.document) + 1), text)

    def put(self, at: int, *texts: str) -> None:
        self.past.append(self.document[at])
        self.document[at : at + 1] = texts

    def edit(self, at: int, which: int) -> None:
        sentences = re.findall(r".+?[.!](?= |\Z)", self.document[at]) or [self.document[at]]
        sentences[which % len(sentences)] = SENTENCES[which % len(SENTENCES)]
        self.put(at, " ".join(sentences))

    def edit_a_little(self, at: int, which: int) -> None:
        words = self.document[at].split()
        words.insert(which % len(words), ("quietly", "نو", "twice", "[here](here.md)")[which % 4])
        self.put(at, " ".join(words))

    def move_an_address(self, at: int, which: int) -> None:
        self.put(at, re.sub(r"\]\([a-z0-9-]+", f"](to-{which % 4}", self.document[at]))

    def wrap(self, at: int, which: int) -> None:
        self.put(at, self.document[at].replace(", ", ",\\\n", 1))

    def delete(self, at: int, which: int) -> None:
        self.put(at)

    def move(self, at: int, which: int) -> None:
        text = self.document.pop(at)
        self.document.insert(which % (len(self.document) + 1), text)

    def split(self, at: int, which: int) -> None:
        head, stop, rest = self.document[at].partition(". ")
        if stop:
            self.put(at, head + ".", rest)

    def join(self, at: int, which: int) -> None:
        if at + 1 < len(self.document):
            second = self.document.pop(at + 1)
            self.past.append(second)
            self.put(at, f"{self.document[at]} {second}")

    def bring_back(self, at: int, which: int) -> None:
        if self.past:
            self.document.insert(at, self.past[which % len(self.past)])

    @rule(which=WHICH, where=WHICH)
    def adds(self, which: int, where: int) -> None:
        self.add(which, where)

    @precondition(lambda self: self.document)
    @rule(
        acts=st.lists(
            st.tuples(
                st.sampled_from((
                    edit, edit_a_little, move_an_address, wrap, delete, move, split, join,
                    bring_back, bring_back,
                )),
                WHICH, WHICH,
            ),
            min_size=1, max_size=4,
        ),
    )  # fmt: skip
    def writes(self, acts: list[tuple[Callable[..., None], int, int]]) -> None:
        """Some edits and an update, as an author's day goes."""
        for act, at, which in acts:
            if self.document:
                act(self, at % len(self.document), which)
        self.update()

    @rule(title=st.sampled_from(TITLES))
    def retitles(self, title: str) -> None:
        self.title = title

    # the translator

    def fresh_words(self, msgid: str) -> str:
        """A translation unlike any other, with the links of the text."""
        self.number += 1
        links = "".join(f" [پیوند]({address})" for address in markdown.addresses(msgid))
        return f"ترجمهٔ «{self.number}»{links}"

    def edits(self, which: int, wanted: Callable[[Entry], bool], change: Callable[[Entry], Entry]) -> None:
        """One live entry edited; forget what the translator took back by it."""
        live = [one for one in self.catalogue.entries if not one.obsolete and wanted(one)]
        if not live:
            return
        old = live[which % len(live)]
        new = change(old)
        entries = tuple(new if one is old else one for one in self.catalogue.entries)
        self.catalogue = po.parse(po.serialize(replace(self.catalogue, entries=entries)), "x.po")
        taken_back = {key(old.msgid), key(old.previous or "")}
        for text, known in self.confirmed.items():
            if key(text) in taken_back:
                known.discard(key(old.msgstr))
        there = {key(one.msgstr) for one in self.catalogue.entries}
        for known in self.confirmed.values():
            known &= there
        whole = po.serialize(self.catalogue).decode()
        self.written = {token for token in self.written if token in whole}
        if new.state == "translated":
            self.confirmed.setdefault(new.msgid, set()).add(key(new.msgstr))
            self.ever.add((key(new.msgid), key(new.msgstr)))
        elif new.previous is not None:  # worked on, but of the older text as far as we know
            self.ever.add((key(new.previous), key(new.msgstr)))
        self.written.update(re.findall("«[0-9]+»", new.msgstr))

    @rule(which=WHICH)
    def translates(self, which: int) -> None:
        self.edits(
            which,
            lambda one: True,
            lambda one: po.revise(one, msgstr=self.fresh_words(one.msgid), fuzzy=False, previous=None),
        )

    @rule(which=WHICH)
    def translates_what_is_blank(self, which: int) -> None:
        self.edits(
            which,
            lambda one: not one.msgstr,
            lambda one: po.revise(one, msgstr=self.fresh_words(one.msgid), fuzzy=False),
        )

    @rule(which=WHICH)
    def doubts(self, which: int) -> None:
        self.edits(which, lambda one: one.state == "translated", lambda one: po.revise(one, fuzzy=True))

    @rule(which=WHICH)
    def confirms(self, which: int) -> None:
        self.edits(
            which,
            lambda one: one.state == "fuzzy",
            lambda one: po.revise(one, fuzzy=False, previous=None),
        )

    @rule(which=WHICH)
    def works_on_a_fuzzy_one(self, which: int) -> None:
        self.edits(
            which,
            lambda one: one.state == "fuzzy",
            lambda one: po.revise(one, msgstr=self.fresh_words(one.msgid)),
        )

    @rule(which=WHICH)
    def throws_a_suggestion_away(self, which: int) -> None:
        self.edits(
            which,
            lambda one: one.state == "fuzzy" and one.previous is None,
            lambda one: po.revise(one, msgstr="", fuzzy=False),
        )

    @rule(which=WHICH)
    def comments_on(self, which: int) -> None:
        self.number += 1
        text = f"یادداشت {self.number}"
        self.comments.add(text)
        self.edits(which, lambda one: True, lambda one: po.revise(one, comments=(*one.comments, text)))
        if text not in po.serialize(self.catalogue).decode():
            self.comments.discard(text)

    # the merge

    def told_apart_once(self, one: Entry, before: Catalogue) -> bool:
        """Whether addresses of it became one since: nothing says which of them was which."""
        fewer = len(set(markdown.addresses(one.msgid)))
        return any(
            key(other.msgid) == key(one.msgid) and len(set(markdown.addresses(other.msgid))) < fewer
            for other in before.entries
        )

    @rule()
    def update(self) -> None:
        before = self.catalogue
        wanted = messages(self.document, self.title)
        made, changes = catalogue.merge(before, wanted, reference="content/posts/x.md")
        data = po.serialize(made)
        self.catalogue = after = po.parse(data, "x.po")
        whole = data.decode()

        lost = {token for token in self.written if token not in whole}
        assert not lost, f"lost: {lost}"
        lost = {text for text in self.comments if text not in whole}
        assert not lost, f"comments lost: {lost}"

        again, more = catalogue.merge(after, wanted, reference="content/posts/x.md")
        assert again is after and not more, "merging twice is not merging once"
        assert (data == po.serialize(before)) == (made is before)

        live = [one for one in after.entries if not one.obsolete]
        assert [one.key for one in live] == [(m.context, m.msgid) for m in catalogue.distinct(wanted)]

        old = {one.key: one for one in before.entries}
        for one in after.entries:
            was = old.get(one.key)
            if was is not None and one == was:
                assert one.raw == was.raw, "rewritten without need"
            if was is not None and not was.obsolete and was.msgstr:
                same = replace(one, extracted=was.extracted)  # a note of a suggestion goes
                assert same == was or one.obsolete, "the text is the same, the entry is not"

        for one in after.entries:
            known = (key(one.msgid), key(one.msgstr))
            if one.state == "translated":
                assert known in self.ever, f"confirmed by itself: {one}"
            elif one.msgstr and one.previous is not None:
                known = (key(one.previous), known[1])
                assert known in self.ever, f"stale, of a text that it never was of: {one}"
            elif one.msgstr and not any(line.startswith(SUGGESTION) for line in one.extracted):
                doubted = {key(was.msgid) for was in before.entries if was.fuzzy}
                assert known[0] in doubted, f"nobody knows where this is from: {one}"

        for one in live:
            was = old.get(one.key)
            stood_by = self.confirmed.get(one.msgid)
            if (was is None or was.obsolete) and stood_by and not self.told_apart_once(one, before):
                assert one.state == "translated", f"came back without {stood_by}: {one}"
        for one in live:
            if one.state == "translated":
                self.confirmed.setdefault(one.msgid, set()).add(key(one.msgstr))

    def teardown(self) -> None:
        assert not complaints(self.catalogue)


def test_nothing_is_lost() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        AuthorAndTranslator,
        settings=settings(
            max_examples=2000 if SOAK else 150,
            stateful_step_count=60 if SOAK else 40,
            deadline=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


# --- changed addresses


def carry_cases() -> list[tuple[str, ...]]:
    text = (Path(__file__).parent / "fixtures" / "carry.txt").read_text(encoding="utf-8")
    cases = []
    for block in re.split(r"^# ", text, flags=re.MULTILINE)[1:]:
        title, *lines = block.strip().split("\n")
        assert [line[:5] for line in lines] == ["old: ", "new: ", "has: ", "now: "], title
        cases.append((title, *(line[5:].replace("⏎", "\n") for line in lines)))
    return cases


@pytest.mark.parametrize(("title", "old", "new", "has", "now"), carry_cases())
def test_an_address_is_carried_over(title: str, old: str, new: str, has: str, now: str) -> None:
    before = translate(merged(empty(), [old, SENTENCES[0]]), {old: has})
    after = merged(before, [new, SENTENCES[0]])
    found = entry(after, new)
    if now == "fuzzy":
        assert (found.state, found.previous, found.msgstr) == ("fuzzy", old, has)
    else:
        assert (found.state, found.previous, found.msgstr) == ("translated", None, now)
    assert len(after.entries) == 2
    back = merged(after, [old, SENTENCES[0]])
    assert back.entries == before.entries
    if key(old) == key(new) and now != "fuzzy":  # and where both are wanted
        both = merged(before, [old, new])
        assert {one.msgid: one.msgstr for one in both.entries} == {old: has, new: now}


def test_the_previous_text_says_of_what_a_msgstr_is_the_translation() -> None:
    """Nothing else could: who works on a stale text and leaves both as they are is believed."""
    first, second, third = "Come at seven, all of you.", "Come at eight, all of you.", "Come at nine, all of you."
    made = translate(merged(empty(), [first]), {first: "هفت بیایید."})
    made = with_entry(merged(made, [second]), second, lambda one: po.revise(one, msgstr="همه هشت بیایید."))
    (found,) = made.entries
    assert (found.state, found.previous) == ("fuzzy", first)
    (found,) = merged(made, [third]).entries
    assert (found.state, found.previous, found.msgstr) == ("fuzzy", first, "همه هشت بیایید.")
    (found,) = merged(made, [first]).entries
    assert (found.state, found.previous, found.msgstr) == ("translated", None, "همه هشت بیایید.")
    doubted = with_entry(made, second, lambda one: po.revise(one, previous=None))
    (found,) = merged(doubted, [first]).entries
    assert (found.state, found.msgstr) == ("fuzzy", "همه هشت بیایید.")


def test_a_stale_translation_keeps_pace_with_addresses() -> None:
    first, second = "Read [the guide](a.md) first, then eat.", "Read [the guide](a.md) first, then sleep."
    made = translate(merged(empty(), [first]), {first: "[راهنما](a.md)"})
    made = merged(made, [second])
    made = merged(made, [second.replace("a.md", "b.md")])
    (found,) = made.entries
    assert (found.state, found.msgstr) == ("fuzzy", "[راهنما](b.md)")
    assert found.previous == first.replace("a.md", "b.md")
    (found,) = merged(made, [first]).entries
    assert (found.state, found.msgstr, found.previous) == ("translated", "[راهنما](a.md)", None)


def test_addresses_that_became_one_are_the_translators_to_tell_apart_again() -> None:
    apart, one = "From [here](a.md) to [there](b.md).", "From [here](c.md) to [there](c.md)."
    made = merged(translate(merged(empty(), [apart]), {apart: "به [آنجا](b.md) از [اینجا](a.md)."}), [one])
    assert (made.entries[0].state, made.entries[0].msgstr) == ("translated", "به [آنجا](c.md) از [اینجا](c.md).")
    (found,) = merged(made, [apart]).entries
    assert (found.state, found.msgstr, found.previous) == ("fuzzy", made.entries[0].msgstr, one)


# --- split and joined


SPLITS = [
    (
        "The mill has been silent for forty years. Nobody in the village remembers its sound.",
        "آسیاب چهل سال است خاموش است. هیچ‌کس در روستا صدایش را به یاد ندارد.",
    ),
    (
        "می‌خواهیم نوروز را با هم جشن بگیریم. کتاب‌های تازه هم رسیده‌اند و منتظرند.",
        "We want to celebrate Nowruz together. The new books have come too, and wait.",
    ),
]
"""Paragraphs of two sentences, and their translations."""


@pytest.mark.parametrize(("whole", "msgstr"), SPLITS)
def test_parts_of_a_split_paragraph_get_suggestions(whole: str, msgstr: str) -> None:
    head, rest = whole.split(". ")
    head += "."
    made = merged(translate(merged(empty(), [whole]), {whole: msgstr}), [head, rest])
    for part in (head, rest):
        found = entry(made, part)
        assert (found.state, found.msgstr) == ("fuzzy", msgstr)
        assert found.previous == whole or f"{SUGGESTION}{whole}" in found.extracted
    assert SUGGESTION + whole in entry(made, head).extracted + entry(made, rest).extracted
    assert entry(merged(made, [whole]), whole).state == "translated"


@pytest.mark.parametrize(("whole", "msgstr"), SPLITS)
def test_a_joined_paragraph_gets_both_translations(whole: str, msgstr: str) -> None:
    parts = [whole.split(". ")[0] + ".", whole.split(". ")[1]]
    words = [msgstr.split(". ")[0] + ".", msgstr.split(". ")[1]]
    before = translate(merged(empty(), parts), dict(zip(parts, words, strict=True)))
    made = merged(before, [whole])
    found = entry(made, whole)
    assert (found.state, found.msgstr, found.previous) == ("fuzzy", msgstr, None)
    assert found.extracted == ("paragraph", SUGGESTION + whole)
    assert [one.msgstr for one in made.entries if one.obsolete] == words
    again = merged(made, parts)
    assert [(one.msgid, one.msgstr, one.state) for one in again.entries if not one.obsolete] == [
        (part, word, "translated") for part, word in zip(parts, words, strict=True)
    ]


@pytest.mark.parametrize(
    "whole",
    [
        "Tickets are four pounds at the door.The mill has been silent for forty years.Years went by, and nobody came.",
        "Tickets are four pounds at the door. The mill has been silent for fory yers. Years went by, and nobody came.",
        "Tickets are four pounds at the door. he ill has been silent for forty years. Years went by, and nobody came.",
    ],
    ids=["without a space", "two letters lost at the end", "two letters lost at the beginning"],
)
def test_parts_that_were_joined_carelessly_are_still_its_parts(whole: str) -> None:
    words = {
        "Tickets are four pounds at the door.": "بلیت…",
        "The mill has been silent for forty years.": "آسیاب…",
        "Years went by, and nobody came.": "سال‌ها…",
    }
    found = entry(merged(translate(merged(empty(), list(words)), words), [whole]), whole)
    assert (found.msgstr, found.state) == ("بلیت… آسیاب… سال‌ها…", "fuzzy")


def test_a_short_end_that_was_split_off() -> None:
    whole = "The mill has been silent for forty years. Come in!"
    before = translate(merged(empty(), [whole]), {whole: "آسیاب خاموش است. بفرمایید!"})
    made = merged(before, ["The mill has been silent for forty years.", "Come in!"])
    assert entry(made, "Come in!").msgstr == "آسیاب خاموش است. بفرمایید!"
    kept = merged(before, [whole, "Come in!"])  # a text that begins alike by chance
    assert entry(kept, "Come in!").msgstr == ""


def test_a_suggestion_that_was_thrown_away_is_not_made_again() -> None:
    whole, msgstr = SPLITS[0]
    parts = [whole.split(". ")[0] + ".", whole.split(". ")[1]]
    made = merged(translate(merged(empty(), [whole]), {whole: msgstr}), parts)
    (part,) = [one.msgid for one in made.entries if one.state == "fuzzy" and not one.previous]
    made = with_entry(made, part, lambda one: po.revise(one, msgstr="", fuzzy=False))
    again = merged(made, parts)
    assert entry(again, part).msgstr == ""
    assert po.serialize(again) == po.serialize(made)
    memory = catalogue.memory([Known(part, "از جای دیگر", None, True, "posts/y")], fill=True)
    assert catalogue.recall(again, memory, Changes()) is again


# --- examples


def test_the_previous_text_stays_that_of_the_translation() -> None:
    texts = ["The tea is at four o'clock.", "The tea is at five o'clock.", "The tea is at six o'clock."]
    made = translate(merged(empty(), texts[:1]), {texts[0]: "چای ساعت چهار است."})
    for text in texts[1:]:
        made = merged(made, [text])
        (found,) = made.entries
        assert (found.msgid, found.previous, found.state) == (text, texts[0], "fuzzy")
    (found,) = merged(made, texts[:1]).entries
    assert (found.msgid, found.previous, found.state) == (texts[0], None, "translated")


def test_a_doubted_translation_never_goes_stale() -> None:
    """Stale ones are shown: what the translator doubted must not be."""
    made = translate(merged(empty(), ["The tea is at four."]), {"The tea is at four.": "چای ساعت چهار است."})
    made = with_entry(made, "The tea is at four.", lambda one: po.revise(one, fuzzy=True))
    (found,) = merged(made, ["The tea is at five."]).entries
    assert (found.state, found.previous) == ("fuzzy", None)
    assert found.extracted == ("paragraph", SUGGESTION + "The tea is at four.")


def test_text_that_comes_back_beside_its_newer_version() -> None:
    old, new = "The tea is at four o'clock.", "The tea is at five o'clock."
    made = merged(translate(merged(empty(), [old]), {old: "چای ساعت چهار"}), [new])
    made = merged(made, [new, old])
    assert [(one.msgid, one.state, one.msgstr) for one in made.entries] == [
        (new, "fuzzy", "چای ساعت چهار"),
        (old, "translated", "چای ساعت چهار"),
    ]


def test_a_translation_that_came_too_late_for_its_text() -> None:
    """As after a merge of branches: blank for the new text, translated for the old one."""
    old, new = "The tea is at four o'clock.", "The tea is at five o'clock."
    made = translate(merged(empty(), [old, new]), {old: "چای ساعت چهار"})
    made = with_entry(made, new, lambda one: po.revise(one, comments=("منتظر",)))
    (found,) = merged(made, [new]).entries
    assert (found.state, found.previous, found.msgstr) == ("fuzzy", old, "چای ساعت چهار")
    assert found.comments == ("منتظر",)


def test_what_is_blank_does_not_take_the_place_of_what_is_translated() -> None:
    """Else a second merge would find the translation that the first one left over."""
    short, long = SENTENCES[3], SENTENCES[0]
    made = translate(merged(empty(), [long, short]), {short: "کتابخانه ساعت ده باز می‌شود."})
    made = with_entry(made, long, lambda one: po.revise(one, comments=("منتظر",)))
    made = merged(made, [f"{long} {short}"])
    assert merged(made, [f"{long} {short}"]).entries == made.entries
    assert (made.entries[0].previous, entry(made, long).comments) == (short, ("منتظر",))


def test_suggestions_that_nobody_touched_go_with_their_text() -> None:
    whole, msgstr = SPLITS[0]
    parts = [whole.split(". ")[0] + ".", whole.split(". ")[1]]
    made = merged(translate(merged(empty(), [whole]), {whole: msgstr}), parts)
    (part,) = [one.msgid for one in made.entries if one.state == "fuzzy" and not one.previous]
    assert [one.msgid for one in merged(made, [whole]).entries] == [whole]
    worked = with_entry(made, part, lambda one: po.revise(one, msgstr="هنوز نه"))
    assert [one.msgstr for one in merged(worked, [whole]).entries] == [msgstr, "هنوز نه"]
    said = with_entry(made, part, lambda one: po.revise(one, comments=("نیمه",)))
    assert [one.comments for one in merged(said, [whole]).entries] == [(), ("نیمه",)]


def test_a_new_title_has_the_old_one_to_go_by() -> None:
    made = translate(merged(empty(), ["Text of it."], "Five films"), {"Five films": "پنج فیلم"})
    found = entry(merged(made, ["Text of it."], "Rain, seen from inside"), "Rain, seen from inside")
    assert (found.state, found.previous, found.previous_context) == ("fuzzy", "Five films", "title")


def test_a_title_and_a_paragraph_alike_stay_apart() -> None:
    made = translate(merged(empty(), ["Nowruz"], "Nowruz"), {})
    made = replace(
        made, entries=tuple(po.revise(one, msgstr=one.context or "body") for one in made.entries)
    )
    assert [one.msgstr for one in merged(made, ["Other text", "Nowruz"], "Nowruz").entries] == [
        "title", "", "body",
    ]  # fmt: skip


def test_names_in_a_list_are_nearly_equal_or_others() -> None:
    def terms(*names: str) -> list[Message]:
        return [Message(msgid=name, kind="person", context="person") for name in names]

    made, _ = catalogue.merge(empty(), terms("Mina Rad", "Forugh Farrokhzad"), reference="x", names=True)
    made = translate(made, {"Mina Rad": "مینا راد", "Forugh Farrokhzad": "فروغ فرخزاد"})
    made, _ = catalogue.merge(made, terms("Nima Rad", "Forough Farrokhzad"), reference="x", names=True)
    assert (entry(made, "Nima Rad").msgstr, entry(made, "Mina Rad").obsolete) == ("", True)
    assert entry(made, "Forough Farrokhzad").previous == "Forugh Farrokhzad"


def test_plurals_come_go_and_change() -> None:
    def plural(one: str, many: str | None) -> list[Message]:
        return [Message(msgid=one, kind="interface", plural=many)]

    made, _ = catalogue.merge(empty(), plural("%(n)s post", "%(n)s posts"), reference="x")
    made = with_entry(made, "%(n)s post", lambda one: po.revise(one, plurals=("یک", "چند")))
    assert catalogue.merge(made, plural("%(n)s post", "%(n)s posts"), reference="x")[0] is made
    (found,) = catalogue.merge(made, plural("%(n)s post", "%(n)s pieces"), reference="x")[0].entries
    assert (found.state, found.plurals, found.previous_plural) == ("fuzzy", ("یک", "چند"), "%(n)s posts")
    again = po.parse(po.serialize(replace(made, entries=(found,))), "x.po")
    (found,) = catalogue.merge(again, plural("%(n)s post", "%(n)s posts"), reference="x")[0].entries
    assert (found.state, found.previous, found.previous_plural) == ("translated", None, None)
    (found,) = catalogue.merge(made, plural("%(n)s piece", "%(n)s posts"), reference="x")[0].entries
    assert (found.state, found.previous, found.plurals) == ("fuzzy", "%(n)s post", ("یک", "چند"))
    single, _ = catalogue.merge(made, plural("%(n)s post", None), reference="x")
    (found,) = single.entries
    assert (found.state, found.msgstr, found.comments) == ("fuzzy", "یک", ("was: چند",))
    (found,) = catalogue.merge(single, plural("%(n)s post", "%(n)s posts"), reference="x")[0].entries
    assert (found.state, found.plurals) == ("fuzzy", ("یک", "یک"))
    for done in (made, single):
        assert not complaints(done)


def test_a_foreign_entry_that_was_singular_once_loses_no_form() -> None:
    odd = Entry(msgid="%(n)s posts", plural="%(n)s pieces", plurals=("یک", "چند"), msgstr="یک",
                previous="Posts", flags=("fuzzy",))  # fmt: skip
    old = po.parse(po.serialize(replace(empty(), entries=(odd,))), "x.po")
    (found,) = merged(old, ["Posts"]).entries
    assert (found.msgstr, found.comments, found.plural) == ("یک", ("was: چند",), None)


def test_a_message_used_once_as_plural_is_plural() -> None:
    found = catalogue.distinct(
        [
            Message(msgid="post", kind="interface", note="a", references=("a.html",)),
            Message(msgid="post", kind="interface", plural="posts", note="b", references=("b.html",)),
        ]
    )
    assert found == [
        Message(msgid="post", kind="interface", plural="posts", note="a b", references=("a.html", "b.html"))
    ]


@pytest.mark.parametrize("note", ["a\nb", "ends in \\", " spaced  out ", SUGGESTION + "me", "#~ msgid", "س‌ن"])
def test_odd_notes_are_written_once(note: str) -> None:
    wanted = [Message(msgid="Text", kind="paragraph", note=note)]
    made, _ = catalogue.merge(empty(), wanted, reference="x")
    made = with_entry(po.parse(po.serialize(made), "x.po"), "Text", lambda one: po.revise(one, msgstr="x", fuzzy=True))
    assert catalogue.merge(made, wanted, reference="x")[0] is made
    assert not complaints(made)


def test_dropping_what_is_obsolete_is_the_translators_choice() -> None:
    made = translate(merged(empty(), ["Gone.", "Stays."]), {"Gone.": "رفت.", "Stays.": "ماند."})
    made = merged(made, ["Stays."])
    assert [one.obsolete for one in made.entries] == [False, True]
    dropped, changes = catalogue.merge(made, messages(["Stays."]), reference="content/posts/x.md", drop_obsolete=True)
    assert [one.msgid for one in dropped.entries] == ["Stays."]
    assert changes == Changes(swept=1) and not changes.messages


# --- which entry becomes which message


def of(*entries: Entry) -> Catalogue:
    """A catalogue as somebody else may have left it."""
    return po.parse(po.serialize(replace(empty(), entries=entries)), "x.po")


LIBRARY = "The library opens at ten, and closes at six."
NEAR_LIBRARY = "The library is shut on Fridays, but not on Mondays."
"""Alike by 0.55: enough beside a neighbour that stayed, and nowhere else."""
MILL, PATH, CUSHION = "Nobody knows who built the mill, or why.", "![A heron](heron.png)", "Bring a cushion!"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([LIBRARY, MILL], [NEAR_LIBRARY, PATH]),
        ([MILL, LIBRARY, CUSHION], [MILL, NEAR_LIBRARY, PATH]),
        ([MILL, LIBRARY, CUSHION], [PATH, NEAR_LIBRARY, CUSHION]),
        ([MILL, LIBRARY], [MILL, NEAR_LIBRARY]),
        ([MILL, PATH, LIBRARY, CUSHION], [MILL, NEAR_LIBRARY, CUSHION]),
        ([MILL, LIBRARY, PATH, CUSHION], [MILL, NEAR_LIBRARY, CUSHION]),
    ],
    ids=["first", "behind one that stayed", "before one that stayed", "last", "the second of two", "the first of two"],
)
def test_a_paragraph_is_known_by_its_place(old: list[str], new: list[str]) -> None:
    made = translate(merged(empty(), old), dict.fromkeys(old, "ترجمه") | {LIBRARY: "کتابخانه"})
    found = entry(merged(made, new), NEAR_LIBRARY)
    assert (found.state, found.previous, found.msgstr) == ("fuzzy", LIBRARY, "کتابخانه")
    elsewhere = [PATH, *new, NEAR_LIBRARY.upper(), NEAR_LIBRARY]
    elsewhere.remove(NEAR_LIBRARY)
    assert entry(merged(made, elsewhere), NEAR_LIBRARY).msgstr == ""


def test_an_only_paragraph_may_be_another_one_and_so_may_one_of_two_pictures() -> None:
    """Where a title or summary is the only one, whatever it says now, it has the old one to go by."""
    old, new = "An evening of *setar* and long silences.", "There will be tea, and there will be more tea."
    made = merged(translate(merged(empty(), [old]), {old: "شب سه‌تار"}), [new])
    assert [(one.msgid, one.msgstr, one.obsolete) for one in made.entries] == [(new, "", False), (old, "شب سه‌تار", True)]

    def alts(*texts: str) -> list[Message]:
        return [Message(msgid=text, kind="image text", context="alt") for text in texts]

    made, _ = catalogue.merge(empty(), alts("A heron", old), reference="x")
    made = translate(made, {old: "شب سه‌تار", "A heron": "حواصیل"})
    made, _ = catalogue.merge(made, alts(new, "A heron"), reference="x")
    assert entry(made, new).msgstr == ""
    made, _ = catalogue.merge(made, alts(old), reference="x")
    made, _ = catalogue.merge(made, alts(new), reference="x")
    assert (entry(made, new).msgstr, entry(made, new).previous) == ("شب سه‌تار", old)


def test_a_remark_on_what_is_not_translated_yet_follows_the_text() -> None:
    made = with_entry(merged(empty(), [LIBRARY, CUSHION]), LIBRARY, lambda one: po.revise(one, comments=("پرسیدم",)))
    made = merged(made, [LIBRARY.replace("six", "seven"), CUSHION])
    assert [(one.state, one.flags, one.comments) for one in made.entries] == [
        ("untranslated", (), ("پرسیدم",)), ("untranslated", (), ()),
    ]  # fmt: skip


def test_one_translation_of_two_texts_is_twice_somebodys() -> None:
    made = translate(merged(empty(), [LIBRARY, MILL]), {LIBRARY: "همان", MILL: "همان"})
    gone = entry(merged(made, [MILL]), LIBRARY)
    assert (gone.obsolete, gone.msgstr, gone.state) == (True, "همان", "translated")
    made = with_entry(made, LIBRARY, lambda one: po.revise(one, fuzzy=True))
    assert entry(merged(made, [MILL]), LIBRARY).msgstr == "همان"
    made = with_entry(made, LIBRARY, lambda one: po.revise(one, fuzzy=True, previous="The library is open."))
    assert entry(merged(made, [MILL]), LIBRARY).msgstr == "همان"


def test_what_goes_takes_nothing_along() -> None:
    """Blank, or a suggestion that nobody touched: neither is kept, and what is behind them is."""
    offered = Entry(msgid=LIBRARY, msgstr="همان", flags=("fuzzy",), extracted=(SUGGESTION + MILL,))
    old = of(Entry(msgid=PATH), offered, Entry(msgid=CUSHION, msgstr="بالش!"), Entry(msgid=MILL, msgstr="همان"))
    made, changes = catalogue.merge(old, messages([MILL]), reference="x.md")
    assert [(one.msgid, one.msgstr, one.obsolete) for one in made.entries] == [
        (MILL, "همان", False), (CUSHION, "بالش!", True),
    ]  # fmt: skip
    assert (changes.removed, changes.dropped) == (2, 1)


@pytest.mark.parametrize("stays", [True, False])
def test_the_translation_of_a_text_beats_one_that_was_of_it_once(stays: bool) -> None:
    text, moved = "See [the programme](a.md) tonight.", "See [the programme](b.md) tonight."
    newer = "Do come and see [the programme](a.md) of tonight."
    made = of(
        Entry(msgid=text, msgstr="[برنامه](a.md) امشب"),
        Entry(msgid=newer, msgstr="حتماً [برنامه](a.md)", flags=("fuzzy",), previous=text),
    )
    made = merged(made, [text, moved] if stays else [moved])
    assert {one.msgid: (one.state, one.msgstr, one.obsolete) for one in made.entries} == {
        **({text: ("translated", "[برنامه](a.md) امشب", False)} if stays else {}),
        moved: ("translated", "[برنامه](b.md) امشب", False),
        newer: ("fuzzy", "حتماً [برنامه](a.md)", True),
    }


def test_of_two_stale_translations_the_one_with_the_link_gets_the_new_address() -> None:
    def stale(name: str, msgstr: str) -> Entry:
        return Entry(msgid=f"{name} is here.", msgstr=msgstr, flags=("fuzzy",), previous=f"See [it]({name}.md) tonight.")

    for gone in (True, False):
        made = merged(of(stale("a", "ببینید"), stale("b", "[این](b.md)")), ["See [it](c.md) tonight."] + ["a is here.", "b is here."] * (not gone))
        found = entry(made, "See [it](c.md) tonight.")
        assert (found.state, found.msgstr, found.previous) == ("translated", "[این](c.md)", None)
        assert [one.msgstr for one in made.entries if one is not found] == ["ببینید"] + ["[این](b.md)"] * (not gone)


def test_a_blank_gets_the_stale_translation_of_what_was_its_text_but_for_the_address() -> None:
    """Whatever other blanks have the same text."""
    stale = Entry(msgid="Do come.", msgstr="[این](c.md)", flags=("fuzzy",), previous="See [it](c.md) tonight.")
    made = merged(of(Entry(msgid="See [it](a.md) tonight."), Entry(msgid="See [it](b.md) tonight."), stale), ["See [it](a.md) tonight."])
    assert [(one.msgid, one.state, one.msgstr) for one in made.entries] == [("See [it](a.md) tonight.", "translated", "[این](a.md)")]


def test_a_stale_translation_that_is_still_wanted_does_not_hide_one_that_is_not() -> None:
    def stale(msgid: str, msgstr: str) -> Entry:
        return Entry(msgid=msgid, msgstr=msgstr, flags=("fuzzy",), previous="See [it](c.md) tonight.")

    text = "See [it](a.md) tonight."
    made = merged(of(Entry(msgid=text), stale("Do come.", "[این](c.md)"), stale("Do go.", "[آن](c.md)")), [text, "Do come."])
    assert [(one.msgid, one.state, one.msgstr) for one in made.entries] == [
        (text, "translated", "[آن](a.md)"), ("Do come.", "fuzzy", "[این](c.md)"),
    ]  # fmt: skip


def test_a_text_on_its_way_back_finds_what_was_translated_of_it() -> None:
    """An entry is known by the text that its translation is of, not by what it is called now."""
    stale = Entry(msgid=MILL, msgstr="کتابخانه", flags=("fuzzy",), previous=LIBRARY)
    nearly = LIBRARY.replace("six", "seven")
    found = entry(merged(of(stale), [CUSHION, nearly]), nearly)
    assert (found.state, found.msgstr, found.previous) == ("fuzzy", "کتابخانه", LIBRARY)
    sure = replace(stale, flags=())  # as msgattrib may leave it: it is of its own text
    made = merged(of(sure), [CUSHION, nearly])
    assert [(one.msgid, one.msgstr, one.obsolete) for one in made.entries] == [
        (CUSHION, "", False), (nearly, "", False), (MILL, "کتابخانه", True),
    ]  # fmt: skip


# --- what `update` tells of it

HEAD, REST = SPLITS[0][0].split(". ")
HEAD += "."
GUIDE = "See [the programme](a.md) for every evening."
TALLIES: dict[str, tuple[list[str], dict[str, str], list[str], Changes]] = {
    "a new text": ([MILL], {}, [MILL, CUSHION], Changes(new=1)),
    "a text is gone that nobody had translated": ([MILL, CUSHION], {}, [MILL], Changes(removed=1)),
    "a text is gone": ([MILL, CUSHION], {CUSHION: "بالش!"}, [MILL], Changes(dropped=1)),
    "another order": ([MILL, CUSHION], {}, [CUSHION, MILL], Changes(moved=1)),
    "a text was changed": ([LIBRARY], {LIBRARY: "کتابخانه"}, [LIBRARY + " So?"], Changes(changed=1)),
    "an address": ([GUIDE], {GUIDE: "[برنامه](a.md)"}, [GUIDE.replace("a.md", "b.md")], Changes(carried=1)),
    "an address that the translation lacks": ([GUIDE], {GUIDE: "برنامه"}, [GUIDE.replace("a.md", "b.md")], Changes(changed=1)),
    "the same with another address": ([GUIDE], {GUIDE: "[برنامه](a.md)"}, [GUIDE, GUIDE.replace("a.md", "b.md")], Changes(carried=1)),
    "the same with another address, blank too": ([GUIDE], {}, [GUIDE, GUIDE.replace("a.md", "b.md")], Changes(new=1)),
    "the same in other lines, blank too": ([MILL], {}, [MILL, MILL.replace(", ", ",\\\n")], Changes(new=1)),
    "split": ([SPLITS[0][0]], {SPLITS[0][0]: SPLITS[0][1]}, [HEAD, REST], Changes(new=1, changed=1, suggested=1)),
    "joined": ([HEAD, REST], {HEAD: "آسیاب.", REST: "هیچ."}, [SPLITS[0][0]], Changes(new=1, suggested=1, dropped=2)),
    "joined, behind a new one": (
        [HEAD, REST], {HEAD: "آسیاب.", REST: "هیچ."}, [MILL, SPLITS[0][0]], Changes(new=2, suggested=1, dropped=2),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("old", "words", "new", "wanted"), TALLIES.values(), ids=TALLIES)
def test_what_became_of_a_catalogue_is_told(old: list[str], words: dict[str, str], new: list[str], wanted: Changes) -> None:
    before = translate(merged(empty(), old), words)
    made, changes = catalogue.merge(before, messages(new), reference="content/posts/x.md")
    assert changes == wanted and changes and changes.messages
    back, changes = catalogue.merge(made, messages(old), reference="content/posts/x.md")
    translated = sum(one.msgid in words and one.state == "translated" for one in back.entries)
    assert translated == len(words), "what comes back has its translation"
    assert merged(made, new).entries == made.entries


def test_what_comes_back_and_what_goes_for_good_is_told() -> None:
    def then(old: Catalogue, texts: list[str], **more: bool) -> tuple[Catalogue, Changes]:
        return catalogue.merge(old, messages(texts), reference="content/posts/x.md", **more)

    first = translate(merged(empty(), [LIBRARY, CUSHION]), {LIBRARY: "کتابخانه", CUSHION: "بالش!"})
    dropped, _ = then(first, [LIBRARY])
    assert then(dropped, [LIBRARY, CUSHION])[1] == Changes(returned=1)
    assert then(dropped, [LIBRARY], drop_obsolete=True)[1] == Changes(swept=1)
    stale, _ = then(first, [LIBRARY + " So?", CUSHION])
    assert then(stale, [LIBRARY, CUSHION])[1] == Changes(returned=1)
    guide = translate(merged(empty(), [GUIDE]), {GUIDE: "[برنامه](a.md)"})
    stale, _ = then(guide, ["Do " + GUIDE])
    elsewhere = GUIDE.replace("a.md", "b.md")
    assert then(stale, [elsewhere])[1] == then(stale, ["Do " + GUIDE, elsewhere])[1] == Changes(returned=1)
    split, _ = then(translate(merged(empty(), [SPLITS[0][0]]), {SPLITS[0][0]: SPLITS[0][1]}), [HEAD, REST])
    assert then(split, [SPLITS[0][0]])[1] == Changes(returned=1, removed=1)
    noted = [Message(msgid=MILL, kind="paragraph", note="the old one")]
    made, changes = catalogue.merge(merged(empty(), [MILL]), noted, reference="content/posts/x.md")
    assert changes == Changes(comments=1) and changes and not changes.messages
    assert made.entries[0].extracted == ("paragraph", "the old one")


def test_words_of_a_paragraph_in_another_order_are_no_part_of_it() -> None:
    whole = (
        "The mill has been silent for forty years, the river has not noticed, and nobody in the village remembers the "
        "sound of it. Tickets are four pounds at the door, and there will be tea after the film."
    )
    mixed = "The tea will be four pounds at the mill, and the film is silent."
    made = merged(translate(merged(empty(), [whole]), {whole: "آسیاب…"}), [whole, mixed])
    assert entry(made, mixed).msgstr == ""
    made = merged(made, [whole, mixed, "Tickets are four pounds at the door, and there will be tea."])
    assert made.entries[2].msgstr == "آسیاب…"


@pytest.mark.parametrize(("part", "offered"), [("and Mina will read.", False), ("and Minoo will read.", True)])
def test_a_text_of_twenty_letters_is_part_of_another_wherever_it_stands(part: str, offered: bool) -> None:
    """A shorter one is found inside another by chance, but at an end of one that is gone."""
    whole = f"Tickets are four pounds at the door, {part} There will be tea after the film."
    made = merged(translate(merged(empty(), [whole]), {whole: "بلیت…"}), [whole, part])
    assert entry(made, part).msgstr == ("بلیت…" if offered else "")


@pytest.mark.parametrize("number", [1, 3, 6])
def test_a_new_plural_has_as_many_forms_as_its_language(number: int) -> None:
    old = po.with_header(empty(), "Plural-Forms", f"nplurals={number}; plural=0;")
    made, _ = catalogue.merge(old, [Message(msgid="post", kind="interface", plural="posts")], reference="x")
    assert made.entries[0].plurals == ("",) * number


def test_the_header_of_a_new_catalogue() -> None:
    assert po.headers(empty()) == (
        ("Project-Id-Version", "Pol"), ("Report-Msgid-Bugs-To", "pol@example.org"),
        ("POT-Creation-Date", NOW), ("PO-Revision-Date", NOW),
        ("Last-Translator", "Automatically generated"), ("Language-Team", "none"), ("Language", "fa"),
        ("MIME-Version", "1.0"), ("Content-Type", "text/plain; charset=UTF-8"),
        ("Content-Transfer-Encoding", "8bit"), ("Plural-Forms", "nplurals=2; plural=(n > 1);"),
        ("X-Source-Language", "en"), ("X-Dozaban-Segmentation", str(markdown.SEGMENTATION)),
    )  # fmt: skip


def test_our_own_comments_are_told_from_a_suggestions() -> None:
    assert catalogue.plainly(Entry(msgid="a", extracted=("title", SUGGESTION + "b", "a pun"))) == ("title", "a pun")


def test_a_comment_is_added_once() -> None:
    once = catalogue.noted(Entry(msgid="a", comments=("پیش",)), "was: ب \t")
    assert once.comments == ("پیش", "was: ب")
    assert catalogue.noted(once, "was: ب") == once


# --- memory


def test_what_is_remembered() -> None:
    first, second, third = "The mill has been silent for years.", "Bring a cushion!", "Come [in](a.md)."
    old = translate(merged(empty(), [first, second, third], "Tea"), {
        first: "آسیاب خاموش است.", second: "بالش بیاورید!", third: "[بفرمایید](a.md)", "Tea": "چای",
    })  # fmt: skip
    old = merged(old, ["Bring two cushions!", third], "Tea")  # one obsolete, one stale
    remembered = catalogue.memory(catalogue.known(po.lookup(po.serialize(old), "", obsolete=True), "posts/a"), fill=True)
    wanted = [first, second, "Come [in](b.md).", "The mill has been silent for two years.", "Tea", "Teas"]
    made = catalogue.recall(merged(empty(), wanted), remembered, changes := Changes())
    assert [(one.msgid, one.state, one.msgstr, one.extracted[1:]) for one in made.entries] == [
        (first, "translated", "آسیاب خاموش است.", ()),  # obsolete there
        (second, "fuzzy", "بالش بیاورید!", (f"{SUGGESTION}posts/a: {second}",)),  # stale there
        ("Come [in](b.md).", "translated", "[بفرمایید](b.md)", ()),
        (wanted[3], "fuzzy", "آسیاب خاموش است.", (f"{SUGGESTION}posts/a: {first}",)),
        ("Tea", "translated", "چای", ()),  # exactly so, if in another role
        ("Teas", "untranslated", "", ()),  # near, in another role
    ]
    assert (changes.filled, changes.suggested, changes.messages) == (3, 2, False)
    assert not complaints(made)

    suggesting = catalogue.memory(catalogue.known(po.lookup(po.serialize(old), "", obsolete=True), "posts/a"), fill=False)
    made = catalogue.recall(merged(empty(), wanted), suggesting, Changes())
    assert [one.state for one in made.entries] == ["fuzzy"] * 5 + ["untranslated"]

    blank = merged(empty(), wanted)
    skip = {one.key for one in blank.entries[1:]}
    some = catalogue.recall(blank, suggesting, Changes(), skip=skip)
    assert [bool(one.msgstr) for one in some.entries] == [True] + [False] * 5
    assert not catalogue.wanting(some, skip) and catalogue.wanting(some)


def test_what_has_plural_forms_or_no_translation_or_is_obsolete_is_not_remembered() -> None:
    plural = Entry(msgid="post", plural="posts", plurals=("نوشته", "نوشته‌ها"), msgstr="نوشته")
    gone = Entry(msgid=SENTENCES[0], msgstr="آسیاب", obsolete=True)
    old = replace(empty(), entries=(plural, Entry(msgid="blank"), Entry(msgid=SENTENCES[2], msgstr="بالش!"), gone))
    assert list(catalogue.compendium(old)) == [Known(SENTENCES[2], "بالش!")]
    ours = list(catalogue.known(po.lookup(po.serialize(old), "", obsolete=True), "posts/a"))
    assert ours == [  # of the site's own, what is obsolete is known as well
        Known(SENTENCES[2], "بالش!", None, True, "posts/a"), Known(SENTENCES[0], "آسیاب", None, True, "posts/a"),
    ]  # fmt: skip


def test_a_compendium_is_believed_where_its_translator_was_sure() -> None:
    words = [Entry(msgid="The mill is silent.", msgstr="آسیاب خاموش است."),
             Entry(msgid="Bring a cushion!", msgstr="بالش؟", flags=("fuzzy",))]  # fmt: skip
    book = catalogue.memory(catalogue.compendium(replace(empty(), entries=tuple(words))), fill=True)
    made = merged(empty(), ["The mill is silent.", "Bring a cushion!"], "The mill is silent!")
    made = catalogue.recall(made, book, Changes(), roles=False)
    assert [(one.state, one.extracted[1:]) for one in made.entries] == [
        ("fuzzy", (SUGGESTION + "The mill is silent.",)),
        ("translated", ()),
        ("fuzzy", (SUGGESTION + "Bring a cushion!",)),
    ]


def test_an_address_of_its_own_is_no_part_of_what_is_remembered() -> None:
    known = [Known("Write to <https://old.example.org/>.", "به <https://old.example.org/> بنویسید.")]
    made = catalogue.recall(merged(empty(), ["Write to <https://a.org/>."]), catalogue.memory(known, fill=True), Changes())
    assert (made.entries[0].state, made.entries[0].msgstr) == ("translated", "به <https://a.org/> بنویسید.")


@pytest.mark.parametrize("count", [100_000])
def test_a_large_memory_is_fast(count: int) -> None:
    """About 0.4 s here, of which reading the texts' keys is most; see also test_update."""
    import time

    texts = (f"{SENTENCES[n % 12]} {n} {SENTENCES[n // 12 % 12]}" for n in range(count))
    begun = time.process_time()
    remembered = catalogue.memory((Known(text, "ترجمه", None, True, "x") for text in texts), fill=False)
    blank = merged(empty(), [f"{SENTENCES[n]} hardly {n} {SENTENCES[-n]}" for n in range(10)])
    made = catalogue.recall(blank, remembered, Changes())
    taken = time.process_time() - begun
    assert any(one.msgstr for one in made.entries)
    assert taken < 3, taken
