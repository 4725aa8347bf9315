"""A site out of a real book, and its community's Persian pages adopted into catalogues.

Run it to see the figures (`python tests/adopt_real.py FOLDER`); with `--sample SEED` it
lists 120 pairs to be judged by hand, 20 of them unsure. The tests run it too. The
pages come from ../shared/data, which nothing here copies into the project.
"""

from __future__ import annotations

import io
import json
import random
import re
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from pipeline import alignment, cli, markdown, po
from pipeline.catalogue import SUGGESTION

DATA = Path(__file__).parent.parent.parent / "shared" / "data" / "http3-explained"
SITE = """\
title = "Book"
base_url = "https://example.org/"
default_language = "en"

[languages.en]
name = "English"

[languages.fa]
name = "فارسی"

[checks]
broken-link = "warn"    # pictures and pages outside the sample
"""


def make(folder: Path) -> list[str]:
    """Write the English pages as documents whose title is their first heading."""
    (folder / "content").mkdir(parents=True)
    (folder / "content" / "site.toml").write_text(SITE, encoding="utf-8")
    names = []
    for page in sorted((DATA / "en").glob("*.md")):
        body = page.read_text(encoding="utf-8")
        heading = re.search(r"^#+ +(.+?) *$", body, re.MULTILINE)
        title = json.dumps(heading.group(1) if heading else page.stem)
        target = folder / "content" / "pages" / page.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(f"---\ntitle: {title}\n---\n{body}", encoding="utf-8")
        names.append(f"pages/{page.stem}")
    return names


def run(*arguments: str) -> tuple[int, str]:
    """A command of ours and what it says."""
    said = io.StringIO()
    with redirect_stdout(said):
        status = cli.main(list(arguments))
    return status, said.getvalue()


def adopt(folder: Path) -> tuple[int, dict[str, Any]]:
    """The site made and the folder adopted; the exit status and the JSON report."""
    make(folder)
    status, said = run("-C", str(folder), "adopt", "pages", str(DATA / "fa"), "--lang", "fa", "--json")
    return status, json.loads(said)


def lost(folder: Path) -> list[str]:
    """Blocks of the Persian pages that are neither in a msgstr nor in a comment."""
    missing = []
    for page in sorted((DATA / "fa").glob("*.md")):
        path = folder / "locales" / "fa" / "LC_MESSAGES" / "pages" / f"{page.stem}.po"
        if not path.exists():
            continue
        entries = po.parse(path.read_bytes(), str(path)).entries
        kept = [entry.msgstr for entry in entries] + [line for entry in entries for line in entry.comments]
        original = (DATA / "en" / page.name).read_bytes().decode()
        for leaf in markdown.parse(page.read_bytes().decode()).leaves:
            text = leaf.msgid or page.read_bytes()[leaf.start : leaf.end].decode().strip()
            if not leaf.msgid and text in original:
                continue  # code, the same in both
            escaped = text.replace("\\", "\\\\").replace("\n", "\\n") if "\n" in text else text
            if not any(text in one or escaped in one for one in kept):
                missing.append(f"{page.name}:{leaf.line + 1}: {text[:60]}")
    return missing


def figures(folder: Path) -> dict[str, int]:
    """What came of it, in numbers."""
    status, said = adopt(folder)
    again, second = run("-C", str(folder), "adopt", "pages", str(DATA / "fa"), "--lang", "fa", "--json")
    updated, _ = run("-C", str(folder), "update", "--check")
    built, pages = run("-C", str(folder), "build", "--json")
    complaints = blocks = 0
    for path in sorted((folder / "locales" / "fa").rglob("*.po")):
        checked = subprocess.run(
            ["msgfmt", "-c", "-v", "-o", "/dev/null", str(path)],
            capture_output=True, text=True, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}, check=False,
        )  # fmt: skip
        complaints += checked.returncode != 0 or "warning" in checked.stderr
    for one in said["documents"]:
        page = Path(one["document"]).name + ".md"
        blocks += len(markdown.parse((DATA / "fa" / page).read_text(encoding="utf-8")).leaves)
    refused = [p for p in json.loads(pages)["problems"] if p["rule"] in ("refused", "structure")]
    documents = said["documents"]
    return {
        "status": status,
        "translations adopted": len(documents),
        "blocks of theirs": blocks,
        "translated": sum(one["adopted"]["translated"] for one in documents),
        "unsure": sum(one["adopted"]["unsure"] for one in documents),
        "kept": sum(one["adopted"]["kept"] for one in documents),
        "left over here": sum(len(one["left_over"]["source"]) for one in documents),
        "left over there": sum(len(one["left_over"]["translation"]) for one in documents),
        "pages without a translation": len(said["documents_left"]),
        "translations without a page": len(said["translations_left"]),
        "lost": len(lost(folder)),
        "problems": len(said["problems"]),
        "refused by msgfmt": complaints,
        "second status": again,
        "written the second time": sum(one["written"] for one in json.loads(second)["documents"]),
        "update status after it": updated,
        "build status": built,
        "refused when composed": len(refused),
    }


def pairs(folder: Path) -> list[tuple[str, str, str, str, str]]:
    """Every pair of body blocks: state, document, score, source, translation."""
    found = []
    for path in sorted((folder / "locales" / "fa" / "LC_MESSAGES" / "pages").glob("*.po")):
        for entry in po.parse(path.read_bytes(), str(path)).entries:
            if entry.context is None and entry.msgstr and not entry.obsolete:
                score = next((e for e in entry.extracted if e.startswith(SUGGESTION)), "")
                found.append((entry.state, path.stem, score.rpartition("(")[2], entry.msgid, entry.msgstr))
    return found


if __name__ == "__main__":
    there = Path(sys.argv[1])
    for name, value in figures(there).items():
        print(f"{name:28} {value}")
    print(f"{'confident from':28} {alignment.CONFIDENT}, possible from {alignment.POSSIBLE}")
    if "--sample" in sys.argv:
        chance = random.Random(int(sys.argv[sys.argv.index("--sample") + 1]))
        every = pairs(there)
        unsure = [one for one in every if one[0] == "fuzzy"]
        sure = [one for one in every if one[0] == "translated"]
        some = chance.sample(unsure, min(20, len(unsure)))
        for number, one in enumerate(some + chance.sample(sure, 100), start=1):
            print(f"\n{number}. {one[0]} {one[1]} {one[2]}\n{one[3]}\n{one[4]}")
