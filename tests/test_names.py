"""Names and paths that lead astray: refused by name, and nothing is written outside."""

from __future__ import annotations

import io
import json
import os
import re
import struct
import unicodedata
from collections.abc import Callable
from zlib import crc32

import pytest
from conftest import Folder
from PIL import Image

from pipeline import pictures, scrub
from pipeline.routes import PUBLISHED

Tally = Callable[[str, int, str], None]

NFC, NFD = (unicodedata.normalize(form, "café") for form in ("NFC", "NFD"))


def around(site: Folder) -> dict[str, bytes]:
    """All that is beside the site's folder; what is in it but no output."""
    top = site.root.parent
    return {
        path.relative_to(top).as_posix(): path.read_bytes()
        for path in sorted(top.rglob("*"))
        if path.is_file() and not path.is_symlink() and not {"public", ".dozaban"} & set(path.parts)
    }


def within(site: Folder) -> list[str]:
    """The addresses in the output; all of them are really below it."""
    public = (site.root / "public").resolve()
    found = [path for path in public.rglob("*") if path.is_file()]
    assert all(path.resolve().is_relative_to(public) and not path.is_symlink() for path in found)
    return [path.relative_to(public).as_posix() for path in found]


BAD = (
    "../x", "..", ".", "./x", "x/../../y", "/x", "//x", "/etc/passwd", "a/b", "..\\x", "a\\b", "C:\\x", "C:x", "~/x",
    "a\tb", "a b", "a\u00a0b", "a%2fb", "%2e%2e", "a?b", "a#b", "a:b", "a*b", 'a"b', "a<b", "a|b", ".hidden", "dot.",
    "CON", "con", "nul", "NUL.txt", "com1", "LPT9", "aux", "prn", "a\u202eb", "a\u2066b", "a\u200bb", "\u200ca", "a\ufeff",
    "a\u00adb", "x" * 201, "x" * 255, "x" * 256, "x" * 5000, "ن" * 128, "\u3000", "a\u2028b",
)  # fmt: skip


def test_slugs_and_aliases(site: Folder, tally: Tally) -> None:
    site.post("good", "Text.\n")
    before = around(site)
    for number, slug in enumerate(BAD):
        written = json.dumps(slug, ensure_ascii=False)
        for kind, front in (("s", {"slug": f"{{en: {written}}}"}), ("a", {"aliases": f"{{en: [{written}]}}"})):
            if kind == "a" and slug in ("/x", "/etc/passwd", "a/b"):
                continue  # from the root, it may have folders
            site.post(f"{kind}{number}", "Text.\n", **front)
    said = site.run("build")
    assert said.status == 1 and "Traceback" not in said.err and not (site.root / "public").exists()
    missed = [
        (path.stem, BAD[int(path.stem[1:])])
        for path in sorted((site.root / "content/posts").glob("[sa][0-9]*.md"))
        if f"content/posts/{path.name}:" not in said.err
    ]
    assert not missed
    for path in (site.root / "content/posts").glob("[sa][0-9]*.md"):
        path.unlink()
    assert around(site) == before
    tally("slugs and aliases that lead out, are devices', hidden or too long", 2 * len(BAD) - 3, "refused at their line; nothing written")


NAMES = (
    "CON", "nul", "com1", "a b", "a\u202eb", "a\nb", "a\x1b[2Jb", "a\\b", "%2e%2e", "a?b", "a#b", "a:b", "x" * 200, "x" * 252,
    "ن" * 126, ".hidden", "..x", "dot.", "\u200ca", "a\u200bb", "index.html", "tags", "page", "a|b", "'\"<b>", "-rf", "~", "نوروز",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES if os.environ.get("DOZABAN_SOAK") else NAMES[::3])
def test_names_of_files(site: Folder, name: str) -> None:
    """Each is built inside the output, or refused by its name."""
    site.post("good", "Text.\n")
    front = "---\ntitle: Title\ndate: 2026-03-20\n---\n\nText.\n"
    paths = [f"content/posts/{name}/index.md", f"content/pages/{name}.md"]
    for path in paths if name in ("CON", "page", "tags") else paths[1:]:
        try:
            site.write(path, front.replace("date: 2026-03-20\n", "") if "pages" in path else front)
        except OSError:
            assert len(name.encode()) > 200
            continue
        before = around(site)
        for command in (["update"], ["build"]):
            said = site.run(*command)
            assert said.status in (0, 1) and "Traceback" not in said.err, said.err
            assert "\x1b" not in said.out + said.err and "\u202e" not in said.out + said.err
        outside = {path for path in around(site) if path not in before}
        assert all(path.startswith("site/locales/") for path in outside), outside
        if (site.root / "public").exists():
            within(site)
        (site.root / path).unlink()
    said = site.run("build")
    assert said.status == 0, said.err


def test_a_name_that_is_no_text(site: Folder) -> None:
    site.post("good", "Text.\n")
    folder = os.fsencode(site.root / "content/posts")
    for name in (b"a\xff.md", b"b\xed\xa0\x80.md", b"p\xff.png"):
        with open(folder + b"/" + name, "wb") as stream:
            stream.write(b"---\ntitle: x\ndate: 2026-03-20\n---\n")
    for command in (["check"], ["build"], ["status"], ["list", "--json"], ["check", "--json"], ["update"]):
        said = site.run(*command)
        assert said.status in (0, 1) and "Traceback" not in said.err, said.err


@pytest.mark.parametrize(
    ("one", "other"),
    [(NFC, NFD), ("Word", "word"), ("İx", "i̇x"), ("ß", "ẞ"), ("ﬁn", "fin")],
)
def test_twins_are_refused_with_both_names(site: Folder, one: str, other: str) -> None:
    site.post("a", "Text.\n", slug=f"{{en: {json.dumps(one)}}}")
    site.post("b", "Text.\n", slug=f"{{en: {json.dumps(other)}}}")
    said = site.run("build")
    same = unicodedata.normalize("NFC", unicodedata.normalize("NFD", one).casefold())
    if same != unicodedata.normalize("NFC", unicodedata.normalize("NFD", other).casefold()):
        assert said.status == 0 and len({path for path in within(site) if path.startswith("en/posts/")}) >= 2
        return
    assert said.status == 1 and "content/posts/a.md" in said.err + said.out and "content/posts/b.md" in said.err
    assert not (site.root / "public").exists()


def test_files_whose_names_are_twins(site: Folder) -> None:
    """Two files of one name in two normal forms; and letters that look alike, which are two."""
    front = "---\ntitle: T\ndate: 2026-03-20\n---\n\nText.\n"
    site.write(f"content/posts/{NFC}.md", front)
    site.write(f"content/posts/{NFD}.md", front)
    said = site.run("build")
    assert said.status == 1 and "content/posts/caf" in said.err and not (site.root / "public").exists()
    (site.root / f"content/posts/{NFD}.md").unlink()
    site.write("content/posts/تهراني.md", front)
    site.write("content/posts/تهرانی.md", front)
    said = site.run("build")
    if said.status:  # both named, and nothing published
        assert "تهراني" in said.err and "تهرانی" in said.err
    else:
        made = within(site)
        assert {f"en/posts/{name}/index.html" for name in ("تهراني", "تهرانی")} <= set(made)


OUTSIDE = (
    "../../../secret.png", "../../secret.png", "../../../../../../../../etc/hostname", "/etc/hostname", "//etc/hostname",
    "..%2f..%2f..%2fsecret.png", "%2e%2e/%2e%2e/%2e%2e/secret.png", "..\\..\\..\\secret.png", "file:///etc/hostname",
    "p.png/../../../../secret.png", "../site.toml", "../posts/../../secret.png", "./././../../../secret.png",
    "p.png%00.jpg", "secret-link.png", "folder-link/secret.png", "../../locales/fa/glossary.csv", "a.md", "../posts/",
)  # fmt: skip


def test_pictures_outside_the_content(site: Folder, tally: Tally) -> None:
    png = _png()
    secret = site.root.parent / "secret.png"
    secret.write_bytes(png + b"SECRET")
    site.write("secret.png", png + b"SECRET")
    site.write("locales/fa/glossary.csv", "term,translation\nSECRET,SECRET\n")
    site.write("content/posts/p.png", png)
    (site.root / "content/posts/secret-link.png").symlink_to(secret)
    (site.root / "content/posts/folder-link").symlink_to(secret.parent)
    before = around(site)
    for number, path in enumerate(OUTSIDE):
        site.post(f"b{number}", f"![x](<{path}>) and [x](<{path}>)\n")
        site.post(f"f{number}", "Text.\n", image=f"{{src: {json.dumps(path)}, alt: x}}")
    said = site.run("build")
    assert said.status == 1 and not (site.root / "public").exists()
    refused = {name for name in (f"{kind}{n}" for kind in "bf" for n in range(len(OUTSIDE))) if f"content/posts/{name}.md" in said.err}
    harmless = {OUTSIDE.index(path) for path in ("file:///etc/hostname", "..\\..\\..\\secret.png", "a.md", "../posts/")}
    assert refused >= {f"{kind}{n}" for kind in "bf" for n in range(len(OUTSIDE)) if n not in harmless}
    site.write("content/site.toml", site.read("content/site.toml") + '\n[checks]\nbroken-link = "warn"\npicture = "off"\n')
    said = site.run("build")
    for name in re.findall(r"content/posts/(\w+)\.md:\d+:\d+: error", said.err):
        (site.root / f"content/posts/{name}.md").unlink()
    said = site.run("build")
    assert said.status == 0, said.err
    for path in within(site):
        assert b"SECRET" not in (site.root / "public" / path).read_bytes(), path
    assert {path for path in around(site) if not path.startswith("site/content/")} <= set(before)
    tally("pictures and links that lead out of content/", 2 * len(OUTSIDE), "refused by name; nothing of them published")


def test_files_that_run_are_not_published(site: Folder, tally: Tally) -> None:
    kinds = ["html", "htm", "xhtml", "svgz", "js", "mjs", "css", "php", "phtml", "phar", "asp", "aspx", "jsp", "cgi", "pl",
             "py", "sh", "exe", "bat", "wasm", "xml", "xsl", "rss", "hta", "htaccess", "htc", "swf", "jar", "url", "lnk",
             "toml", "env", "pem", "key", "sqlite", "HTML", "Js", "png.html", "xyz"]  # fmt: skip
    for kind in kinds:
        site.write(f"content/posts/file.{kind}", "x")
    site.write("content/posts/noending", "x")
    for kind in sorted(PUBLISHED - pictures.KINDS - {"svg", "heic", "heif"}):
        site.write(f"content/posts/good.{kind}", "x")
    site.post("a", "".join(f"- [x](<file.{kind}>)\n" for kind in kinds) + "- [x](noending)\n")
    said = site.run("build")
    assert said.status == 1
    for kind in kinds:
        ending = kind.rpartition(".")[2].lower()
        assert f"files of the kind .{ending} are not published: put `content/posts/file.{kind}`" in said.err, kind
    assert "`content/posts/noending` has no ending" in said.err
    site.post("a", "".join(f"- [x](good.{kind})\n" for kind in sorted(PUBLISHED - pictures.KINDS - {"svg", "heic", "heif"})))
    assert site.run("build").status == 0
    made = [path for path in within(site) if path.startswith("media/")]
    assert len(made) == len(PUBLISHED - pictures.KINDS - {"svg", "heic", "heif"}) and all("good" in path for path in made)
    tally("kinds of files that a browser or a server might run", len(kinds) + 1, "refused by name")


ARGUMENTS = ("../x", "../../x", "/etc/passwd", "..", ".", "", "\0", "posts/../../x", "x" * 300, "posts/" + "x" * 300,
             "a\nb", "posts/\u202ex", "C:\\x", "-x", "CON", "posts/CON", "newsletters/../../x", "*", "posts/*")  # fmt: skip


@pytest.mark.parametrize(
    "command",
    [["show", "{}"], ["mv", "posts/a", "{}"], ["mv", "posts/a", "posts/{}"], ["export", "{}", "--lang", "fa"],
     ["review", "{}", "--lang", "fa"], ["update", "{}"], ["status", "{}"], ["newsletter", "build", "{}"],
     ["newsletter", "check", "{}"], ["newsletter", "preview", "{}"], ["newsletter", "send", "{}"]],
    ids=lambda command: " ".join(command),
)  # fmt: skip
def test_names_that_commands_are_given(site: Folder, command: list[str], tally: Tally) -> None:
    site.post("a", "Text.\n")
    site.run("update")
    before = around(site)
    for argument in ARGUMENTS:
        said = site.run(*(part.format(argument) for part in command))
        assert said.status in (0, 1, 2), (argument, said.err)
        assert "Traceback" not in said.err and "\u202e" not in said.err + said.out, argument
        after = around(site)
        if after != before:  # a name that will do
            assert command[0] == "mv" and said.status == 0, argument
            moved = set(after) - set(before)
            assert all(path.startswith(("site/content/posts/", "site/locales/fa/LC_MESSAGES/posts/")) for path in moved), moved
            (back,) = (path for path in moved if path.endswith(".md"))
            assert site.run("mv", back.removeprefix("site/content/").removesuffix(".md"), "posts/a").status == 0
            site.post("a", "Text.\n")
            before = around(site)
    tally(f"names given to `{' '.join(command)}`", len(ARGUMENTS), "refused, or inside the site")


def test_new_documents_stay_in_their_folder(site: Folder) -> None:
    for title in ("../x", "/etc/passwd", "..", "CON", "nul", "a\\b", "x" * 1000, "ن" * 500, "\u202ex", "a\0b", "%2e%2e/x", ".git"):
        for kind in ("post", "page", "newsletter"):
            before = around(site)
            said = site.run("new", kind, title)
            assert said.status in (0, 1, 2) and "Traceback" not in said.err, (title, said.err)
            folder = {"post": "posts", "page": "pages", "newsletter": "newsletters"}[kind]
            assert all(path.startswith(f"site/content/{folder}/") for path in set(around(site)) - set(before)), title
    assert all(len(path.name.encode()) < 256 for path in (site.root / "content").rglob("*"))


# --- pictures that do not hold together ---------------------------------------------------


def _png() -> bytes:
    stream = io.BytesIO()
    Image.new("L", (3, 2), 9).save(stream, "PNG")
    return stream.getvalue()


def _file(kind: str) -> bytes:
    stream = io.BytesIO()
    Image.linear_gradient("L").save(stream, kind, **({"comment": b"SECRET"} if kind in ("JPEG", "GIF") else {}))
    return stream.getvalue()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc32(kind + data))


def _broken() -> dict[str, bytes]:
    jpeg, png, gif, webp = (_file(kind) for kind in ("JPEG", "PNG", "GIF", "WEBP"))
    text = _chunk(b"tEXt", b"Comment\0SECRET")
    return {
        "whole.gif": gif,
        "no-end.jpg": jpeg[:-2],
        "stray.jpg": jpeg[:2] + b"SECRET" + jpeg[2:],
        "long-exif.jpg": jpeg[:2] + b"\xff\xe1" + struct.pack(">H", 40) + b"Exif\0\0II*\0\xff\xff\xff\xffSECRET".ljust(38, b"\0") + jpeg[2:],
        "no-end.png": png[:33] + text + png[33:-12],
        "cut.png": png[:33] + text + png[33:-20],
        "cut.gif": gif[:-60],
        "cut.webp": webp[:8] + b"WEBPEXIF" + struct.pack("<I", 6) + b"SECRET" + webp[12:-9],
        "in-scan.jpg": jpeg[:-2] + b"\xff\xd8\xff\xe1\x00\x08SECRET",
    }


def test_what_hides_in_a_broken_picture_does_not_go_out(site: Folder, tally: Tally) -> None:
    files = _broken()
    assert all(b"SECRET" in data for name, data in files.items() if name not in ("cut.gif",))
    for name, data in files.items():
        site.write(f"content/posts/{name}", data)
        site.post(name.replace(".", "-"), f"[x]({name})\n")  # linked only: nothing decodes it
    said = site.run("build")
    assert said.status == 1
    refused = {name for name in files if f"`content/posts/{name}` cannot be shown: it breaks off" in said.err}
    assert refused >= {"no-end.png", "cut.png", "cut.gif", "cut.webp", "in-scan.jpg"}
    for name in refused:
        (site.root / f"content/posts/{name.replace('.', '-')}.md").unlink()
    assert site.run("build").status == 0
    made = [path for path in within(site) if path.startswith("media/")]
    assert len(made) == len(files) - len(refused)
    for path in made:
        data = (site.root / "public" / path).read_bytes()
        assert b"SECRET" not in data, path
        with Image.open(io.BytesIO(data)) as picture:
            picture.load()
    tally("pictures that break off, or hide a text where none belongs", len(files), f"{len(refused)} refused, cleaned else")


def test_a_picture_taller_than_webp_knows(site: Folder) -> None:
    stream = io.BytesIO()
    Image.radial_gradient("L").resize((481, 16_500)).save(stream, "PNG")
    found = pictures.measure(stream.getvalue())
    assert (found.width, found.height, found.versions) == (481, 16_500, ())


@pytest.mark.parametrize("character", ["﷽", "\u0301" * 500, "\U0001f468\u200d\U0001f469", "\u06ed" * 300])
def test_a_card_of_any_letter(character: str) -> None:
    for direction, language in (("ltr", "en"), ("rtl", "fa")):
        card = pictures.Card(title=f"x{character} نوروز", site="s", note=character, host="h", language=language,
                             direction=direction)  # type: ignore[arg-type]  # fmt: skip
        assert pictures.draw(card) and pictures.draw(card, raqm=False)


def test_stripping_takes_no_longer_than_reading() -> None:
    """Shapes that were quadratic once; a million bytes each, and the test ends."""
    count = 1_000_000
    for data in (b"\xff\xd8\xff\xe0\0\2" + b"\xff" * count, b"\xff\xd8\xff\xda\0\2" + b"\xff" * count + b"\0",
                 b"GIF89a" + bytes(7) + b"!\xfe\1a\0" * (count // 5), b"<svg" * (count // 4),
                 b'<svg xmlns="http://www.w3.org/2000/svg" width="' + b"1" * count + b'x"/>'):  # fmt: skip
        scrub.stripped(data)
        scrub.measures(data)
        scrub.dangers(data)
