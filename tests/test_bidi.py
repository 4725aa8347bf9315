"""Isolation of runs, and stray bidi controls: the laws, then the tables."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_cases import Case, fixture, thorough

from pipeline.bidi import direction_of, escape, isolate, neutralise, runs, stray_controls
from pipeline.model import Direction

DIRECTIONS: tuple[Direction, ...] = ("ltr", "rtl")
BRACKETS = {"(": ")", "[": "]", "{": "}", "«": "»", "“": "”"}
LETTERS = "\u200c\u200d\u200e\u200f"  # ZWNJ, ZWJ, LRM, RLM
CONTROLS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

texts = st.lists(
    st.sampled_from(
        ["سلام", "کتاب‌ها", "می‌", "۱۲", "۱۴۰۳/۱۲/۳۰", "،", "؟", "«", "»", "٪", " ", "  ", "\n", "C++", "v3.12",
         "Hello", "a", "A/B", "5°C", "12", "-", "+", ".", ",", "!", "(", ")", "[", "]", "{", "}", "“", "”", "/",
         "https://example.org/", "https://example.org/نو", "user@example.org", "&", "<", ">", '"', "e.g.",
         "שלום", "Ελληνικά", "\u0301", "\0", *LETTERS]
    ),
    max_size=20,
).map("".join)  # fmt: skip
controlled = st.text(st.sampled_from("aس1 \n\u2029" + LETTERS + CONTROLS), max_size=30)


# The laws


@thorough
@given(texts, st.sampled_from(DIRECTIONS), st.booleans())
def test_isolating_never_changes_the_text(text: str, direction: Direction, alone: bool) -> None:
    html = isolate(text, direction, alone=alone)
    assert re.sub('<bdi dir="(?:ltr|rtl)">|</bdi>', "", html) == escape(text)
    assert html.count("<bdi ") == html.count("</bdi>") == len(runs(text, direction, alone=alone))


@thorough
@given(texts, st.sampled_from(DIRECTIONS))
def test_brackets_are_balanced_in_a_run(text: str, direction: Direction) -> None:
    end = 0
    for start, stop in runs(text, direction, alone=False):
        assert end <= start < stop <= len(text)
        end = stop
        waiting = []
        for sign in text[start:stop]:
            if sign in BRACKETS:
                waiting.append(BRACKETS[sign])
            elif sign in BRACKETS.values():
                assert waiting and waiting.pop() == sign, text[start:stop]
        assert not waiting, text[start:stop]


@thorough
@given(texts, st.sampled_from(DIRECTIONS))
def test_what_is_left_outside_runs_with_the_text(text: str, direction: Direction) -> None:
    """Outside the runs there is no letter of the other direction, and none of ours inside."""
    outside, at = "", 0
    for start, stop in runs(text, direction, alone=False):
        outside += text[at:start] + " "
        at = stop
        inside = text[start:stop]
        if "https://" not in inside:
            assert {direction_of(letter) for letter in inside} - {None} != {direction}
    outside += text[at:]
    assert {direction_of(letter) for letter in outside} <= {None, direction}


@thorough
@given(controlled)
def test_neutralising_twice_is_once(text: str) -> None:
    once = neutralise(text)
    assert neutralise(once) == once
    assert stray_controls(once) == []
    assert [one for one in once if one not in CONTROLS] == [one for one in text if one not in CONTROLS]


@thorough
@given(controlled)
def test_stray_controls_are_all_that_goes(text: str) -> None:
    stray = stray_controls(text)
    assert stray == sorted(set(stray))
    assert all(text[at] in CONTROLS for at in stray)
    assert neutralise(text) == "".join(one for at, one in enumerate(text) if at not in set(stray))


@thorough
@given(st.recursive(
    st.sampled_from(["a", "سلام", "12", LETTERS, " "]),
    lambda inner: st.tuples(st.sampled_from(["\u2066\u2069", "\u2067\u2069", "\u2068\u2069", "\u202a\u202c", "\u202b\u202c"]),
                            st.lists(inner, max_size=3).map("".join)).map(lambda x: x[0][0] + x[1] + x[0][1]),
))  # fmt: skip
def test_balanced_isolates_and_embeddings_stay(text: str) -> None:
    assert stray_controls(text) == []
    assert neutralise(text) == text


# The tables


@fixture("isolation.txt")
def test_isolation(case: Case) -> None:
    direction: Direction = "rtl" if case.title.startswith("rtl:") else "ltr"
    text, expected = case.parts
    found = []
    for line in text.split("\n"):
        html = isolate(line, direction)
        other = "ltr" if direction == "rtl" else "rtl"
        shown = html.replace(f'<bdi dir="{other}">', "⟦").replace("</bdi>", "⟧")
        for entity, sign in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
            shown = shown.replace(entity, sign)
        found.append(shown)
    assert "\n".join(found) == expected


def test_a_part_of_a_text_keeps_its_stops_outside() -> None:
    """Between links, say: alone in its piece, but not in its sentence."""
    assert runs("Django.", "rtl") == [(0, 7)]
    assert runs("Django.", "rtl", alone=False) == [(0, 6)]
    assert runs(" (5.2), ", "rtl", alone=False) == [(2, 5)]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\u202eb", "ab"),  # an override without its end, or with it
        ("a\u202eb\u202cc", "abc"),
        ("a\u202db\u202cc", "abc"),
        ("a\u202ab", "ab"),  # an embedding without its end
        ("a\u202ab\u202cc", "a\u202ab\u202cc"),
        ("a\u202cb", "ab"),  # an end without its beginning
        ("a\u2069b", "ab"),
        ("a\u2068b\u2069c", "a\u2068b\u2069c"),
        ("\u2067\u202a\u2069", "\u2067\u2069"),  # an isolate ends what is open in it
        ("\u202a\u2067\u202c\u2069", "\u2067\u2069"),  # and hides it from an end within
        ("\u2067a\nb\u2069", "a\nb"),  # neither goes past its paragraph
        ("\u2067a\u2029b\u2069", "a\u2029b"),
        ("\u2067a\u2028b\u2069", "\u2067a\u2028b\u2069"),
        ("\u2069\u2066\u2069\u2069", "\u2066\u2069"),
        (LETTERS, LETTERS),
        ("نیم‌فاصله", "نیم‌فاصله"),
    ],
)  # fmt: skip
def test_stray_controls(text: str, kept: str) -> None:
    assert neutralise(text) == kept


@pytest.mark.parametrize(
    ("text", "direction"),
    [("", None), ("12 ۱۲ (!)", None), ("12 a س", "ltr"), ("«س» a", "rtl"), ("، a", "ltr"), ("ש", "rtl"), ("Ω", "ltr")],
)
def test_direction_of(text: str, direction: Direction | None) -> None:
    assert direction_of(text) == direction


def test_escape() -> None:
    assert escape('<a href="x">&amp;\0</a>') == '&lt;a href="x"&gt;&amp;amp;\ufffd&lt;/a&gt;'
