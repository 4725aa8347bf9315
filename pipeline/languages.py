"""What a language does with digits, dates, lists, plurals and words.

The rules are CLDR's, as Babel carries them; Babel lacks the Persian calendar and every
digit but ASCII's, so those are here. This is the only module that reads Babel's locale
data, and the only one that converts to the Persian calendar (with persiantools, whose
own formatting pads and is not used). It never asks which language it has: behaviour
comes from `Language.calendar`, `Language.digits` and look-ups by `Language.tag`.

All is pure, and what a language needs is gathered once; Babel and persiantools are
imported when first needed. Nothing here adds a bidi control to what CLDR has: whoever
puts a date or a list among other text isolates it there.

Functions given a Language raise LookupError if CLDR doesn't know its tag, and
ValueError if its calendar or digits are not in `CALENDARS` or `DIGITS`: whoever makes a
Language checks these.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pipeline.model import Day, Language

if TYPE_CHECKING:
    from babel import Locale

# What CLDR says of a tag

_PREFERRED_CALENDARS: Mapping[str, str] = {"AF": "persian", "IR": "persian"}
"""Territories that prefer another of our calendars to the Gregorian.

From calendarPreferenceData in CLDR's supplementalData.xml, which Babel leaves out.
"""


def defaults(tag: str) -> dict[str, object]:
    """What CLDR says of a language: its name, direction, calendar and digits.

    The keys are fields of `Language`; `name` is the language's name for itself, and the
    calendar that of the tag's territory, or of the one where most of its readers live.
    Raises LookupError if CLDR doesn't know the tag; `suggest` then has others.
    """
    locale = _locale(tag)
    return {
        "name": _language_name(tag, tag),
        "direction": locale.text_direction,
        "calendar": _PREFERRED_CALENDARS.get(_subtags(locale)[2], "gregorian"),
        "digits": locale.default_numbering_system,
    }


def suggest(tag: str) -> tuple[str, ...]:
    """Up to three tags that CLDR knows, for one that it doesn't; the likeliest first.

    `fas`, `fa-US` and `persian` all give `fa`: by CLDR's alias, by language, by English
    name. Where none of these helps, it is tags spelt like it, or nothing.
    """
    from difflib import get_close_matches

    from babel import Locale, localedata
    from babel.core import get_global

    wanted = tag.strip().replace("_", "-").lower()
    first = wanted.partition("-")[0]
    known = {name.replace("_", "-").lower(): name for name in localedata.locale_identifiers()}
    known = {lower: name.replace("_", "-") for lower, name in known.items()}
    names: dict[str, list[str]] = {}
    for language, name in sorted(Locale("en").languages.items()):
        if language in known:
            names.setdefault(name.lower(), []).append(language)
    alias = get_global("language_aliases").get(first, "")
    found = [
        *[known[name] for name in (wanted, alias, first) if name in known],
        *names.get(wanted, names.get(first, ())),
    ] or [
        *[tag for name in get_close_matches(wanted, names, 2, 0.75) for tag in names[name]],
        *[known[name] for name in get_close_matches(wanted, sorted(known), 3, 0.7)],
    ]
    return tuple(dict.fromkeys(found))[:3]


@cache
def _locale(tag: str) -> Locale:
    """CLDR's locale of a tag.

    Babel follows aliases and fills in scripts. A tag that it reads as another language
    (`fas`, `iw`, `und`) or in another script (`fa-Latn`) is refused: what we would say
    of it isn't true of it.
    """
    from babel import Locale, UnknownLocaleError

    try:
        locale = Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError, TypeError):
        raise LookupError(f"CLDR has no language {tag!r}") from None
    first, *rest = tag.split("-")
    scripts = {part.title() for part in rest if len(part) == 4 and part.isalpha()}
    if first.lower() != locale.language or not scripts <= {_subtags(locale)[1]}:
        raise LookupError(f"CLDR has no language {tag!r}")
    return locale


def _subtags(locale: Locale) -> tuple[str, str, str]:
    """Language, script and territory; what is missing by CLDR's likely subtags."""
    from babel.core import get_global

    likely = get_global("likely_subtags")
    for key in (f"{locale.language}_{locale.territory}", locale.language):
        if key in likely:
            _, script, territory = str(likely[key]).split("_")
            return locale.language, locale.script or script, locale.territory or territory
    return locale.language, locale.script or "", locale.territory or ""


def territorial(tag: str) -> str:
    """A tag with the territory of most of its readers, as Open Graph wants it: `fa_IR`."""
    language, _, territory = _subtags(_locale(tag))
    return f"{language}_{territory}" if territory else language


def language_name(tag: str, in_language: Language) -> str:
    """The name of one language in another: `en` in Persian is «انگلیسی».

    Raises LookupError if CLDR doesn't know the tag.
    """
    return _language_name(tag, in_language.tag)


@cache
def _language_name(tag: str, in_tag: str) -> str:
    locale, other = _locale(tag), _locale(in_tag)
    name = other.languages.get(str(locale)) or locale.get_display_name(other)
    return str(name or locale.get_display_name(locale) or tag)


# Digits and numbers

_ZEROS: Mapping[str, int] = {
    "adlm": 0x1E950,
    "arab": 0x0660,
    "arabext": 0x06F0,
    "beng": 0x09E6,
    "cakm": 0x11136,
    "deva": 0x0966,
    "gujr": 0x0AE6,
    "guru": 0x0A66,
    "hmnp": 0x1E140,
    "khmr": 0x17E0,
    "knda": 0x0CE6,
    "laoo": 0x0ED0,
    "latn": 0x0030,
    "mlym": 0x0D66,
    "mtei": 0xABF0,
    "mymr": 0x1040,
    "nkoo": 0x07C0,
    "olck": 0x1C50,
    "orya": 0x0B66,
    "tamldec": 0x0BE6,
    "telu": 0x0C66,
    "thai": 0x0E50,
    "tibt": 0x0F20,
}

DIGITS: Mapping[str, str] = {
    system: "".join(chr(zero + digit) for digit in range(10)) for system, zero in _ZEROS.items()
}
"""The decimal numbering systems that a language may have, and their ten digits.

Of CLDR's numberingSystems.xml those that are some language's default or native digits.
"""

_TRANSLATIONS: Mapping[str, Mapping[int, str]] = {
    system: dict(zip(range(0x30, 0x3A), own, strict=True)) for system, own in DIGITS.items()
}


def digits(text: str, language: Language) -> str:
    """The text with its ASCII digits turned into the language's own."""
    return text.translate(_translation(language.digits))


def _translation(system: str) -> Mapping[int, str]:
    try:
        return _TRANSLATIONS[system]
    except KeyError:
        raise ValueError(f"{system!r} is none of the digits {', '.join(DIGITS)}") from None


def format_number(value: float, language: Language) -> str:
    """A number in the language's digits, with its separators: ۱۲٬۳۴۵٫۶.

    At most three decimals, by CLDR's pattern. A year is no such number: see `digits`.
    """
    # `or 0`: the caches cannot tell 0 from -0.0, whose sign would show.
    return _format_number(value or 0, language.tag, language.digits)


@lru_cache(maxsize=4096)
def _format_number(value: float, tag: str, system: str) -> str:
    from babel.numbers import format_decimal

    locale = _locale(tag)
    translation = _translation(system)
    symbols = _symbols(locale, system)
    text = format_decimal(value, locale=locale, numbering_system=symbols)
    return _signs(text, locale, symbols).translate(translation)


def format_percent(share: float, language: Language) -> str:
    """A share, 0 to 1, as whole per cent: ۱۲٪.

    What is short of the whole never reads as 100 %, nor what is more than nothing as
    0 %: an edition that lacks one message isn't complete.
    """
    return _format_percent(share or 0, language.tag, language.digits)


@lru_cache(maxsize=4096)
def _format_percent(share: float, tag: str, system: str) -> str:
    from babel.numbers import format_percent

    locale = _locale(tag)
    translation = _translation(system)
    if 0 < share < 1:
        share = min(max(share, 0.01), 0.99)
    symbols = _symbols(locale, system)
    text = format_percent(share, locale=locale, numbering_system=symbols)
    return _signs(text, locale, symbols).translate(translation)


def _symbols(locale: Locale, system: str) -> str:
    """The numbering system whose separators serve: its own where CLDR has them."""
    return system if "decimal" in locale.number_symbols.get(system, {}) else "latn"


def _signs(text: str, locale: Locale, symbols: str) -> str:
    """A number with the language's own signs, which Babel leaves as the pattern has them."""
    own = locale.number_symbols[symbols]
    return text.replace("-", own["minusSign"]).replace("%", own["percentSign"])


# Calendars

_Names = Callable[["Locale", str, int], Sequence[str]]
"""(locale, a pattern's letter M or L, its count) → names of the twelve months."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Calendar:
    """How a calendar cuts up days: `fields` gives year, month and day of a date."""

    fields: Callable[[date], tuple[int, int, int]]
    span: Callable[[int, int], tuple[date, date]]
    names: _Names
    eras: bool


def _gregorian_fields(day: date) -> tuple[int, int, int]:
    return day.year, day.month, day.day


def _gregorian_span(year: int, month: int) -> tuple[date, date]:
    first = date(year, month, 1)
    return first, first.replace(day=monthrange(year, month)[1])


def _gregorian_names(locale: Locale, letter: str, count: int) -> Sequence[str]:
    names = locale.months[_CONTEXTS[letter]][_WIDTHS[count]]
    return [names[month] for month in range(1, 13)]


def _persian_fields(day: date) -> tuple[int, int, int]:
    from persiantools.jdatetime import JalaliDate

    converted = JalaliDate(day)  # type: ignore[no-untyped-call]
    return converted.year, converted.month, converted.day


def _persian_span(year: int, month: int) -> tuple[date, date]:
    from persiantools.jdatetime import JalaliDate

    first = JalaliDate(year, month, 1).to_gregorian()  # type: ignore[no-untyped-call]
    return first, first + timedelta(days=JalaliDate.days_in_month(month, year) - 1)


_PERSIAN_MONTHS: Mapping[str, str] = {
    "Arab": "فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند",
    "fa-AF": "حمل ثور جوزا سرطان اسد سنبلهٔ میزان عقرب قوس جدی دلو حوت",
    "ps": "وری غویی غبرگولی چنگاښ زمری وږی تله لړم لیندۍ مرغومی سلواغه کب",
    "": "Farvardin Ordibehesht Khordad Tir Mordad Shahrivar Mehr Aban Azar Dey Bahman Esfand",
}
"""The months of the Persian calendar by language, else by script, else in Latin letters.

As in CLDR's ca-persian.json for fa, fa-AF, ps and en; Babel has none of it.
"""


def _persian_names(locale: Locale, letter: str, count: int) -> Sequence[str]:
    language, script, territory = _subtags(locale)
    for key in (f"{language}-{territory}", language, script):
        if key in _PERSIAN_MONTHS:
            return _PERSIAN_MONTHS[key].split()
    return _PERSIAN_MONTHS[""].split()


CALENDARS: Mapping[str, _Calendar] = {
    "gregorian": _Calendar(
        fields=_gregorian_fields, span=_gregorian_span, names=_gregorian_names, eras=True
    ),
    "persian": _Calendar(
        fields=_persian_fields, span=_persian_span, names=_persian_names, eras=False
    ),
}
"""The calendars that a language may have, by CLDR's names."""


def _calendar(name: str) -> _Calendar:
    try:
        return CALENDARS[name]
    except KeyError:
        raise ValueError(f"{name!r} is none of the calendars {', '.join(CALENDARS)}") from None


def _fields(day: date, calendar: str) -> tuple[int, int, int]:
    fields = _calendar(calendar).fields
    try:
        return fields(day)
    except ValueError as error:
        raise ValueError(f"{day.isoformat()} is beyond the {calendar} calendar") from error


def month_of(day: Day, language: Language) -> tuple[int, int]:
    """Year and month of a day in the language's calendar.

    Raises ValueError for a day that the calendar doesn't reach: the Persian one goes
    from 622-03-22 to 9999-03-20.
    """
    return _fields(_date(day), language.calendar)[:2]


def gregorian(year: int, month: int, day: int, calendar: str) -> date | None:
    """The day of another calendar's date; None where that calendar has no such day."""
    try:
        first, last = _calendar(calendar).span(year, month)
    except (ValueError, OverflowError):
        return None
    found = first + timedelta(days=day - 1)
    return found if day >= 1 and found <= last else None


def month_span(year: int, month: int, language: Language) -> tuple[date, date]:
    """First and last day, both Gregorian, of a month of the language's calendar.

    Raises ValueError if there is no such month.
    """
    span = _calendar(language.calendar).span
    try:
        return span(year, month)
    except (ValueError, OverflowError) as error:
        message = f"the {language.calendar} calendar has no month {month} of {year}"
        raise ValueError(message) from error


def _date(day: Day) -> date:
    return day.date() if isinstance(day, datetime) else day


def local_day(day: Day, time_zone: str) -> date:
    """The day that it is in the time zone (an IANA name) of the site.

    A day stays as it is, and a time without an offset is local already. Raises
    ValueError if there is no such zone, or no such day.
    """
    if not isinstance(day, datetime):
        return day
    if day.tzinfo is None:
        return day.date()
    try:
        return day.astimezone(ZoneInfo(time_zone)).date()
    except (KeyError, OSError) as error:
        raise ValueError(f"there is no time zone {time_zone!r}") from error
    except OverflowError as error:
        raise ValueError(f"{day.isoformat()} has no day in {time_zone}") from error


def iso(day: Day) -> str:
    """The day or time for machines: `2026-03-20`, `2026-03-20T18:30:00+03:30`.

    As HTML's `datetime` wants it: a valid date string, or date and time to the second.
    """
    return day.isoformat(timespec="seconds") if isinstance(day, datetime) else day.isoformat()


def sortable_date(day: Day, language: Language) -> str:
    """A day in figures, the year first, for columns: 2026-03-20, ۱۴۰۴/۱۲/۲۹.

    ISO 8601 is of the Gregorian calendar alone. Slashes keep their place among digits in
    either direction, hyphens do not (UAX #9: CS and ES). Raises ValueError as `month_of`.
    """
    fields = _fields(_date(day), language.calendar)
    if language.calendar == "gregorian" and language.digits == "latn":
        return _date(day).isoformat()
    return digits("{:04}/{:02}/{:02}".format(*fields), language)


# Dates in words

_STYLES: Mapping[str, str] = {"en": "en-150"}
"""Languages that borrow another's order of dates and times.

English without a territory is American in CLDR. Ours is for readers anywhere: day,
month, year and 24 hours, in words as in any English. `en-US` stays American.
"""

_WIDTHS: Mapping[int, str] = dict(enumerate(("abbreviated",) * 3 + ("wide", "narrow"), 1))
_CONTEXTS: Mapping[str, str] = {
    "E": "format",
    "M": "format",
    "c": "stand-alone",
    "L": "stand-alone",
}

_Piece = str | tuple[int, Sequence[str], int]
"""Of a compiled pattern: text as it is, or (which field, names or none, digits)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Style:
    """A language's patterns for a calendar, compiled."""

    long: tuple[_Piece, ...]
    full: tuple[_Piece, ...]
    month: tuple[_Piece, ...]


@cache
def _style(tag: str, calendar: str) -> _Style:
    locale = _locale(tag)
    formats = _locale(_STYLES.get(tag, tag))
    return _Style(
        long=_compile(formats.date_formats["long"].pattern, locale, calendar),
        full=_compile(formats.date_formats["full"].pattern, locale, calendar),
        month=_compile(formats.datetime_skeletons["yMMMM"].pattern, locale, calendar),
    )


def _compile(pattern: str, locale: Locale, calendar: str) -> tuple[_Piece, ...]:
    """A CLDR date pattern (UTS 35, part 4) as pieces.

    CLDR has patterns for each calendar; we take the Gregorian ones for all, as Babel
    does, without an era where the calendar has none.
    """
    from babel.dates import tokenize_pattern

    names = _calendar(calendar).names
    pieces: list[_Piece] = []
    for _, value in tokenize_pattern(pattern):
        if isinstance(value, str):
            pieces.append(value)
            continue
        letter, count = value
        if letter == "y":
            pieces.append((0, (), 1))
        elif letter == "d":
            pieces.append((2, (), count))
        elif letter in "ML" and count < 3:
            pieces.append((1, (), count))
        elif letter in "ML":
            pieces.append((1, ("", *names(locale, letter, count)), 0))
        elif letter in "Ec":
            days = locale.days[_CONTEXTS[letter]][_WIDTHS[count]]
            pieces.append((3, [days[weekday] for weekday in range(7)], 0))
        elif letter == "G" and _calendar(calendar).eras:
            pieces.append(locale.eras[_WIDTHS[count]][1])
        elif letter == "G":
            if pieces and isinstance(pieces[-1], str):
                pieces[-1] = pieces[-1].rstrip()
        else:
            raise ValueError(f"cannot read {letter * count} in the date pattern {pattern!r}")
    return tuple(pieces)


def _write(pieces: Sequence[_Piece], fields: tuple[int, int, int, int]) -> str:
    """A compiled pattern filled with year, month, day and weekday, in ASCII digits."""
    written: list[str] = []
    for piece in pieces:
        if isinstance(piece, str):
            written.append(piece)
        else:
            field, names, width = piece
            value = fields[field]
            written.append(names[value] if names else str(value).zfill(width))
    return "".join(written)


def format_date(day: Day, language: Language, *, weekday: bool = False, both: bool = False) -> str:
    """A day in words: "20 March 2026", «پنجشنبه ۳۰ اسفند ۱۴۰۳».

    Of a time, its own day (see `local_day`). With `both`, a date of another calendar is
    followed by the Gregorian one in parentheses: «۳۰ اسفند ۱۴۰۳ (۲۰ مارس ۲۰۲۵)». Both
    are in the language's script, so that the brackets pair and the order holds wherever
    the whole is isolated in its direction. Raises ValueError as `month_of` does.
    """
    return _format_date(_date(day), language.tag, language.calendar, language.digits, weekday, both)


@lru_cache(maxsize=16384)
def _format_date(day: date, tag: str, calendar: str, system: str, weekday: bool, both: bool) -> str:
    style = _style(tag, calendar)
    pieces = style.full if weekday else style.long
    text = _write(pieces, (*_fields(day, calendar), day.weekday()))
    if both and calendar != "gregorian":
        text += f" ({_format_date(day, tag, 'gregorian', 'latn', False, False)})"
    return text.translate(_translation(system))


def format_month(year: int, month: int, language: Language, *, both: bool = False) -> str:
    """A month of the language's calendar: "March 2026", «فروردین ۱۴۰۵».

    With `both`, one of another calendar is followed by the Gregorian months that it lies
    in: «فروردین ۱۴۰۵ (مارس تا آوریل ۲۰۲۶)». Raises ValueError if the year has no such month.
    """
    if not 1 <= month <= 12:
        raise ValueError(f"no year has a month {month}")
    pieces = _style(language.tag, language.calendar).month
    text = _write(pieces, (year, month, 1, 0))
    if both and language.calendar != "gregorian":
        text += f" ({_interval('yMMMM', *month_span(year, month, language), language.tag)})"
    return digits(text, language)


def format_year(year: int, language: Language, *, both: bool = False) -> str:
    """A year of the language's calendar: "2026", «۱۴۰۵».

    With `both`, one of another calendar is followed by the Gregorian years that it lies
    in: «۱۴۰۵ (۲۰۲۶ تا ۲۰۲۷)». Raises ValueError if there is no such year.
    """
    text = str(year)
    if both and language.calendar != "gregorian":
        first, last = month_span(year, 1, language)[0], month_span(year, 12, language)[1]
        text += f" ({_interval('y', first, last, language.tag)})"
    return digits(text, language)


def _interval(skeleton: str, first: date, last: date, tag: str) -> str:
    """From one Gregorian month or year to another, by CLDR's pattern, in ASCII digits.

    A pattern's fields are the first day's up to the first that comes again (UTS 35, part 4).
    """
    formats = _locale(_STYLES.get(tag, tag)).interval_formats[skeleton]
    parts = formats["y" if first.year != last.year else "M"]
    pieces = [piece for part in parts for piece in _compile(part, _locale(tag), "gregorian")]
    fields = [piece[0] if isinstance(piece, tuple) else None for piece in pieces]
    again = (n for n, one in enumerate(fields) if one is not None and one in fields[:n])
    split = next(again, len(pieces))
    return "".join(
        _write(some, (*_gregorian_fields(day), day.weekday()))
        for some, day in ((pieces[:split], first), (pieces[split:], last))
    )


def format_time(moment: datetime, language: Language) -> str:
    """The hour and minute of a time, in its own offset: "18:30", «۱۸:۳۰»."""
    clock = time(moment.hour, moment.minute)
    return _format_time(clock, language.tag, language.digits)


@lru_cache(maxsize=4096)
def _format_time(clock: time, tag: str, system: str) -> str:
    from babel.dates import format_time

    pattern = _locale(_STYLES.get(tag, tag)).time_formats["short"].pattern
    return format_time(clock, pattern, locale=_locale(tag)).translate(_translation(system))


_NEAR_DAYS: Mapping[str, Mapping[int, str]] = {
    "en": {-1: "yesterday", 0: "today", 1: "tomorrow"},
    "fa": {-1: "دیروز", 0: "امروز", 1: "فردا"},
}
"""CLDR's relative days of the languages that the command speaks; Babel leaves them out."""


def relative(days: int, language: Language) -> str:
    """A day by its distance from today, past ones negative: -3 is "3 days ago", «۳ روز پیش».

    For the command line: pages have no relative times.
    """
    from babel.dates import format_timedelta

    locale = _locale(language.tag)
    near = _NEAR_DAYS.get(locale.language, {}).get(days)
    if near is not None:
        return near
    text = format_timedelta(
        timedelta(days=days),
        granularity="day",
        threshold=float("inf"),
        add_direction=True,
        locale=locale,
    )
    return digits(text, language)


# Lists


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPattern:
    """What stands around the two parts of a list: (before, between, after).

    `pair` is for lists of two. Longer ones join their first item to the rest with
    `start`, the last two with `end`, and those between with `middle` (UTS 35, part 2).
    """

    pair: tuple[str, str, str]
    start: tuple[str, str, str]
    middle: tuple[str, str, str]
    end: tuple[str, str, str]


def list_pattern(language: Language) -> ListPattern:
    """The language's pattern for lists with "and"."""
    return _list_pattern(language.tag)


@cache
def _list_pattern(tag: str) -> ListPattern:
    patterns = _locale(tag).list_patterns["standard"]

    def pieces(key: str) -> tuple[str, str, str]:
        before, between, after = re.split(r"\{[01]\}", patterns[key])
        return before, between, after

    return ListPattern(
        pair=pieces("2"), start=pieces("start"), middle=pieces("middle"), end=pieces("end")
    )


def format_list(items: Sequence[str], language: Language) -> str:
    """The items as one list: "a, b, and c", «الف، ب، و پ».

    Items are only added together, so that Markup gives Markup, escaping what is none.
    The mark U+200F after Persian commas is CLDR's: it keeps Latin items in order.
    """
    if not items:
        return ""
    pattern = _list_pattern(language.tag)
    *others, text = items
    # From the end of the list, where the innermost two items are.
    joints = [pattern.end, *[pattern.middle] * (len(others) - 2), pattern.start]
    if len(others) == 1:
        joints = [pattern.pair]
    for item, (before, between, after) in zip(reversed(others), joints, strict=False):
        text = item + between + text
        text = before + text if before else text
        text = text + after if after else text
    return text


# Plurals

_CATEGORIES = ("zero", "one", "two", "few", "many", "other")
"""CLDR's plural categories, in the order of a catalogue's forms."""

_SAMPLES = (*range(1001), *range(2000, 200_001, 1000), *(10**power for power in range(6, 10)))
"""Numbers that between them meet every condition of CLDR's plural rules on integers."""

_USUAL_RULES = (
    "nplurals=1; plural=0;",
    "nplurals=2; plural=(n != 1);",
    "nplurals=2; plural=(n > 1);",
    "nplurals=3; plural=(n==1 ? 0 : n>=2 && n<=4 ? 1 : 2);",
    "nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);",
    (
        "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 :"
        " n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);"
    ),
    (
        "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 :"
        " n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);"
    ),
)
"""Headers as catalogues have them (the gettext manual, "Plural forms").

A rule of CLDR is written as the one of these that counts alike, if one does.
"""


def plural_form(n: int, language: Language) -> str:
    """CLDR's plural category of a count: zero, one, two, few, many or other."""
    return _plural_form(n, language.tag)


@lru_cache(maxsize=4096)
def _plural_form(n: int, tag: str) -> str:
    return str(_locale(tag).plural_form(n))


@cache
def plural_categories(tag: str) -> tuple[str, ...]:
    """The categories that whole numbers have, in the order of a catalogue's forms.

    Raises LookupError if CLDR doesn't know the tag.
    """
    rule = _locale(tag).plural_form
    found = {rule(n) for n in _SAMPLES}
    return tuple(category for category in _CATEGORIES if category in found)


@cache
def plural_forms_header(tag: str) -> str:
    """The `Plural-Forms` of a catalogue in that language, by CLDR's rule.

    Not by Babel's table for gettext, which gives Persian one form; CLDR has two. Nor as
    Babel writes the rule, with forms that only fractions have, and operands that
    gettext lacks. Raises LookupError if CLDR doesn't know the tag.
    """
    from babel.plural import to_gettext

    categories = plural_categories(tag)
    expected = [categories.index(_plural_form(n, tag)) for n in _SAMPLES]
    for header in _USUAL_RULES:
        if expected == [_index(header, n) for n in _SAMPLES]:
            return header
    *tested, _ = categories
    rules = _locale(tag).plural_form.rules
    header = to_gettext({category: rules[category] for category in tested})
    # `e`, the exponent of "1 million" written short, is 0 in every whole number.
    return re.sub(r"\be\b", "0", header)


def plural_count(header: str) -> int:
    """How many forms a `Plural-Forms` value has. Raises ValueError if it is malformed."""
    return _plural_rule(header)[0]


def plural_index(header: str, n: int) -> int:
    """Which form a count takes by a `Plural-Forms` value, from 0.

    Raises ValueError if the value is malformed, or gives that count no form.
    """
    count, _ = _plural_rule(header)
    index = _index(header, n)
    if index is None or not 0 <= index < count:
        raise ValueError(f"{header!r} gives the count {n} none of its {count} forms")
    return index


def _index(header: str, n: int) -> int | None:
    try:
        return _plural_rule(header)[1](n)
    except ArithmeticError:
        return None


@lru_cache(maxsize=256)
def _plural_rule(header: str) -> tuple[int, Callable[[int], int]]:
    """How many forms there are, and the rule.

    The stdlib's parser of C expressions admits no name but n, and bounds length and depth.
    """
    from gettext import c2py

    found = _PLURAL_FORMS.fullmatch(header)
    if found is None:
        raise ValueError(f"{header!r} is not of the form 'nplurals=2; plural=(n != 1);'")
    count = int(found["count"])
    if count < 1:
        raise ValueError(f"{header!r} has no forms")
    return count, c2py(found["rule"])


_PLURAL_FORMS = re.compile(
    r"\s*nplurals\s*=\s*(?P<count>[0-9]{1,3})\s*;\s*plural\s*=\s*(?P<rule>[^;]+?)\s*;?\s*"
)


# Words

_PARTING = r"\s,;،؛؟«»“”„\"()\[\]{}<>|…—\u2013。、\u06d4\u200b"
# A letter or digit begins a word; to it belongs what follows, up to a space or a mark
# that parts words, with the comma of 1,000.
_WORD = re.compile(rf"[^\W_][^{_PARTING}]*+(?:(?<=\d),(?=\d)[^{_PARTING}]*+)*+")


def words(text: str) -> int:
    """How many words a plain text has, in any language that puts spaces between them.

    A word has a letter or digit; punctuation alone isn't one. ZWNJ, vowel marks, hyphens,
    apostrophes, points and slashes do not part words: «می‌خواهم», "don't", "and/or",
    "3.12" and an address are one each. Dashes, brackets, commas and the like do, with
    or without a space.
    """
    return len(_WORD.findall(text))


# Alphabetical order, where Unicode's is not the language's own: letters by script.
_ALPHABETS: Mapping[str, str] = {
    "Arab": "ءآأابپتةثجچحخدذرزژسشصضطظعغفقکكگلمنوؤهۀیيئ",
}
_RANKS = {
    letter: index for letters in _ALPHABETS.values() for index, letter in enumerate(letters)
}


def sort_key(text: str, language: Language) -> tuple[tuple[int, str], ...]:
    """A key for alphabetical order: Persian letters in the Persian alphabet's order.

    ZWNJ, marks and case count for nothing unless all else is equal.
    """
    plain = unicodedata.normalize("NFC", text).casefold()
    return (
        *(
            (0x600 + _RANKS[letter] if letter in _RANKS else ord(letter), letter)
            for letter in plain
            if unicodedata.category(letter) not in ("Mn", "Cf")
        ),
        (0, text),
    )
