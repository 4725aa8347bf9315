"""An issue to print: a PDF, set by typst from the template newsletter.typ.

All that is shown goes in as data and is never read as typst's code. The compiler sees a
folder of its own with the template and the pictures, and nothing of the machine; fonts
come from packages. The same sheets give the same bytes.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time
from hashlib import blake2b
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipeline import languages
from pipeline.bidi import runs
from pipeline.flow import Block, Flow, Inline
from pipeline.model import Day, Direction
from pipeline.outputs.sheets import Part, Run, Sheet, side_by_side
from pipeline.problems import UsageError, reason
from pipeline.speech import say

TEMPLATE = "newsletter.typ"

FONTS = ("fontpkg_source_serif_4", "fontpkg_ibm_plex_sans_arabic")
"""The packages whose fonts print uses: whole files, since typst makes its own subsets. Of the
Persian faces tried, this one alone can be copied out of a PDF: others are put together of
letters without dots, and dots."""

LONGEST = 60
"""Seconds that an issue may take to be set; one of twenty pages takes one."""

_KINDS = frozenset(("png", "jpg", "jpeg", "gif", "webp", "svg"))


def available() -> bool:
    """Whether typst is installed: the extra `pdf`."""
    return find_spec("typst") is not None


def missing() -> UsageError:
    """What to say where it is not."""
    return UsageError(say("a PDF needs typst: pip install 'dozaban[pdf]'"))


class Printing:
    """One issue's edition on its way to print: its data, and the pictures that it shows."""

    def __init__(self, sheets: Sequence[Sheet], template: bytes, picture: Callable[[str], bytes]) -> None:
        self.sheets, self.template = sheets, template
        self.pictures: dict[str, tuple[str, bytes]] = {}
        for sheet in sheets:
            for href, path in sheet.pictures.items():
                kind = path.rpartition(".")[2].lower()
                if kind in _KINDS and href not in self.pictures:
                    self.pictures[href] = (f"picture{len(self.pictures) + 1}.{kind}", picture(path))
        self.data = json.dumps(self._data(), ensure_ascii=False, sort_keys=True)

    def digest(self) -> str:
        """What tells whether the PDF would be the same."""
        from importlib.metadata import version

        made = blake2b(digest_size=16)
        for package in ("typst", *(name.replace("_", "-") for name in FONTS)):
            made.update(f"{package} {version(package)}\0".encode())
        for data in (self.template, self.data.encode(), *(data for _, data in self.pictures.values())):
            made.update(blake2b(data).digest())
        return made.hexdigest()

    def write(self) -> bytes:
        """The PDF. Raises UsageError where typst is missing or says no."""
        if not available():
            raise missing()
        with TemporaryDirectory(prefix="dozaban-") as name:
            folder = Path(name)
            (folder / TEMPLATE).write_bytes(self.template)
            (folder / "data.json").write_bytes(self.data.encode("utf-8", "replace"))
            for path, data in self.pictures.values():
                (folder / path).write_bytes(data)
            why = _set(folder, _moment(self.sheets[0].day))
            if why:
                raise UsageError(
                    say("the PDF cannot be set: {why} (templates/{name})", why=why, name=TEMPLATE)
                )
            return (folder / "made.pdf").read_bytes()

    # --- the data ---

    def _data(self) -> dict[str, Any]:
        sheets = self.sheets
        letters = [self._letter(sheet) for sheet in sheets]
        made: dict[str, Any] = {
            "title": " · ".join(sheet.title.text for sheet in sheets),
            "author": " · ".join(dict.fromkeys(sheet.masthead for sheet in sheets)),
            "letters": letters,
        }
        if len(sheets) > 1:
            made["intro"] = self._rows([sheet.intro for sheet in sheets])
            made["chapters"] = [
                self._both(headings, pieces) for headings, pieces in side_by_side(sheets)
            ]
        return made

    def _both(self, headings: Sequence[Run], pieces: Sequence[Sequence[Part]]) -> dict[str, Any]:
        """A chapter in all languages: for each piece its parts and its matched blocks."""
        by_tag = [sheet.language.tag for sheet in self.sheets]
        made = []
        for parts in pieces:
            own: list[Part | None] = [None] * len(by_tag)
            for sheet in self.sheets:
                for part in parts:
                    tag = part.language.tag
                    if tag in by_tag and any(one is part for one in sheet.parts):
                        at = by_tag.index(tag)
                        # a sheet's own before what stands in for another's
                        if own[at] is None or tag == sheet.language.tag:
                            own[at] = part
            flows = [_body(part) for part in own]
            made.append(
                {
                    "parts": [
                        self._part(part, sheet) if part else None
                        for part, sheet in zip(own, self.sheets, strict=True)
                    ],
                    "rows": self._rows(flows),
                }
            )
        padded = [*headings, *[Run()] * len(by_tag)][: len(by_tag)]
        return {"headings": [self._run(one) for one in padded], "pieces": made}

    def _letter(self, sheet: Sheet) -> dict[str, Any]:
        return {
            "tag": sheet.language.tag,
            "direction": sheet.language.direction,
            "digits": languages.digits("0123456789", sheet.language),
            "masthead": sheet.masthead,
            "motto": sheet.motto,
            "number": sheet.number,
            "date": sheet.date,
            "title": self._run(sheet.title),
            "preheader": self._run(sheet.preheader),
            "words": dict(sheet.words),
            "intro": self._blocks(sheet.intro),
            "chapters": [
                {
                    "heading": self._run(chapter.heading),
                    "parts": [self._part(part, sheet) for part in chapter.parts],
                }
                for chapter in sheet.chapters
            ],
        }

    def _part(self, part: Part, sheet: Sheet) -> dict[str, Any]:
        names = part.credit.authors if part.credit else ()
        picture = None
        if part.picture and part.picture.href in self.pictures:
            caption = part.picture.caption
            picture = {
                "path": self.pictures[part.picture.href][0],
                "alt": part.picture.alt.text or part.title.text,
                "caption": self._run(caption) if caption else None,
            }
        several = len(self.sheets) > 1
        home = part.language.tag if several else sheet.language.tag
        return {
            "anchor": part.name,
            "label": f"{home}-{part.name}",
            "tag": part.language.tag,
            "direction": part.language.direction,
            "form": part.form,
            "title": self._run(part.title),
            "summary": self._run(part.summary),
            "href": part.href,
            "note": part.note,
            "date": part.date,
            "by": languages.format_list([one.text for one in names], sheet.language) if names else "",
            "credit": [],
            "picture": picture,
            "body": [] if several else self._blocks(part.body),
        }

    def _run(self, run: Run) -> dict[str, Any]:
        return {
            "text": run.text,
            "direction": run.direction,
            "state": run.state,
            "pieces": _pieces(run.text, run.direction),
        }

    def _rows(self, flows: Sequence[Flow]) -> list[list[list[dict[str, Any]]]]:
        written = [self._blocks(flow) for flow in flows]
        return _rows(flows, written)

    def _blocks(self, flow: Flow) -> list[dict[str, Any]]:
        """The blocks, a rank for each heading: none is skipped, as PDF/UA wants it."""
        above: list[int] = []
        made = []
        for block in flow:
            one = self._block(block)
            if block.kind == "heading":
                while above and above[-1] >= block.number:
                    above.pop()
                above.append(block.number)
                one["rank"] = len(above)
            made.append(one)
        return made

    def _block(self, block: Block) -> dict[str, Any]:
        return {
            "rank": 1,
            "kind": block.kind,
            "inlines": [self._inline(one) for one in block.inlines],
            "children": [self._block(one) for one in block.children],
            "number": block.number,
            "label": block.label,
            "align": block.align,
            "text": block.text,
            "state": block.state,
            "direction": block.direction,
        }

    def _inline(self, one: Inline) -> dict[str, Any]:
        path = None
        if one.kind == "image" and one.href in self.pictures:
            path = self.pictures[one.href][0]
        return {
            "kind": one.kind,
            "text": one.text,
            "children": [self._inline(child) for child in one.children],
            "href": one.href,
            "direction": one.direction,
            "number": one.number,
            "path": path,
        }


def _body(part: Part | None) -> Flow:
    """What stands below a piece's title: its body, or its summary as a paragraph."""
    if part is None:
        return ()
    if part.body:
        return part.body
    if part.form != "summary" or not part.summary:
        return ()
    summary = part.summary
    return (
        Block(
            kind="paragraph",
            inlines=tuple(
                Inline(kind="text", text=piece["text"], direction=piece["direction"])
                for piece in _pieces(summary.text, summary.direction)
            ),
            state=summary.state,
            direction=summary.direction,
        ),
    )


def _pieces(text: str, direction: Direction) -> list[dict[str, Any]]:
    """Text in stretches of one direction each."""
    made: list[dict[str, Any]] = []
    at = 0
    against = "ltr" if direction == "rtl" else "rtl"
    for start, end in runs(text, direction):
        if start > at:
            made.append({"text": text[at:start], "direction": None})
        made.append({"text": text[start:end], "direction": against})
        at = end
    if at < len(text):
        made.append({"text": text[at:], "direction": None})
    return made


def _rows(
    flows: Sequence[Flow], written: Sequence[Sequence[dict[str, Any]]]
) -> list[list[list[dict[str, Any]]]]:
    """Blocks of several languages side by side: a row for each block that all have.

    What only one has stands in the row of the one before it; blocks without an id of
    their own, such as lists, answer to the first within them.
    """
    keys = [[_key(one) for one in flow] for flow in flows]
    common = [key for key in keys[0] if key and all(key in others for others in keys[1:])]
    rows: list[list[list[dict[str, Any]]]] = [[[] for _ in flows]]
    for side, blocks in enumerate(written):
        at = 0
        for key, one in zip(keys[side], blocks, strict=True):
            if key in common:
                at = max(at, common.index(key) + 1)
            while len(rows) <= at:
                rows.append([[] for _ in flows])
            rows[at][side].append(one)
    made: list[list[list[dict[str, Any]]]] = []
    heads: list[list[dict[str, Any]]] = [[] for _ in flows]
    for row in filter(any, rows):
        row = [[*head, *cell] for head, cell in zip(heads, row, strict=True)]
        heads = [[] for _ in flows]
        if all(one["kind"] == "heading" for cell in row for one in cell):
            heads = row  # with what follows, so that no page ends in a heading
        else:
            made.append(row)
    return [*made, heads] if any(heads) else made


def _key(block: Block) -> str:
    if block.id:
        return block.id
    return next((key for child in block.children if (key := _key(child))), "")


def _set(folder: Path, moment: datetime) -> str:
    """Let a process of its own set what is in a folder to made.pdf; returns why it did not."""
    asked = {
        "path": sys.path,
        "folder": str(folder),
        "template": TEMPLATE,
        "fonts": [str(import_module(name).ROOT / "files") for name in FONTS],
        "moment": moment.isoformat(),
    }
    program = Path(__file__).with_name("typesetter.py")
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(program)],
            input=json.dumps(asked).encode(),
            capture_output=True,
            check=False,
            timeout=LONGEST,
        )
    except subprocess.TimeoutExpired:
        return say("it takes more than {n} seconds; look for a very long text", n=LONGEST)
    except OSError as error:
        return reason(error)
    try:
        return str(json.loads(done.stdout)["why"])
    except ValueError:  # it died
        said = done.stderr.decode(errors="replace").strip().splitlines()
        return said[-1] if said else say("it ended without an answer")


def _moment(day: Day | None) -> datetime:
    if day is None:
        return datetime(1970, 1, 1, tzinfo=UTC)
    if isinstance(day, datetime):
        return day.astimezone(UTC)
    return datetime.combine(day, time(8), UTC)
