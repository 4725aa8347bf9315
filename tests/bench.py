"""How fast: this tool beside Hugo, on the same posts, in one run, alternating.

Hugo gets the posts as ready-made parallel files; this tool gets sources and catalogues.
It draws no cards, as Hugo draws none.
`cp -r` of the output is the floor. Figures are medians, as ratios to Hugo.

    python tests/bench.py [--posts 1000] [--runs 5]
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from pipeline import __version__, po

ENGLISH = ["river", "bridge", "lantern", "garden", "letter", "winter", "market", "song", "paper", "window", "copper", "harvest", "thread", "evening", "library", "kettle", "orchard", "stone", "road", "visitor", "neighbour", "story", "lamp", "bread", "cloud", "village", "courtyard", "kitchen", "pencil", "carry", "open", "read", "write", "walk", "gather", "remember", "listen", "repair", "paint", "borrow", "sing", "plant", "pour", "fold", "keep", "return", "begin", "quiet", "bright", "narrow", "patient", "early", "warm", "distant", "careful", "open", "second", "gentle", "common", "small", "green", "old", "new"]
PERSIAN = ["رودخانه", "پل", "فانوس", "باغ", "نامه", "زمستان", "بازار", "ترانه", "کاغذ", "پنجره", "مس", "خرمن", "نخ", "غروب", "کتابخانه", "کتری", "باغچه", "سنگ", "راه", "مهمان", "همسایه", "قصه", "چراغ", "نان", "ابر", "روستا", "حیاط", "آشپزخانه", "مداد", "می\u200cبریم", "می\u200cخوانیم", "می\u200cنویسیم", "می\u200cرویم", "می\u200cشنویم", "می\u200cسازیم", "کتاب\u200cها", "خانه\u200cها", "آرام", "روشن", "باریک", "صبور", "زود", "گرم", "دور", "نزدیک", "کوچک", "سبز", "کهنه", "تازه", "را", "از", "به", "در", "با", "برای"]
SITE = """\
title = "Bench"
base_url = "https://example.org/"
default_language = "en"
[languages.en]
[languages.fa]
[outputs]
cards = false
"""
HUGO = """\
baseURL = "https://example.org/"
title = "Bench"
defaultContentLanguage = "en"
defaultContentLanguageInSubdir = true
disableKinds = []
[pagination]
pagerSize = 10
[outputs]
home = ["html", "rss"]
section = ["html"]
taxonomy = ["html"]
term = ["html"]
[languages.en]
contentDir = "content/en"
weight = 1
[languages.fa]
contentDir = "content/fa"
weight = 2
languageDirection = "rtl"
"""
BASE = """<!doctype html><html lang="{{ .Site.Language.Lang }}"><head><meta charset="utf-8">
<title>{{ .Title }}</title><link rel="canonical" href="{{ .Permalink }}">
{{ range .AllTranslations }}<link rel="alternate" hreflang="{{ .Language.Lang }}" href="{{ .Permalink }}">
{{ end }}</head><body><header><nav>{{ range .Translations }}<a href="{{ .RelPermalink }}">{{ .Language.Lang }}</a>
{{ end }}</nav></header><main>{{ block "main" . }}{{ end }}</main></body></html>"""
SINGLE = """{{ define "main" }}<article><h1>{{ .Title }}</h1><p>{{ .Params.summary }}</p>
<time>{{ .Date.Format "2 January 2006" }}</time>{{ .Content }}<ul>{{ range .Params.tags }}
<li><a href="{{ "tags/" | relLangURL }}{{ . }}/">{{ . }}</a></li>{{ end }}</ul></article>{{ end }}"""
LIST = """{{ define "main" }}<h1>{{ .Title }}</h1>{{ range .Paginator.Pages }}<article><h2>
<a href="{{ .RelPermalink }}">{{ .Title }}</a></h2><p>{{ .Params.summary }}</p>
<time>{{ .Date.Format "2 January 2006" }}</time></article>{{ end }}{{ end }}"""
TAGS = ["music", "books", "food", "gardens", "film", "crafts", "language", "walks"]


def sentence(chance: random.Random, words: list[str], length: int) -> str:
    text = " ".join(chance.choice(words) for _ in range(length))
    return text[0].upper() + text[1:] + "."


def post(chance: random.Random, number: int) -> tuple[dict[str, object], list[tuple[str, str, str]]]:
    """Front matter, and blocks: (what is before the text, English, Persian); about 400 words."""
    blocks: list[tuple[str, str, str]] = []

    def block(before: str, sentences: int, length: int, link: bool = False) -> None:
        pairs = [(sentence(chance, ENGLISH, length), sentence(chance, PERSIAN, length)) for _ in range(sentences)]
        en, fa = (" ".join(p[n] for p in pairs) for n in (0, 1))
        if link:
            en, fa = f"{en} See *this* and [that](https://example.net/{number}).", f"{fa} *این* و [آن](https://example.net/{number})."
        blocks.append((before, en, fa))

    for _ in range(2):
        block("", 4, 12, link=True)
    for section in range(3):
        block("## ", 1, 4)
        block("", 3, 12)
        block("", 2, 12, link=section == 1)
        for _ in range(3):
            block("- ", 1, 5)
    block("> ", 1, 12)
    day = date(2015, 1, 1) + timedelta(days=number % 4000)
    front = {"date": day, "tags": chance.sample(TAGS, 2)}
    return front, blocks


def body(blocks: list[tuple[str, str, str]], which: int) -> str:
    lines: list[str] = []
    for before, *texts in blocks:
        if before != "- " or not lines or not lines[-1].startswith("- "):
            lines.append("")
        lines.append(before + texts[which])
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def corpus(ours: Path, hugo: Path, count: int) -> None:
    """The same posts twice: as a site of ours with catalogues, and as Hugo's parallel files."""
    for folder in (ours / "content/posts", ours / "locales/fa/LC_MESSAGES/posts", hugo / "content/en/posts",
                   hugo / "content/fa/posts", hugo / "layouts/_default"):  # fmt: skip
        folder.mkdir(parents=True)
    (ours / "content/site.toml").write_text(SITE)
    (hugo / "hugo.toml").write_text(HUGO)
    (hugo / "layouts/_default/baseof.html").write_text(BASE)
    (hugo / "layouts/_default/single.html").write_text(SINGLE)
    (hugo / "layouts/_default/list.html").write_text(LIST)
    header = "".join(f'"{line}\\n"\n' for line in ("Language: fa", "Content-Type: text/plain; charset=UTF-8",
                     "Plural-Forms: nplurals=2; plural=(n > 1);"))  # fmt: skip
    for number in range(count):
        chance = random.Random(number)
        front, blocks = post(chance, number)
        titles = (f"Post {number} {chance.choice(ENGLISH)}", f"نوشتهٔ {number} {chance.choice(PERSIAN)}")
        summaries = (sentence(chance, ENGLISH, 14), sentence(chance, PERSIAN, 14))
        name = f"post-{number:05}"
        heads = [f"---\ntitle: {titles[n]}\nsummary: {summaries[n]}\ndate: {front['date']}\n"
                 f"tags: [{', '.join(front['tags'])}]\n---\n" for n in (0, 1)]  # fmt: skip
        (ours / f"content/posts/{name}.md").write_text(heads[0] + body(blocks, 0))
        (hugo / f"content/en/posts/{name}.md").write_text(heads[0] + body(blocks, 0))
        (hugo / f"content/fa/posts/{name}.md").write_text(heads[1] + body(blocks, 1))
        entries = [f'msgctxt "title"\nmsgid {quoted(titles[0])}\nmsgstr {quoted(titles[1])}\n',
                   f'msgctxt "summary"\nmsgid {quoted(summaries[0])}\nmsgstr {quoted(summaries[1])}\n']  # fmt: skip
        seen = set()
        for _, en, fa in blocks:
            if en not in seen:
                seen.add(en)
                entries.append(f"msgid {quoted(en)}\nmsgstr {quoted(fa)}\n")
        (ours / f"locales/fa/LC_MESSAGES/posts/{name}.po").write_text(
            f'msgid ""\nmsgstr ""\n{header}\n' + "\n".join(entries)
        )


def timed(command: list[str], folder: Path) -> tuple[float, int]:
    """Wall seconds and peak memory in MiB of the largest process of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    taken = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return taken, max(after, before) // 1024


def change(path: Path, number: int) -> None:
    """Change one translation."""
    catalogue = po.parse(path.read_bytes(), str(path))
    entry = catalogue.entries[3]
    entries = (*catalogue.entries[:3], po.revise(entry, msgstr=f"تغییر {number}"), *catalogue.entries[4:])
    path.write_bytes(po.serialize(replace(catalogue, entries=entries)))


def issue(ours: Path, count: int) -> None:
    """An issue of the newsletter in both languages, with so many posts as summaries."""
    site = ours / "content/site.toml"
    site.write_text(site.read_text().replace("default_language", 'contact = "post@example.org"\ndefault_language', 1))
    names = sorted(path.stem for path in (ours / "content/posts").glob("*.md"))[:count]
    items = "".join(f"      - {{post: posts/{name}, as: summary}}\n" for name in names)
    text = f"---\ntitle: Bench\npreheader: All\ndate: 2026-03-21\nsections:\n  - heading: All\n    items:\n{items}---\n\nHello.\n"
    (ours / "content/newsletters").mkdir()
    (ours / "content/newsletters/bench.md").write_text(text)
    head = 'msgid ""\nmsgstr ""\n"Language: fa\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
    words = (("title", "Bench", "سنجش"), ("preheader", "All", "همه"), ("heading", "All", "همه"), ("", "Hello.", "سلام."))
    entries = "".join(
        "\n" + (f'msgctxt "{role}"\n' if role else "") + f'msgid "{msgid}"\nmsgstr "{msgstr}"\n' for role, msgid, msgstr in words
    )
    catalogue = ours / "locales/fa/LC_MESSAGES/newsletters/bench.po"
    catalogue.parent.mkdir()
    catalogue.write_text(head + entries)


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--posts", type=int, default=1000)
    asked.add_argument("--runs", type=int, default=5)
    options = asked.parse_args()
    dozaban = [sys.executable, "-c", "from pipeline.cli import run; run()"]
    hugo = str(Path(sys.executable).parent / "hugo")
    said = subprocess.run([hugo, "version"], capture_output=True, text=True, check=True).stdout
    version = next(word for word in said.replace("-", " ").split() if word[:1] == "v" and word[1:2].isdigit())
    with tempfile.TemporaryDirectory() as temporary:
        ours, theirs = Path(temporary) / "ours", Path(temporary) / "hugo"
        corpus(ours, theirs, options.posts)
        catalogue = ours / "locales/fa/LC_MESSAGES/posts/post-00000.po"
        rows: dict[str, list[float]] = {}

        def clean(*paths: Path) -> None:
            for path in paths:
                shutil.rmtree(path, ignore_errors=True)

        def run(name: str, command: list[str], folder: Path, ready: Callable[[], None]) -> None:
            ready()
            os.sync()
            rows.setdefault(name, []).append(timed(command, folder)[0])

        build = [*dozaban, "build"]
        for turn in range(options.runs):
            run("hugo, cold", [hugo, "--quiet"], theirs, lambda: clean(theirs / "public", theirs / "resources"))
            run("dozaban, cold", build, ours, lambda: clean(ours / "public", ours / ".dozaban"))
            run("dozaban, one catalogue changed", build, ours, lambda turn=turn: change(catalogue, turn))
            run("dozaban, nothing changed", build, ours, lambda: None)
            run("cp -r of the output", ["cp", "-r", str(ours / "public"), str(ours / "copy")], ours,
                lambda: clean(ours / "copy"))  # fmt: skip
        small, unused = Path(temporary) / "small", Path(temporary) / "unused"
        corpus(small, unused, 30)
        issue(small, 30)
        for _ in range(options.runs):
            run("newsletter, 30 posts, all forms", [*dozaban, "newsletter", "build"], small,
                lambda: clean(small / "outbox", small / ".dozaban"))  # fmt: skip
        forms = len(list((small / "outbox/bench").iterdir()))
        reference = statistics.median(rows["hugo, cold"])
        print(f"{options.posts} bilingual posts of about 400 words, {options.runs} runs, medians")
        print(f"Dozaban {__version__}, Hugo {version}, Python {platform.python_version()}, "
              f"{len(os.sched_getaffinity(0))} cores")  # fmt: skip
        for name, taken in rows.items():
            median = statistics.median(taken)
            print(f"{name:32} {median:7.2f} s  ({min(taken):.2f} to {max(taken):.2f})  {median / reference:5.2f} × Hugo")
        print(f"the newsletter: {forms} files; its bar is 3 s on two cores")


if __name__ == "__main__":
    main()
