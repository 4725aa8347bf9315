"""An issue as HTML for mail programs, from the template mail.html.

Tables, physical sides and inlined styles, since that is what mail programs know; in one
language, or each piece in several, one after the other. It builds no message and sends
none; pictures are the site's, or go with the mail.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace

import jinja2
from markupsafe import Markup

from pipeline import languages, templating
from pipeline.bidi import isolate
from pipeline.model import Language
from pipeline.outputs.sheets import Part, Run, Sheet, side_by_side

LIMIT = 102 * 1024
"""Bytes of HTML beyond which Gmail cuts a mail."""

WIDTH = 592
"""Of a picture, in CSS pixels: the letter's width without its margins."""

_KINDS = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif"}
"""What mail programs show: file name's ending → media type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """A picture that goes with the mail: its Content-ID, media type and bytes."""

    cid: str
    kind: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A letter's HTML and the pictures that it embeds.

    `sizes` are (bytes, what) of its pieces, the largest first; `unshown` the pictures of
    kinds that mail programs do not show.
    """

    html: str
    images: tuple[Embedded, ...]
    sizes: tuple[tuple[int, str], ...]
    unshown: tuple[str, ...]


def write(
    sheets: Sequence[Sheet],
    env: jinja2.Environment,
    *,
    unsubscribe: str = "",
    embed: Callable[[str], bytes] | None = None,
) -> Mail:
    """The letter made of one sheet, or of several of one issue.

    `embed` reads a picture of the site by its path; without it, pictures are linked.
    """
    pictures, images, unshown = _pictures(sheets, embed)
    letters = [_letter(sheet) for sheet in sheets]
    chapters = []
    sizes: list[tuple[int, str]] = []
    number = 0
    for headings, pieces in side_by_side(sheets):
        made: list[SimpleNamespace] = []
        for parts in pieces:
            owners = [_letter_of(part, letters, sheets) for part in parts]
            both = list(zip(parts, owners, strict=True))
            own = {part.language.tag for part, owner in both if part.language.tag == owner.tag}
            anchors: dict[str, str] = {}
            for part, owner in both:
                tag = part.language.tag
                # what stands in for a missing edition may be here in its own place
                if tag == owner.tag or (tag not in own and tag not in anchors):
                    number += 1
                    made.append(_piece(part, owner, f"p{number}"))
                    anchors[tag] = made[-1].anchor
            for part, owner in both:
                owner.contents.append(_piece(part, owner, anchors[part.language.tag]))
        shown = [
            (letter, _run(heading))
            for letter, heading in zip(letters, headings, strict=False)
            if heading
        ]
        chapters.append(SimpleNamespace(headings=shown, pieces=made))
    first = letters[0]
    values = {
        "letters": letters,
        "first": first,
        "chapters": chapters,
        "subject": " · ".join(sheet.title.text for sheet in sheets),
        "preheader": " · ".join(sheet.preheader.text for sheet in sheets if sheet.preheader),
        "unsubscribe": unsubscribe,
        "pictures": pictures,
    }
    html = _inlined(templating.template(env, "mail.html")(values))
    for chapter in chapters:
        for piece in chapter.pieces:
            start = html.find(f'id="{piece.anchor}"')
            end = html.find('id="p', start + 5)
            sizes.append((len(html[start : end if end > 0 else None].encode()), piece.name))
    sizes.sort(key=lambda one: (-one[0], one[1]))
    return Mail(html=html, images=images, sizes=tuple(sizes), unshown=unshown)


def _letter_of(
    part: Part, letters: Sequence[SimpleNamespace], sheets: Sequence[Sheet]
) -> SimpleNamespace:
    """The letter of the sheet that has this part."""
    return next(
        letter
        for letter, sheet in zip(letters, sheets, strict=True)
        if any(one is part for one in sheet.parts)
    )


def _letter(sheet: Sheet) -> SimpleNamespace:
    language = sheet.language
    return SimpleNamespace(
        **_tongue(language, sheet),
        masthead=_shown(sheet.masthead, language),
        number=sheet.number,
        date=sheet.date,
        title=_run(sheet.title),
        home=sheet.home,
        href=sheet.href,
        intro=sheet.intro,
        contents=[],
    )


def _tongue(language: Language, sheet: Sheet) -> dict[str, object]:
    return {
        "tag": language.tag,
        "direction": language.direction,
        "words": sheet.words,
        "digits": lambda number: languages.digits(str(number), language),
    }


def _piece(part: Part, letter: SimpleNamespace, anchor: str) -> SimpleNamespace:
    names = part.credit.authors if part.credit else ()
    language = part.language
    inner = SimpleNamespace(
        tag=language.tag, direction=language.direction, words=letter.words, digits=letter.digits
    )
    return SimpleNamespace(
        name=part.name,
        anchor=anchor,
        of=letter,
        letter=inner,
        form=part.form,
        title=_run(part.title),
        summary=_run(part.summary) if part.summary else None,
        href=part.href,
        note=part.note,
        date=part.date,
        authors=languages.format_list(
            [Markup('<span dir="{}">{}</span>').format(one.direction, one.text) for one in names],
            language,
        )
        if names
        else "",
        picture=part.picture,
        body=part.body,
    )


def _run(run: Run) -> SimpleNamespace:
    return SimpleNamespace(
        text=run.text,
        html=_isolated(run.text, run.direction),
        language=run.language,
        direction=run.direction,
        state=run.state,
    )


def _shown(text: str, language: Language) -> Markup:
    return _isolated(text, language.direction)


def _isolated(text: str, direction: str) -> Markup:
    """Text as HTML; mail programs know `span` and not `bdi`."""
    html = isolate(text, "rtl" if direction == "rtl" else "ltr")
    return Markup(html.replace("<bdi ", "<span ").replace("</bdi>", "</span>"))


def _pictures(
    sheets: Sequence[Sheet], embed: Callable[[str], bytes] | None
) -> tuple[Mapping[str, SimpleNamespace], tuple[Embedded, ...], tuple[str, ...]]:
    """How each picture is shown, the embedded ones, and those that mail cannot show."""
    shown: dict[str, SimpleNamespace] = {}
    images: dict[str, Embedded] = {}
    unshown: dict[str, None] = {}
    for sheet in sheets:
        for href, path in sheet.pictures.items():
            kind = _KINDS.get(path.rpartition(".")[2].lower())
            if kind is None:
                unshown[path] = None
                continue
            source = href
            if embed is not None:
                if path not in images:
                    cid = f"picture{len(images) + 1}"
                    images[path] = Embedded(cid=cid, kind=kind, data=embed(path))
                source = f"cid:{images[path].cid}"
            shown[href] = SimpleNamespace(src=source, width=WIDTH)
    return shown, tuple(images.values()), tuple(unshown)


def _inlined(html: str) -> str:
    """HTML with its styles written on each element; what asks for a screen stays a style."""
    import css_inline

    inliner = css_inline.CSSInliner(
        keep_at_rules=True, load_remote_stylesheets=False, minify_css=True, keep_style_tags=False
    )
    return inliner.inline("\n".join(filter(None, map(str.strip, html.split("\n"))))) + "\n"
