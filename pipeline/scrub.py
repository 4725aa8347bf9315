"""Files of pictures as they may go out: without hidden data, and without a program.

A photograph's file says where it was taken, on which day and with which camera: `stripped`
takes that out and touches no pixel. A drawing (SVG) can hold a script, and one opened by
itself would run it: `dangers` names what must not be there. It decodes no picture and
mends none; what it does not understand it says or leaves as it is.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple
from zlib import crc32

from pipeline.speech import say

# --- photographs --------------------------------------------------------------------------


def stripped(data: bytes) -> bytes:
    """A JPEG, PNG, WebP or GIF file without Exif, XMP, IPTC, comments and what hangs behind it.

    Which way is up stays, and so do colour profiles. Other files, and those that are
    `broken`, come back as they are.
    """
    found = _stripped(data)
    return data if found is None else found


def broken(data: bytes) -> bool:
    """Whether such a file does not hold together to its end, so that nobody can tell what
    is hidden in it. Other files are none."""
    return _stripped(data) is None


def _stripped(data: bytes) -> bytes | None:
    try:
        if data[:2] == b"\xff\xd8":
            return _jpeg(data)
        if data[:8] == _PNG:
            return _png(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp(data)
        if data[:6] in (b"GIF87a", b"GIF89a"):
            return _gif(data)
    except (struct.error, IndexError, ValueError):
        return None
    return data


def tells_more(data: bytes) -> bool:
    """Whether an AVIF or HEIF file holds Exif or XMP, which `stripped` does not take out."""
    if data[4:8] != b"ftyp" or data[8:11] not in (b"avi", b"hei", b"hev", b"mif", b"msf"):
        return False
    return b"Exif" in data or b"application/rdf+xml" in data


_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset(
    (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP",
     b"mDCV", b"cLLI", b"bKGD", b"hIST", b"pHYs", b"sPLT", b"acTL", b"fcTL", b"fdAT")
)  # fmt: skip


def _exif(turn: int) -> bytes:
    """Exif that says which way is up and nothing else (TIFF 6.0; tag 0x0112)."""
    return b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, turn, 0, 0)


def _turn(exif: bytes) -> int:
    """Which way is up, 1 to 8, by Exif's first directory; 1 is upright."""
    exif = exif.removeprefix(b"Exif\0\0")
    try:
        return _orientation(exif)
    except struct.error:  # what says nothing is dropped all the same
        return 1


def _orientation(exif: bytes) -> int:
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None:
        return 1
    (at,) = struct.unpack_from(f"{order}I", exif, 4)
    (count,) = struct.unpack_from(f"{order}H", exif, at)
    for number in range(count):
        tag, kind, _, value = struct.unpack_from(f"{order}HHIH", exif, at + 2 + 12 * number)
        if tag == 0x0112 and kind == 3 and 1 <= value <= 8:
            return int(value)
    return 1


_MARKER = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])")


def _jpeg(data: bytes) -> bytes | None:
    """ITU T.81, annex B: marker segments, and scans between them, up to the first EOI.

    What stands between segments and is none is dropped; a missing EOI is put there.
    """
    kept: list[bytes] = []
    exif, at, size = b"", 2, len(data)
    while (found := _MARKER.search(data, at)) is not None:
        marker, start = found[1][0], found.start()
        at = found.end()
        if marker == 0xD9:
            break
        (length,) = struct.unpack_from(">H", data, at)
        end = at + length
        content = data[at + 2 : end]
        if length < 2 or end > size or marker in (0x01, 0xD8):
            return None
        if marker == 0xDA:
            following = _MARKER.search(data, end)
            end = following.start() if following else size
        if marker == 0xE1 and content.startswith(b"Exif\0\0"):
            exif = exif or content
        icc = marker == 0xE2 and content.startswith(b"ICC_PROFILE\0")
        if icc or marker in (0xE0, 0xEE) or not (0xE0 <= marker <= 0xEF or marker == 0xFE):
            kept.append(data[start:end])
        at = end
    turn = _turn(exif) if exif else 1
    if turn != 1:
        body = b"Exif\0\0" + _exif(turn)
        own = b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
        kept.insert(1 if kept and kept[0][1] == 0xE0 else 0, own)
    return b"\xff\xd8" + b"".join(kept) + b"\xff\xd9"


def _png(data: bytes) -> bytes | None:
    """PNG, third edition, 5.3: chunks up to IEND, those kept that change how it looks."""
    kept, at, turn = [data[:8]], 8, 1
    while True:
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            return None
        if kind == b"eXIf":
            turn = _turn(data[at + 8 : end - 4])
        elif kind in _PNG_KEPT:
            if kind == b"IDAT" and turn != 1:
                body = b"eXIf" + _exif(turn)
                kept.append(struct.pack(">I", len(body) - 4) + body + struct.pack(">I", crc32(body)))
                turn = 1
            kept.append(data[at:end])
        at = end
        if kind == b"IEND":
            return b"".join(kept)


def _webp(data: bytes) -> bytes | None:
    """WebP's container (RFC 9649): VP8X says which chunks there are."""
    (size,) = struct.unpack_from("<I", data, 4)
    end, at, turn, extended = min(len(data), size + 8), 12, 1, -1
    kept: list[bytes] = []
    while at + 8 <= end:
        kind, length = struct.unpack_from("<4sI", data, at)
        following = at + 8 + length + (length & 1)
        if following > end + 1:
            return None
        chunk = data[at:following].ljust(following - at, b"\0")
        if kind == b"EXIF":
            turn = _turn(chunk[8:])
        elif kind in (b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"):
            if kind == b"VP8X":
                extended = len(kept)
            kept.append(chunk)
        at = following
    if extended >= 0:
        flags = kept[extended][8] & ~0b1100  # neither Exif nor XMP …
        if turn != 1:
            flags |= 0b1000  # … but for the way up
            own = _exif(turn)
            kept.append(b"EXIF" + struct.pack("<I", len(own)) + own)
        kept[extended] = kept[extended][:8] + bytes((flags,)) + kept[extended][9:]
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _gif(data: bytes) -> bytes | None:
    """GIF89a, 20 to 26: pictures, how long each is shown and how often; no comment, no
    application's own data but that, and a colour profile."""
    at = 13 + _colours(data[10])
    kept = [data[:at]]
    while data[at] != 0x3B:
        start = at
        if data[at] == 0x2C:
            at = _blocks(data, at + 11 + _colours(data[at + 9]))
            stays = True
        elif data[at] == 0x21:
            at = _blocks(data, at + 2)
            stays = data[start + 1] == 0xF9 or data[start + 1 : start + 14] in _GIF_KEPT
        else:
            return None
        if stays:
            kept.append(data[start:at])
    return b"".join(kept) + b";"


_GIF_KEPT = (b"\xff\x0bNETSCAPE2.0", b"\xff\x0bANIMEXTS1.0", b"\xff\x0bICCRGBG1012")


def _colours(flags: int) -> int:
    """How many bytes a table of colours takes, by the flags that say whether there is one."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _blocks(data: bytes, at: int) -> int:
    """Where a row of blocks ends, each of which begins with its length, the last with 0."""
    while length := data[at]:
        at += length + 1
    return at + 1


# --- drawings -----------------------------------------------------------------------------


class Danger(NamedTuple):
    """What a drawing must not hold, and the line of the drawing where it stands."""

    line: int
    what: str


_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
# SVG 2's elements, without scripts, foreign content and what listens.
_NAMES = """
a animate animateMotion animateTransform circle clipPath defs desc ellipse feBlend feColorMatrix
feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap
feDistantLight feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feImage
feMerge feMergeNode feMorphology feOffset fePointLight feSpecularLighting feSpotLight feTile
feTurbulence filter g image line linearGradient marker mask metadata mpath path pattern polygon
polyline radialGradient rect set stop style svg switch symbol text textPath title tspan use view
font font-face font-face-src font-face-name glyph missing-glyph hkern vkern tref cursor
color-profile flowRoot flowRegion flowPara flowSpan solidColor mesh meshgradient meshrow
meshpatch hatch hatchpath
"""
_ELEMENTS = frozenset(_NAMES.split())
# What browsers give a meaning beside SVG; the editors' own namespaces mean nothing to them.
_ALIVE = frozenset(
    ("http://www.w3.org/1999/xhtml", "http://www.w3.org/1998/Math/MathML",
     "http://www.w3.org/1999/XSL/Transform", "http://www.w3.org/2001/xml-events",
     "http://www.mozilla.org/keymaster/gatekeeper/there.is.only.xul", "http://www.mozilla.org/xbl")
)  # fmt: skip
# Attributes that browsers read as they read a style, and that may name a file.
_STYLED = frozenset(
    ("style", "background", "background-image", "clip-path", "color-profile", "cursor", "fill", "filter", "marker",
     "marker-end", "marker-mid", "marker-start", "mask", "mask-image", "stroke")
)  # fmt: skip
_DATA_IMAGE = re.compile(r"data:image/(?:png|jpe?g|gif|webp|avif)[;,]", re.IGNORECASE)
_DATA_FONT = re.compile(r"data:(?:font/|application/(?:x-)?font)", re.IGNORECASE)
_SPACE = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202f\u2060\ufeff]+")
_URL = re.compile(r"url\s*\(\s*['\"]?\s*([^'\")\s]*)", re.IGNORECASE)
_IN_STYLE = re.compile(
    r"(@import|image-set\s*\(|\bimage\s*\(|src\s*\(|expression\s*\(|-moz-binding|behavior\s*:|\\)", re.IGNORECASE
)


def dangers(data: bytes) -> list[Danger]:
    """Why a drawing may not be published: scripts, foreign content, addresses elsewhere.

    A page shows a drawing as a picture, in which nothing runs; opened by itself it is a
    document of the site. Empty where it is harmless.
    """
    from xml.parsers import expat

    found: list[Danger] = []
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    style: list[str] | None = None
    depth = 0

    def add(what: str) -> None:
        found.append(Danger(parser.CurrentLineNumber, what))

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        nonlocal depth, style
        space, _, name = tag.rpartition(" ")
        if not depth and (space, name) != (_SVG, "svg"):
            add(say("something else than a drawing"))
        depth += 1
        if (space in ("", _SVG) and name not in _ELEMENTS) or space in _ALIVE:
            add(f"`<{name}>`")
        if style is not None:
            add(say("`{sign}` in a style", sign=f"<{name}>"))
            raise _Enough
        if name == "style":
            style = []
        for what in _attributes(name, attributes):
            add(what)

    def end(tag: str) -> None:
        nonlocal depth, style
        if style is not None:
            for what in _style("".join(style)):
                add(what)
            style = None
        depth -= 1

    def text(words: str) -> None:
        if style is not None:
            style.append(words)

    def entity(name: str, *_: object) -> None:
        add(say("the entity `{name}`", name=name))
        raise _Enough

    def instruction(target: str, _: str) -> None:
        if target.lower() != "xml":
            add(f"`<?{target}>`")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = text
    parser.EntityDeclHandler = entity
    parser.ProcessingInstructionHandler = instruction
    try:
        parser.Parse(data, True)
    except _Enough:
        pass
    except expat.ExpatError as error:
        why = expat.errors.messages[error.code]
        found.append(Danger(error.lineno, say("XML that does not hold together ({why})", why=why)))
    except (ValueError, LookupError) as error:  # an encoding that is none
        found.append(Danger(1, say("XML that does not hold together ({why})", why=str(error))))
    return list(dict.fromkeys(found))


class _Enough(Exception):
    """Nothing more needs to be read."""


def _attributes(element: str, attributes: Mapping[str, str]) -> Iterator[str]:
    for key, value in attributes.items():
        space, _, name = key.rpartition(" ")
        lower = name.lower()
        plain = _SPACE.sub("", value)
        if lower.startswith("on") or lower == "ping":
            yield f"`{name}=`"
        elif lower in ("href", "src") and space in ("", _XLINK):
            if not _may_lead(element, plain):
                yield say("the address `{address}`", address=value[:40])
        elif lower == "base" and space:
            yield "`xml:base=`"
        elif lower == "attributename" and _SPACE.sub("", value).lower().rpartition(":")[2].startswith(
            ("href", "src", "on")
        ):
            yield say("an animation of `{name}`", name=value[:40])
        elif "script:" in plain.lower():
            yield say("a script in `{name}=`", name=name)
        else:
            yield from _style(value, whole=lower in _STYLED)


def _may_lead(element: str, address: str) -> bool:
    if address.startswith("#") or _DATA_IMAGE.match(address):
        return True
    # a link that a reader follows may lead out, by the schemes that links of pages may have
    return element == "a" and address.lower().startswith(("https://", "http://", "mailto:", "tel:"))


def _style(text: str, whole: bool = True) -> Iterator[str]:
    """What a style (or, not `whole`, a value of one) asks for from elsewhere."""
    if whole and (match := _IN_STYLE.search(text)):
        yield say("`{sign}` in a style", sign=match[1])
    elif "\\" in text and "(" in text:
        yield say("`{sign}` in a style", sign="\\")
    for match in _URL.finditer(text):
        address = match[1]
        if address and not (
            address.startswith("#") or _DATA_IMAGE.match(address) or _DATA_FONT.match(address)
        ):
            yield say("the address `{address}`", address=address[:40])


_LENGTH = re.compile(r"\s*([0-9]{1,6}(?:\.[0-9]{1,9})?|\.[0-9]{1,9})(?:px)?\s*")


def measures(data: bytes) -> tuple[int, int]:
    """A drawing's width and height in pixels by its first tag; zeros where it says none,
    or more than a million."""
    from xml.parsers import expat

    found: dict[str, str] = {}

    def start(_: str, attributes: dict[str, str]) -> None:
        found.update(attributes)
        raise _Enough

    def entity(*_: object) -> None:
        raise _Enough

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EntityDeclHandler = start, entity
    with suppress(_Enough, expat.ExpatError, ValueError, LookupError):
        parser.Parse(data, True)
    box = found.get("viewBox", "")[:100].replace(",", " ").split()
    of_box = (box[2], box[3]) if len(box) == 4 else ("", "")
    for wide, tall in ((found.get("width", ""), found.get("height", "")), of_box):
        width, height = _LENGTH.fullmatch(wide[:100]), _LENGTH.fullmatch(tall[:100])
        if width and height:
            return round(float(width[1])), round(float(height[1]))
    return 0, 0
