"""Pictures: files as they go out, smaller versions, language versions, and cards."""

from __future__ import annotations

import io
import json
import re
import shutil
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from zlib import crc32

import html5lib
import pytest
from conftest import CI, SITE, Folder
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import (
    ExifTags,
    Image,
    ImageChops,
    ImageDraw,
    ImageFilter,
    ImageFont,
    PngImagePlugin,
    features,
)

from pipeline import memo, pictures, scrub, shaping
from pipeline.pictures import Card

# --- what is looked at --------------------------------------------------------------------


def photo(width: int = 1800, height: int = 1200, **how: Any) -> bytes:
    """A picture that is no two sides alike, as a file."""
    picture = Image.linear_gradient("L").resize((width, height))
    other = Image.radial_gradient("L").resize((width, height))
    mixed = Image.merge("RGB", (picture, other, Image.new("L", (width, height), 90)))
    ImageDraw.Draw(mixed).rectangle((0, 0, width // 4, height // 4), fill=(250, 30, 20))
    stream = io.BytesIO()
    mixed.save(stream, how.pop("format", "JPEG"), **how)
    return stream.getvalue()


def images(page: str) -> list[dict[str, str]]:
    """The attributes of each `<img>`, in order."""
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    return [dict(found.attrib) for found in tree.iter("img")]


def widths(srcset: str) -> list[int]:
    return [int(one.split()[1].removesuffix("w")) for one in srcset.split(",")]


def published(site: Folder, pattern: str) -> Path:
    (found,) = (site.root / "public").glob(pattern)
    return found


# --- sizes --------------------------------------------------------------------------------


def test_a_picture_has_its_measures_and_smaller_versions(site: Folder) -> None:
    site.write("content/posts/a/lead.jpg", photo(2000, 1500))
    site.write("content/posts/a/inside.jpg", photo(1200, 800))
    site.write("content/posts/a/index.md",
               "---\ntitle: A\ndate: 2026-03-20\nimage: {src: lead.jpg, alt: A lead}\n---\n\n![In it](inside.jpg)\n")  # fmt: skip
    assert site.run("build").status == 0
    lead, inside = images(site.page("en/posts/a/"))
    assert (lead["width"], lead["height"], lead["alt"]) == ("2000", "1500", "A lead")
    assert widths(lead["srcset"]) == [480, 960, 1440]
    assert lead["fetchpriority"] == "high" and "loading" not in lead
    assert (inside["width"], inside["height"], inside["loading"]) == ("1200", "800", "lazy")
    assert widths(inside["srcset"]) == [480, 960, 1200]
    for attributes in (lead, inside):
        assert attributes["sizes"]
        for one in attributes["srcset"].split(","):
            address, width = one.split()
            file = (site.root / "public/en/posts/a" / address).resolve()
            with Image.open(file) as made:
                assert made.format == "WEBP" and f"{made.width}w" == width
                assert abs(made.height - made.width * int(attributes["height"]) / int(attributes["width"])) < 1
            assert file.stat().st_size < len(photo(2000, 1500))
    # lists show it too, and know how large it is
    (listed,) = images(site.page("en/"))
    assert (listed["width"], listed["height"], listed["alt"]) == ("2000", "1500", "")


def test_no_version_is_wider_or_larger_than_the_picture() -> None:
    assert [one.width for one in pictures.measure(photo(700, 500)).versions] == [480, 700]
    assert pictures.measure(photo(60, 40)).versions == ()  # a small file has nothing to gain
    made = pictures.measure(photo(3000, 2000)).versions
    assert [one.width for one in made] == [480, 960, 1440]
    assert sorted(len(one.data) for one in made) == [len(one.data) for one in made]


def test_drawings_and_what_moves_stay_as_they_are(site: Folder) -> None:
    frames = [Image.new("L", (40, 30), shade) for shade in (0, 90, 180)]
    stream = io.BytesIO()
    frames[0].save(stream, "GIF", save_all=True, append_images=frames[1:], duration=100)
    site.write("content/posts/moves.gif", stream.getvalue())
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 200"><rect width="9" height="9"/></svg>'
    site.write("content/posts/plan.svg", drawing)
    site.post("a", "![Moves](moves.gif)\n\n![Plan](plan.svg)\n")
    assert site.run("build").status == 0
    moves, plan = images(site.page("en/posts/a/"))
    assert (moves["width"], moves["height"]) == ("40", "30") and "srcset" not in moves
    assert (plan["width"], plan["height"]) == ("320", "200") and "srcset" not in plan
    assert published(site, "media/posts/moves.gif").read_bytes() == stream.getvalue()
    assert published(site, "media/posts/plan.svg").read_bytes() == drawing


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_every_kind_of_colour_comes_out(mode: str) -> None:
    base = Image.linear_gradient("L").resize((600, 400))
    if mode == "I;16":
        picture = Image.new("I;16", (600, 400))
        picture.putdata([value * 257 for value in base.get_flattened_data()])
    else:
        picture = base.convert("RGB").convert(mode) if mode in ("P", "CMYK") else base.convert(mode)
    stream = io.BytesIO()
    picture.save(stream, *(("JPEG",) if mode == "CMYK" else ("PNG",)), compress_level=0)
    found = pictures.measure(stream.getvalue())
    assert (found.width, found.height) == (600, 400) and found.versions
    with Image.open(io.BytesIO(found.versions[-1].data)) as made:
        grey = made.convert("L")
        assert grey.getpixel((300, 8)) < 60 < 190 < grey.getpixel((300, 390))  # type: ignore[operator]


def swapped() -> bytes:
    """A colour profile in which red is called blue."""
    from PIL import ImageCms

    data = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for old, new in ((b"rXYZ", b"?XYZ"), (b"bXYZ", b"rXYZ"), (b"?XYZ", b"bXYZ")):
        data = data.replace(old, new, 1)
    return data.replace("sRGB".encode("utf-16-be"), "odd!".encode("utf-16-be"))


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize(("profile", "red"), [("swapped", False), ("nonsense", True), ("", True)])
def test_versions_have_the_colours_that_a_profile_says(mode: str, profile: str, red: bool) -> None:
    """And a profile that says nothing is none."""
    picture = Image.new("RGB", (600, 400), (250, 30, 20)).convert(mode)
    if mode == "RGBA":
        picture.putalpha(Image.linear_gradient("L").resize((600, 400)))
    stream = io.BytesIO()
    data = swapped() if profile == "swapped" else profile.encode()
    picture.save(stream, "PNG", compress_level=0, icc_profile=data or None)
    found = pictures.measure(stream.getvalue())
    with Image.open(io.BytesIO(found.versions[-1].data)) as made:
        pixel = made.convert("RGBA").getpixel((made.width // 2, made.height - 4))
        assert isinstance(pixel, tuple)
        assert (pixel[0] > 200 > 100 > pixel[2]) is red and (pixel[2] > 200 > 100 > pixel[0]) is not red
        assert (made.mode == "RGBA") is (mode == "RGBA")


# --- what a photograph tells --------------------------------------------------------------


def with_secrets(turn: int = 6) -> bytes:
    """A JPEG as a phone writes it: turned, with a place, a comment, XMP and something behind."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = turn
    exif[ExifTags.Base.Make] = "SECRET-camera"
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef], place[ExifTags.GPS.GPSLatitude] = "N", (35.0, 41.0, 21.0)
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.UserComment] = b"SECRET-comment"
    data = photo(900, 600, exif=exif, comment=b"SECRET-remark", xmp=b"<x:xmpmeta>SECRET-xmp</x:xmpmeta>")
    iptc = b"Photoshop 3.0\0SECRET-iptc"
    at = data.index(b"\xff\xdb")
    data = data[:at] + b"\xff\xed" + struct.pack(">H", len(iptc) + 2) + iptc + data[at:]
    return data + b"ftypmp42 SECRET-film"


def test_what_goes_out_does_not_say_where_it_was_taken(site: Folder) -> None:
    data = with_secrets()
    assert data.count(b"SECRET") == 6
    site.write("content/posts/p.jpg", data)
    site.write("content/posts/only-linked.jpg", data)
    site.post("a", "![Here](p.jpg) and [there](only-linked.jpg)\n")
    assert site.run("build").status == 0
    for path, out in site.tree("public/media").items():
        assert b"SECRET" not in out and b"GPS" not in out, path
        with Image.open(io.BytesIO(out)) as made:
            assert set(made.getexif()) <= {ExifTags.Base.Orientation}, path
    # the pixels are the same ones, and the way up is still said
    with Image.open(published(site, "media/posts/p.jpg")) as shown, Image.open(io.BytesIO(data)) as taken:
        assert shown.getexif()[ExifTags.Base.Orientation] == 6
        assert shown.size == (900, 600) and ImageChops.difference(shown, taken).getbbox() is None
    (image,) = images(site.page("en/posts/a/"))
    assert (image["width"], image["height"]) == ("600", "900")
    with Image.open(published(site, "media/posts/p-480-*.webp")) as small:
        assert small.size == (480, 720) and not small.getexif()
        # the red corner was at the top left, and a quarter's turn brings it to the right
        assert small.convert("RGB").getpixel((470, 8))[0] > 200  # type: ignore[index]


@pytest.mark.parametrize("format", ["PNG", "WEBP", "JPEG"])
@pytest.mark.parametrize("turn", [1, 3, 8])
def test_metadata_goes_and_the_picture_stays(format: str, turn: int) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation], exif[ExifTags.Base.Artist] = turn, "SECRET"
    how: dict[str, Any] = {"exif": exif, "format": format}
    if format == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", "SECRET")
        text.add_itxt("Place", "SECRET", zip=False)
        how["pnginfo"] = text
    else:
        how["xmp"] = b"<x:xmpmeta>SECRET</x:xmpmeta>"
    profile = b"an ICC profile"
    data = photo(60, 40, icc_profile=profile, **how)
    out = scrub.stripped(data)
    assert b"SECRET" in data and b"SECRET" not in out
    with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(out)) as after:
        assert before.tobytes() == after.tobytes() and after.info["icc_profile"] == profile
        assert after.getexif().get(ExifTags.Base.Orientation, 1) == turn
    assert scrub.stripped(out) == out


@given(st.binary(max_size=400), st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP"]))
def test_whatever_is_no_picture_stays_as_it_is_or_whole(rest: bytes, start: bytes) -> None:
    once = scrub.stripped(start + rest)
    assert scrub.stripped(once) == once
    if not start:
        assert once == rest


SECRETS = with_secrets()


@settings(deadline=None, max_examples=60)
@given(st.integers(0, len(SECRETS)), st.integers(0, 255))
def test_a_byte_changed_is_no_traceback(place: int, value: int) -> None:
    data = bytearray(SECRETS)
    data[place % len(data)] = value
    once = scrub.stripped(bytes(data))
    assert scrub.stripped(once) == once
    with suppress(pictures.PictureError):
        pictures.measure(bytes(data), smaller=False)


# --- drawings that are programs -----------------------------------------------------------

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{}</svg>'

HARMLESS = (
    '<title>سقف خانهٔ ما</title><path d="M0 0h9"/><text>C++ و ۳٫۱۲</text>',
    '<defs><linearGradient id="g"/></defs><rect fill="url(#g)" style="filter:url(#f);font-family:Vazirmatn"/>',
    '<use xlink:href="#x"/><use href="#x"/><image href="data:image/png;base64,AAAA"/>',
    "<style>.a{fill:#123} @media (prefers-color-scheme:dark){.a{fill:#fff}}</style>",
    "<style>@font-face{font-family:x;src:url(data:font/woff2;base64,AA)}</style>",
    '<a href="https://example.org/"><text>a link</text></a>',
    '<metadata><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><c:Work xmlns:c="http://creativecommons.org/ns#" r:about=""/></r:RDF></metadata>',
    '<s:namedview xmlns:s="http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd" id="base"/>',
    '<circle r="4"><animate attributeName="r" values="1;4" dur="1s"/></circle>',
)
DANGEROUS = (
    "<script>alert(1)</script>",
    '<SCRIPT xmlns="http://www.w3.org/2000/svg">1</SCRIPT>',
    '<h:script xmlns:h="http://www.w3.org/1999/xhtml">1</h:script>',
    "<foreignObject/>",
    '<rect onclick="1"/>',
    '<rect ONLOAD="1"/>',
    '<a href="javascript:1"/>',
    '<a xlink:href=" java&#x0A;script:1"/>',
    '<a href="data:text/html,1"/>',
    '<a href="//elsewhere.example/"/>',
    '<use href="other.svg#x"/>',
    '<use href="https://elsewhere.example/x.svg#x"/>',
    '<image href="https://elsewhere.example/x.png"/>',
    '<image xlink:href="data:image/svg+xml,%3Csvg/%3E"/>',
    '<rect fill="url(https://elsewhere.example/x)"/>',
    "<rect style=\"background:url('https://elsewhere.example/x')\"/>",
    '<rect fill="u\\72l(https://elsewhere.example/x)"/>',
    "<style>@import 'https://elsewhere.example/x.css';</style>",
    "<style>a{background:url(https://elsewhere.example/x)}</style>",
    "<style>a{background:image-set('https://elsewhere.example/x' 1x)}</style>",
    "<style>a{background:\\75rl(https://elsewhere.example/x)}</style>",
    '<a><set attributeName="xlink:href" to="https://elsewhere.example/"/></a>',
    '<a><animate attributeName="href" values="javascript:1"/></a>',
    '<set attributeName="onclick" to="1"/>',
    '<g xml:base="https://elsewhere.example/"/>',
    "<iframe/>", "<audio/>", "<handler/>",
    "<p>no end",
)  # fmt: skip


@pytest.mark.parametrize("content", HARMLESS)
def test_a_drawing_may_go_out(content: str) -> None:
    assert scrub.dangers(SVG.format(content).encode()) == []


@pytest.mark.parametrize("content", DANGEROUS)
def test_a_drawing_with_a_program_in_it_may_not(content: str) -> None:
    assert scrub.dangers(SVG.format(content).encode())


@pytest.mark.parametrize(
    "text",
    ["", "no drawing", "<html/>", '<svg xmlns="http://www.w3.org/1999/xhtml"/>',
     '<?xml-stylesheet href="x.xsl" type="text/xsl"?>' + SVG.format(""),
     '<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG.format("&a;"),
     '<!DOCTYPE svg [<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]>' + SVG.format(""),
     '<?xml version="1.0" encoding="no-such"?>' + SVG.format("")],
)  # fmt: skip
def test_what_is_no_drawing_alone_may_not(text: str) -> None:
    assert scrub.dangers(text.encode())


def test_entities_do_not_grow() -> None:
    bomb = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 9 if n else "x" * 99}">' for n in range(20))
    assert scrub.dangers(f"<!DOCTYPE svg [{bomb}]>{SVG.format('&a19;')}".encode())


def test_a_drawing_that_is_refused_is_named_where_it_is_used(site: Folder) -> None:
    site.write("content/posts/plan.svg", SVG.format("\n<script>alert(1)</script>"))
    site.post("a", "Text.\n\n![Plan](plan.svg)\n")
    said = site.run("build")
    assert said.status == 1
    assert "content/posts/a.md:8" in said.err and "content/posts/plan.svg" in said.err
    assert "`<script>`" in said.err and not (site.root / "public").exists()
    assert site.run("check").status == 1
    # whoever owns the site may have it
    site.write("content/site.toml", SITE + '\n[checks]\npicture = "off"\n')
    assert site.run("build").status == 0
    assert published(site, "media/posts/plan.svg")


# --- files that cannot be shown -----------------------------------------------------------


def huge() -> bytes:
    """A PNG that says that it is enormous."""
    small = photo(4, 4, format="PNG")
    header = struct.pack(">II", 30_000, 30_000) + small[24:29]
    return small[:16] + header + struct.pack(">I", crc32(b"IHDR" + header)) + small[33:]


BROKEN: dict[str, Callable[[], bytes]] = {
    "cut off": lambda: photo(800, 600)[:5000],
    "empty": lambda: b"",
    "a page": lambda: b"<!doctype html><script>alert(1)</script>",
    "another kind": lambda: photo(8, 8, format="TIFF"),
    "a bomb": huge,
    "rubbish": lambda: b"\xff\xd8\xff\xe0" + bytes(range(256)),
}


@pytest.mark.parametrize("why", BROKEN)
@pytest.mark.parametrize("leading", [False, True])
def test_a_file_that_cannot_be_shown_is_an_error_where_it_is_used(site: Folder, why: str, leading: bool) -> None:
    site.write("content/posts/p.jpg", BROKEN[why]())
    if leading:
        site.post("a", "Text.\n", image="{src: p.jpg, alt: P}")
    else:
        site.post("a", "Text.\n\n![P](p.jpg)\n")
    said = site.run("build")
    assert said.status == 1 and "Traceback" not in said.err, said.err
    assert f"content/posts/a.md:{4 if leading else 8}" in said.err
    assert "`content/posts/p.jpg` cannot be shown" in said.err
    if why == "a bomb":
        assert "million pixels" in said.err
    assert not (site.root / "public").exists()
    assert "cannot be shown" in site.run("check").err + site.run("check").out  # remembered, and said again
    site.write("content/posts/p.jpg", photo(90, 60))
    assert site.run("build").status == 0


def test_a_kind_that_browsers_do_not_show_is_a_warning(site: Folder) -> None:
    site.write("content/posts/p.heic", b"\0\0\0\x18ftypheic")
    site.post("a", "![P](p.heic) and [P](p.heic)\n")
    said = site.run("build")
    assert said.status == 0 and "content/posts/a.md:6" in said.err and "p.heic" in said.err
    site.post("a", "Just [a file](p.heic).\n")
    assert site.run("build").err == ""


# --- a version for one language -----------------------------------------------------------


def test_a_picture_may_have_a_version_for_one_language(site: Folder) -> None:
    site.write("content/site.toml", SITE + "\n[outputs]\nparallel = true\n")
    for name, shade in (("map.png", 10), ("map.fa.png", 200), ("lead.png", 30), ("lead.fa.png", 220)):
        stream = io.BytesIO()
        Image.new("L", (64, 48 + shade), shade).save(stream, "PNG")
        site.write(f"content/posts/{name}", stream.getvalue())
    site.post("a", "Text.\n\n![The town](map.png)\n", image="{src: lead.png, alt: L}")
    site.post("b", "Text.\n\n![The town](map.png)\n", title="B")
    site.write("content/posts/b.fa.md", "---\ntitle: ب\n---\n\nمتن.\n\n![شهر](map.png)\n")
    assert site.run("update").status == 0
    site.translate("posts/a", {"Title of a": "عنوان", "Text.": "متن.", "![The town](map.png)": "![شهر](map.png)"})
    assert site.run("build").status == 0

    def used(address: str) -> list[tuple[str, str]]:
        return [(one["src"].rpartition("/")[2], one["height"]) for one in images(site.page(address))]

    assert used("en/posts/a/") == [("lead.png", "78"), ("map.png", "58")]
    assert used("fa/posts/a/") == [("lead.fa.png", "268"), ("map.fa.png", "248")]
    assert used("en/posts/b/") == [("map.png", "58")]
    assert used("fa/posts/b/") == [("map.fa.png", "248")]
    side_by_side = used("parallel/posts/a/")
    assert set(side_by_side) == {*used("en/posts/a/"), *used("fa/posts/a/")}


# --- only what changed --------------------------------------------------------------------


@pytest.fixture
def counted(site: Folder, monkeypatch: pytest.MonkeyPatch) -> tuple[Folder, dict[str, int]]:
    """A site with pictures, and how many were decoded and drawn since it was last asked."""
    site.write("content/posts/p.jpg", photo(700, 500))
    for name in "ab":
        site.post(name, "Text.\n\n![P](p.jpg)\n", image="{src: p.jpg, alt: P}")
    assert site.run("update").status == 0
    site.translate("posts/a", {"Title of a": "عنوان", "Text.": "متن."})
    count = {"measured": 0, "drawn": 0}

    def counting(name: str, what: Callable[..., Any]) -> Callable[..., Any]:
        def counts(*given: Any, **named: Any) -> Any:
            count[name] += 1
            return what(*given, **named)

        return counts

    monkeypatch.setattr(pictures, "measure", counting("measured", pictures.measure))
    monkeypatch.setattr(pictures, "draw", counting("drawn", pictures.draw))
    return site, count


def test_only_what_changed_is_decoded_and_drawn(counted: tuple[Folder, dict[str, int]]) -> None:
    site, count = counted

    def build(*options: str) -> tuple[int, int]:
        count.update(measured=0, drawn=0)
        said = site.run("build", *options)
        assert said.status == 0, said.err
        return count["measured"], count["drawn"]

    assert build() == (1, 5)  # a, b and the site in English; a and the site in Persian
    first = site.tree()
    assert build() == (0, 0)
    shutil.rmtree(site.root / ".dozaban/build")  # what would end the build before it began
    assert build() == (0, 0)
    site.translate("posts/a", {"Title of a": "عنوانی دیگر"})
    assert build() == (0, 1)
    assert len(site.tree("public/cards")) == 5
    site.write("content/posts/p.jpg", photo(700, 500))  # written again, and the same
    assert build() == (0, 0)
    site.write("content/posts/p.jpg", photo(710, 500))
    assert build() == (1, 0)
    assert len(site.tree("public/media")) == 3
    # another folder takes what there is from the shelf
    assert build("--out", str(site.root / "other")) == (0, 0)
    assert site.tree("other") == site.tree()
    # the cache costs time and nothing else
    before = site.tree()
    shutil.rmtree(site.root / ".dozaban")
    assert build() == (1, 5)
    assert site.tree() == before
    assert build("--no-cache", "--out", str(site.root / "fresh")) == (1, 5)
    assert site.tree("fresh") == before != first


@pytest.mark.parametrize("what", ["shelf", "memory", "rubbish", "output", "edited"])
def test_whatever_is_lost_is_made_again(counted: tuple[Folder, dict[str, int]], what: str) -> None:
    site, _ = counted
    assert site.run("build").status == 0
    before = site.tree()
    cache = site.root / ".dozaban"
    if what == "shelf":
        for path in (cache / "made").iterdir():
            path.unlink()
    elif what == "memory":
        for name in ("pictures.json", "standing.json"):
            (cache / name).unlink()
    elif what == "rubbish":
        for name in ("pictures.json", "standing.json"):
            (cache / name).write_bytes(b'{"head": [], "known": 3}')
    elif what == "output":
        for path in (*(site.root / "public").rglob("*.png"), *(site.root / "public").rglob("*.webp")):
            path.unlink()
    else:
        for path in (*(site.root / "public").rglob("*.png"), *(site.root / "public").rglob("*.jpg")):
            path.write_bytes(b"not this")
    assert site.run("build").status == 0
    assert site.tree() == before


def test_nothing_is_left_on_the_shelf_that_nothing_uses(counted: tuple[Folder, dict[str, int]]) -> None:
    site, _ = counted
    assert site.run("build").status == 0
    made = len(list((site.root / ".dozaban/made").iterdir()))
    assert made == 2 + 5
    site.post("b", "No picture.\n", title="Another")
    site.post("a", "No picture.\n")
    assert site.run("build").status == 0
    assert {path.suffix for path in (site.root / ".dozaban/made").iterdir()} == {".png"}


def test_a_site_may_have_no_cards(site: Folder) -> None:
    site.write("content/site.toml", SITE + "\n[outputs]\ncards = false\n")
    site.write("content/posts/p.jpg", photo(700, 500))
    site.post("a", "Text.\n", image="{src: p.jpg, alt: P}")
    assert site.run("build").status == 0
    assert not (site.root / "public/cards").exists()
    assert 'property="og:image" content="https://example.org/sub/media/posts/p.jpg"' in site.page("en/posts/a/")
    assert 'property="og:image"' not in site.page("en/")


# --- cards --------------------------------------------------------------------------------

RAQM = features.check("raqm")
needs_raqm = pytest.mark.skipif(not RAQM and not CI, reason="Pillow finds no libfribidi: apt install libfribidi0")

PERSIAN = Card(title="", site="پل", note="۲۹ اسفند ۱۴۰۴", host="example.org", language="fa", direction="rtl")
ENGLISH = Card(title="", site="Pol", note="20 March 2026", host="example.org", language="en", direction="ltr")

TITLES = {
    "hamza": (PERSIAN, "خانهٔ ما"),
    "one letter with hamza": (PERSIAN, "خانۀ ما"),
    "two lines": (PERSIAN, "نوروز در شهر: خانهٔ ما و سفره‌ای برای همهٔ کوچه"),
    "mixed": (PERSIAN, "آشنایی با Python ۳٫۱۲ و C++ (نسخهٔ v3.12)"),
    "brackets": (PERSIAN, "«سلام» (۱۴۰۳/۱۲/۳۰) می‌خواهیم؟"),
    "vowels": (PERSIAN, "مُحَمَّد و کِتابِ اوّلًا، طهّ و إلى قرآن"),
    "ligatures": (PERSIAN, "لا الله لأن ریال لله"),
    "long": (PERSIAN, "آن‌ها که در کوچهٔ ما خانه داشتند و باغ و کتاب و ساز و سفره و چای و همسایه و یک جهان حرف برای گفتن و شنیدن " * 3),
    "english": (ENGLISH, "What «خانهٔ ما» means, and what C++ does not (v3.12)"),
    "english, long": (ENGLISH, "A very long title that goes on and on over the river and back again " * 7),
}  # fmt: skip


def card(name: str) -> Card:
    shown, title = TITLES[name]
    return replace(shown, title=title)


def ink(data: bytes) -> Image.Image:
    """Where the card is written on, dark on light, without its coloured edge."""
    with Image.open(io.BytesIO(data)) as found:
        assert found.format == "PNG" and found.size == (1200, 630)
        return found.convert("L").crop((40, 0, 1160, 630))


def apart(one: Image.Image, other: Image.Image) -> float:
    """How far two cards are from each other to the eye: the part of their ink that has no
    ink in the other nearby, 0 to 1."""
    dark = [ImageChops.invert(x).point([255 if v > 100 else 0 for v in range(256)]) for x in (one, other)]
    wide = [x.filter(ImageFilter.MaxFilter(13)) for x in dark]
    missing = [ImageChops.subtract(dark[0], wide[1]), ImageChops.subtract(dark[1], wide[0])]
    total = sum(x.histogram()[255] for x in dark)
    return sum(sum(x.histogram()[1:]) for x in missing) / total


@needs_raqm
@pytest.mark.parametrize("name", TITLES)
def test_the_same_picture_with_raqm_and_without(name: str) -> None:
    assert RAQM, "Pillow finds no libfribidi: tests/prepare.sh installs it"
    shown = card(name)
    with_it, without = ink(pictures.draw(shown, raqm=True)), ink(pictures.draw(shown, raqm=False))
    assert apart(with_it, without) < 0.02
    # and that is not because anything would do
    other = replace(shown, title=" ".join(reversed(shown.title.split())))
    assert apart(with_it, ink(pictures.draw(other, raqm=False))) > 0.05


@pytest.mark.parametrize("raqm", [pytest.param(True, marks=needs_raqm), False])
def test_the_hamza_of_khaneye_ma_stays(raqm: bool) -> None:
    plain = replace(PERSIAN, title="خانه ما")
    bare, marked = ink(pictures.draw(plain, raqm=raqm)), ink(pictures.draw(card("hamza"), raqm=raqm))
    more = ImageChops.subtract(bare, marked).getbbox()
    assert more is not None
    left, top, right, bottom = more
    assert ImageChops.subtract(marked, bare).point([0] * 20 + [255] * 236).getbbox() is None  # nothing else moved
    height = bottom - top
    assert 8 < height < 60 and 5 < right - left < 60
    below = bare.crop((left, bottom, right, bottom + 3 * height))
    assert below.getextrema()[0] < 80  # the letter that it stands over
    both = ink(pictures.draw(card("one letter with hamza"), raqm=raqm))
    assert apart(both, marked) < 0.005


@needs_raqm
@pytest.mark.parametrize("name", ["two lines", "brackets", "vowels", "long"])
@pytest.mark.parametrize("raqm", [True, False])
def test_lines_are_wrapped_before_they_are_put_in_order(name: str, raqm: bool) -> None:
    """Each line is what raqm makes of that part of the text, set whole by itself."""
    assert RAQM
    shown = card(name)
    title = pictures.typeset(shown)
    lines = [title.text[start:end] for start, end in title.lines]
    assert " ".join(lines) == title.text and len(lines) > 1
    drawn = ink(pictures.draw(shown, raqm=raqm)).crop((0, 150, 1120, 530))
    from fontpkg_noto_sans_arabic import ROOT

    font = ImageFont.truetype(
        str(ROOT / "files/NotoSansArabic[wdth,wght].ttf"), title.size, layout_engine=ImageFont.Layout.RAQM
    )
    font.set_variation_by_axes([700, 100])
    expected = Image.new("L", drawn.size, 255)
    on = ImageDraw.Draw(expected)
    step = title.size * 1.5
    top = 190 + (330 - step * len(lines)) * 0.4 - 150
    for number, line in enumerate(lines):
        on.text((1076, round(top + step * (number + 0.5) + title.size * 0.34)), line, 0, font, "rs",
                direction="rtl", language="fa")  # fmt: skip
    assert apart(drawn, expected) < 0.02


def test_titles_shrink_then_end_in_dots() -> None:
    sizes = [pictures.typeset(card(name)).size for name in ("hamza", "mixed", "long")]
    assert sizes == sorted(sizes, reverse=True) and sizes[0] > sizes[-1]
    for name in ("long", "english, long"):
        shown = pictures.typeset(card(name))
        assert shown.text.endswith("…")
        assert card(name).title.split()[:9] == shown.text.split()[:9]
    word = replace(ENGLISH, title="Rindfleischetikettierungs" * 30)
    shown = pictures.typeset(word)
    assert len(shown.lines) > 2 and shown.text.endswith("…")
    assert pictures.draw(word)


def test_what_no_font_has_is_left_out() -> None:
    title = replace(ENGLISH, title="Tea 🫖 and 茶 for two")
    assert pictures.typeset(title).text == "Tea and for two"
    nothing = replace(ENGLISH, title="🫖")
    assert pictures.typeset(nothing).text == "Pol"


def test_the_same_card_has_the_same_bytes_and_is_small() -> None:
    for name in TITLES:
        data = pictures.draw(card(name))
        assert data == pictures.draw(card(name)) and len(data) < 40_000
        assert not re.search(rb"tEXt|zTXt|iTXt|tIME|eXIf", data)


def test_lines_are_put_in_order_by_the_whole_text() -> None:
    """A run that is cut by a line's end stays a run; isolates are those of pages."""
    text = "کتاب «The C++ Programming Language» در ۱۲ روز"
    cut = text.index("Programming")
    assert [run.text for run in shaping.arranged(text, "rtl", 0, cut)] == ["The C++ ", "کتاب «"]
    assert [run.text for run in shaping.arranged(text, "rtl", cut)] == [
        " روز", "۱۲", "» در ", "Programming Language"
    ]  # fmt: skip


@given(st.text(alphabet="سلام خانهٔ \u200c()«»abc C+12۱۲٫.,!/:-\u0654\u064e\u0651\u2067\u2069\u200f\ufffc", max_size=40), st.sampled_from(["ltr", "rtl"]))
def test_no_letter_is_lost_or_doubled_on_the_way_into_order(text: str, direction: Any) -> None:
    runs = shaping.arranged(text, direction)
    hidden = re.compile("[\u2066-\u2069\ufffc ]")
    assert sorted(hidden.sub("", "".join(run.text for run in runs))) == sorted(hidden.sub("", text))
    for run in runs:
        assert run.direction in ("ltr", "rtl")
        shaping.joined(run)


def test_every_edition_has_a_card_with_its_own_title(example: Folder) -> None:
    tree = example.tree()
    for tag in ("en", "fa"):
        for path, data in tree.items():
            page = data.decode(errors="replace")
            if not path.startswith(f"{tag}/posts/") or not path.endswith(".html") or "noindex" in page:
                continue
            (address,) = re.findall(r'property="og:image" content="https://example.org/([^"]*)"', page)
            assert address.startswith(f"cards/{tag}/posts/") and tree[address][:4] == b"\x89PNG"


# --- whatever changed, and whatever a file is called --------------------------------------

TURNS: dict[str, Callable[[Folder], object]] = {
    "a picture": lambda site: site.write("content/posts/p.jpg", photo(720, 480)),
    "a picture goes": lambda site: site.post("a", "Text.\n"),
    "a version for one language comes": lambda site: site.write("content/posts/p.fa.jpg", photo(600, 480)),
    "a file in its place": lambda site: site.write("content/posts/p.jpg", b"GIF89a"),
    "a title": lambda site: site.translate("posts/a", {"Title of a": "عنوانی دیگر"}),
    "the site's name": lambda site: site.write("content/site.toml", SITE.replace("Pol", "Pul")),
    "no cards": lambda site: site.write("content/site.toml", SITE + "\n[outputs]\ncards = false\n"),
    "another calendar": lambda site: site.write("content/site.toml", SITE + 'calendar = "gregorian"\n'),
    "a card goes": lambda site: next((site.root / "public/cards/fa").glob("posts/*.png")).unlink(),
    "a card is another's": lambda site: next((site.root / "public/cards/fa").glob("posts/*.png")).write_bytes(b"x"),
    "the shelf holds nothing": lambda site: [path.unlink() for path in (site.root / ".dozaban/made").iterdir()],
}


@pytest.mark.parametrize("turn", TURNS)
def test_a_warm_build_is_a_fresh_one(site: Folder, turn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = memo.time.time_ns
    monkeypatch.setattr(memo.time, "time_ns", lambda: real() + 10_000_000_000)
    site.write("content/posts/p.jpg", photo(700, 500))
    site.post("a", "Text.\n\n![P](p.jpg)\n", image="{src: p.jpg, alt: P}")
    assert site.run("update").status == 0
    site.translate("posts/a", {"Title of a": "عنوان", "Text.": "متن."})
    assert site.run("build").status == site.run("build").status == 0
    TURNS[turn](site)
    warm = site.run("build")
    fresh = site.run("build", "--no-cache", "--out", str(site.root / "fresh"))
    assert (warm.status, warm.err) == (fresh.status, fresh.err)
    if warm.status == 0:
        assert site.tree("public") == site.tree("fresh")
    else:
        assert turn == "a file in its place" and "cannot be shown" in warm.err


@pytest.mark.parametrize("name", ["نقشهٔ شهر.jpg", "a, b.jpg", "50% & more.JPG", "x.y.jpg", "‌نیم‌فاصله.jpeg", "q'uote.jpg"])
@pytest.mark.parametrize("portable", [False, True])
def test_a_picture_may_be_called_anything(site: Folder, name: str, portable: bool) -> None:
    site.write(f"content/posts/{name}", photo(700, 500))
    address = name.replace("%", "%25").replace(" ", "%20")
    site.post("a", f"Text.\n\n![P](<{address}>)\n", image=json.dumps({"src": address, "alt": "P"}, ensure_ascii=False))
    said = site.run("build", *(["--portable"] if portable else []))
    assert said.status == 0, said.err
    found = images(site.page("en/posts/a/"))
    assert len(found) == 2
    for one in found:
        assert widths(one["srcset"]) == [480, 700]
        for link in (one["src"], *(part.split()[0] for part in one["srcset"].split(", "))):
            assert "," not in link and " " not in link
            assert (site.root / "public/en/posts/a" / unquote(link)).resolve().is_file(), link


def test_a_page_with_many_pictures_is_the_same_from_one_process_or_many(site: Folder) -> None:
    for number in range(9):
        site.write(f"content/posts/p{number}.jpg", photo(500 + number, 400))
        site.post(f"a{number}", f"![P](p{number}.jpg)\n")
    assert site.run("build", "--jobs", "1", "--no-cache", "--out", str(site.root / "one")).status == 0
    assert site.run("build", "--jobs", "3", "--out", str(site.root / "three")).status == 0
    assert site.tree("one") == site.tree("three")
    assert len([path for path in site.tree("one") if path.endswith(".webp")]) == 18
