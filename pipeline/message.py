"""One mail as bytes: what a letter says, in the form in which mail travels.

Takes text, HTML and pictures that others made and writes a message of RFC 5322: seven
bits, the same bytes for the same letter. The headers are folded here, because the
standard library encodes List-Unsubscribe as soon as it is long (one-click then fails in
mail programs), or else makes encoded words that are too long for RFC 2047. What would
end a header early is refused, wherever it comes from. It renders nothing, sends nothing
and reads no clock.

A letter without a recipient is the file that `newsletter build --format eml` writes: it
has no To, for it is nobody's; RFC 5322 asks for From and Date alone.
"""

from __future__ import annotations

import html
import re
from base64 import b64encode
from binascii import b2a_qp
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from hashlib import sha256
from urllib.parse import quote

from pipeline.bidi import neutralise
from pipeline.problems import ContentError, Problem, problem
from pipeline.speech import Said, say

ONE_CLICK = "List-Unsubscribe=One-Click"
"""The only value of List-Unsubscribe-Post (RFC 8058, section 3.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """Whose address: `name` as people read it, any text; `address` in ASCII."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture within the mail; the HTML shows it as `cid:` and its `cid`."""

    cid: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail before it is bytes.

    `issue` is the document's name, `edition` the language's tag (or the name of a
    bilingual edition), `languages` the tags of what is read in it. `date` is aware; it is
    the issue's and not today's. `unsubscribe` is a web address or mailto:; wherever text
    and HTML have `placeholder`, it is put in its place. `path` is named in problems.
    """

    issue: str
    edition: str
    languages: tuple[str, ...]
    subject: str
    text: str
    html: str
    date: datetime
    sender: Mailbox
    to: Mailbox | None = None
    reply_to: str = ""
    pictures: tuple[Picture, ...] = ()
    list_id: str = ""
    unsubscribe: str = ""
    one_click: bool = False
    placeholder: str = ""
    path: str = ""


def write(letter: Letter) -> bytes:
    """The letter as a message: lines end in CRLF, bytes are below 128.

    Raises ContentError with everything in it that cannot stand in a header.
    """
    problems = _faults(letter)
    if problems:
        raise ContentError(problems=tuple(problems))
    tags = ", ".join(letter.languages)
    head = [
        _mailbox("From", letter.sender),
        *([_mailbox("To", letter.to)] if letter.to else []),
        *([_mailbox("Reply-To", Mailbox(address=letter.reply_to))] if letter.reply_to else []),
        _words("Subject", cleaned(letter.subject)),
        f"Date: {format_datetime(letter.date)}",
        f"Message-ID: {message_id(letter)}",
        *_list_headers(letter),
        f"Content-Language: {tags}",
        "MIME-Version: 1.0",
    ]
    text, markup = _bodies(letter)
    seal = sha256("\0".join((*head, text, markup)).encode())
    for picture in letter.pictures:
        seal.update(sha256(picture.data).digest())
    # An equals sign stands in no base64 line before its end and never bare in
    # quoted-printable, so that no part can hold a line that begins so.
    boundary = f"=_{seal.hexdigest()[:32]}"
    plain = _text_part("plain", text, tags)
    rich = _text_part("html", markup, tags)
    if letter.pictures:
        parts = [rich, *(_picture_part(picture) for picture in letter.pictures)]
        rich = _multipart('related; type="text/html"', f"{boundary}.1", parts)
    return ("\r\n".join(head) + "\r\n" + _multipart("alternative", boundary, [plain, rich])).encode("ascii")


def message_id(letter: Letter) -> str:
    """The same for an issue, a language and a recipient, whatever the text.

    The recipient cannot be read out of it; the domain is the sender's.
    """
    to = letter.to.address.casefold() if letter.to else ""
    name = "\0".join((letter.sender.address.casefold(), letter.issue, letter.edition, to))
    return f"<{_digest(name)}@{letter.sender.address.rpartition('@')[2].lower()}>"


def digest(letter: Letter) -> str:
    """What tells whether two letters say the same, whoever they go to."""
    parts = [letter.subject, letter.text, letter.html]
    for picture in letter.pictures:
        parts += (picture.cid, sha256(picture.data).hexdigest())
    return _digest("\0".join(parts))


def placeholder(*texts: str) -> str:
    """An address to stand for the one at which a reader unsubscribes.

    None of the `texts` that go into the letter can name it, for it is made of them. Its
    host is one that never is (RFC 2606).
    """
    return f"https://unsubscribe.invalid/{_digest(chr(0).join(texts))}"


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


# --- what may not be ------------------------------------------------------------------------

# What one reader or another takes for the end of a line, and NUL.
_LINE_ENDS = re.compile("[\0\n\v\f\r\x85\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x01-\x1f\x7f-\x9f]")
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+(?!\d+\Z){_LABEL}")
_CID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+@-]{0,200}")
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]*")
_TAG = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")
_LIST_ID = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+")
_MOST = 900
"""The longest address for List-Unsubscribe: it stays on one line, of 998 characters at most."""


def cleaned(text: str) -> str:
    """A subject or a name as it goes into a header.

    Without control characters, without bidi controls that would reach beyond it, and
    without white space around it.
    """
    return neutralise(_CONTROL.sub("", text.replace("\t", " "))).strip()


def line_end(text: str) -> str:
    """The first character for which a text may not reach a header, as U+000A; or nothing."""
    found = _LINE_ENDS.search(text) or _SURROGATE.search(text)
    return f"U+{ord(found.group()):04X}" if found else ""


def address_fault(address: str) -> Said | None:
    """Why mail cannot go to that address, or None.

    Addresses that are not in ASCII would need SMTPUTF8 all the way to the recipient.
    """
    if not address.isascii():
        if address.rpartition("@")[0].isascii():
            return say("the domain is not in ASCII: write it in its xn-- form")
        return say("it is not in ASCII, and few mail servers take such addresses")
    if len(address) > 254 or len(address.rpartition("@")[0]) > 64:  # RFC 5321, section 4.5.3.1
        return say("it is too long")
    if not _ADDRESS.fullmatch(address):
        return say("it is no e-mail address")
    return None


def unsubscribe_fault(address: str) -> Said | None:
    """Why that cannot stand in List-Unsubscribe, or None."""
    if address.startswith("mailto:"):
        return address_fault(address.removeprefix("mailto:").partition("?")[0]) or _uri_fault(address)
    if not re.match(r"https?://[A-Za-z0-9.\[\]:-]+(?:[/?#]|\Z)", address):
        return say("it begins with https://, http:// or mailto:, and its host is in ASCII")
    return _uri_fault(address)


def _uri_fault(address: str) -> Said | None:
    if found := re.search(r"[\x00-\x20\x7f-\xa0\u2028\u2029<>\"\\]", address):
        return say("it holds the character {code}", code=f"U+{ord(found.group()):04X}")
    if _SURROGATE.search(address):
        return say("it is no text")
    if len(_uri(address)) > _MOST:
        return say("it is too long")
    return None


def _uri(address: str) -> str:
    """An address in ASCII: what else stands in its path is percent-encoded."""
    return quote(address, safe="!#$%&'()*+,/:;=?@[]~")


def _faults(letter: Letter) -> list[Problem]:
    found: list[Problem] = []

    def refuse(message: Said, hint: Said | None = None) -> None:
        found.append(problem("header", message, letter.path, hint=hint or ""))

    one_line = say("write it on one line")
    if code := line_end(letter.subject):
        refuse(say("the title holds the character {code}", code=code), one_line)
    elif not cleaned(letter.subject):
        refuse(say("the letter has no title"))
    if code := line_end(letter.sender.name):
        refuse(say("the sender's name holds the character {code}", code=code), one_line)
    if letter.to and (code := line_end(letter.to.name)):
        refuse(say("the recipient's name holds the character {code}", code=code), one_line)
    if not letter.sender.address:
        refuse(say("nobody sends the letter"), say("add `sender` under [newsletter] in content/site.toml"))
    for address in (letter.sender.address, letter.reply_to, *([letter.to.address] if letter.to else [])):
        if address and (fault := address_fault(address)):
            refuse(say("the address `{address}`: {fault}", address=address, fault=fault))
    if letter.unsubscribe and (fault := unsubscribe_fault(letter.unsubscribe)):
        refuse(say("the address to unsubscribe: {fault}", fault=fault))
    if letter.list_id and not _LIST_ID.fullmatch(letter.list_id):
        refuse(say("`{name}` is no list's name", name=letter.list_id))
    for tag in letter.languages:
        if not _TAG.fullmatch(tag):
            refuse(say("`{name}` is no language's tag", name=tag))
    for picture in letter.pictures:
        if not _CID.fullmatch(picture.cid) or not _MEDIA_TYPE.fullmatch(picture.media_type):
            name = f"{picture.cid} ({picture.media_type})"
            refuse(say("the picture `{name}` cannot be named in a mail", name=name))
    for text in (letter.text, letter.html):
        if _SURROGATE.search(text):
            refuse(say("the letter holds half a character, which is no text"))
    return found


# --- headers ----------------------------------------------------------------------------------

_LINE = 78
"""How long a header's line had better be (RFC 5322, section 2.1.1)."""

_WORD_LINE, _WORD = 76, 75
"""How long a line with encoded words may be, and an encoded word (RFC 2047, section 2)."""

_PLAIN = re.compile(r"[!-~]+(?: [!-~]+)*")
_ATOMS = re.compile(rf"{_ATOM}(?: {_ATOM})*")


def _words(name: str, text: str) -> str:
    """A header of free text: as it stands where every reader gives that back, else encoded."""
    if _plain(text):
        return _fold(name, text.split(" "))
    return _fold(name, _encoded(text, len(name) + 2))


def _plain(text: str) -> bool:
    return (
        _PLAIN.fullmatch(text) is not None
        and "=?" not in text
        and max(map(len, text.split(" "))) <= _WORD
    )


def _encoded(text: str, before: int) -> list[str]:
    """Encoded words that make up `text`, no character cut in two; the first stands after
    `before` characters."""
    words: list[str] = []
    chunk = b""
    room = _room(_WORD_LINE - before)
    for character in text:
        more = character.encode()
        if len(chunk) + len(more) > room:
            words.append(chunk.decode())
            chunk, room = b"", _room(_WORD)
        chunk += more
    words.append(chunk.decode())
    return [f"=?utf-8?b?{b64encode(word.encode()).decode()}?=" for word in words]


def _room(characters: int) -> int:
    """How many bytes an encoded word of so many characters holds."""
    return (min(characters, _WORD) - len("=?utf-8?b??=")) // 4 * 3


def _mailbox(name: str, mailbox: Mailbox) -> str:
    """A header with one address, and before it the name, as words, quoted or encoded."""
    said = cleaned(mailbox.name)
    if not said:
        return _fold(name, [mailbox.address])
    quoted = '"' + re.sub(r'(["\\])', r"\\\1", said) + '"'
    if not _plain(said) or len(quoted) > _WORD:
        words = _encoded(said, len(name) + 2)
    elif _ATOMS.fullmatch(said):
        words = said.split(" ")
    else:
        words = [quoted]
    return _fold(name, [*words, f"<{mailbox.address}>"])


def _fold(name: str, words: Iterable[str]) -> str:
    """The header's lines, broken between words only: what was a space is still one."""
    lines = [f"{name}:"]
    for word in words:
        if len(lines[-1]) + 1 + len(word) > _LINE or (
            word.startswith("=?") and len(lines[-1]) + 1 + len(word) > _WORD_LINE
        ):
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines)


def _list_headers(letter: Letter) -> list[str]:
    """List-Id and List-Unsubscribe, never encoded and never cut."""
    lines = []
    if letter.list_id:
        lines.append(_fold("List-Id", [f"<{letter.list_id}>"]))
    if letter.unsubscribe:
        lines.append(_fold("List-Unsubscribe", [f"<{_uri(letter.unsubscribe)}>"]))
        # Only where a POST is answered, which is nowhere but at such an address.
        if letter.one_click and letter.unsubscribe.startswith("https://"):
            lines.append(f"List-Unsubscribe-Post: {ONE_CLICK}")
    return lines


# --- the body -----------------------------------------------------------------------------------


def _bodies(letter: Letter) -> tuple[str, str]:
    """Text and HTML, with the reader's own address to unsubscribe."""
    text, markup = letter.text, letter.html
    if letter.placeholder and letter.unsubscribe:
        address = _uri(letter.unsubscribe)
        text = text.replace(letter.placeholder, address)
        markup = markup.replace(letter.placeholder, html.escape(address))
    return text, markup


_ASCII = bytes(range(128))


def _multipart(kind: str, boundary: str, parts: Iterable[str]) -> str:
    body = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    return f'Content-Type: multipart/{kind};\r\n boundary="{boundary}"\r\n\r\n{body}--{boundary}--\r\n'


def _text_part(kind: str, text: str, tags: str) -> str:
    """A text that can be read as it stands where most of it is ASCII, else the shorter way."""
    data = text.replace("\r\n", "\n").replace("\r", "\n").encode()
    if len(data.translate(None, _ASCII)) * 6 <= len(data):
        name, body = "quoted-printable", b2a_qp(data, istext=True).decode("ascii").replace("\n", "\r\n")
    else:
        name, body = "base64", _base64(data.replace(b"\n", b"\r\n"))
    return (
        f'Content-Type: text/{kind}; charset="utf-8"\r\n'
        f"Content-Language: {tags}\r\n"
        f"Content-Transfer-Encoding: {name}\r\n\r\n{body}"
    )


def _picture_part(picture: Picture) -> str:
    return (
        f"Content-Type: {picture.media_type}\r\n"
        f"Content-ID: <{picture.cid}>\r\n"
        "Content-Disposition: inline\r\n"
        f"Content-Transfer-Encoding: base64\r\n\r\n{_base64(picture.data)}"
    )


def _base64(data: bytes) -> str:
    text = b64encode(data).decode("ascii")
    return "\r\n".join(text[at : at + 76] for at in range(0, len(text), 76))
