"""Pictures: what a file holds, smaller versions of it, and cards drawn from text.

The only user of Pillow. Text on a card is put in order by `shaping` and drawn run by run:
by raqm where that is, else letter by letter, to the same picture. It reads and writes no
file of the site, and trusts none: what cannot be decoded is a PictureError that says why.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from pipeline.bidi import direction_of
from pipeline.model import Direction
from pipeline.shaping import Run, arranged, clusters, joined
from pipeline.speech import say

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont

WIDTHS = (480, 960, 1440)
"""How many pixels wide smaller versions are; none is wider than the picture."""

QUALITY = 80
"""WebP's quality, 0 to 100. WebP, for a `srcset` names no types: whatever stands in it must
be shown by every browser. Measured, AVIF is a third smaller and takes four times as long."""

_TALLEST = 16_383
"""Pixels; WebP knows no longer side (RFC 9649, 2.6)."""

_SMALL = 4096
"""Bytes; a file below that has nothing to gain."""

_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF")
"""What browsers show, and the decoders that are let near a file."""

KINDS = frozenset(("jpg", "jpeg", "png", "gif", "webp", "avif"))
"""How names of such files end."""


class PictureError(Exception):
    """A file that cannot be shown; its text says why."""


def pillow() -> str:
    """The version of what reads, scales and draws."""
    from PIL import __version__

    return __version__


@cache
def engine() -> tuple[str, bool]:
    """What drawn bytes depend on beside our own words: Pillow's version, and raqm."""
    from PIL import features

    return pillow(), bool(features.check("raqm"))


# --- photographs --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A smaller version of a picture: its width in pixels, and a WebP file."""

    width: int
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A picture's width and height in pixels, the right way up, and its smaller versions."""

    width: int
    height: int
    versions: tuple[Version, ...] = ()


def measure(data: bytes, *, smaller: bool = True) -> Measured:
    """Decode a picture whole, and make its smaller versions unless it moves.

    Versions are upright, in sRGB, and hold no metadata; none is made that is not smaller
    than the file, and none of a file that is small. Raises PictureError.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
                return _measured(picture, len(data), smaller)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        limit = (Image.MAX_IMAGE_PIXELS or 0) // 1_000_000
        raise PictureError(say("it has more than {limit} million pixels", limit=limit)) from None
    except UnidentifiedImageError:
        raise PictureError(say("it is none of {kinds}", kinds=_FORMATS)) from None
    except MemoryError:
        raise PictureError(say("it takes more memory than there is")) from None
    except Exception as error:  # decoders meet a stranger's bytes: what they raise is no contract
        said = str(error).partition("\n")[0] or type(error).__name__
        raise PictureError(say("it cannot be decoded: {said}", said=said)) from None


def _measured(picture: Image.Image, size: int, smaller: bool) -> Measured:
    from PIL import ExifTags, Image, ImageOps

    turned = picture.getexif().get(ExifTags.Base.Orientation, 1) in (5, 6, 7, 8)
    width, height = picture.size[::-1] if turned else picture.size
    if getattr(picture, "is_animated", False) or size < _SMALL or not smaller:
        picture.load()
        return Measured(width=width, height=height)
    few = picture.mode in ("1", "P", "L") and picture.format != "JPEG"  # colours: drawn, or scanned
    if picture.format == "JPEG" and width > 2 * WIDTHS[-1]:
        rough = (WIDTHS[-1] * 2, WIDTHS[-1] * 2 * height // width)
        picture.draft(None, rough[::-1] if turned else rough)
    picture.load()
    upright = ImageOps.exif_transpose(picture)
    plain = _plain(upright, picture.info.get("icc_profile"))
    widths = [wanted for wanted in WIDTHS if wanted < width]
    if width <= WIDTHS[-1]:
        widths.append(width)
    made: list[Version] = []
    for wanted in reversed(widths):
        tall = max(1, round(height * wanted / width))
        if tall > _TALLEST:
            continue
        same = plain.size == (wanted, tall)
        if not same:
            plain = plain.resize((wanted, tall), Image.Resampling.LANCZOS, reducing_gap=3)
        found = _webp(plain, lossless=few and same)
        if len(found) < (len(made[-1].data) if made else size):
            made.append(Version(width=wanted, data=found))
    return Measured(width=width, height=height, versions=tuple(reversed(made)))


def _plain(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """A picture as RGB or RGBA in sRGB, whatever it was."""
    from PIL import ImageCms

    if picture.mode.startswith("I"):  # 16 bits of grey
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    if profile and picture.mode in ("RGB", "RGBA", "CMYK", "L"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if "srgb" not in ImageCms.getProfileDescription(source).lower():
                alpha = picture.getchannel("A") if picture.mode == "RGBA" else None
                base = picture.convert("RGB") if alpha is not None else picture
                done = ImageCms.profileToProfile(
                    base, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
                )
                if done is not None:
                    if alpha is not None:
                        done.putalpha(alpha)
                    return done
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # a profile that says nothing is none
    alpha_in = picture.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in picture.info
    mode = "RGBA" if alpha_in else "RGB"
    return picture if picture.mode == mode else picture.convert(mode)


def _webp(picture: Image.Image, *, lossless: bool) -> bytes:
    stream = io.BytesIO()
    how = {"lossless": True, "quality": 50, "method": 3} if lossless else {"quality": QUALITY, "method": 4}
    picture.save(stream, "WEBP", exif=b"", xmp=b"", icc_profile=None, **how)
    return stream.getvalue()


# --- cards --------------------------------------------------------------------------------

SIZE = (1200, 630)
"""A card's width and height in pixels, as Open Graph's readers show it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a card shows, in one language: a title, the site's name above, two notes below.

    `language` is the tag; `direction` the base of all of it but `host`, which is an address.
    """

    title: str
    site: str
    note: str
    host: str
    language: str
    direction: Direction


_FONTS = {
    "ltr": ("fontpkg-source-serif-4", "SourceSerif4[opsz,wght].ttf"),
    "rtl": ("fontpkg-noto-sans-arabic", "NotoSansArabic[wdth,wght].ttf"),
}
"""The package and file of the font in which cards of a direction are set, as the theme has
it; the other one has the letters that it lacks."""

_MARGIN, _BAND, _FOOT = 84, 20, 540
_TITLE = (190, 520)  # from where to where the title may reach, in pixels from the top
_MOST = 600  # more characters than ever fit
_SIZES = (100, 90, 80, 72, 64, 56, 50, 44)
_LEADING = {"ltr": 1.2, "rtl": 1.5}
_BOLD, _REGULAR = 700, 400

# The theme's colours (see style.css): a picture of 16, four bits a pixel.
_PAPER, _INK, _SOFT, _RULE, _RUBRIC = (
    (0xFF, 0xFD, 0xF9), (0x1E, 0x1B, 0x17), (0x5F, 0x58, 0x4E), (0xD8, 0xD1, 0xC4), (0x8F, 0x2F, 0x1B)
)  # fmt: skip
_INKS = ((_INK, 1, 7), (_SOFT, 8, 6))  # an ink, its first place in the palette, its shades
_FULL, _RULE_AT, _RUBRIC_AT = 7, 14, 15


@cache
def font_versions() -> tuple[str, ...]:
    """What a card's look depends on beside its text."""
    from importlib.metadata import version

    return tuple(f"{package} {version(package)}" for package, _ in _FONTS.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Typeset:
    """A title in lines: its text, as far as there is room for it; the size of its letters
    in pixels; where each line starts and ends in the text."""

    text: str
    size: int
    lines: tuple[tuple[int, int], ...]


def typeset(card: Card) -> Typeset:
    """A card's title in the largest size in which it fits, in lines of about one length."""
    leading, width = _LEADING[card.direction], SIZE[0] - 2 * _MARGIN
    text = _shown(card.title[:_MOST]) or _shown(card.site)
    for size in _SIZES:
        most = int((_TITLE[1] - _TITLE[0]) / (size * leading))
        unit = width * 100 / size
        lines = _wrap(text, unit, card.direction)
        if lines is not None and len(lines) <= (min(most, 3) if size > 56 else most):
            break
    else:
        lines = _wrap(text, unit, card.direction, split=True)
        while lines is None or len(lines) > most:
            shorter = text[:-2].rpartition(" ")[0] or text[: len(text) * 3 // 4]
            text = shorter.rstrip(" …،,.:;-") + "…"
            lines = _wrap(text, unit, card.direction, split=True)
    low, high = unit / 2, unit
    for _ in range(7):  # the narrowest measure that takes no further line
        middle = (low + high) / 2
        narrower = _wrap(text, middle, card.direction)
        if narrower is not None and len(narrower) == len(lines):
            high, lines = middle, narrower
        else:
            low = middle
    return Typeset(text=text, size=size, lines=tuple(lines))


def draw(card: Card, *, raqm: bool | None = None) -> bytes:
    """A card as PNG; the same card gives the same bytes. `raqm` chooses the way to draw."""
    from PIL import Image, ImageDraw

    pen = _Pen(card.language, card.direction, engine()[1] if raqm is None else raqm)
    width, height = SIZE
    left, right = _MARGIN, width - _MARGIN
    sheets = [Image.new("L", (width, tall), 0) for tall in (_FOOT, height - _FOOT)]
    ink, soft = (ImageDraw.Draw(sheet) for sheet in sheets)
    title = typeset(card)
    step = title.size * _LEADING[card.direction]
    # what the lines take stands a little above the middle of its place
    top = _TITLE[0] + (_TITLE[1] - _TITLE[0] - step * len(title.lines)) * 0.4
    pen.write(ink, pen.line(card.site, 52, _BOLD, right - left), 100, left, right)
    for number, span in enumerate(title.lines):
        line = _Line(runs=arranged(title.text, card.direction, *span), size=title.size, weight=_BOLD)
        pen.write(ink, line, round(top + step * (number + 0.5) + title.size * 0.34), left, right)
    half = (right - left) // 2 - 20
    foot = 588 - _FOOT
    pen.write(soft, pen.line(card.note, 34, _REGULAR, half), foot, left, right)
    pen.write(soft, pen.line(card.host, 34, _REGULAR, half, "ltr"), foot, left, right, end=True)

    picture = Image.new("P", SIZE, 0)
    picture.putpalette(_palette())
    for sheet, above, ink_of in zip(sheets, (0, _FOOT), _INKS, strict=True):
        picture.paste(sheet.point(_shades(*ink_of[1:])), (0, above))
    on = ImageDraw.Draw(picture)
    edge = width - _BAND if card.direction == "rtl" else 0
    on.rectangle((edge, 0, edge + _BAND - 1, height), fill=_RUBRIC_AT)
    for above in (134, 140):
        on.rectangle((left, above, right - 1, above + 1), fill=_FULL)
    on.rectangle((left, _FOOT, right - 1, _FOOT), fill=_RULE_AT)
    stream = io.BytesIO()
    picture.save(stream, "PNG", bits=4, compress_level=4)
    return stream.getvalue()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One line of text: its runs from left to right, and how they are set."""

    runs: Sequence[Run]
    size: int
    weight: int


class _Pen:
    """Sets and draws text, in one language and direction."""

    def __init__(self, language: str, direction: Direction, raqm: bool) -> None:
        self.language, self.direction, self.raqm = language, direction, raqm

    def line(
        self, text: str, size: int, weight: int, width: int, direction: Direction | None = None
    ) -> _Line:
        """A text on one line, cut where it is wider than `width`."""
        direction = direction or self.direction
        text = _shown(text)
        while text and _measure(text, weight, direction) * size / 100 > width:
            text = text[:-2].rstrip() + "…" if len(text) > 2 else ""
        return _Line(runs=arranged(text, direction), size=size, weight=weight)

    def write(
        self, on: ImageDraw.ImageDraw, line: _Line, base: int, left: int, right: int, *, end: bool = False
    ) -> None:
        """Draw a line on a baseline, from the side where the direction begins, or ends."""
        pieces = [
            (text, run.direction, _font(key, line.size, line.weight, self.raqm))
            for run in line.runs
            for key, text in _by_font(run, self.direction)
        ]
        widths = [self._length(*piece) for piece in pieces]
        x = float(left) if (self.direction == "ltr") != end else right - sum(widths)
        for (text, direction, font), width in zip(pieces, widths, strict=True):
            if self.raqm:
                on.text((x, base), text, 255, font, "ls", direction=direction, language=self.language)
            else:
                _letter_by_letter(on, x, base, joined(Run(text, direction)), font)
            x += width

    def _length(self, text: str, direction: Direction, font: ImageFont.FreeTypeFont) -> float:
        if self.raqm:
            return font.getlength(text, direction=direction, language=self.language)
        return sum(font.getlength(one[0]) for one in clusters(joined(Run(text, direction))))


_BELOW = frozenset("\u064d\u0650\u0655\u0656\u065c\u065f\u06e3\u06ea\u06ed")
"""Marks that stand under their letter."""


def _letter_by_letter(
    on: ImageDraw.ImageDraw, x: float, base: int, text: str, font: ImageFont.FreeTypeFont
) -> None:
    """Draw letters that are joined and in visual order, each mark over or under the middle
    of its letter, clear of what is there."""
    for cluster in clusters(text):
        letter, marks = cluster[0], cluster[1:]
        on.text((x, base), letter, 255, font, "ls")
        left, top, right, bottom = _inked(font, letter) if marks else (0, 0, 0, 0)
        gap = round(font.size * 0.04)
        for mark in sorted(marks, key=lambda one: one != "\u0651"):  # a vowel over its shadda
            start, high, end, low = _inked(font, mark)
            if mark in _BELOW:
                shift = max(0, bottom + gap - high)
                bottom = low + shift
            else:
                shift = min(0, top - gap - low)
                top = high + shift
            on.text((x + (left + right - start - end) / 2, base + shift), mark, 255, font, "ls")
        x += font.getlength(letter)


def _inked(font: ImageFont.FreeTypeFont, character: str) -> tuple[int, int, int, int]:
    """Where a character leaves ink, from its origin on the baseline: left, top, right, bottom."""
    mask, (x, y) = font.getmask2(character, "L", anchor="ls")
    left, top, right, bottom = mask.getbbox() or (0, 0, 0, 0)
    return left + x, top + y, right + x, bottom + y


# --- words, and the fonts that have them ---


@cache
def _font(key: str, size: int, weight: int, raqm: bool) -> ImageFont.FreeTypeFont:
    from PIL import ImageFont

    package, name = _FONTS[key]
    folder = import_module(package.replace("-", "_")).ROOT
    engine = ImageFont.Layout.RAQM if raqm else ImageFont.Layout.BASIC
    font = ImageFont.truetype(str(folder / "files" / name), size, layout_engine=engine)
    wanted = {b"Weight": weight, b"Optical Size": min(size, 40)}
    font.set_variation_by_axes(
        [wanted.get(axis["name"], axis["default"] or 0) for axis in font.get_variation_axes()]
    )
    return font


@cache
def _has(key: str, character: str) -> bool:
    """Whether a font has a character: it draws it otherwise than what it lacks."""
    font = _font(key, 24, _REGULAR, False)
    return bytes(font.getmask(character)) != bytes(font.getmask("\U0010ffff"))


def _by_font(run: Run, direction: Direction) -> list[tuple[str, str]]:
    """A run in pieces that one font has, from left to right: the font's key, and the text.

    The font of the card's direction comes first.
    """
    keys = sorted(_FONTS, key=lambda key: key != direction)
    found: list[list[str]] = []
    for character in run.text:
        at = found[-1][0] if found else keys[0]
        key = at if _has(at, character) else next((k for k in keys if _has(k, character)), "")
        if key and found and found[-1][0] == key:
            found[-1][1] += character
        elif key:
            found.append([key, character])
    if run.direction == "rtl":
        found.reverse()
    return [(key, text) for key, text in found]


@cache
def _drawable(character: str) -> bool:
    """Whether a font of ours has a character, and FreeType can draw it as large as titles
    are: ﷽ is more than it can."""
    keys = [key for key in _FONTS if _has(key, character)]
    try:
        for key in keys:
            _font(key, _SIZES[0], _BOLD, False).getmask(character)
    except OSError:
        return False
    return bool(keys)


def _shown(text: str) -> str:
    """A text without what no font of ours has: emoji, other scripts."""
    return " ".join("".join(one if _drawable(one) else " " for one in text).split())


def _measure(text: str, weight: int, direction: Direction) -> float:
    """How wide a word or a line is at 100 pixels; the same whichever way it is drawn."""
    run = Run(text, direction_of(text) or direction)
    return sum(
        _font(key, 100, weight, False).getlength(one[0])
        for key, piece in _by_font(run, direction)
        for one in clusters(joined(Run(piece, run.direction)))
    )


@cache
def _word(text: str, direction: Direction) -> float:
    return _measure(text, _BOLD, direction)


def _wrap(
    title: str, width: float, direction: Direction, *, split: bool = False
) -> list[tuple[int, int]] | None:
    """Where the lines of a title begin and end; None where a word is wider than a line.

    `split` cuts such words. `width` is in pixels at a size of 100.
    """
    space = _word("a a", direction) - 2 * _word("a", direction)
    lines: list[tuple[int, int]] = []
    start = at = 0
    used = 0.0
    for word in title.split(" "):
        wide, end = _word(word, direction), at + len(word)
        if used and used + space + wide > width:
            lines.append((start, at - 1))
            start, used = at, 0.0
        if wide > width:
            if not split:
                return None
            for place, one in enumerate(word, at):
                step = _word(one, direction)
                if used + step > width and place > start:
                    lines.append((start, place))
                    start, used = place, 0.0
                used += step
        else:
            used += wide + (space if used else 0)
        at = end + 1
    lines.append((start, len(title)))
    return lines


@cache
def _shades(first: int, count: int) -> list[int]:
    """From how much ink there is, 0 to 255, to the place of its shade in the palette."""
    shades = (round(value * count / 255) for value in range(256))
    return [first + shade - 1 if shade else 0 for shade in shades]


@cache
def _palette() -> list[int]:
    found: list[int] = list(_PAPER)
    for ink, _, count in _INKS:
        for step in range(1, count + 1):
            found += [round(p + (i - p) * step / count) for p, i in zip(_PAPER, ink, strict=True)]
    return found + list(_RULE) + list(_RUBRIC)
