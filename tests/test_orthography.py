"""The rules of Persian orthography: law first, then each rule's own table of cases.

The cases stand in fixtures/checks/<rule>.txt, where ¦ is a half-space: texts to find
something in, with what is found in 【】, texts to leave alone, and what a fix makes of one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline import markdown, po
from pipeline.checks import ORTHOGRAPHIES, RULES, Rule, bidi_control, orthography
from pipeline.checks.mend import Finder, edit, mend_text
from pipeline.checks.prose import MARK, THING, Inline, plain, read

CASES = Path(__file__).parent / "fixtures/checks"
DATA = Path(__file__).parents[2] / "shared/data"
TEXT_RULES = orthography("fa")
BY_NAME = {rule.name: rule for rule in TEXT_RULES}


def finder(rule: Rule) -> Finder:
    return rule.name, lambda text, prose: rule.find(prose)


USUAL: list[Finder] = [finder(rule) for rule in TEXT_RULES if rule.severity != "off"]
USUAL.append(("bidi-control", bidi_control.find))


def again(text: str) -> Inline:
    return read([text], KNOWN)[0]


KNOWN = "[ref]: <https://example.org/>\n\n[کتاب ها]: <https://example.org/>\n\n[^1]: x"


def fix(text: str, finders: list[Finder] = USUAL) -> str:
    return mend_text(again(text), finders, again)[0]


# --- laws

WORDS = (
    "کتاب",
    "كتاب",
    "خانه",
    "ها",
    "های",
    "تر",
    "ترین",
    "بزرگ",
    "می",
    "نمی",
    "رود",
    "می\u200cرود",
    "کتاب\u200cها",
    "\ufeb3\ufefc\ufee1",
    "صـلح",
    "مُحَمَّد",
    "ی",
    "۱۲",
    "٤٥٦",
    "12",
    "3.12",
    "Python",
    "C++",
    "https://example.org/?a=1,b;c",
    "ref",
    "دائرة",
)
SIGNS = (
    *" ،؛؟.,;?!:«»\"'()[]`*_~<>&#-|\\\n\u200c\u200c\u200b\u202e\u202a\u202c\u2067\u200f“”…",
    "...",
    "**",
    "&amp;",
    "<b>",
    "[^1]",
    "](x,y)",
    "\\\n",
    "![",
    " ",
    " ",
    " ",
)
TEXTS = st.lists(st.sampled_from(WORDS + SIGNS), max_size=24).map("".join)


def shape(text: str) -> list[object]:
    """The parser's events of a message on its line, words left out."""
    line = "x " + " ".join(re.sub(r"\\\r?\n", "  ", text).split("\n"))
    events = markdown.parse(f"{line}\n\n{KNOWN}").events
    return [event for event, _ in events if type(event) is str or "Text" not in event]


@settings(max_examples=400, deadline=None)
@given(TEXTS)
@example("**«كتاب»** ها , \"می رود\" ...")
@example("کتاب\u200c\u200c ها\u200c ,كتاب")
@example("کتاب\u202e ،** \u200c")
def test_fixing_twice_is_fixing_once(text: str) -> None:
    once = fix(text)
    assert fix(once) == once


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_a_fix_changes_no_markup(text: str) -> None:
    assert shape(fix(text)) == shape(text)


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_after_a_fix_nothing_is_left_to_fix_but_what_markup_forbids(text: str) -> None:
    fixed = again(fix(text))
    for name, find in USUAL:
        for found in find(fixed.text, fixed.prose):
            if found.edits:
                broken = again(edit(fixed.text, found.edits))
                assert (broken.shape, broken.prose) != (fixed.shape, edit(fixed.prose, found.edits)), name


@given(TEXTS)
def test_prose_is_as_long_as_the_text(text: str) -> None:
    for inline in (again(text), plain(text)):
        assert len(inline.prose) == len(text)
        for shown, own in zip(inline.prose, text, strict=True):
            assert shown == own or shown in (MARK, THING, " ")


@given(st.text(alphabet=st.characters(max_codepoint=0x24F, exclude_categories=["Cs", "Cc"])))
def test_text_without_persian_is_left_alone(text: str) -> None:
    assert fix(text) == text


@given(TEXTS)
def test_findings_stand_in_the_text(text: str) -> None:
    inline = again(text)
    for rule in TEXT_RULES:
        for found in rule.find(inline.prose):
            assert 0 <= found.start <= found.end <= len(text)
            for start, end, _ in found.edits:
                assert 0 <= start <= end <= len(text)
                assert not set(inline.prose[start:end]) & {MARK, THING}


# --- cases


class Case(NamedTuple):
    rule: str
    kind: str
    text: str


def cases() -> Iterator[Case]:
    for path in sorted(CASES.glob("*.txt")):
        if path.stem in BY_NAME:
            for line in path.read_text().splitlines():
                if line and not line.startswith("#"):
                    kind, _, text = line.partition(" ")
                    yield Case(path.stem, kind, text.strip().replace("¦", "\u200c"))


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: f"{case.rule} {case.kind} {case.text}")
def test_case(case: Case) -> None:
    rule = BY_NAME[case.rule]
    if case.kind == "fix":
        before, after = (part.strip() for part in case.text.split("→"))
        assert fix(before, [finder(rule)]) == after
        assert fix(after, [finder(rule)]) == after
        return
    text = re.sub("[【】]", "", case.text)
    inline = again(text)
    shown = text
    for found in sorted(rule.find(inline.prose), key=lambda one: one.start, reverse=True):
        if case.kind == "suggest":
            assert not found.edits
        shown = f"{shown[: found.start]}【{shown[found.start : found.end]}】{shown[found.end :]}"
    assert case.kind in ("find", "leave", "suggest")
    assert ("【" in case.text) == (case.kind != "leave")
    assert shown == case.text


@pytest.mark.parametrize("rule", TEXT_RULES, ids=lambda rule: rule.name)
def test_every_rule_has_cases(rule: Rule) -> None:
    kinds = {case.kind for case in cases() if case.rule == rule.name}
    assert "leave" in kinds
    assert kinds >= {"find", "fix"} if rule.fixable else "suggest" in kinds


SURVIVES = (
    "با Python 3.12 و C++ کار می\u200cکنیم.",
    "`می رود , كتاب ها`",
    "https://example.org/راه?a=1,b;c=2 را ببینید",
    "<https://example.org/كتاب?a,b;c>",
    "[متن](https://example.org/?كتاب,ها \"می رود\")",
    "«۱۲ تا ۱۵» نفر",
    "او گفت: \"Hello, world; how are you?\"",
    "مُحَمَّد و مُحَمَّدٌ رَسُولُ",
    "کتاب\u200cها و می\u200cرود و خانه\u200cای و بی\u200cآنکه و 3D\u200cها و **کتاب**\u200cها",
    "۱٬۲۳۴٫۵ و 1,234.5 و ۱۲٪",
    "ﷺ و ﷲ و ۵۰۰ ﷼",
    "«می\u200c» و «\u200cها» پیشوند و پسوندند",
    "\u200fRust یک زبان است",
    "<div data-x=\"می رود , كتاب\">",
    "%(كتاب)s و {name} و &zwnj; و &nbsp;",
    "5\" و 6' و \"C\" و \"`x`\"",
    "هـ. ش. و ه.ش",
    "چشم تر و می ناب و ها ها ها",
    "(https://example.org/a_(b)؟) و ali@example.org",
)


@pytest.mark.parametrize("text", SURVIVES)
def test_what_must_survive(text: str) -> None:
    assert fix(text) == text
    for found in (one for _, find in USUAL for one in find(text, again(text).prose)):
        raise AssertionError(found)


def test_orthography_goes_by_the_language() -> None:
    assert orthography("fa-AF") == orthography("fa-IR") == orthography("fa") == TEXT_RULES
    assert orthography("en") == orthography("ar") == orthography("fan") == ()
    assert set(ORTHOGRAPHIES) <= {"fa", "prs"}
    assert all(rule in RULES for rules in ORTHOGRAPHIES.values() for rule in rules)


# --- real text


def real_texts() -> list[str]:
    if not DATA.is_dir():
        pytest.skip(f"{DATA} is not there: no real text to read")
    catalogue = po.parse((DATA / "comprehensive-rust/po/fa.po").read_bytes(), "fa.po")
    texts = [entry.msgstr for entry in catalogue.entries if entry.msgstr and not entry.obsolete]
    for path in sorted((DATA / "http3-explained/fa").glob("*.md")):
        texts += [leaf.msgid for leaf in markdown.parse(path.read_text()).leaves if leaf.msgid]
    return texts


def test_real_text_is_fixed_once_and_keeps_its_markup() -> None:
    texts = real_texts()
    before = read(texts)
    fixed = [mend_text(inline, USUAL, lambda new: read([new])[0])[0] for inline in before]
    after = read(fixed)
    assert [one.shape for one in after] == [one.shape for one in before]
    changed = sum(1 for old, new in zip(texts, fixed, strict=True) if old != new)
    assert changed > 300
    again_fixed = [mend_text(inline, USUAL, lambda new: read([new])[0])[0] for inline in after]
    assert again_fixed == fixed
