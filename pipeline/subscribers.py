"""Who gets the newsletter: the text of a CSV file → subscribers, and what is wrong with it.

One line a subscriber, commas, semicolons or tabs between, and a first line that names the
columns. What cannot be read for certain is refused: an unknown column or a quotation mark
without its other half is an error of the whole file, for who might be missed or mailed
against their will is not to be guessed; a line with a bad address or language is named
and left out. Whoever stands there as unsubscribed, even once, is left out whatever other
lines say. Nothing here opens a file or looks up an address.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from pipeline.message import address_fault, line_end, unsubscribe_fault
from pipeline.problems import ContentError, Problem, Severity, problem
from pipeline.speech import Said, say, series

COLUMNS = ("address", "language", "name", "unsubscribe", "unsubscribed", "status")
"""The columns there may be; the first two must be. `unsubscribe` is the reader's own
address to leave at, `unsubscribed` says that they left, and so does `status` unless it is
one of `MAILED`."""

MAILED = frozenset({"", "subscribed", "active", "enabled", "confirmed"})
"""What `status` says of those who are mailed."""

NOT_YET = frozenset({"", "0", "no", "n", "false", "نه", "خیر"})
"""What `unsubscribed` says of those who are mailed. Anything else, a date among it, means
that they left."""

MOST_FIELD = 1_000
"""How many characters a field holds at most."""

MOST_FIELDS = 50
"""How many fields a line has at most; one with more is of some other file."""

MOST_LINES = 100_000
"""How many lines a list has at most; longer ones are for a list manager."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """Somebody to mail: `language` is an edition's, `line` where they stand in the file."""

    address: str
    language: str
    name: str = ""
    unsubscribe: str = ""
    line: int = 0

    @property
    def key(self) -> str:
        """What tells one reader from another. No two people differ by case alone."""
        return self.address.casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribers:
    """A list as it was read. `skipped` counts the lines of each language that are not
    mailed, those of no known language under ""; `problems` says why, but not of those
    who left."""

    mailed: tuple[Subscriber, ...]
    left: frozenset[str]
    skipped: dict[str, int]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Field:
    """A field and where it begins."""

    text: str
    line: int
    column: int


def parse(text: str, path: str, languages: Sequence[str]) -> Subscribers:
    """The list in `text`, the content of the file at `path`.

    `languages` are the editions that there are to send. Raises ContentError where the
    file as a whole cannot be read.
    """
    records = _records(text.removeprefix("\ufeff"), path)
    head = next(records, None)
    if head is None:
        raise ContentError(
            problems=(problem("subscribers", say("there is nobody in this file"), path, 1, hint=_head_hint()),)
        )
    while not head[-1].text:  # as spreadsheets leave them
        head.pop()
    columns = _columns(head, path)
    reading = _Reading(path=path, languages={tag.casefold(): tag for tag in languages})
    for record in records:
        while len(record) > len(columns) and not record[-1].text:
            record.pop()
        reading.record(dict(zip(columns, record, strict=False)), record, len(columns))
    return reading.result()


# --- the file as fields -----------------------------------------------------------------------

_LINE = re.compile("\r\n|\r|\n")


def _records(text: str, path: str) -> Iterator[list[_Field]]:
    """Lines as fields, blank ones left out (RFC 4180). A field in quotes may hold line
    ends, which nobody's name does, but then what follows is read rightly."""
    first = _LINE.split(text.lstrip("\r\n \t"), maxsplit=1)[0]
    separator = max(",;\t", key=first.count)
    plain = re.compile(f"[^{separator}\r\n]*")
    at, line, start, count = 0, 1, 0, 0
    record: list[_Field] = []
    while True:
        field_line, column = line, at - start + 1
        skipped = re.compile(" *").match(text, at)
        opening = skipped.end() if skipped else at
        if text.startswith('"', opening):
            end = opening + 1
            while (end := text.find('"', end)) >= 0 and text.startswith('""', end):
                end += 2
            if end < 0:
                raise ContentError(
                    problems=(
                        problem("subscribers", say("a quotation mark opens here and nothing closes it"), path,
                                line, opening - start + 1, hint=say("close it, or double it where it is meant")),
                    )
                )  # fmt: skip
            value = text[opening + 1 : end].replace('""', '"')
            for found in _LINE.finditer(text, opening, end):
                line, start = line + 1, found.end()
            at = end + 1
            trailing = plain.match(text, at)
            if trailing and trailing.group().strip():
                raise ContentError(
                    problems=(
                        problem("subscribers", say("there is text after the closing quotation mark"), path,
                                line, at - start + 1, hint=say("double a quotation mark that is meant")),
                    )
                )  # fmt: skip
            at = trailing.end() if trailing else at
        else:
            found_plain = plain.match(text, at)
            assert found_plain is not None
            value, at = found_plain.group(), found_plain.end()
        record.append(_Field(value.strip(" \t\xa0"), field_line, column))
        if len(record) > MOST_FIELDS:
            raise ContentError(
                problems=(problem("subscribers", say("this is no list of subscribers"), path, field_line, 1,
                                  hint=_head_hint()),)
            )  # fmt: skip
        if text.startswith(separator, at) and at < len(text):
            at += 1
            continue
        if any(field.text for field in record):
            count += 1
            if count > MOST_LINES:
                raise ContentError(
                    problems=(
                        problem("subscribers", say("there are more than {n} lines", n=MOST_LINES), path, line,
                                hint=say("a list manager such as listmonk is made for that")),
                    )
                )  # fmt: skip
            yield record
        record = []
        ended = _LINE.match(text, at)
        if ended is None:
            return
        at, line, start = ended.end(), line + 1, ended.end()


def _head_hint() -> Said:
    return say("the first line names the columns: {columns}", columns="address,language,name,unsubscribe")


def _columns(head: list[_Field], path: str) -> list[str]:
    """The columns' names, in their order. Raises ContentError."""
    names = [field.text.casefold() for field in head]
    found = []
    for place, (field, name) in enumerate(zip(head, names, strict=True)):
        if name not in COLUMNS:
            near = get_close_matches(_short(name), COLUMNS, n=1)
            hint = say("did you mean `{name}`?", name=near[0]) if near else say(
                "the columns are {names}; remove the others", names=series(COLUMNS)
            )  # fmt: skip
            if name in ("email", "e-mail", "mail"):
                hint = say("did you mean `{name}`?", name="address")
            found.append(_at(field, path, say("there is no column `{name}`", name=_short(field.text)), hint))
        elif name in names[:place]:
            found.append(_at(field, path, say("there are two columns `{name}`", name=name), say("remove one")))
    if not found:
        for needed in COLUMNS[:2]:
            if needed not in names:
                found.append(problem("subscribers", say("there is no column `{name}`", name=needed), path,
                                     head[0].line, 1, hint=_head_hint()))  # fmt: skip
    elif "address" not in names and any("@" in name for name in names):
        found = [problem("subscribers", say("the first line is no line of names"), path, head[0].line, 1,
                         hint=_head_hint())]  # fmt: skip
    if found:
        raise ContentError(problems=tuple(found))
    return names


def _bare(address: str) -> str:
    """An address as the same one is written anywhere: without invisible characters, angles,
    `mailto:` and full-width letters. Who left is meant, however a program wrote it.
    """
    text = unicodedata.normalize("NFKC", address)
    text = "".join(sign for sign in text if unicodedata.category(sign) not in ("Cc", "Cf", "Zs"))
    inner = re.search("[<‹«]([^<>‹›«»]+)[>›»]", text)
    text = (inner[1] if inner else text).casefold().removeprefix("mailto:")
    return text.strip("<>‹›«».,;\"'")


def _at(field: _Field, path: str, message: Said, hint: Said | None = None, severity: Severity = "error") -> Problem:
    return problem("subscribers", message, path, field.line, field.column, hint=hint or "", severity=severity)


def _short(text: str) -> str:
    """Enough of a field to know it by."""
    text = re.sub("[\\s\\x00-\\x1f]+", " ", text)
    return text if len(text) <= 60 else f"{text[:60]}…"


# --- the fields as subscribers --------------------------------------------------------------------


class _Reading:
    """The lines so far."""

    def __init__(self, path: str, languages: dict[str, str]) -> None:
        self.path, self.languages = path, languages
        self.found: dict[str, Subscriber] = {}
        self.left: set[str] = set()
        self.skipped: dict[str, int] = {}
        self.problems: list[Problem] = []

    def record(self, fields: dict[str, _Field], record: list[_Field], wanted: int) -> None:
        """One line."""
        tag = self.languages.get(fields["language"].text.casefold() if "language" in fields else "", "")
        address = fields["address"] if "address" in fields else record[0]
        gone = self._gone(fields)
        if gone:
            # Whatever else is wrong with the line, who left is not mailed.
            self.left.add(_bare(address.text))
            self._skip(tag)
            return
        faults = self._faults(fields, record, wanted, tag)
        if faults:
            self.problems += faults
            self._skip(tag)
            return
        made = Subscriber(
            address=address.text,
            language=tag,
            name=fields["name"].text if "name" in fields else "",
            unsubscribe=fields["unsubscribe"].text if "unsubscribe" in fields else "",
            line=address.line,
        )
        before = self.found.setdefault(made.key, made)
        if before is not made:
            said = say("`{address}` is on line {line} already; it is mailed once", address=made.address, line=before.line)
            self.problems.append(_at(address, self.path, said, say("remove one of the lines"), "warn"))
            self._skip(tag)

    def _gone(self, fields: dict[str, _Field]) -> bool:
        unsubscribed = fields["unsubscribed"].text.casefold() if "unsubscribed" in fields else ""
        status = fields["status"].text.casefold() if "status" in fields else ""
        return unsubscribed not in NOT_YET or status not in MAILED

    def _skip(self, tag: str) -> None:
        self.skipped[tag] = self.skipped.get(tag, 0) + 1

    def _faults(self, fields: dict[str, _Field], record: list[_Field], wanted: int, tag: str) -> list[Problem]:
        """What is wrong with a line, at its column."""
        if len(record) != wanted:
            said = say("this line has {n} field and not {wanted}", "this line has {n} fields and not {wanted}",
                       n=len(record), wanted=wanted)  # fmt: skip
            hint = say("put a name with a separator in it into quotation marks")
            return [_at(record[0], self.path, said, hint)]
        found = []
        for field in record:
            if len(field.text) > MOST_FIELD:
                found.append(_at(field, self.path, say("this field is too long")))
        if found:
            return found
        address, language = fields["address"], fields["language"]
        if code := line_end(address.text):
            found.append(_at(address, self.path, say("the address holds the character {code}", code=code)))
        elif fault := address_fault(address.text):
            said = say("no mail can go to `{address}`: {fault}", address=_short(address.text), fault=fault)
            found.append(_at(address, self.path, said))
        if not tag:
            hint = say("there is {names}", names=series(self.languages.values()))
            said = say("the newsletter is not sent in `{name}`", name=_short(language.text)) if language.text else say(
                "this line names no language"
            )  # fmt: skip
            found.append(_at(language, self.path, said, hint))
        if "name" in fields and (code := line_end(fields["name"].text)):
            found.append(_at(fields["name"], self.path, say("the name holds the character {code}", code=code)))
        if "unsubscribe" in fields and fields["unsubscribe"].text and (
            fault := unsubscribe_fault(fields["unsubscribe"].text)
        ):  # fmt: skip
            said = say("the address to unsubscribe: {fault}", fault=fault)
            found.append(_at(fields["unsubscribe"], self.path, said))
        return found

    def result(self) -> Subscribers:
        """All of them, in the file's order."""
        for key in self.left & self.found.keys():
            self._skip(self.found.pop(key).language)
        return Subscribers(
            mailed=tuple(self.found.values()),
            left=frozenset(self.left),
            skipped=dict(sorted(self.skipped.items())),
            problems=tuple(sorted(self.problems, key=lambda one: one.order)),
        )
