"""Digits, calendars, dates, lists, plurals and words: the laws, then tables of cases."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from babel import localedata
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from pipeline import languages
from pipeline.languages import CALENDARS, DIGITS, defaults
from pipeline.model import Day, Language

KABISE = Path(__file__).parents[2] / "shared/data/jalali/kabise.txt"


def language(tag: str, **changes: object) -> Language:
    return Language(**{"tag": tag, **defaults(tag), **changes})  # type: ignore[arg-type]


FA = language("fa")
EN = language("en")
EN_PERSIAN = language("en", calendar="persian")
FA_GREGORIAN = language("fa", calendar="gregorian")
FA_LATIN = language("fa", digits="latn")
LANGUAGES = {
    "fa": FA,
    "en": EN,
    "en persian": EN_PERSIAN,
    "fa gregorian": FA_GREGORIAN,
    "fa latn": FA_LATIN,
    **{tag: language(tag) for tag in ("en-US", "en-GB", "fa-AF", "ps", "de", "th", "zh-TW", "hu")},
}


# The laws


@pytest.mark.skipif(not KABISE.exists(), reason=f"no official table at {KABISE}")
def test_every_year_begins_on_the_official_day() -> None:
    rows = [
        line.replace("*", "").split()
        for line in KABISE.read_text().splitlines()
        if not line.startswith("#")
    ]
    official = {int(year): date.fromisoformat(first) for year, first in rows}
    assert list(official) == list(range(1206, 1499))
    assert official == {year: languages.month_span(year, 1, FA)[0] for year in official}
    ends = {year: languages.month_span(year, 12, FA)[1] for year in official}
    days = {year: official[year + 1] - timedelta(days=1) for year in official if year < 1498}
    assert days == {year: ends[year] for year in days}


@given(st.integers(1206, 1498), st.integers(1, 12))
def test_a_month_holds_its_days_and_no_others(year: int, month: int) -> None:
    first, last = languages.month_span(year, month, FA)
    assert 29 <= (last - first).days + 1 <= 31
    around = [first - timedelta(days=1), first, last, last + timedelta(days=1)]
    inside = [languages.month_of(day, FA) == (year, month) for day in around]
    assert inside == [False, True, True, False]


@given(st.dates(date(1827, 3, 22), date(2120, 3, 19)), st.sampled_from([FA, EN]))
def test_a_day_lies_in_its_month(day: date, of: Language) -> None:
    first, last = languages.month_span(*languages.month_of(day, of), of)
    assert first <= day <= last


@given(st.dates(date(622, 3, 22), date(9999, 3, 20)))
def test_dates_in_words_tell_days_apart(day: date) -> None:
    if day < date(9999, 3, 20):
        following = day + timedelta(days=1)
        for of in (FA, EN):
            assert languages.format_date(day, of) != languages.format_date(following, of)


@given(st.text())
def test_digits_change_digits_only(text: str) -> None:
    changed = languages.digits(text, FA)
    assert not set(changed) & set(DIGITS["latn"])
    back = str.maketrans(DIGITS["arabext"], DIGITS["latn"])
    assert changed.translate(back) == text.translate(back)
    assert languages.digits(text, EN) == text


@given(st.floats(0, 1), st.floats(0, 1))
def test_per_cents_neither_boast_nor_despair(one: float, other: float) -> None:
    low, high = sorted((one, other))
    percent = {share: int(languages.format_percent(share, EN)[:-1]) for share in (low, high)}
    assert percent[low] <= percent[high]
    for share, shown in percent.items():
        assert (shown == 0, shown == 100) == (share == 0, share == 1)
        assert abs(shown - share * 100) <= 1


@given(st.lists(st.text("xyzپ", min_size=1), max_size=6), st.sampled_from([FA, EN]))
def test_a_list_holds_its_items_in_order(items: list[str], of: Language) -> None:
    text = languages.format_list(items, of)
    for item in items:
        _, found, text = text.partition(item)
        assert found == item


@pytest.mark.parametrize("tag", ["fa", "en", "ar", "ru", "pl", "cs", "fr", "pt", "ga", "lv", "ja"])
@settings(deadline=None)  # the first example reads the locale
@given(st.integers(0, 10_000_001))
def test_catalogues_count_as_cldr_does(tag: str, n: int) -> None:
    header = languages.plural_forms_header(tag)
    categories = languages.plural_categories(tag)
    assert languages.plural_count(header) == len(categories)
    expected = languages.plural_form(n, Language(tag=tag, name=""))
    assert categories[languages.plural_index(header, n)] == expected


@given(st.text("Plural=();?:n&|!<>%0123456789 \n"))
def test_any_header_is_counted_with_or_refused(text: str) -> None:
    for header in (text, f"nplurals=2; plural={text};"):
        with contextlib.suppress(ValueError):
            assert 0 <= languages.plural_index(header, 5) < languages.plural_count(header)


@given(st.text(), st.text())
def test_words_add_up(one: str, other: str) -> None:
    assert languages.words(f"{one} {other}") == languages.words(one) + languages.words(other)


@pytest.mark.parametrize("tag", sorted(localedata.locale_identifiers())[::7])
def test_every_language_of_cldr_can_write(tag: str) -> None:
    tag = tag.replace("_", "-")
    try:
        known = defaults(tag)
    except LookupError:
        assert languages.suggest(tag)
        return
    assert known["digits"] in DIGITS and known["calendar"] in CALENDARS
    moment = datetime(2025, 3, 20, 9, 5)
    for calendar in CALENDARS:
        of = language(tag, calendar=calendar)
        assert languages.format_date(moment, of, weekday=True, both=True)
        assert languages.format_month(*languages.month_of(moment, of), of, both=True)
        assert languages.format_year(languages.month_of(moment, of)[0], of, both=True)
    assert languages.format_time(moment, of)
    assert languages.format_number(1234.5, of) and languages.format_percent(0.5, of)
    assert languages.format_list(["a", "b", "c"], of) and languages.relative(-3, of)


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    code = "import pipeline.languages, sys; print({'babel', 'persiantools'} & set(sys.modules))"
    root = Path(__file__).parents[1]
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root
    )
    assert found.stdout == "set()\n"


# What CLDR says


@pytest.mark.parametrize(
    ("tag", "name", "direction", "calendar", "numbering"),
    [
        ("fa", "فارسی", "rtl", "persian", "arabext"),
        ("fa-AF", "دری", "rtl", "persian", "arabext"),
        ("ps", "پښتو", "rtl", "persian", "arabext"),
        ("ps-PK", "پښتو (پاکستان)", "rtl", "gregorian", "arabext"),
        ("en", "English", "ltr", "gregorian", "latn"),
        ("en-GB", "British English", "ltr", "gregorian", "latn"),
        ("ckb", "کوردیی ناوەندی", "rtl", "gregorian", "arab"),
        ("de", "Deutsch", "ltr", "gregorian", "latn"),
        ("zh-TW", "中文 (繁體, 台灣)", "ltr", "gregorian", "latn"),
    ],
)
def test_defaults(tag: str, name: str, direction: str, calendar: str, numbering: str) -> None:
    expected = {"name": name, "direction": direction, "calendar": calendar, "digits": numbering}
    assert defaults(tag) == expected


@pytest.mark.parametrize(
    ("tag", "suggested"),
    [
        ("fas", ("fa",)),
        ("iw", ("he",)),
        ("persian", ("fa",)),
        ("German", ("de",)),
        ("fa-US", ("fa",)),
        ("fa-Latn", ("fa",)),
        ("fa_IR", ("fa-IR", "fa")),
        ("engish", ("en", "en-SH", "en-GS")),
        ("xx", ()),
        ("", ()),
        ("../x", ()),
        ("en\n", ("en",)),
    ],
)
def test_an_unknown_tag_is_refused_with_others(tag: str, suggested: tuple[str, ...]) -> None:
    with pytest.raises(LookupError):
        defaults(tag)
    assert languages.suggest(tag) == suggested


@pytest.mark.parametrize(
    ("tag", "inside", "name"),
    [
        ("en", FA, "انگلیسی"),
        ("fa", FA, "فارسی"),
        ("fa", EN, "Persian"),
        ("fa-AF", EN, "Dari"),
        ("en", EN, "English"),
        ("zh-TW", EN, "Chinese (Traditional, Taiwan)"),
    ],
)
def test_language_names(tag: str, inside: Language, name: str) -> None:
    assert languages.language_name(tag, inside) == name


def test_a_wrong_calendar_or_numbering_is_refused() -> None:
    day = date(2026, 3, 20)
    with pytest.raises(ValueError, match="'islamic' is none of the calendars gregorian, persian"):
        languages.format_date(day, language("fa", calendar="islamic"))
    with pytest.raises(ValueError, match="'islamic' is none of the calendars"):
        languages.month_of(day, language("fa", calendar="islamic"))
    with pytest.raises(ValueError, match="'roman' is none of the digits"):
        languages.digits("1", language("fa", digits="roman"))
    with pytest.raises(LookupError, match="'xx'"):
        languages.format_date(day, Language(tag="xx", name=""))


# Digits and numbers


def test_numbering_systems_are_unicode_s() -> None:
    for own in DIGITS.values():
        assert [unicodedata.decimal(digit) for digit in own] == list(range(10))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1403", "۱۴۰۳"),
        ("Python 3.12 و ٣ و ۴", "Python ۳.۱۲ و ٣ و ۴"),
        ("می‌خواهم", "می‌خواهم"),
        ("", ""),
    ],
)
def test_digits(text: str, expected: str) -> None:
    assert languages.digits(text, FA) == expected


def test_digits_keep_markup() -> None:
    assert languages.digits(Markup("<b>1</b>"), FA) == Markup("<b>۱</b>")
    assert isinstance(languages.digits(Markup("1"), FA), Markup)


@pytest.mark.parametrize(
    ("value", "persian", "english"),
    [
        (-0.0, "۰", "0"),
        (0, "۰", "0"),
        (999, "۹۹۹", "999"),
        (1234, "۱٬۲۳۴", "1,234"),
        (1234567, "۱٬۲۳۴٬۵۶۷", "1,234,567"),
        (12345.678, "۱۲٬۳۴۵٫۶۷۸", "12,345.678"),
        (0.5, "۰٫۵", "0.5"),
        (-5, "\N{LEFT-TO-RIGHT MARK}\N{MINUS SIGN}۵", "-5"),
    ],
)
def test_numbers(value: float, persian: str, english: str) -> None:
    assert languages.format_number(value, FA) == persian
    assert languages.format_number(value, EN) == english


@pytest.mark.parametrize(
    ("share", "persian", "english"),
    [
        (-0.0, "۰٪", "0%"),
        (0, "۰٪", "0%"),
        (0.0001, "۱٪", "1%"),
        (0.12, "۱۲٪", "12%"),
        (0.125, "۱۲٪", "12%"),
        (0.5, "۵۰٪", "50%"),
        (0.9999, "۹۹٪", "99%"),
        (1, "۱۰۰٪", "100%"),
    ],
)
def test_per_cents(share: float, persian: str, english: str) -> None:
    assert languages.format_percent(share, FA) == persian
    assert languages.format_percent(share, EN) == english


def test_latin_digits_have_latin_separators() -> None:
    assert languages.format_number(1234.5, FA_LATIN) == "1,234.5"
    assert languages.format_percent(0.12, FA_LATIN) == "12%"
    assert languages.format_percent(0.12, LANGUAGES["de"]) == "12\N{NO-BREAK SPACE}%"


# Dates

NOWRUZ = date(2025, 3, 21)
THIN = "\N{THIN SPACE}"
DATES = [
    # day, language, plain, with the weekday
    ("2025-03-20", "fa", "۳۰ اسفند ۱۴۰۳", "پنجشنبه ۳۰ اسفند ۱۴۰۳"),
    ("2025-03-21", "fa", "۱ فروردین ۱۴۰۴", "جمعه ۱ فروردین ۱۴۰۴"),
    ("2026-03-20", "fa", "۲۹ اسفند ۱۴۰۴", "جمعه ۲۹ اسفند ۱۴۰۴"),
    ("2026-03-21", "fa", "۱ فروردین ۱۴۰۵", "شنبه ۱ فروردین ۱۴۰۵"),
    ("1979-02-11", "fa", "۲۲ بهمن ۱۳۵۷", "یکشنبه ۲۲ بهمن ۱۳۵۷"),
    ("2024-10-08", "fa", "۱۷ مهر ۱۴۰۳", "سه‌شنبه ۱۷ مهر ۱۴۰۳"),
    ("2026-03-20", "en", "20 March 2026", "Friday, 20 March 2026"),
    ("2026-05-01", "en", "1 May 2026", "Friday, 1 May 2026"),
    ("2026-03-20", "en-US", "March 20, 2026", "Friday, March 20, 2026"),
    ("2026-03-20", "en-GB", "20 March 2026", "Friday, 20 March 2026"),
    ("2025-03-20", "en persian", "30 Esfand 1403", "Thursday, 30 Esfand 1403"),
    ("2025-01-20", "fa gregorian", "۲۰ ژانویهٔ ۲۰۲۵", "دوشنبه ۲۰ ژانویهٔ ۲۰۲۵"),
    ("2025-03-20", "fa latn", "30 اسفند 1403", "پنجشنبه 30 اسفند 1403"),
    ("2025-03-20", "fa-AF", "۳۰ حوت ۱۴۰۳", "پنجشنبه ۳۰ حوت ۱۴۰۳"),
    ("2025-03-20", "ps", "۱۴۰۳ کب ۳۰", "پينځنۍ د ۱۴۰۳ د کب ۳۰"),
    ("2025-03-20", "de", "20. März 2025", "Donnerstag, 20. März 2025"),
    ("2025-03-20", "th", "20 มีนาคม ค.ศ. 2025", "วันพฤหัสบดีที่ 20 มีนาคม ค.ศ. 2025"),
    ("2025-03-20", "zh-TW", "2025年3月20日", "2025年3月20日 星期四"),
    ("2025-03-20", "hu", "2025. március 20.", "2025. március 20., csütörtök"),
]


@pytest.mark.parametrize(("day", "name", "plain", "full"), DATES)
def test_dates(day: str, name: str, plain: str, full: str) -> None:
    of = LANGUAGES[name]
    assert languages.format_date(date.fromisoformat(day), of) == plain
    assert languages.format_date(date.fromisoformat(day), of, weekday=True) == full
    evening = datetime.fromisoformat(f"{day}T23:59:59-08:00")
    assert languages.format_date(evening, of) == plain


@pytest.mark.parametrize(
    ("name", "both"),
    [
        ("fa", "پنجشنبه ۳۰ اسفند ۱۴۰۳ (۲۰ مارس ۲۰۲۵)"),
        ("fa latn", "پنجشنبه 30 اسفند 1403 (20 مارس 2025)"),
        ("en persian", "Thursday, 30 Esfand 1403 (20 March 2025)"),
        ("en", "Thursday, 20 March 2025"),
        ("fa gregorian", "پنجشنبه ۲۰ مارس ۲۰۲۵"),
    ],
)
def test_both_dates(name: str, both: str) -> None:
    day = date(2025, 3, 20)
    assert languages.format_date(day, LANGUAGES[name], weekday=True, both=True) == both


@pytest.mark.parametrize(
    ("year", "month", "name", "expected"),
    [
        (1405, 1, "fa", "فروردین ۱۴۰۵"),
        (1404, 12, "fa", "اسفند ۱۴۰۴"),
        (2026, 3, "en", "March 2026"),
        (2026, 5, "en-US", "May 2026"),
        (1405, 2, "en persian", "Ordibehesht 1405"),
        (2026, 3, "fa gregorian", "مارس ۲۰۲۶"),
        (2026, 3, "zh-TW", "2026年3月"),
    ],
)
def test_months(year: int, month: int, name: str, expected: str) -> None:
    assert languages.format_month(year, month, LANGUAGES[name]) == expected


@pytest.mark.parametrize(
    ("year", "month", "name", "months", "years"),
    [
        (1405, 1, "fa", "فروردین ۱۴۰۵ (مارس تا آوریل ۲۰۲۶)", "۱۴۰۵ (۲۰۲۶ تا ۲۰۲۷)"),
        (1404, 10, "fa", "دی ۱۴۰۴ (دسامبر ۲۰۲۵ تا ژانویهٔ ۲۰۲۶)", "۱۴۰۴ (۲۰۲۵ تا ۲۰۲۶)"),
        (1404, 10, "fa latn", "دی 1404 (دسامبر 2025 تا ژانویهٔ 2026)", "1404 (2025 تا 2026)"),
        (1405, 1, "fa-AF", "حمل ۱۴۰۵ (مارچ تا اپریل ۲۰۲۶)", "۱۴۰۵ (۲۰۲۶ تا ۲۰۲۷)"),
        (1405, 1, "en persian", f"Farvardin 1405 (March{THIN}–{THIN}April 2026)", "1405 (2026–2027)"),
        (2026, 3, "en", "March 2026", "2026"),
        (2026, 3, "fa gregorian", "مارس ۲۰۲۶", "۲۰۲۶"),
    ],
)
def test_months_and_years_of_both_calendars(
    year: int, month: int, name: str, months: str, years: str
) -> None:
    of = LANGUAGES[name]
    assert languages.format_month(year, month, of, both=True) == months
    assert languages.format_year(year, of, both=True) == years


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("fa", "۹:۰۵"),
        ("en", "09:05"),
        ("en-US", "9:05\N{NARROW NO-BREAK SPACE}AM"),
        ("de", "09:05"),
    ],
)
def test_times(name: str, expected: str) -> None:
    moment = datetime(2025, 3, 20, 9, 5, 59, tzinfo=timezone(timedelta(hours=3, minutes=30)))
    assert languages.format_time(moment, LANGUAGES[name]) == expected


@pytest.mark.parametrize(
    ("days", "persian", "english"),
    [
        (-1000, "۱۰۰۰ روز پیش", "1000 days ago"),
        (-3, "۳ روز پیش", "3 days ago"),
        (-1, "دیروز", "yesterday"),
        (0, "امروز", "today"),
        (1, "فردا", "tomorrow"),
        (12, "۱۲ روز دیگر", "in 12 days"),
    ],
)
def test_relative_days(days: int, persian: str, english: str) -> None:
    assert languages.relative(days, FA) == persian
    assert languages.relative(days, EN) == english


def test_a_language_without_near_days_counts_them() -> None:
    assert languages.relative(-1, LANGUAGES["de"]) == "vor 1 Tag"


@pytest.mark.parametrize(
    ("day", "of", "month", "span"),
    [
        ("2025-03-20", FA, (1403, 12), ("2025-02-19", "2025-03-20")),
        ("2025-03-21", FA, (1404, 1), ("2025-03-21", "2025-04-20")),
        ("2026-03-20", FA, (1404, 12), ("2026-02-20", "2026-03-20")),
        ("2024-02-29", EN, (2024, 2), ("2024-02-01", "2024-02-29")),
        ("2025-12-31", EN, (2025, 12), ("2025-12-01", "2025-12-31")),
        ("9999-12-31", EN, (9999, 12), ("9999-12-01", "9999-12-31")),
        ("9999-03-20", FA, (9377, 12), ("9999-02-19", "9999-03-20")),
        ("0622-03-22", FA, (1, 1), ("0622-03-22", "0622-04-21")),
    ],
)
def test_month_spans(day: str, of: Language, month: tuple[int, int], span: tuple[str, str]) -> None:
    assert languages.month_of(date.fromisoformat(day), of) == month
    first, last = languages.month_span(*month, of)
    assert (first.isoformat(), last.isoformat()) == span


@pytest.mark.parametrize("day", ["0001-01-01", "0622-03-21", "9999-03-21", "9999-12-31"])
def test_days_beyond_the_persian_calendar(day: str) -> None:
    with pytest.raises(ValueError, match=f"{day} is beyond the persian calendar"):
        languages.month_of(date.fromisoformat(day), FA)
    with pytest.raises(ValueError, match=f"{day} is beyond"):
        languages.format_date(date.fromisoformat(day), FA)


@pytest.mark.parametrize(
    ("year", "month", "of"),
    [
        (0, 1, FA),
        (9378, 1, FA),
        (9999, 12, FA),
        (10**30, 1, FA),
        (1404, 13, FA),
        (1404, 0, FA),
        (0, 1, EN),
        (10000, 1, EN),
        (10**30, 1, EN),
        (2026, 13, EN),
        (2026, -1, EN),
    ],
)
def test_months_that_are_not(year: int, month: int, of: Language) -> None:
    with pytest.raises(ValueError, match=f"no month {month} of {year}"):
        languages.month_span(year, month, of)


@pytest.mark.parametrize("month", [0, 13, -1])
def test_no_year_has_that_month(month: int) -> None:
    with pytest.raises(ValueError, match=f"month {month}"):
        languages.format_month(1404, month, FA)


@pytest.mark.parametrize(
    ("moment", "tehran", "berlin", "los_angeles"),
    [
        # New Year's midnight: Tehran is 3:30 before UTC, Berlin 1:00, Los Angeles 7:00 behind.
        ("2025-03-20T20:29:59+00:00", "2025-03-20", "2025-03-20", "2025-03-20"),
        ("2025-03-20T20:30:00+00:00", "2025-03-21", "2025-03-20", "2025-03-20"),
        ("2025-03-20T22:59:59+00:00", "2025-03-21", "2025-03-20", "2025-03-20"),
        ("2025-03-20T23:00:00+00:00", "2025-03-21", "2025-03-21", "2025-03-20"),
        ("2025-03-21T06:59:59+00:00", "2025-03-21", "2025-03-21", "2025-03-20"),
        ("2025-03-21T07:00:00+00:00", "2025-03-21", "2025-03-21", "2025-03-21"),
        ("2025-03-20T23:45:00+03:30", "2025-03-20", "2025-03-20", "2025-03-20"),
        ("2025-03-21T00:15:00+03:30", "2025-03-21", "2025-03-20", "2025-03-20"),
    ],
)
def test_the_site_s_day(moment: str, tehran: str, berlin: str, los_angeles: str) -> None:
    zones = {"Asia/Tehran": tehran, "Europe/Berlin": berlin, "America/Los_Angeles": los_angeles}
    for zone, expected in zones.items():
        day = languages.local_day(datetime.fromisoformat(moment), zone)
        assert day == date.fromisoformat(expected), zone
        persian = (1404, 1) if day >= NOWRUZ else (1403, 12)
        assert languages.month_of(day, FA) == persian


@pytest.mark.parametrize("day", [NOWRUZ, datetime(2025, 3, 21), datetime(2025, 3, 21, 23, 59)])
def test_days_and_times_without_offset_are_local(day: Day) -> None:
    assert languages.local_day(day, "America/Los_Angeles") == NOWRUZ
    assert type(languages.local_day(day, "America/Los_Angeles")) is date


@pytest.mark.parametrize("zone", ["Asia/Teheran", "", "../etc/passwd", "Asia", "a\0b"])
def test_zones_that_are_not(zone: str) -> None:
    with pytest.raises(ValueError):
        languages.local_day(datetime(2025, 3, 21, tzinfo=UTC), zone)


def test_the_ends_of_time() -> None:
    with pytest.raises(ValueError, match="has no day in America/Los_Angeles"):
        languages.local_day(datetime.min.replace(tzinfo=UTC), "America/Los_Angeles")
    with pytest.raises(ValueError, match="has no day in Asia/Tehran"):
        languages.local_day(datetime.max.replace(tzinfo=UTC), "Asia/Tehran")


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 3, 20), "2026-03-20"),
        (date(622, 3, 22), "0622-03-22"),
        (datetime(2026, 3, 20, 18, 30), "2026-03-20T18:30:00"),
        (datetime(2026, 3, 20, 18, 30, 1, 999, tzinfo=UTC), "2026-03-20T18:30:01+00:00"),
    ],
)
def test_iso(day: Day, expected: str) -> None:
    assert languages.iso(day) == expected


# Lists

RLM = "\N{RIGHT-TO-LEFT MARK}"


@pytest.mark.parametrize(
    ("items", "persian", "english"),
    [
        ("", "", ""),
        ("الف", "الف", "الف"),
        ("الف ب", "الف و ب", "الف and ب"),
        ("الف ب ج", f"الف،{RLM} ب، و ج", "الف, ب, and ج"),
        ("a b c d e", f"a،{RLM} b،{RLM} c،{RLM} d، و e", "a, b, c, d, and e"),
    ],
)
def test_lists(items: str, persian: str, english: str) -> None:
    assert languages.format_list(items.split(), FA) == persian
    assert languages.format_list(tuple(items.split()), EN) == english


def test_lists_that_end_in_words() -> None:
    malayalam = Language(tag="ml", name="")
    assert languages.format_list(["a", "b", "c"], malayalam) == "a, b, c എന്നിവ"
    assert languages.list_pattern(malayalam).end == ("", ", ", " എന്നിവ")


def test_lists_of_markup_are_markup() -> None:
    mixed = languages.format_list([Markup("<bdi>x</bdi>"), "<y>", Markup("<bdi>z</bdi>")], FA)
    assert mixed == Markup(f"<bdi>x</bdi>،{RLM} &lt;y&gt;، و <bdi>z</bdi>")
    assert isinstance(mixed, Markup)


# Plurals


@pytest.mark.parametrize(
    ("tag", "header", "categories"),
    [
        ("fa", "nplurals=2; plural=(n > 1);", ("one", "other")),
        ("fa-AF", "nplurals=2; plural=(n > 1);", ("one", "other")),
        ("en", "nplurals=2; plural=(n != 1);", ("one", "other")),
        ("de", "nplurals=2; plural=(n != 1);", ("one", "other")),
        ("ja", "nplurals=1; plural=0;", ("other",)),
        ("cs", "nplurals=3; plural=(n==1 ? 0 : n>=2 && n<=4 ? 1 : 2);", ("one", "few", "other")),
        (
            "ru",
            (
                "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 :"
                " n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);"
            ),
            ("one", "few", "many"),
        ),
    ],
)
def test_plural_headers(tag: str, header: str, categories: tuple[str, ...]) -> None:
    assert languages.plural_forms_header(tag) == header
    assert languages.plural_categories(tag) == categories


@pytest.mark.parametrize(
    ("of", "n", "category", "index"),
    [
        ("fa", 0, "one", 0),
        ("fa", 1, "one", 0),
        ("fa", 2, "other", 1),
        ("fa", 1000, "other", 1),
        ("en", 0, "other", 1),
        ("en", 1, "one", 0),
        ("en", 2, "other", 1),
    ],
)
def test_plurals(of: str, n: int, category: str, index: int) -> None:
    assert languages.plural_form(n, LANGUAGES[of]) == category
    assert languages.plural_index(languages.plural_forms_header(of), n) == index


@pytest.mark.parametrize(
    ("header", "count", "index"),
    [
        ("nplurals=1; plural=0;", 1, 0),
        ("nplurals=1; plural=0", 1, 0),
        (" nplurals = 2 ;\n plural = n>1 ;\n", 2, 1),
        ("nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 ? 1 : 2);", 3, 1),
    ],
)
def test_headers_as_people_write_them(header: str, count: int, index: int) -> None:
    assert languages.plural_count(header) == count
    assert languages.plural_index(header, 5) == index


@pytest.mark.parametrize(
    "header",
    [
        "",
        "nplurals=2",
        "nplurals=INTEGER; plural=EXPRESSION;",
        "nplurals=0; plural=0;",
        "nplurals=2; plural=n;",
        "nplurals=2; plural=5/(n-5);",
        "nplurals=2; plural=__import__('os');",
        "nplurals=2; plural=n.real;",
        "nplurals=2; plural=n**n;",
        "nplurals=2; plural=0; import os;",
        f"nplurals=2; plural={'(' * 400}n{')' * 400};",
        f"nplurals=2; plural={'!' * 2000}n;",
    ],
)
def test_headers_that_are_refused(header: str) -> None:
    with pytest.raises(ValueError):
        languages.plural_index(header, 5)


# Words


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        (" \n\t ", 0),
        ("— … ، ؛ . ! ? « » - * # &", 0),
        ("one", 1),
        ("Hello, world!", 2),
        ("don't won’t state-of-the-art and/or", 4),
        ("1,000 3.12 v3.12. 12% C++ 5°C", 6),
        ("first—second–third…fourth", 4),
        ("red,green,blue", 3),
        ("(one) [two] {three} “four” <five>", 5),
        ("see https://example.org/a-b?c=d&e=1.", 2),
        ("write to mina@example.org", 3),
        ("می‌خواهم", 1),
        ("می‌خواهم کتاب‌ها را بخوانم.", 4),
        ("می خواهم", 2),
        ("خانهٔ ما، مُحَمَّد", 3),
        ("سلام،دنیا؛خوبی؟بله", 4),
        ("«گفت‌وگو» در سال ۱۴۰۳", 4),
        ("۱۲٬۳۴۵٫۶ نفر ۱۲٪", 3),
        ("نسخهٔ Python 3.12 آمد", 4),
        ("\N{LEFT-TO-RIGHT MARK}word\N{RIGHT-TO-LEFT MARK}", 1),
        ("a\N{NO-BREAK SPACE}b\N{ZERO WIDTH SPACE}c", 3),
        ("snake_case __init__", 2),
        ("🎉 party 🎉", 1),
    ],
)
def test_words(text: str, count: int) -> None:
    assert languages.words(text) == count
