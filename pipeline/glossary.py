"""The glossary: how a language translates the terms that matter.

`locales/<lang>/glossary.csv` has a heading line with the columns `term`, `translation`,
`note` and `forbidden`; the first two are needed. A cell may hold several variants, with
`|` between them: of translations any will do, of forbidden ones none. This module reads
the text of such a file and finds terms in texts; it judges no translation.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from pipeline.problems import Problem, problem
from pipeline.speech import say

MOST = 200_000
"""How many bytes a glossary has at most: each of its terms is looked for in each text."""

MOST_TERM = 200
"""How many characters a term has at most, and each way to translate it."""

COLUMNS = ("term", "translation", "note", "forbidden")


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A line of the glossary. `translations` is never empty; the first is preferred."""

    term: str
    translations: tuple[str, ...]
    note: str = ""
    forbidden: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True, kw_only=True)
class Glossary:
    """The terms of one language, in the file's order."""

    path: str
    terms: tuple[Term, ...] = ()

    @cached_property
    def _alike(self) -> Mapping[str, list[int]]:
        """The places of the terms that begin alike, longer ones first, by that beginning: a
        few letters of the first word, folded."""
        alike: dict[str, list[int]] = {}
        for number in sorted(range(len(self.terms)), key=lambda number: -len(self.terms[number].term)):
            alike.setdefault(_folded(self.terms[number].term.split()[0])[:_BEGIN], []).append(number)
        return alike

    @cached_property
    def _patterns(self) -> dict[str, re.Pattern[str]]:
        return {}

    def pattern(self, begin: str) -> re.Pattern[str] | None:
        """What finds the terms that begin so; a group's name is `t` and its term's place."""
        if begin not in self._alike:
            return None
        if begin not in self._patterns:
            spelt = (f"(?P<t{number}>{_of_term(self.terms[number].term)})" for number in self._alike[begin])
            self._patterns[begin] = re.compile("|".join(spelt))
        return self._patterns[begin]


_MARKS = "\u0610-\u061a\u064b-\u065f\u0670"
_ENDINGS = "(?:e?s|['\u2019]s|s['\u2019])?"


def _of_term(term: str) -> str:
    """A term as a pattern: whole words, an English plural or genitive included.

    A term without capitals is found in any case; "IT" is not "it".
    """
    words = r"\s+".join(re.escape(word) for word in term.split())
    if term == term.lower():
        words = f"(?i:{words})"
    return rf"(?<![^\W_]){words}{_ENDINGS}(?![^\W_])"


def terms_in(text: str, glossary: Glossary) -> tuple[Term, ...]:
    """The terms that a text uses, in the order of their first use, each once.

    Where one term is part of a longer one there, only the longer one counts.
    """
    if not glossary.terms:
        return ()
    found: dict[int, None] = {}
    folded, end = _folded(text), 0
    for start in _BEGINS.finditer(text):
        at = start.start()
        if at < end:
            continue
        for size in range(_BEGIN, 0, -1):  # the longer beginning has the longer terms
            pattern = glossary.pattern(folded[at : at + size])
            if pattern is not None and (match := pattern.match(text, at)):
                found[int((match.lastgroup or "t0")[1:])] = None
                end = match.end()
                break
    return tuple(glossary.terms[number] for number in found)


_BEGIN = 3
_BEGINS = re.compile(r"(?<![^\W_])\S")


def _folded(text: str) -> str:
    """The text without case, of the same length."""
    folded = text.lower()
    return folded if len(folded) == len(text) else "".join(sign.lower()[0] for sign in text)


_SAME_LENGTH = str.maketrans({"ي": "ی", "ك": "ک", "\u200c": " ", "\u00a0": " ", "\n": " "})


def fold(text: str) -> str:
    """A text of the same length for comparison: no case, one ی, half-spaces as spaces."""
    if len(folded := text.lower()) != len(text):
        folded = text
    return folded.translate(_SAME_LENGTH)


def uses(text: str, variants: Sequence[str]) -> list[tuple[int, int]]:
    """Where a text has one of the variants, with whatever ending its language adds."""
    folded = fold(text)
    return [found.span() for found in _of_variants(tuple(variants)).finditer(folded)]


_CACHE: dict[tuple[str, ...], re.Pattern[str]] = {}


def _of_variants(variants: tuple[str, ...]) -> re.Pattern[str]:
    """A pattern over folded text: a word's beginning; marks, plurals and ی may follow."""
    known = _CACHE.get(variants)
    if known is None:
        spelt, marks = [], f"[{_MARKS}\u0654]*"
        for variant in sorted(variants, key=len, reverse=True):
            words = fold(variant).split()
            spelt.append("[ ]+".join("".join(f"{re.escape(letter)}{marks}" for letter in word) for word in words))
        known = _CACHE[variants] = re.compile(
            rf"(?<![^\W_])(?:{'|'.join(spelt)})"
            rf"(?:{_ENDINGS}|ی|یی|ها|های|هایی|ان|ات)(?![^\W_])"
        )
    return known


def parse(data: bytes, path: str) -> tuple[Glossary, tuple[Problem, ...]]:
    """The glossary that a file's bytes hold, and what is wrong with them, by line.

    Lines that cannot be used are left out.
    """
    problems: list[Problem] = []

    def complain(line: int, message: str, hint: str, excerpt: str = "") -> None:
        problems.append(
            problem("glossary-file", message, path, line, 1 if line else 0, hint=hint,
                    excerpt=excerpt[:80], severity="warn")
        )  # fmt: skip

    if len(data) > MOST:
        complain(0, say("this file has {n} bytes, and {most} are the most", n=len(data), most=MOST),
                 say("keep the terms that translators need"))  # fmt: skip
        return Glossary(path=path), tuple(problems)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        complain(line, say("this is not UTF-8"), say("save the file as UTF-8"))
        return Glossary(path=path), tuple(problems)
    rows: list[tuple[int, list[str]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((line, [unicodedata.normalize("NFC", cell.strip()) for cell in row]))
            line = reader.line_num + 1
    except csv.Error as error:
        complain(line, say("this line is no CSV: {reason}", reason=str(error)), say('put a cell with " or , in quotes, and write " twice in it'))
    if not rows:
        return Glossary(path=path), tuple(problems)
    head_line, head = rows[0]
    columns = [cell.lower() for cell in head]
    for missing in [name for name in COLUMNS[:2] if name not in columns]:
        complain(head_line, say("there is no column `{name}`", name=missing),
                 say("the first line is: {columns}", columns=",".join(COLUMNS)), ",".join(head))  # fmt: skip
    for name in columns:
        if name not in COLUMNS:
            complain(head_line, say("unknown column `{name}`", name=name), say("there are {names}", names=COLUMNS))
    if "term" not in columns or "translation" not in columns:
        return Glossary(path=path), tuple(problems)
    terms: list[Term] = []
    seen: dict[str, int] = {}
    for line, row in rows[1:]:
        excerpt = ",".join(row)
        if len(row) != len(columns):
            complain(line, say("{n} cells, where the first line has {wanted}", n=len(row), wanted=len(columns)),
                     say("put a cell that holds a comma in quotes"), excerpt)  # fmt: skip
            continue
        cells = dict(zip(columns, row, strict=True))
        made = _term(cells, line)
        if max(map(len, (made.term, *made.translations, *made.forbidden)), default=0) > MOST_TERM:
            complain(line, say("this term is too long"), say("{n} characters are the most", n=MOST_TERM), excerpt)
            continue
        if not made.term or not made.translations:
            lack = say("there is no term") if not made.term else say("there is no translation")
            complain(line, lack, say("fill it in, or remove the line"), excerpt)
        elif (first := seen.setdefault(made.term, line)) != line:
            complain(line, say("the term `{term}` is in line {line} already", term=made.term, line=first), say("join the two"), excerpt)
        else:
            for both in set(made.translations) & set(made.forbidden):
                complain(line, say("`{words}` is agreed and forbidden at once", words=both), say("keep one of the two"), excerpt)
            terms.append(made)
    return Glossary(path=path, terms=tuple(terms)), tuple(problems)


def _term(cells: Mapping[str, str], line: int) -> Term:
    def several(name: str) -> tuple[str, ...]:
        variants = (part.strip() for part in cells.get(name, "").split("|"))
        return tuple(part for part in variants if fold(part).split())  # half-spaces alone are no word

    return Term(
        term=" ".join(cells["term"].split()),
        translations=several("translation"),
        note=cells.get("note", ""),
        forbidden=several("forbidden"),
        line=line,
    )
