"""An issue in print: the same bytes, in the right order, and nothing read as code."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import CI, Folder, need

if not CI:
    pytest.importorskip("typst")

LINES = {
    "plus": "زبان C++ است.",
    "version": "نسخهٔ v3.12. آمد",
    "day": "روز 2025-03-20 بود",
    "python": "(Python) زبان است",
    "words": "گفت **hello** *world* و رفت",
    "number": "عدد **۱۲**٫**۵** است",
    "jalali": "روز ۱۴۰۳/۱۲/۳۰ بود",
    "code": "فرمان `git log -1` را بزنید",
}


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def issue(site: Folder, body: str, *, title: str = "شمارهٔ نو", lang: str = "fa") -> None:
    site.write("content/newsletters/one.md", f"---\ntitle: {quoted(title)}\nlang: {lang}\ndate: 2026-03-21\nnumber: 3\n---\n\n{body}\n")


def printed(site: Folder, lang: str = "fa") -> Path:
    said = site.run("newsletter", "build", "one", "--lang", lang, "--format", "pdf")
    assert said.status == 0, said.err
    return site.root / "outbox/one" / f"{lang}.pdf"


def words_of(pdf: Path) -> list[tuple[float, float, str]]:
    """(left, top, text) of each word in the PDF, by where it stands."""
    need("pdftotext")
    made = subprocess.run(["pdftotext", "-bbox", str(pdf), "-"], capture_output=True, check=True).stdout.decode()
    found = re.findall(r'<word xMin="([\d.]+)" yMin="([\d.]+)"[^>]*>(.*?)</word>', made)
    return [(float(x), float(y), text) for x, y, text in found]


def left(words: list[tuple[float, float, str]], text: str) -> float:
    return next(x for x, _, word in words if text in word)


def bare(text: str) -> str:
    """Without marks, joiners and the ezafe's hamza, which no extractor gives back whole."""
    return re.sub("[\u200c-\u200f\u064b-\u0655\u2066-\u2069]", "", text)


def test_mixed_sentences_are_in_the_order_in_which_they_are_read(site: Folder) -> None:
    issue(site, "\n\n".join(LINES.values()))
    words = words_of(printed(site))
    assert left(words, "hello") > left(words, "world")  # the Persian word order: right to left
    assert any("C++" in word for _, _, word in words)
    assert any("2025-03-20" in word for _, _, word in words)
    assert any(re.fullmatch(r"v3\.12\.?", word) for _, _, word in words)
    assert left(words, "git") < left(words, "log") < left(words, "-1")  # code is left to right
    said = [bare(word) for _, _, word in words]
    for word in ("زبان", "است", "عدد", "فرمان", "روز"):
        assert word in said or word[::-1] in said, (word, said)


def test_a_run_looks_as_it_does_alone(site: Folder, tmp_path: Path) -> None:
    """The pixels of a run within a Persian sentence are those of the run on its own."""
    need("pdftoppm")
    from PIL import Image, ImageChops

    def picture(text: str, name: str) -> Any:
        issue(site, text)
        made = printed(site)
        where = next((x, y) for x, y, word in words_of(made) if any(mark in word for mark in ("C++", "2025", "Python", "۱۲٫۵", "۱۴۰۳")))
        subprocess.run(["pdftoppm", "-r", "150", "-png", "-singlefile", str(made), str(tmp_path / name)], check=True)
        page = Image.open(tmp_path / f"{name}.png").convert("L")
        scale = 150 / 72
        x, y = where[0] * scale, where[1] * scale
        cut = page.crop((round(x) - 2, round(y) - 4, round(x) + 150, round(y) + 34))
        return ImageChops.invert(cut).point(lambda v: 255 if v > 90 else 0)

    for alone, within in (
        ("C++", "زبان C++ خوب است"),
        ("2025-03-20", "روز 2025-03-20 خوب بود"),
        ("۱۲٫۵", "عدد ۱۲٫۵ خوب است"),
        ("۱۴۰۳/۱۲/۳۰", "روز ۱۴۰۳/۱۲/۳۰ خوب بود"),
    ):
        one, other = picture(alone, "one"), picture(within, "other")
        width = max(x for x in range(one.width) if any(one.getpixel((x, y)) for y in range(one.height))) + 1
        a, b = one.crop((0, 0, width, one.height)), other.crop((0, 0, width, other.height))
        differing = sum(1 for p, q in zip(a.tobytes(), b.tobytes(), strict=True) if p != q)
        inked = sum(1 for p in a.tobytes() if p)
        assert inked > 50 and differing < inked * 0.35, (alone, differing, inked)


HOSTILE = '#read("/etc/passwd") *x* $a$ `y` <z> @w \\ // c'


def test_nothing_is_read_as_code(site: Folder) -> None:
    issue(site, "Body: #panic(1) $x$ `#raw` #link(\"x\")", title=HOSTILE, lang="en")
    made = printed(site, "en")
    text = subprocess.run([need("pdftotext"), "-layout", str(made), "-"], capture_output=True, check=True).stdout.decode()
    squeezed = re.sub(r"\s+", "", text)
    assert re.sub(r"\s+", "", HOSTILE).replace('"', "") in squeezed.replace('"', "").replace("”", "").replace("“", "")
    assert "#panic(1)$x$#raw#link(" in squeezed
    assert "root:" not in text


def test_the_same_issue_gives_the_same_bytes(site: Folder) -> None:
    issue(site, "\n\n".join(LINES.values()))
    first = printed(site).read_bytes()
    for variable in ({"TZ": "Asia/Tehran"}, {"TZ": "America/Los_Angeles", "LC_ALL": "C"}):
        for path in (site.root / ".dozaban").rglob("*.pdf"):
            path.unlink()
        out = site.root / "again"
        subprocess.run(
            [sys.executable, "-c", "from pipeline.cli import run; run()", "-C", str(site.root),
             "newsletter", "build", "one", "--lang", "fa", "--format", "pdf", "--out", str(out)],
            env={**os.environ, **variable, "PYTHONPATH": str(Path(__file__).parent.parent)}, check=True,
        )  # fmt: skip
        assert (out / "fa.pdf").read_bytes() == first
        (out / "fa.pdf").unlink()


def test_a_cached_pdf_is_taken_only_whole_and_of_the_same(site: Folder) -> None:
    issue(site, "یک")
    first = printed(site).read_bytes()
    (kept,) = (site.root / ".dozaban").rglob("*.pdf")
    kept.write_bytes(first[: len(first) // 2])
    (site.root / "outbox/one/fa.pdf").unlink()
    assert printed(site).read_bytes() == first
    issue(site, "دو")
    assert printed(site).read_bytes() != first


def test_fonts_are_embedded_and_the_file_is_sound(site: Folder) -> None:
    issue(site, "\n\n".join(LINES.values()))
    made = printed(site)
    fonts = subprocess.run([need("pdffonts"), str(made)], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in fonts.splitlines()[2:]]
    assert rows and all(row[-5:-2] == ["yes", "yes", "yes"] for row in rows), fonts
    assert all(re.match(r"[A-Z]{6}\+", row[0]) for row in rows)
    checked = subprocess.run([need("qpdf"), "--check", str(made)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    plain = subprocess.run(["qpdf", "--qdf", "--object-streams=disable", str(made), "-"], capture_output=True, check=True).stdout
    assert re.search(rb"/Lang \(fa", plain) and b"/MarkInfo" in plain and b"/DisplayDocTitle true" in plain
    info = subprocess.run([need("pdfinfo"), str(made)], capture_output=True, check=True).stdout.decode()
    assert re.search("Title: +شمارهٔ نو", info) and re.search("Tagged: +yes", info)


def test_the_contents_name_the_pages_in_the_languages_digits(site: Folder) -> None:
    for number in range(1, 5):
        site.post(f"post{number}", "بند.\n\n" * 60, title=f"نوشتهٔ {number}", lang="fa")
    items = "".join(f"      - {{post: post{number}, as: full}}\n" for number in range(1, 5))
    site.write(
        "content/newsletters/one.md",
        f"---\ntitle: شماره\nlang: fa\ndate: 2026-03-21\nsections:\n  - heading: همه\n    items:\n{items}---\n\nسلام.\n",
    )
    made = printed(site)
    text = subprocess.run([need("pdftotext"), "-raw", str(made), "-"], capture_output=True, check=True).stdout.decode()
    pages = text.split("\f")
    starts = []
    for number in range(1, 5):
        found = [at for at, page in enumerate(pages, 1) if re.search(rf"(?m)^\W*{number}\W+\S*نوشت|نوشت\S*\W+{number}\W*$", bare(page))]
        starts.append(found[-1])
    digits = "۰۱۲۳۴۵۶۷۸۹"
    listed = [int(str(digits.index(d))) for d in re.findall(f"[{digits}]", pages[0])]
    assert [n for n in listed if n in starts], (listed, starts)
    assert starts == sorted(starts) and starts[-1] > 1
    for start in set(starts):
        assert start in listed


def test_without_typst_the_command_says_how_to_get_it(site: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.outputs import pdf

    monkeypatch.setattr(pdf, "available", lambda: False)
    issue(site, "x")
    said = site.run("newsletter", "build", "one", "--lang", "fa", "--format", "pdf")
    assert said.status == 2 and "pip install 'dozaban[pdf]'" in said.err
    assert site.run("build").status == 0
    assert ".pdf" not in site.page("fa/newsletters/one/")


def test_the_page_of_an_issue_leads_to_its_pdf(site: Folder) -> None:
    issue(site, "x")
    assert site.run("build").status == 0
    assert 'href="one-fa.pdf"' in site.page("fa/newsletters/one/")
    assert (site.root / "public/fa/newsletters/one/one-fa.pdf").read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize("text", ["😀 漢字", "![](a.png)", "#", "\ufdd0", "> " * 60 + "x"])
def test_what_cannot_be_printed_stops_no_build(site: Folder, text: str) -> None:
    from PIL import Image

    (site.root / "content/newsletters").mkdir(parents=True)
    Image.new("RGB", (4, 4)).save(site.root / "content/newsletters/a.png")
    issue(site, f"سلام.\n\n{text}\n")
    said = site.run("build")
    assert said.status == 0, said.err
    page = site.page("fa/newsletters/one/")
    made = site.root / "public/fa/newsletters/one/one-fa.pdf"
    assert ('href="one-fa.pdf"' in page) is made.exists()
    assert made.exists() or "the issue has no PDF" in said.err
