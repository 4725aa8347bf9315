"""site.toml → Site, with every error at once.

Which keys there are stands in tables, one a TOML table: a new setting is a line in its
table and a field of Site. tomllib tells no positions of what it has read, so `locate`
walks the text a second time. This module reads no files, and knows of a language only
what `pipeline.languages` says.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pipeline.languages import CALENDARS, DIGITS, defaults, suggest
from pipeline.model import Account, Language, Newsletter, Site
from pipeline.problems import ContentError, Problem, problem
from pipeline.speech import Said, either, say, series

PATH = "content/site.toml"
"""Where site.toml is, relative to the site's root."""

LEVELS = ("error", "warn", "off")
"""What [checks] may say of a rule."""

Path = tuple[str, ...]
Place = tuple[int, int]


class Unfit(Exception):
    """This value cannot be. Its text, if any, says more about why, or what to write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One setting: what it may be, in words, in an example and as a function.

    `read` returns the value as Site keeps it, or raises Unfit. `field` is the field's
    name where it isn't the key's.
    """

    read: Callable[[object], object]
    wanted: str
    example: str
    required: bool = False
    field: str = ""


# What a key may hold.

# Controls, surrogates, line separators and noncharacters: in no title, and in no header
# of a mail. Direction controls are legal, and `check` looks after them.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_SEEN = re.compile("[^\\s\u200b-\u200f]")
_TAG = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*\Z")
_EMAIL = re.compile(r"[^\s@<>()\[\]\\,;:\"]+@[^\s@<>()\[\]\\,;:\"]+\.[^\s@<>()\[\]\\,;:\".]{2,}\Z")
_DEVICES = frozenset({"aux", "con", "nul", "prn"})  # no folders' names on Windows


def _text(value: object) -> str:
    """A line of text; may be empty."""
    if not isinstance(value, str):
        raise Unfit
    if found := _CONTROL.search(value):
        raise Unfit(say("it holds the control character {code}", code=f"U+{ord(found.group()):04X}"))
    if len(value) > MOST_TEXT:
        raise Unfit(say("it has {n} characters, and {most} are the most", n=len(value), most=MOST_TEXT))
    return value


def _words(value: object) -> str:
    """A line of text with something in it."""
    text = _text(value)
    if not _SEEN.search(text):
        raise Unfit
    return text


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise Unfit
    return value


def _count(value: object) -> int:
    """A whole number of at least 1; TOML's true is none, though Python's is."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise Unfit
    return value


def _any_of(*words: str) -> Said:
    """"a, b or c"."""
    return say("{one} or {other}", one=series(words[:-1]), other=words[-1])


def _one_of(*allowed: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise Unfit(_did_you_mean(value, allowed))
        return value

    return read


def _url(value: object) -> str:
    """An absolute http or https address."""
    text = _words(value)
    if re.search(r"[\s<>\"\\]", text):
        raise Unfit(say("an address has no spaces, quotes, angles or backslashes"))
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:  # brackets, or a port beyond 65535
        raise Unfit(str(error).lower()) from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Unfit(say("it begins with https:// or http:// and a host"))
    if parts.username is not None or parts.password is not None:
        raise Unfit(say("it must hold no user's name and no password"))
    if port == 0:
        raise Unfit(say("there is no port {port}", port="0"))
    return text


def _base_url(value: object) -> str:
    text = _url(value)
    if "?" in text or "#" in text:
        raise Unfit(say("it ends before any ? or #"))
    return text if text.endswith("/") else f"{text}/"


def _email(value: object) -> str:
    text = _words(value)
    if not _EMAIL.match(text):
        raise Unfit
    return text


def _list_id(value: object) -> str:
    """The name of a list, as RFC 2919 wants it: a domain's, of two parts or more."""
    text = _words(value)
    if not re.fullmatch(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+", text):
        raise Unfit
    return text


def _door(value: object) -> str:
    """A web address, or mailto: and an e-mail address."""
    text = _words(value)
    if text.startswith("mailto:"):
        return "mailto:" + _email(text.removeprefix("mailto:"))
    return _url(value)


def _server(value: object) -> str:
    """A host, with its port where that is not the usual one."""
    text = _words(value)
    found = re.fullmatch(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?", text)
    if not found:
        raise Unfit
    if found[1] and not 0 < int(found[1]) < 65536:
        raise Unfit(say("there is no port {port}", port=found[1]))
    return text


def _time_zone(value: object) -> str:
    text = _words(value)
    try:
        ZoneInfo(text)
    except (LookupError, ValueError, OSError):
        from zoneinfo import available_timezones  # slow, and for errors only

        raise Unfit(_did_you_mean(text, available_timezones())) from None
    return text


def _incomplete(value: object) -> str | float:
    if isinstance(value, str):
        if value in ("mark", "withhold"):
            return value
        raise Unfit(_did_you_mean(value, ("mark", "withhold")))
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise Unfit
    if not 0 <= value <= 1:
        raise Unfit(say("write {words}", words=f"{value / 100:g}") if 1 < value <= 100 else "")
    return float(value)


# The tables. A line here is a setting.

SITE: Mapping[str, Key] = {
    "title": Key(read=_words, wanted=say("a text with words in it"), example='"Pol"', required=True),
    "base_url": Key(
        read=_base_url, wanted=say("a web address"), example='"https://example.org/"', required=True
    ),
    "time_zone": Key(
        read=_time_zone, wanted=say("a time zone of the IANA database"), example='"Asia/Tehran"'
    ),
    "default_language": Key(read=_words, wanted=say("a language's tag"), example='"en"'),
    "description": Key(read=_text, wanted=say("a line of text"), example='"A digest of music"'),
    "contact": Key(read=_email, wanted=say("an e-mail address"), example='"post@example.org"'),
    "page_size": Key(read=_count, wanted=say("a whole number of at least 1"), example="10"),
}
"""The keys before the first [table]."""

CONTENT: Mapping[str, Key] = {
    "raw_html": Key(read=_flag, wanted=_any_of("true", "false"), example="false"),
}
"""The keys of [content]."""

TRANSLATION: Mapping[str, Key] = {
    "memory": Key(
        read=_one_of("suggest", "fill", "off"),
        wanted=_any_of('"suggest"', '"fill"', '"off"'),
        example='"suggest"',
    ),
}
"""The keys of [translation]."""

OUTPUTS: Mapping[str, Key] = {
    "parallel": Key(read=_flag, wanted=_any_of("true", "false"), example="true"),
    "search": Key(read=_flag, wanted=_any_of("true", "false"), example="false"),
    "cards": Key(read=_flag, wanted=_any_of("true", "false"), example="false"),
}
"""The keys of [outputs]."""

NEWSLETTER: Mapping[str, Key] = {
    "missing": Key(
        read=_one_of("original", "leave-out", "stop"),
        wanted=_any_of('"original"', '"leave-out"', '"stop"'),
        example='"original"',
    ),
    "sender": Key(read=_email, wanted=say("an e-mail address"), example='"post@example.org"'),
    "reply_to": Key(read=_email, wanted=say("an e-mail address"), example='"post@example.org"'),
    "list_id": Key(
        read=_list_id, wanted=say("a list's name with a dot in it"), example='"news.example.org"'
    ),
    "unsubscribe": Key(
        read=_door,
        wanted=say("a web address, or mailto: and an e-mail address"),
        example='"https://example.org/leave"',
    ),
    "one_click": Key(read=_flag, wanted=_any_of("true", "false"), example="false"),
    "images": Key(read=_one_of("link", "embed"), wanted=_any_of('"link"', '"embed"'), example='"link"'),
    "listmonk": Key(read=_base_url, wanted=say("a web address"), example='"https://lists.example.org/"'),
    "smtp": Key(
        read=_server, wanted=say("a host, with its port or without"), example='"mail.example.org:587"'
    ),
    "security": Key(
        read=_one_of("starttls", "tls", "none"),
        wanted=_any_of('"starttls"', '"tls"', '"none"'),
        example='"starttls"',
    ),
    "rate": Key(read=_count, wanted=say("a whole number of at least 1"), example="60"),
}
"""The keys of [newsletter]."""

TABLES: Mapping[str, Mapping[str, Key]] = {
    "content": CONTENT,
    "translation": TRANSLATION,
    "outputs": OUTPUTS,
}
"""Plain tables whose keys become fields of Site."""

LANGUAGE: Mapping[str, Key] = {
    "name": Key(read=_words, wanted=say("a text with words in it"), example='"فارسی"'),
    "direction": Key(read=_one_of("ltr", "rtl"), wanted=_any_of('"ltr"', '"rtl"'), example='"rtl"'),
    "calendar": Key(
        read=_one_of(*CALENDARS),
        wanted=_any_of(*(f'"{name}"' for name in CALENDARS)),
        example='"persian"',
    ),
    "digits": Key(read=_one_of(*DIGITS), wanted=say("a numbering system of CLDR"), example='"arabext"'),
    "incomplete": Key(
        read=_incomplete, wanted=say("{one}, {other} or a share from 0 to 1", one='"mark"', other='"withhold"'), example="0.8"
    ),
    "stale": Key(read=_one_of("keep", "source"), wanted=_any_of('"keep"', '"source"'), example='"keep"'),
    "review": Key(read=_flag, wanted=_any_of("true", "false"), example="true"),
    "gregorian": Key(read=_flag, wanted=_any_of("true", "false"), example="true"),
    "mailing_list": Key(read=_count, wanted=say("a whole number of at least 1"), example="4"),
}
"""The keys of [languages.TAG]."""

ACCOUNT: Mapping[str, Key] = {
    "name": Key(read=_words, wanted=say("a text with words in it"), example='"Mastodon"', required=True),
    "url": Key(
        read=_url, wanted=say("a web address"), example='"https://example.social/@pol"', required=True
    ),
}
"""The keys of [[accounts]]."""

MOST_TEXT = 1_000
"""How many characters a setting has at most."""

MOST = 20_000
"""How many characters site.toml has at most: tomllib takes long for what nobody writes."""

_DIGITS = re.compile("[0-9][0-9_]{4000}")
_SHAPES = {
    "languages": "[languages.fa]",
    "accounts": "[[accounts]]",
    "checks": "[checks]",
    "newsletter": "[newsletter]",
    **{name: f"[{name}]" for name in TABLES},
}


def parse(text: str, path: str = PATH, *, rules: Collection[str] = ()) -> Site:
    """The site that `text`, the content of site.toml, describes.

    `rules` are the names that [checks] may use; where there are none, any goes. `path`
    is named in problems. Raises ContentError with all that is wrong.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    if len(text) > MOST:
        found = problem("config", say("this file has {n} characters, and {most} are the most", n=len(text), most=MOST),
                        path, hint=say("remove what is no setting"))  # fmt: skip
        raise ContentError(problems=(found,))
    try:
        data = tomllib.loads(text)
        keys, values = locate(text.replace("\r\n", "\n"))  # as tomllib does once more, where CR CR LF was
    except tomllib.TOMLDecodeError as error:
        raise ContentError(problems=(_syntax(str(error), text, path),)) from None
    except RecursionError:
        found = problem("config", say("brackets are nested too deeply"), path, 1, 1, hint=say("once will do"))
        raise ContentError(problems=(found,)) from None
    except ValueError:  # Python's own, of numbers that it does not read
        number = _DIGITS.search(text)
        at = number.start() if number else 0
        place = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
        found = problem("config", say("this number is too long"), path, *place, hint=say("numbers here are small"))
        raise ContentError(problems=(found,)) from None
    reading = _Reading(path=path, keys=keys, values=values)
    site = _site(reading, data, rules)
    if reading.problems:
        raise ContentError(problems=tuple(sorted(reading.problems, key=lambda one: one.order)))
    return site


def _site(reading: _Reading, data: dict[str, Any], rules: Collection[str]) -> Site:
    fields = reading.table((), data, SITE, beside=_SHAPES)
    for name, table in TABLES.items():
        if (found := reading.mapping((name,), data.get(name, {}))) is not None:
            fields |= reading.table((name,), found, table)
    newsletter: dict[str, Any] = {}
    if (found := reading.mapping(("newsletter",), data.get("newsletter", {}))) is not None:
        newsletter = reading.table(("newsletter",), found, NEWSLETTER)
    languages = _languages(reading, data.get("languages"))
    tags = [language.tag for language in languages]
    default = fields.setdefault("default_language", tags[0] if tags else "")
    if tags and "default_language" in data and default not in tags:
        reading.refuse(
            ("default_language",),
            say("`default_language` is {found}, none of the site's languages ({names})",
                found=_found(default), names=tags),
            _did_you_mean(default, tags)
            or say("name one of them, or add a table {table}", table=f"[languages.{_key(default)}]"),
            place=reading.values.get(("default_language",)),
        )
    return Site(
        languages=tuple(languages),
        accounts=tuple(_accounts(reading, data.get("accounts", []))),
        newsletter=Newsletter(**newsletter),
        checks=_checks(reading, data.get("checks", {}), rules),
        source={".".join(key): place for key, place in reading.keys.items()},
        **({"title": "", "base_url": "", "time_zone": "UTC"} | fields),
    )


def _languages(reading: _Reading, data: object) -> list[Language]:
    if data is None or data == {}:
        reading.refuse(
            ("languages",),
            say("the site has no language"),
            say("add a table for each, such as {example} and {other}",
                example="[languages.en]", other="[languages.fa]"),
        )
        return []
    tables = reading.mapping(("languages",), data) or {}
    languages: list[Language] = []
    seen: dict[str, str] = {}
    for tag, table in tables.items():
        at = ("languages", tag)
        if (twin := seen.setdefault(tag.lower(), tag)) != tag:
            reading.refuse(
                at, say("the languages `{twin}` and `{tag}` differ by case only", twin=twin, tag=tag),
                say("remove one"),
            )
        elif (found := reading.mapping(at, table)) is not None:
            own = reading.table(at, found, LANGUAGE)
            if (known := _defaults(reading, at, tag)) is not None:
                languages.append(Language(**{"tag": tag, **known, **own}))
    return languages


def _defaults(reading: _Reading, at: Path, tag: str) -> Mapping[str, Any] | None:
    """What CLDR says of the language; None, and a problem, where the tag is no good."""
    if not _TAG.match(tag):
        lower = tag.lower().replace("_", "-")
        near = [lower] if _TAG.match(lower) else [one.lower() for one in suggest(tag)]
        hint = say("for example: {example}", example="[languages.fa]")
        if near:
            hint = say("write it like {example}", example=f"[languages.{near[0]}]")
        reading.refuse(at, say("`{tag}` is no language tag in small letters", tag=tag), hint)
        return None
    if tag in _DEVICES:
        reading.refuse(
            at, say("`{tag}` cannot be a folder's name on Windows", tag=tag),
            say("write {words}, or the like", words=f"{tag}-001"),
        )
        return None
    try:
        return defaults(tag)
    except LookupError:
        others = [f"`{one.lower()}`" for one in suggest(tag)]
        hint = say("for example: {example}", example="[languages.fa]")
        if others:
            hint = say("did you mean {names}?", names=either(others))
        reading.refuse(at, say("`{tag}` is no language known to CLDR", tag=tag), hint)
        return None


def _accounts(reading: _Reading, data: object) -> Iterable[Account]:
    if not isinstance(data, list):
        reading.refuse(
            ("accounts",),
            say("`accounts` is {found}, not a list of tables", found=_found(data)),
            say("head each of them with {table}, in double brackets", table="[[accounts]]"),
        )
        return
    for index, entry in enumerate(data):
        at = ("accounts", str(index))
        if (found := reading.mapping(at, entry)) is not None:
            fields = reading.table(at, found, ACCOUNT)
            if set(fields) == set(ACCOUNT):
                yield Account(**fields)


def _checks(reading: _Reading, data: object, rules: Collection[str]) -> dict[str, str]:
    checks: dict[str, str] = {}
    level = Key(read=_one_of(*LEVELS), wanted=_any_of('"error"', '"warn"', '"off"'), example='"warn"')
    for rule, value in (reading.mapping(("checks",), data) or {}).items():
        at = ("checks", rule)
        if rules and rule not in rules:
            hint = _did_you_mean(rule, rules) or say("there are {names}", names=sorted(rules))
            reading.refuse(at, say("there is no check `{rule}`", rule=rule), hint)
        elif (found := reading.value(at, value, level)) is not None:
            checks[rule] = str(found)
    return checks


class _Reading:
    """One site.toml being read: where its keys are, and what is wrong so far."""

    def __init__(
        self, *, path: str, keys: Mapping[Path, Place], values: Mapping[Path, Place]
    ) -> None:
        self.path = path
        self.keys = keys
        self.values = values
        self.problems: list[Problem] = []

    def refuse(self, at: Path, message: str, hint: str, *, place: Place | None = None) -> None:
        """A problem at the key `at`, or at `place`."""
        line, column = place or self.keys.get(at) or (1, 1)
        self.problems.append(problem("config", message, self.path, line, column, hint=hint))

    def value(self, at: Path, value: object, key: Key) -> object | None:
        """The value of a key as Site keeps it, or None and a problem."""
        try:
            return key.read(value)
        except Unfit as error:
            more = str(error)
            message = say("`{key}` is {found}, not {wanted}", key=at[-1], found=_found(value), wanted=key.wanted)
            # A remark about the value follows; one that says what to do is the hint.
            hint: str = say("for example: {example}", example=f"{_key(at[-1])} = {key.example}")
            if more.startswith(("did you mean", "write ")):
                hint = more
            elif more:
                message = say("{what}: {why}", what=message, why=more)
            self.refuse(at, message, hint, place=self.values.get(at))
            return None

    def mapping(self, at: Path, value: object) -> dict[str, Any] | None:
        """The TOML table at `at`, or None and a problem."""
        if isinstance(value, dict):
            return value
        name = ".".join(_key(part) for part in at)
        shape = f"[{name}]" if at[0] == "languages" and len(at) > 1 else _SHAPES[at[0]]
        message = say("`{name}` is {found}, not a table", name=name, found=_found(value))
        self.refuse(at, message, say("for example: {example}", example=shape))
        return None

    def table(
        self,
        at: Path,
        data: Mapping[str, object],
        table: Mapping[str, Key],
        beside: Collection[str] = (),
    ) -> dict[str, Any]:
        """The fields that a TOML table gives; `beside` are keys that others read."""
        fields: dict[str, Any] = {}
        for name, value in data.items():
            if (key := table.get(name)) is not None:
                if (found := self.value((*at, name), value, key)) is not None:
                    fields[key.field or name] = found
            elif name not in beside:
                self.unknown((*at, name), [*table, *beside])
        for name, key in table.items():
            if key.required and name not in data:
                where = say("`{key}` is missing", key=name)
                if at:
                    where = say("{table} has no `{key}`", table=f"[[{at[0]}]]", key=name)
                self.refuse(at, where, say("for example: {example}", example=f"{name} = {key.example}"))
        return fields

    def unknown(self, at: Path, known: Sequence[str]) -> None:
        """A key that there isn't: misspelt, or at home in another table."""
        name = at[-1]
        homes = {"[languages.TAG]": LANGUAGE, "[[accounts]]": ACCOUNT, "[newsletter]": NEWSLETTER}
        homes |= {f"[{table}]": keys for table, keys in TABLES.items()}
        hint: str
        if name in SITE:
            hint = say("it belongs at the top of the file, before the first {table}", table="[table]")
        elif found := [home for home, keys in homes.items() if name in keys]:
            hint = say("it belongs in {homes}", homes=either(found))
        else:
            hint = _did_you_mean(name, known) or say("there are {names}", names=known)
        self.refuse(at, say("unknown key `{key}`", key=name), hint)


def _found(value: object) -> str:
    """A value of TOML in words."""
    match value:
        case bool():
            return "true" if value else "false"
        case str() if not _SEEN.search(value):
            return say("an empty text")
        case str():
            short = value if len(value) <= 60 else f"{value[:59]}…"
            return say("the text {text}", text=f'"{_CONTROL.sub("�", short)}"')
        case int() | float():
            return say("the number {number}", number=str(value))
        case list():
            return say("a list")
        case dict():
            return say("a table")
        case datetime() | date() | time():
            return say("a date")
    return say("something else")


def _key(name: str) -> str:
    """A key as TOML writes it."""
    return name if _BARE.fullmatch(name) else f'"{name}"'


def _did_you_mean(word: object, words: Iterable[str]) -> str:
    """The nearest of `words` as a question, or nothing."""
    from difflib import get_close_matches  # for errors only

    if not isinstance(word, str):
        return ""
    folded = {one.casefold(): one for one in words}
    near = get_close_matches(word.casefold(), sorted(folded), n=1)
    return say("did you mean `{name}`?", name=folded[near[0]]) if near else ""


_SYNTAX_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)\Z")
# tomllib's words, and what to do about them.
_SYNTAX_HINTS = (
    ("Invalid value", say("texts stand in quotes: {example}", example='title = "Pol"')),
    ("Illegal character", say("a text ends on its line; longer ones stand between triple quotes")),
    ("Unterminated string", say("close the quotes")),
    ("Cannot overwrite a value", say("the key is there already: remove one of the two")),
    ("Cannot declare", say("the table is there already: join the two")),
    ("Expected '='", say("a setting is written: {example}", example="key = value")),
    ("Unescaped '\\'", say("write {words}, or put the text in single quotes", words="\\\\")),
    ("Invalid statement", say("a line is {setting}, {table} or {remark}",
                              setting="key = value", table="[table]", remark="# a remark")),
)


_SYNTAX_WORDS: Mapping[str, str] = {
    one: one
    for one in (
        say("invalid value"),
        say("invalid statement"),
        say("invalid date or datetime"),
        say("invalid initial character for a key part"),
        say("unterminated string"),
        say("unclosed array"),
        say("unclosed inline table"),
        say("cannot overwrite a value"),
        say("expected '=' after a key in a key/value pair"),
        say("expected newline or end of document after a statement"),
        say("expected ']' at the end of a table declaration"),
    )
}


def _syntax(error: str, text: str, path: str) -> Problem:
    """tomllib's complaint as a Problem."""
    found = _SYNTAX_PLACE.search(error)
    message = error[: found.start()] if found else error
    if found and found.group(1):
        line, column = int(found.group(1)), int(found.group(2))
    else:
        line, column = text.count("\n") + 1, len(text) - text.rfind("\n")
    hint = next((hint for start, hint in _SYNTAX_HINTS if message.startswith(start)), "")
    reason = f"{message[:1].lower()}{message[1:]}"
    message = say("this is no TOML: {reason}", reason=_SYNTAX_WORDS.get(reason, reason))
    return problem("config", message, path, line, column, hint=hint or say("see {address}", address="https://toml.io/"))


# Positions.

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'  # up to two quotes more belong to the text
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_OTHER = re.compile(r"[^,\]}#\n]+")  # numbers, dates, true and false


def locate(text: str) -> tuple[dict[Path, Place], dict[Path, Place]]:
    """Where the keys, and where the values, of a TOML text stand.

    `text` is valid TOML with Unix line ends: tomllib has read it. Both maps go from a
    key's parts, numbers for the places in a list, to (line, column), counted from 1. A
    table's place is that of its header's last part, the first where there are several.
    """
    walk = _Walk(text)
    walk.document()
    return walk.keys, walk.values


class _Walk:
    """A position in a valid TOML text, and what was passed on the way."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.keys: dict[Path, Place] = {}
        self.values: dict[Path, Place] = {}
        self.lists: dict[Path, int] = {}
        self._line, self._line_start = 1, 0

    def place(self) -> Place:
        """Line and column here. Only goes forward, so a document costs linear time."""
        if lines := self.text.count("\n", self._line_start, self.at):
            self._line += lines
            self._line_start = self.text.rfind("\n", 0, self.at) + 1
        return self._line, self.at - self._line_start + 1

    def skip(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        assert found is not None, "tomllib read what locate cannot"
        self.at = found.end()
        return found.group()

    def document(self) -> None:
        table: Path = ()
        self.skip(_BLANK)
        while self.at < len(self.text):
            if self.text.startswith("[[", self.at):
                self.at += 2
                table = self.dotted((), listed=True)
                self.at += 2
            elif self.text[self.at] == "[":
                self.at += 1
                table = self.dotted(())
                self.at += 1
            else:
                self.pair(table)
            self.skip(_BLANK)

    def dotted(self, base: Path, *, listed: bool = False) -> Path:
        """Passes a key of one part or more; gives its full path."""
        path = base
        while True:
            self.skip(_SPACE)
            here = self.place()
            if self.text[self.at] in "\"'":
                part: str = tomllib.loads(f"key = {self.skip(_STRING)}")["key"]
            else:
                part = self.skip(_BARE)
            path = (*path, part)
            self.skip(_SPACE)
            self.keys.setdefault(path, here)
            more = self.text[self.at] == "."
            if not more and listed:
                self.lists[path] = self.lists.get(path, -1) + 1
            if not base and path in self.lists:
                path = (*path, str(self.lists[path]))
                self.keys.setdefault(path, here)
            if not more:
                return path
            self.at += 1

    def pair(self, base: Path) -> None:
        path = self.dotted(base)
        self.at += 1  # =
        self.skip(_SPACE)
        self.value(path)

    def value(self, path: Path) -> None:
        self.values[path] = self.place()
        character = self.text[self.at]
        if character in "\"'":
            self.skip(_STRING)
        elif character == "[":
            self.at += 1
            for index in self.entries("]"):
                entry = (*path, str(index))
                self.keys.setdefault(entry, self.place())
                self.value(entry)
        elif character == "{":
            self.at += 1
            for _ in self.entries("}"):
                self.pair(path)
        else:
            self.skip(_OTHER)

    def entries(self, closing: str) -> Iterable[int]:
        """Stops at each entry up to the closing bracket, which it passes."""
        index = 0
        self.skip(_BLANK)
        while self.text[self.at] != closing:
            yield index
            index += 1
            self.skip(_BLANK)
            if self.text[self.at] == ",":
                self.at += 1
                self.skip(_BLANK)
        self.at += 1
