"""Letters as bytes: every line of the facts about headers, and back through two parsers."""

from __future__ import annotations

import email
import email.policy
import html
import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email.header import decode_header, make_header
from email.message import EmailMessage

import fast_mail_parser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import message
from pipeline.message import Letter, Mailbox, Picture, cleaned, write
from pipeline.problems import ContentError

TEHRAN = timezone(timedelta(hours=3, minutes=30))
SUBJECT = "خبرنامهٔ شمارهٔ ۱۲: می‌خوانیم و می‌نویسیم (C++ و v3.12.) در ۱ فروردین ۱۴۰۵"
PIXEL = bytes.fromhex("89504e470d0a1a0a0000000d49484452") + bytes(range(256)) * 3
TEXT = "دوستان،\n\nکتابخانهٔ «فانوس» (v3.12.) باز است.\n.\nFrom here on\n\n\u200fC++ را می‌خوانیم.  \n"
HTML = (
    '<!DOCTYPE html>\n<html lang="fa" dir="rtl"><body style="direction:rtl">'
    "<p>نیم‌فاصله، é, 😀 &amp; = ==\n.\n<a href=\"https://example.org/?a=1&amp;b=2\">پیوند</a></p></body></html>\n"
)
LETTER = Letter(
    issue="newsletters/nowruz",
    edition="fa",
    languages=("fa",),
    subject=SUBJECT,
    text=TEXT,
    html=HTML,
    date=datetime(2026, 3, 21, 0, 0, tzinfo=TEHRAN),
    sender=Mailbox(name="خبرنامهٔ دوزبان", address="post@example.org"),
    reply_to="editors@example.org",
    list_id="news.example.org",
    unsubscribe="https://example.org/leave",
    path="content/newsletters/nowruz.md",
)
ENGLISH = replace(
    LETTER, edition="en", languages=("en",), subject="The spring letter", text="Friends,\n\na line — and another.\n",
    html="<html><body><p>Friends</p></body></html>\n", sender=Mailbox(name="Dozaban, the bulletin", address="post@example.org"),
)  # fmt: skip
READER = Mailbox(name="Mina مینا", address="mina@example.net")


def parsed(data: bytes) -> EmailMessage:
    found = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


def head_of(data: bytes) -> list[str]:
    """The header fields as they travel, folded lines together."""
    lines = data.split(b"\r\n\r\n")[0].decode("ascii")
    return re.split(r"\r\n(?![ \t])", lines)


def field(data: bytes, name: str) -> str:
    (found,) = [one for one in head_of(data) if one.lower().startswith(f"{name.lower()}:")]
    return found


def text_of(part: EmailMessage) -> str:
    return str(part.get_content()).replace("\r\n", "\n")


def parts_of(data: bytes) -> tuple[str, str]:
    """Plain text and HTML, as the standard library reads them."""
    found = parsed(data)
    plain, rich = found.get_body(("plain",)), found.get_body(("html",))
    assert plain is not None and rich is not None
    return text_of(plain), text_of(rich)


def refused(letter: Letter) -> str:
    with pytest.raises(ContentError) as caught:
        write(letter)
    assert {one.location.path for one in caught.value.problems} == {letter.path}
    return str(caught.value)


# --- bytes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("letter", [LETTER, ENGLISH, replace(LETTER, to=READER)], ids=["fa", "en", "to"])
def test_seven_bits_and_lines_that_end_in_crlf(letter: Letter) -> None:
    data = write(letter)
    assert data.isascii() and b"\0" not in data
    assert data.count(b"\r") == data.count(b"\n") == data.count(b"\r\n")
    assert max(map(len, data.split(b"\r\n"))) <= 78
    assert data.endswith(b"--\r\n")


def test_the_same_letter_is_the_same_bytes() -> None:
    assert write(LETTER) == write(replace(LETTER))
    assert b"Date: Sat, 21 Mar 2026 00:00:00 +0330\r\n" in write(LETTER)


def test_structure() -> None:
    found = parsed(write(LETTER))
    assert found.defects == []
    assert [part.get_content_type() for part in found.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert not [part for part in found.walk() if part.defects]
    pictured = replace(LETTER, pictures=(Picture(cid="hall.1@example.org", media_type="image/png", data=PIXEL),))
    found = parsed(write(pictured))
    assert [part.get_content_type() for part in found.walk()] == [
        "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png",
    ]  # fmt: skip
    *_, related, _, picture = found.walk()
    assert related["Content-Type"].params["type"] == "text/html"
    assert picture["Content-ID"] == "<hall.1@example.org>" and picture["Content-Disposition"] == "inline"
    assert picture.get_payload(decode=True) == PIXEL
    assert parts_of(write(pictured)) == (TEXT, HTML)


@pytest.mark.parametrize("letter", [LETTER, ENGLISH, replace(LETTER, to=READER)], ids=["fa", "en", "to"])
def test_two_parsers_give_back_equal_text(letter: Letter) -> None:
    data = write(letter)
    other = fast_mail_parser.parse_email(data)
    assert parts_of(data) == (letter.text, letter.html)
    assert [one.replace("\r\n", "\n") for one in other.text_plain] == [letter.text]
    assert [one.replace("\r\n", "\n") for one in other.text_html] == [letter.html]
    assert parsed(data)["Subject"] == other.subject == letter.subject
    (sender,) = parsed(data)["From"].addresses
    assert (sender.display_name, sender.addr_spec) == (letter.sender.name, letter.sender.address)
    assert other.headers["Content-Language"] == list(letter.languages)
    assert other.headers["List-Unsubscribe"] == ["<https://example.org/leave>"]


def test_content_language_survives() -> None:
    for letter, said in ((LETTER, "fa"), (replace(LETTER, edition="both", languages=("en", "fa")), "en, fa")):
        found = parsed(write(letter))
        assert [part["Content-Language"] for part in found.walk()] == [said] * 3


def test_mostly_ascii_is_readable_and_persian_is_not_thrice_as_long() -> None:
    assert b"a line =E2=80=94 and another." in write(ENGLISH)
    found = parsed(write(replace(LETTER, text="متن " * 500)))
    assert [part["Content-Transfer-Encoding"] for part in found.walk()][1] == "base64"


# --- headers -----------------------------------------------------------------------------------


def test_a_subject_with_zwnj_and_latin_in_parentheses_round_trips() -> None:
    data = write(LETTER)
    assert "\u200c" in SUBJECT and "(C++" in SUBJECT
    assert parsed(data)["Subject"] == SUBJECT
    words = re.findall(r"=\?.*?\?=", field(data, "Subject"))
    assert len(words) > 2 and max(map(len, words)) <= 75
    for word in words:  # each stands on its own, no character cut in two
        str(make_header(decode_header(word)))


def test_list_headers_are_never_encoded_and_never_cut() -> None:
    token = "t" * 70
    address = f"https://example.org/leave?t={token}"
    data = write(replace(LETTER, unsubscribe=address, one_click=True))
    assert address.encode() in data and b"=?" not in field(data, "List-Unsubscribe").encode()
    assert "".join(field(data, "List-Unsubscribe").split()) == f"List-Unsubscribe:<{address}>"
    assert parsed(data)["List-Unsubscribe"].strip() == f"<{address}>"
    assert field(data, "List-Id") == "List-Id: <news.example.org>"
    long = f"https://example.org/leave?t={'x' * 860}"
    data = write(replace(LETTER, unsubscribe=long))
    assert long.encode() in data and max(map(len, data.split(b"\r\n"))) <= 998
    assert "too long" in refused(replace(LETTER, unsubscribe=long + "x" * 100))


@pytest.mark.parametrize(
    ("unsubscribe", "one_click", "announced"),
    [
        ("https://example.org/leave?t=1", True, True),
        ("https://example.org/leave?t=1", False, False),
        ("http://example.org/leave?t=1", True, False),
        ("mailto:leave@example.org", True, False),
        ("", True, False),
    ],
)
def test_one_click_is_announced_only_where_a_post_is_answered(unsubscribe: str, one_click: bool, announced: bool) -> None:
    found = parsed(write(replace(LETTER, unsubscribe=unsubscribe, one_click=one_click)))
    assert found["List-Unsubscribe-Post"] == ("List-Unsubscribe=One-Click" if announced else None)
    assert found["List-Unsubscribe"] == (f"<{unsubscribe}>" if unsubscribe else None)


def test_an_address_with_persian_in_its_path_is_percent_encoded() -> None:
    data = write(replace(LETTER, unsubscribe="https://example.org/لغو?a=1&b=%20"))
    assert b"<https://example.org/%D9%84%D8%BA%D9%88?a=1&b=%20>" in data


def test_what_is_not_configured_is_not_there() -> None:
    bare = replace(LETTER, reply_to="", list_id="", unsubscribe="")
    names = [one.partition(":")[0] for one in head_of(write(bare))]
    assert names == ["From", "Subject", "Date", "Message-ID", "Content-Language", "MIME-Version", "Content-Type"]


def test_message_ids() -> None:
    def of(**changes: object) -> str:
        return message.message_id(replace(LETTER, **{"to": READER, **changes}))  # type: ignore[arg-type]

    assert re.fullmatch(r"<[0-9a-f]{32}@example\.org>", of())
    assert of() == of(text="other", subject="other", date=datetime(2027, 1, 1, tzinfo=TEHRAN))
    others = {
        of(),
        of(issue="newsletters/yalda"),
        of(edition="en"),
        of(to=None),
        of(to=Mailbox(address="other@example.net")),
        of(sender=Mailbox(address="post@example.com")),
    }
    assert len(others) == 6
    assert of(to=Mailbox(address="MINA@Example.NET")) == of()
    assert "mina" not in of()


BREAKS = ["\r", "\n", "\r\n", "\u2028", "\u2029", "\x85", "\v", "\f", "\0"]


@pytest.mark.parametrize("broken", BREAKS, ids=[f"U+{ord(one[-1]):04X}" + "+" * (len(one) - 1) for one in BREAKS])
def test_what_ends_a_line_reaches_no_header(broken: str) -> None:
    evil = f"نوروز{broken}Bcc: everyone@example.net"
    code = f"U+{ord(broken[0]):04X}"
    assert code in refused(replace(LETTER, subject=evil))
    assert code in refused(replace(LETTER, sender=Mailbox(name=evil, address="post@example.org")))
    assert code in refused(replace(LETTER, to=Mailbox(name=evil, address="mina@example.net")))
    for address in (f"a@example.org{broken}", f"a{broken}@example.org", f"a@example.org{broken}Bcc: b@example.org"):
        assert refused(replace(LETTER, sender=Mailbox(address=address)))
        assert refused(replace(LETTER, to=Mailbox(address=address)))
        assert refused(replace(LETTER, reply_to=address))
    assert refused(replace(LETTER, unsubscribe=f"https://example.org/{broken}x"))
    assert refused(replace(LETTER, unsubscribe=f"mailto:a@example.org?subject=a{broken}x"))
    assert refused(replace(LETTER, list_id=f"news{broken}.example.org"))
    assert refused(replace(LETTER, languages=(f"fa{broken}",)))
    assert refused(replace(LETTER, pictures=(Picture(cid=f"a{broken}b", media_type="image/png", data=b""),)))
    assert refused(replace(LETTER, pictures=(Picture(cid="a", media_type=f"image/png{broken}x", data=b""),)))


def test_all_faults_are_named_at_once() -> None:
    said = refused(replace(LETTER, subject="a\nb", sender=Mailbox(address="nobody"), list_id="x"))
    assert said.count("content/newsletters/nowruz.md: ") == 3


def test_controls_and_overrides_are_taken_out() -> None:
    subject = "\u202eevil\x1b[31m باران\u2066\t\x07نم\u200cنم\u202c "
    assert cleaned(subject) == "evil[31m باران نم\u200cنم"
    data = write(replace(LETTER, subject=subject, sender=Mailbox(name="\u202dPol\x7f", address="post@example.org")))
    assert parsed(data)["Subject"] == "evil[31m باران نم\u200cنم"
    assert parsed(data)["From"] == "Pol <post@example.org>"


@pytest.mark.parametrize(
    "address",
    ["", "a", "a@b", "a@b..org", "a b@example.org", "a@example.org>", "<a@example.org>", "a@exa mple.org", "a,b@example.org",
     "a@-example.org", ".a@example.org", "a.@example.org", "a..b@example.org", "a@127.0.0.1", "a@example.123", "a" * 65 + "@example.org",
     f"a@{'b' * 63}.{'c' * 63}.{'d' * 63}.{'e' * 63}.org", "مینا@example.org", "a@نمونه.ایران", '"a b"@example.org', "a@@example.org"],
)  # fmt: skip
def test_no_addresses(address: str) -> None:
    assert message.address_fault(address)


@pytest.mark.parametrize("address", ["a@b.org", "first.last+tag@sub.example.co", "o'neil@example.org", "a@xn--mgbgda2e8f.xn--mgba3a4f16a"])
def test_addresses(address: str) -> None:
    assert message.address_fault(address) is None


@pytest.mark.parametrize(
    "address", ["ftp://example.org/", "javascript:alert(1)", "https:/example.org", "https://exa mple.org/", "https://a@example.org/",
                "https://example.org/<x>", "mailto:nobody", "mailto:a@example.org?subject=a b", "https://نمونه.ایران/", "leave"]
)  # fmt: skip
def test_no_addresses_to_unsubscribe(address: str) -> None:
    assert "unsubscribe" in refused(replace(LETTER, unsubscribe=address))


def test_the_reader_s_own_address_stands_where_the_placeholder_was() -> None:
    mark = message.placeholder(TEXT, HTML)
    assert mark not in TEXT + HTML and mark == message.placeholder(TEXT, HTML) != message.placeholder(HTML, TEXT)
    letter = replace(LETTER, text=f"{TEXT}{mark}\n", html=f'{HTML}<a href="{mark}">x</a>\n', placeholder=mark)
    address = 'https://example.org/leave?a=1&b=\'"'.replace('"', "%22")
    text, markup = parts_of(write(replace(letter, unsubscribe=address)))
    assert text == f"{TEXT}{address}\n"
    assert markup == f'{HTML}<a href="{html.escape(address)}">x</a>\n'
    text, markup = parts_of(write(replace(letter, unsubscribe="")))
    assert mark in text and mark in markup


def test_the_digest_is_of_what_is_read_and_not_of_who_reads_it() -> None:
    one = message.digest(LETTER)
    assert one == message.digest(replace(LETTER, to=READER, unsubscribe="https://example.org/x"))
    assert one != message.digest(replace(LETTER, html=HTML + " "))
    assert one != message.digest(replace(LETTER, pictures=(Picture(cid="a", media_type="image/png", data=b"1"),)))


# --- all of Unicode -----------------------------------------------------------------------------

ANYTHING = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0\n\v\f\r\x85\u2028\u2029"))
MIXED = st.lists(st.sampled_from(["نیم‌فاصله", "(C++)", "v3.12.", "=?utf-8?q?x?=", "?=", "«", "e\u0301", "🇮🇷", "\u200f", " ", "  ",
                                  "word", "a" * 76, "\u2067x\u2069", '"', "\\", "<a@b.c>", ",", "\t"])).map("".join)  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(subject=ANYTHING | MIXED)
def test_any_subject_comes_back(subject: str) -> None:
    letter = replace(LETTER, subject=subject, text="متن", html="x")
    wanted = cleaned(subject)
    if not wanted:
        assert "no title" in refused(letter)
        return
    data = write(letter)
    assert data.isascii() and data.count(b"\n") == data.count(b"\r\n") == data.count(b"\r")
    folded = field(data, "Subject")
    assert max(map(len, folded.split("\r\n"))) <= 78
    assert max(map(len, re.findall(r"=\?utf-8\?b\?[^?]*\?=", folded)), default=0) <= 75
    if "=?" in folded:
        assert max(map(len, folded.split("\r\n"))) <= 76
    assert parsed(data)["Subject"] == wanted
    assert fast_mail_parser.parse_email(data).subject == wanted


@settings(deadline=None, max_examples=300)
@given(name=ANYTHING | MIXED)
def test_any_name_comes_back(name: str) -> None:
    data = write(replace(LETTER, sender=Mailbox(name=name, address="post@example.org"), text="", html=""))
    folded = field(data, "From")
    assert max(map(len, folded.split("\r\n"))) <= 78
    assert max(map(len, re.findall(r"=\?utf-8\?b\?[^?]*\?=", folded)), default=0) <= 75
    wanted = cleaned(name)
    (sender,) = parsed(data)["From"].addresses
    assert sender.addr_spec == "post@example.org"
    if folded.count("=?") < 2:  # the standard library puts spaces between more, and makes one of many
        assert sender.display_name.split() == wanted.split()
    if "=?" in folded:
        assert str(make_header(decode_header(" ".join(folded.split()[1:-1])))) == wanted


@settings(deadline=None, max_examples=200)
@given(text=st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r")), markup=MIXED)
def test_any_body_comes_back(text: str, markup: str) -> None:
    data = write(replace(LETTER, text=text, html=markup))
    assert data.isascii() and max(map(len, data.split(b"\r\n"))) <= 78
    assert parts_of(data) == (text, markup)


@settings(deadline=None, max_examples=200)
@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=20))
def test_a_letter_refuses_a_title_or_keeps_its_headers(subject: str) -> None:
    """No title makes a header of its own."""
    letter = replace(LETTER, subject=f"x{subject}y")
    names = [one.partition(":")[0] for one in head_of(write(LETTER))]
    if message.line_end(subject):
        assert message.line_end(subject) in refused(letter)
    else:
        assert [one.partition(":")[0] for one in head_of(write(letter))] == names
        assert parsed(write(letter))["Subject"] == cleaned(letter.subject)
