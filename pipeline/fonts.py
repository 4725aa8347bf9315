"""The theme's own fonts: small WOFF2 files, made when the tool is built or installed.

The only user of fontTools, and part of the build alone: nothing imports this while the
command runs. Hatchling loads it for wheels and for editable installs (pyproject.toml names
it as a hook) and it writes `_data/fonts/`, which git ignores: one file a face, and the
licence of each family. It draws nothing: it takes letters, weights and what browsers have
no use for out of fonts that come from packages. The same packages give the same bytes.

Which files a page asks for is said in `templates/assets/fonts.css`. The bill of materials that
goes into the wheel too is `sbom.py`'s.
"""

# No annotations of the future here: hatchling loads this without making it a module that
# dataclasses could look them up in.
import io
import runpy
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDER = "pipeline/_data/fonts"
"""Where the files go, below the repository's root."""

BILL = "pipeline/_data/dozaban.cdx.json"
"""Where the bill of materials is written, to be packed from there."""

USED = ("dask", "pdf", "search")
"""The extras that a site may use; the others are for working on the tool."""


def _spread(*ranges: tuple[int, int]) -> frozenset[int]:
    return frozenset(code for first, last in ranges for code in range(first, last + 1))


def _letters(text: str) -> frozenset[int]:
    return frozenset(map(ord, text))


ASCII = _spread((0x20, 0x7E))

RARE = _letters("*<>[\\]^`{|}~")
"""Signs of ASCII that prose hardly has: where they stand in code, code has its own face."""

LATIN = (ASCII - RARE) | _letters("\xa0é–—‘’“”…·×−°→«»")
"""What nearly every English page needs and no more: an article is to weigh little."""

MORE = (
    RARE
    | _spread((0xA1, 0xFF), (0x2BB, 0x2BF))
    | _letters("ĀāČčĒēĞğĠġĪīİıŌōŒœŚśŞşŠšŪūŻżŽžƏəǦǧǰ")
    | _letters("ḌḍḎḏḤḥḪḫḲḳḴḵḶḷṀṁṂṃṄṅṆṇṚṛṢṣṬṭṮṯẒẓẔẕẖ€†‡•‹›")
) - LATIN
"""Those signs, accents, and the letters in which Persian is transliterated; asked for where they occur."""

PERSIAN = (
    ASCII
    | _spread((0x621, 0x655), (0x660, 0x671), (0x6F0, 0x6F9))
    | _letters("ٱپچژکگۀیەھۍےۓ،؛؟٪٫٬٭۔﷼ﷲ")
    | _letters("\xa0\u200c\u200d\u200e\u200f«»‹›–—‘’“”…·•×÷−°éèáàâäíïóöüúñçāīūš")
)
"""Persian, the Arabic that is quoted in it, and the Latin words on a Persian page."""

# Shaping in full; of the rest, kerning and the common ligatures.
_SHAPING = ("ccmp", "locl", "isol", "init", "medi", "fina", "rlig", "liga", "calt", "curs", "mark", "mkmk", "kern")
_PLAIN = ("kern", "liga")

FAINT = 20
"""Kerning of less than so many thousandths of an em is left out: two fifths of a
pixel in text, and a fifteenth of a file's weight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """A file to make: from which package and file, which characters, at which axes.

    `axes` maps a tag to a value or to the range that stays variable; other axes stand at
    their defaults. `family` is the name inside the file: a licence may reserve the old one.
    """

    package: str
    source: str
    family: str
    characters: frozenset[int]
    axes: Mapping[str, float | tuple[float, float]] = field(default_factory=dict)
    features: tuple[str, ...] = _PLAIN


_SERIF = "fontpkg_source_serif_4"
_UPRIGHT, _ITALIC = "SourceSerif4[opsz,wght].ttf", "SourceSerif4-Italic[opsz,wght].ttf"
# The optical sizes of text, and of headings: cut finer, they stand larger.
_TEXT, _BOLD = {"opsz": 15.0, "wght": 400.0}, {"opsz": 28.0, "wght": 650.0}


def _serif(source: str, characters: frozenset[int], axes: Mapping[str, float]) -> Face:
    return Face(package=_SERIF, source=source, family="Dozaban Serif", characters=characters, axes=axes)


FACES: Mapping[str, Face] = {
    "latin": _serif(_UPRIGHT, LATIN, _TEXT),
    "latin-italic": _serif(_ITALIC, LATIN, _TEXT),
    "latin-bold": _serif(_UPRIGHT, LATIN, _BOLD),
    "latin-more": _serif(_UPRIGHT, MORE, _TEXT),
    "latin-more-italic": _serif(_ITALIC, MORE, _TEXT),
    "latin-more-bold": _serif(_UPRIGHT, MORE, _BOLD),
    "persian": Face(
        package="fontpkg_noto_sans_arabic",
        source="NotoSansArabic[wdth,wght].ttf",
        family="Dozaban Persian",
        characters=PERSIAN,
        axes={"wght": (400.0, 700.0)},
        features=_SHAPING,
    ),
}
"""Each file's name without its ending, and how it is made."""


def make(folder: Path, faces: Mapping[str, Face] = FACES) -> None:
    """Write faces, and their licences, into a folder that holds nothing else."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted: dict[str, bytes] = {}
    for name, face in faces.items():
        home = _home(face.package)
        wanted[f"{name}.woff2"] = _compressed(home / "files" / face.source, face)
        licence = f"OFL-{face.package.removeprefix('fontpkg_').replace('_', '-')}.txt"
        wanted.setdefault(licence, (home / "LICENSE").read_bytes())
    for name, data in wanted.items():
        path, fresh = folder / name, folder / f"{name}.new"
        if not path.is_file() or path.read_bytes() != data:  # others may be reading it now
            fresh.write_bytes(data)
            fresh.replace(path)
    for stray in {path.name for path in folder.iterdir()} - set(wanted):
        (folder / stray).unlink()


def _home(package: str) -> Path:
    root: Path = import_module(package).ROOT
    return root


def _compressed(path: Path, face: Face) -> bytes:
    """One face as WOFF2."""
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    font = TTFont(path, recalcTimestamp=False)
    axes = {axis.axisTag: face.axes.get(axis.axisTag, axis.defaultValue) for axis in font["fvar"].axes}
    # Reduced to the letters first, which is quicker, then to the weights.
    options = subset.Options(
        layout_features=list(face.features), hinting=False, notdef_outline=True,
        name_IDs=[0, 1, 2, 13, 14], drop_tables=["BASE", "DSIG", "STAT", "gasp"],
    )  # fmt: skip
    letters = subset.Subsetter(options)
    letters.populate(unicodes=face.characters)
    letters.subset(font)
    font = instancer.instantiateVariableFont(_read_again(font), axes)
    if "fvar" not in font:
        _thin_out(font)
    _rename(font, face.family)
    font.flavor = "woff2"
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def _read_again(font: Any) -> Any:
    """A font as it would be read from disk: some tables are only whole then."""
    from fontTools.ttLib import TTFont

    out = io.BytesIO()
    font.save(out)
    out.seek(0)
    return TTFont(out, recalcTimestamp=False)


def _thin_out(font: Any) -> None:
    """Leave faint kerning out of a font of one weight."""
    least = FAINT * font["head"].unitsPerEm / 1000
    for lookup in font["GPOS"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            pairs = getattr(table, "ExtSubTable", table)
            if pairs.LookupType != 2:
                continue
            if pairs.Format == 1:
                for group in pairs.PairSet:
                    group.PairValueRecord = [
                        pair for pair in group.PairValueRecord if abs(pair.Value1.XAdvance) >= least
                    ]
                    group.PairValueCount = len(group.PairValueRecord)
            else:
                for row in pairs.Class1Record:
                    for cell in row.Class2Record:
                        if cell.Value1 is not None and abs(cell.Value1.XAdvance) < least:
                            cell.Value1.XAdvance = 0


def _rename(font: Any, family: str) -> None:
    """The family's new name; of the rest, what its licence wants to be told."""
    names = font["name"]
    names.names = [one for one in names.names if one.nameID in (0, 1, 2, 13, 14)]
    for one in names.names:
        if one.nameID == 1:
            one.string = family


class Hook(BuildHookInterface[Any]):
    """What hatchling calls before it packs a wheel, an editable one too."""

    PLUGIN_NAME = "fonts"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the fonts, and put them into the wheel although git ignores them; and its bill of materials."""
        root = Path(self.root)
        make(root / FOLDER)
        build_data["artifacts"].append(f"/{FOLDER}/*")
        bill = runpy.run_path(str(root / "pipeline/sbom.py"))["bill"]
        project = self.metadata.core
        released = {face.package: metadata.version(face.package.replace("_", "-")) for face in FACES.values()}
        extras = {name: project.optional_dependencies[name] for name in USED if name in project.optional_dependencies}
        text = bill(
            name=project.name,
            version=self.metadata.version,
            licence=project.license_expression,
            needs=project.dependencies,
            extras=extras,
            made_of=released,
            files={f"{FOLDER}/{path.name}": path.read_bytes() for path in (root / FOLDER).glob("*.woff2")},
        )
        (root / BILL).write_text(text, encoding="utf-8", newline="\n")
        build_data["sbom_files"].append(BILL)
