"""A site out of a real translated course: 84 pages and their community's catalogue.

Run it to see the figures (`python tests/real_site.py FOLDER`); the tests run it too.
The pages come from ../shared/data, which nothing here copies into the project.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

from pipeline import cli, po

DATA = Path(__file__).parent.parent.parent / "shared" / "data" / "comprehensive-rust"
SITE = """\
title = "Course"
base_url = "https://example.org/"
default_language = "en"

[languages.en]
name = "English"

[languages.fa]
name = "فارسی"

[checks]
broken-link = "warn"    # links to pages outside the sample
"""


def make(folder: Path) -> dict[str, bytes]:
    """Write the site; returns document → the bytes of its file."""
    (folder / "content").mkdir(parents=True)
    (folder / "content" / "site.toml").write_text(SITE, encoding="utf-8")
    written = {}
    for page in sorted((DATA / "src").rglob("*.md")):
        name = page.relative_to(DATA / "src").as_posix().removesuffix(".md")
        body = page.read_bytes()
        if body.startswith(b"---\n"):  # the course's own front matter
            body = body[body.index(b"\n---\n", 3) + 5 :]
        heading = re.search(rb"^#+ +(.+?) *$", body, re.MULTILINE)
        title = "Page " + (heading.group(1).decode() if heading else name)
        quoted = title.replace("\\", "\\\\").replace('"', '\\"')
        data = f'---\ntitle: "{quoted}"\n---\n'.encode() + body
        target = folder / "content" / "pages" / f"{name}.md"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        written[f"pages/{name}"] = data
    return written


def run(*arguments: str) -> tuple[int, bytes]:
    """A command of ours and what it says."""
    said = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with redirect_stdout(said):
        status = cli.main(list(arguments))
        said.flush()
    return status, said.buffer.getvalue()  # type: ignore[attr-defined]


def figures(folder: Path) -> dict[str, int]:
    """Make, update, build; count what came of it."""
    written = make(folder)
    compendium = str(DATA / "po" / "fa.po")
    updated, _ = run("-C", str(folder), "update", "--compendium", compendium)
    again, _ = run("-C", str(folder), "update", "--check")
    built, _ = run("-C", str(folder), "build")
    counts = {"pages": len(written), "messages": 0, "translated": 0, "suggested": 0, "left": 0, "titles": 0}
    complaints = 0
    for path in sorted((folder / "locales" / "fa").rglob("*.po")):
        checked = subprocess.run(
            ["msgfmt", "-c", "-v", "-o", "/dev/null", str(path)],
            capture_output=True, text=True, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}, check=False,
        )  # fmt: skip
        complaints += checked.returncode != 0 or "warning" in checked.stderr
        for entry in po.parse(path.read_bytes(), str(path)).entries:
            if entry.context in ("title", "site"):  # invented here
                counts["titles"] += 1
                continue
            counts["messages"] += 1
            if entry.state == "translated":
                counts["translated"] += 1
            elif entry.msgstr:
                counts["suggested"] += 1
            else:
                counts["left"] += 1
    exported = 0
    for name, data in written.items():
        done = run("-C", str(folder), "export", name, "--lang", "en")
        exported += done == (0, data)
    return {
        **counts,
        "refused by msgfmt": complaints,
        "update status": updated,
        "second update status": again,
        "build status": built,
        "exported byte for byte": exported,
    }


if __name__ == "__main__":
    for name, value in figures(Path(sys.argv[1])).items():
        print(f"{name:24} {value}")
