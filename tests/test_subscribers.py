"""Lists of subscribers: who is mailed, who is not, and where the file says so."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import subscribers
from pipeline.problems import ContentError
from pipeline.subscribers import Subscriber, Subscribers, parse

PATH = "list.csv"


def read(text: str) -> Subscribers:
    return parse(text, PATH, ("en", "fa"))


def said(text: str) -> list[str]:
    return [str(one) for one in read(text).problems]


def refused(text: str) -> str:
    with pytest.raises(ContentError) as caught:
        read(text)
    return str(caught.value)


def mailed(text: str) -> list[tuple[str, str]]:
    return [(one.address, one.language) for one in read(text).mailed]


def test_a_list() -> None:
    found = read(
        "address,language,name,unsubscribe\n"
        "mina@example.org,fa,مینا راد,https://example.org/leave?t=1\n"
        '\n"leila@example.org",EN,"Kohan, Leila",\n'
    )
    assert found == Subscribers(
        mailed=(
            Subscriber(address="mina@example.org", language="fa", name="مینا راد",
                       unsubscribe="https://example.org/leave?t=1", line=2),
            Subscriber(address="leila@example.org", language="en", name="Kohan, Leila", line=4),
        ),
        left=frozenset(),
        skipped={},
    )  # fmt: skip


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_spreadsheets(separator: str, end: str, mark: str) -> None:
    rows = ["Address,LANGUAGE,Name", "a@example.org,en,Ann", "b@example.org,fa,بهار", "c@example.org,en,,,"]
    text = mark + end.join(rows).replace(",", separator) + end
    assert mailed(text) == [("a@example.org", "en"), ("b@example.org", "fa"), ("c@example.org", "en")]
    assert said(text) == []


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "list.csv:1: there is nobody in this file"),
        ("\n \n", "list.csv:1: there is nobody in this file"),
        ("email,language\n", "list.csv:1:1: there is no column `email` (did you mean `address`?)"),
        ("address,langauge\n", "list.csv:1:9: there is no column `langauge` (did you mean `language`?)"),
        ("address,language,phone\n", "list.csv:1:18: there is no column `phone` (the columns are address, language, name,"),
        ("address,name\n", "list.csv:1:1: there is no column `language`"),
        ("address,language,name,Name\n", "list.csv:1:23: there are two columns `name`"),
        ("a@example.org,en\nb@example.org,fa\n", "the first line names the columns: address,language,name,unsubscribe"),
        ('address,language,name\na@example.org,en,"Ann\nb@example.org,en,Bob\n', "list.csv:2:18: a quotation mark opens here and nothing"),
        ('address,language,name\na@example.org,en,"Ann" Lee\n', "list.csv:2:23: there is text after the closing quotation mark"),
        ("," * 60, "list.csv:1:1: this is no list of subscribers"),
    ],
)
def test_files_that_cannot_be_read(text: str, what: str) -> None:
    assert what in refused(text)


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("nobody,en,", "2:1: no mail can go to `nobody`: it is no e-mail address"),
        (",en,Ann", "2:1: no mail can go to ``: it is no e-mail address"),
        ("Ann <a@example.org>,en,", "2:1: no mail can go to `Ann <a@example.org>`"),
        ("a@example.org b@example.org,en,", "2:1: no mail can go to"),
        ("مینا@example.org,fa,", "2:1: no mail can go to `مینا@example.org`: it is not in ASCII"),
        ("a@نمونه.ایران,fa,", "2:1: no mail can go to `a@نمونه.ایران`: the domain is not in ASCII: write it in its xn-- form"),
        ("a@example.org,de,", "2:15: the newsletter is not sent in `de` (there is en, fa)"),
        ("a@example.org,,", "2:15: this line names no language"),
        ("a@example.org,en", "2:1: this line has 2 fields and not 3 (put a name with a separator"),
        ("a@example.org,en,Ann,Lee", "2:1: this line has 4 fields and not 3"),
        ('a@example.org,en,"Ann\r\nBcc: b@example.org"', "2:18: the name holds the character U+000D"),
        ("a@example.org,en,Ann\u2028Bcc: b@example.org", "2:18: the name holds the character U+2028"),
        ('"a@example.org\nb@example.org",en,Ann', "2:1: the address holds the character U+000A"),
        (f"a@example.org,en,{'x' * 50_000}", "2:18: this field is too long"),
    ],
)
def test_lines_that_are_left_out(row: str, what: str) -> None:
    text = f"address,language,name\n{row}\nlast@example.org,fa,\n"
    found = read(text)
    assert [one.address for one in found.mailed] == ["last@example.org"]
    (one,) = found.problems
    assert str(one).startswith(f"{PATH}:{what}") and one.severity == "error"
    assert sum(found.skipped.values()) == 1


def test_an_address_to_unsubscribe_that_is_none() -> None:
    (one,) = said("address,language,unsubscribe\na@example.org,en,javascript:x\n")
    assert one.startswith("list.csv:2:18: the address to unsubscribe: it begins with https://")


def test_line_ends_in_quotation_marks_do_not_make_a_subscriber() -> None:
    text = 'address,language,name\na@example.org,en,"Ann\nb@example.org,en,Bob\n"\nc@example.org,en,x"\nd@example.org,,\n'
    found = read(text)
    assert [one.address for one in found.mailed] == ["c@example.org"]
    assert [(one.location.line, one.location.column) for one in found.problems] == [(2, 18), (6, 15)]


def test_twice_is_once() -> None:
    text = "address,language\nMina@example.org,en\nmina@EXAMPLE.org,fa\nleila@example.org,fa\n"
    found = read(text)
    assert mailed(text) == [("Mina@example.org", "en"), ("leila@example.org", "fa")]
    (one,) = found.problems
    assert one.severity == "warn"
    assert str(one) == (
        "list.csv:3:1: `mina@EXAMPLE.org` is on line 2 already; it is mailed once (remove one of the lines)"
    )
    assert found.skipped == {"fa": 1}


@pytest.mark.parametrize("word", ["yes", "1", "TRUE", "x", "2026-03-01", "بله"])
def test_who_left_is_not_mailed_whatever_other_lines_say(word: str) -> None:
    for order in (0, 1):
        rows = [f"mina@example.org,fa,{word}", "Mina@example.org,fa,", "a@example.org,en,no", "b@example.org,en,نه"]
        if order:
            rows.reverse()
        found = read("address,language,unsubscribed\n" + "\n".join(rows))
        assert {one.address for one in found.mailed} == {"a@example.org", "b@example.org"}
        assert found.left == {"mina@example.org"} and found.skipped == {"fa": 2} and not found.problems


@pytest.mark.parametrize(
    ("status", "is_mailed"),
    [("", True), ("enabled", True), ("Confirmed", True), ("subscribed", True), ("unsubscribed", False), ("blocklisted", False),
     ("unconfirmed", False), ("bounced", False)],
)  # fmt: skip
def test_status(status: str, is_mailed: bool) -> None:
    assert bool(mailed(f"address,language,status\na@example.org,en,{status}\n")) is is_mailed


def test_long_files_are_bounded() -> None:
    head = "address,language\n"
    assert "more than" in refused(head + "a@example.org,en\n" * subscribers.MOST_LINES)
    found = read(head + "x" * 50_000_000 + ",en\n" + "a@example.org,en\n")
    assert [one.address for one in found.mailed] == ["a@example.org"]
    assert len(str(found.problems[0])) < 200


FIELDS = st.text(st.sampled_from('aب\u200c",;\t\n\r @é'), max_size=8)


@settings(deadline=None)
@given(names=st.lists(FIELDS, max_size=6), quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))
def test_what_the_csv_module_writes_is_read_as_it_was(names: list[str], quoting: int) -> None:
    """Whatever a name holds, no other line's address changes."""
    made = io.StringIO(newline="")
    writer = csv.writer(made, quoting=quoting)  # type: ignore[arg-type]
    writer.writerow(["address", "language", "name"])
    for number, name in enumerate(names):
        writer.writerow([f"r{number}@example.org", "fa", name])
    found = read(made.getvalue())
    wanted = {
        f"r{number}@example.org": name.strip(" \t\xa0") for number, name in enumerate(names) if not set(name.strip(" \t\xa0")) & {"\n", "\r"}
    }
    assert {one.address: one.name for one in found.mailed} == wanted
    assert len(found.problems) == len(names) - len(wanted)


@settings(deadline=None)
@given(st.text(st.sampled_from('a@b.orgen,;"\n\r\t ‌ف'), max_size=60))
def test_no_text_makes_an_address_that_no_mail_can_go_to(text: str) -> None:
    try:
        found = read("address,language\n" + text)
    except ContentError:
        return
    for one in found.mailed:
        assert one.address.count("@") == 1 and one.address.isascii() and one.language in ("en", "fa")
        assert not set(one.address) & set('\n\r", ;')


@pytest.mark.parametrize(
    "written",
    ["mina@example.net\u200f", "\u200bmina@example.net", "‹mina@example.net›", "<Mina@example.net>", "mailto:mina@example.net",
     "mina@example.net.", "\uff4dina@example.net", "Mina <mina@example.net>"],
)  # fmt: skip
def test_who_left_is_known_however_a_program_wrote_the_address(written: str) -> None:
    found = read(f"address,language,unsubscribed\nmina@example.net,en,\n{written},en,yes\na@example.org,en,\n")
    assert [one.address for one in found.mailed] == ["a@example.org"]
