"""How fast: this tool beside Hugo and others, on the same posts, in one run, alternating.

Hugo gets the posts as ready-made parallel files; this tool gets sources and catalogues. Both
make the same kinds of pages: articles, lists, subjects, feeds, a map of the site; Hugo once
with hardly more on a page than the post, which the bars are for, and once with what our
pages show. `cp -r` of the output is the floor. Each run writes into a new folder, and
nothing is deleted before the end: a file system that has just lost thousands of files is
slow at making others. Figures are medians. The bars are those that the project has set itself; the exit status
is 1 where one is missed.

    python tests/bench.py [--posts 100,1000,5000,20000] [--runs 5] [--others 100,1000] [--table FILE]
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import bench_hugo

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
search = false
[checks]
untranslated-tag = "off"
"""
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
                   hugo / "content/fa/posts"):  # fmt: skip
        folder.mkdir(parents=True)
    (ours / "content/site.toml").write_text(SITE)
    bench_hugo.write(hugo, bench_hugo.BARE)
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


DOZABAN = [sys.executable, "-c", "from pipeline.cli import run; run()"]
HUGO_PROGRAM = str(Path(sys.executable).parent / "hugo")


def seconds(command: Sequence[str], folder: Path) -> float:
    """Wall seconds of a command, which must end well."""
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    taken = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return taken


def memory(command: Sequence[str], folder: Path) -> int:
    """The peak memory of a command with all its processes, in MiB: proportional set sizes,
    looked at every hundredth of a second."""
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak, ended = 0, threading.Event()

    def tree(pid: int) -> list[int]:
        found = [pid]
        with suppress(OSError):
            for thread in os.listdir(f"/proc/{pid}/task"):
                for child in Path(f"/proc/{pid}/task/{thread}/children").read_text().split():
                    found += tree(int(child))
        return found

    def watch() -> None:
        nonlocal peak
        while not ended.wait(0.01):
            total = 0
            for pid in tree(process.pid):
                with suppress(OSError, StopIteration, ValueError):
                    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
                    total += int(next(line.split()[1] for line in lines if line.startswith("Pss:")))
            peak = max(peak, total)

    watching = threading.Thread(target=watch)
    watching.start()
    process.wait()
    ended.set()
    watching.join()
    return peak // 1024


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


@dataclass(kw_only=True)
class Figures:
    """What was measured at one size: name of the work → seconds of each run, and memory."""

    posts: int
    runs: dict[str, list[float]] = field(default_factory=dict)
    memory: dict[str, int] = field(default_factory=dict)

    def median(self, name: str) -> float:
        return statistics.median(self.runs[name])

    def add(self, name: str, taken: float) -> None:
        self.runs.setdefault(name, []).append(taken)


HUGO_COLD = "Hugo, bare pages"
HUGO_FULL, HUGO_LESS = "Hugo, pages that show what ours show", "the same, but for related pieces"
COLD, ONE, NOTHING, COPY = "all, cold", "one catalogue changed", "nothing changed", "`cp -r` of the output"
START, END = "<!-- bench -->", "<!-- /bench -->"
LIVE = "`serve`: from saving a catalogue to the new page"


def measure(top: Path, posts: int, runs: int) -> Figures:
    """One size: the work of this tool and of Hugo in turns, each into a folder of its own."""
    ours, theirs, past = top / f"ours-{posts}", top / f"hugo-{posts}", top / "past"
    past.mkdir(exist_ok=True)
    corpus(ours, theirs, posts)
    richer = {HUGO_FULL: bench_hugo.FULL, HUGO_LESS: bench_hugo.LESS} if posts <= 5000 else {}
    for name, site in richer.items():
        shutil.copytree(theirs / "content", top / f"{name}-{posts}/content")
        bench_hugo.write(top / f"{name}-{posts}", site)
    found = Figures(posts=posts)
    catalogue = ours / "locales/fa/LC_MESSAGES/posts/post-00000.po"
    time.sleep(2.5)  # what is as young as the clock's tick is not trusted

    def run(name: str, command: Sequence[str], folder: Path) -> None:
        os.sync()
        found.add(name, seconds(command, folder))

    for turn in range(runs):
        out = str(past / f"{posts}-{turn}")
        for name in (".dozaban", "public"):
            if (ours / name).exists():
                (ours / name).rename(past / f"{posts}-{turn}-{name}")
        build = [*DOZABAN, "build"]
        run(HUGO_COLD, [HUGO_PROGRAM, "--quiet", "-d", f"{out}-hugo"], theirs)
        for name in richer:
            run(name, [HUGO_PROGRAM, "--quiet", "-d", f"{out}-{name}"], top / f"{name}-{posts}")
        run(COLD, build, ours)
        run(COPY, ["cp", "-r", "public", f"{out}-copy"], ours)
        change(catalogue, turn)
        run(ONE, build, ours)
        time.sleep(2.5)
        seconds(build, ours)
        run(NOTHING, build, ours)
    for command in ("update", "status", "check") if posts <= 5000 else ():
        if (ours / ".dozaban").exists():
            (ours / ".dozaban").rename(past / f"{posts}-{command}-cache")
        run(f"`{command}`, cold", [*DOZABAN, command], ours)
        time.sleep(2.5)
        seconds([*DOZABAN, command], ours)
        for _ in range(runs):
            run(f"`{command}`, warm", [*DOZABAN, command], ours)
    found.memory[HUGO_COLD] = memory([HUGO_PROGRAM, "--quiet", "-d", str(past / f"{posts}-m-hugo")], theirs)
    found.memory[COLD] = memory([*DOZABAN, "build", "--no-cache", "--out", str(past / f"{posts}-m")], ours)
    if posts == 5000:
        live(ours, found, catalogue, runs)
    return found


def live(ours: Path, found: Figures, catalogue: Path, runs: int) -> None:
    """From saving a catalogue to the first answer of the server that has the new words."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen([*DOZABAN, "serve", "--port", str(port)], cwd=ours,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    page = f"http://127.0.0.1:{port}/fa/posts/post-00000/"

    def shows(words: str) -> bool:
        with suppress(OSError), urllib.request.urlopen(page, timeout=60) as answer:
            return words.encode() in answer.read()
        return False

    try:
        while not shows("<main"):
            time.sleep(0.1)
        for turn in range(runs + 1):
            time.sleep(1)
            change(catalogue, 9000 + turn)
            start = time.perf_counter()
            while not shows(f"تغییر {9000 + turn}"):
                time.sleep(0.002)
            if turn:  # the first has the templates to read
                found.add(LIVE, time.perf_counter() - start)
    finally:
        server.terminate()
        server.wait()


def starts(top: Path, runs: int) -> dict[str, float]:
    """`--help`, and `status` of a small site, as multiples of an empty typer program."""
    small, unused = top / "small", top / "unused"
    corpus(small, unused, 10)
    bare = [sys.executable, "-c", "import typer\napp = typer.Typer()\n@app.command()\ndef main(): pass\napp()"]
    taken: dict[str, list[float]] = {}
    time.sleep(2.5)
    seconds([*DOZABAN, "status"], small)
    for _ in range(3 * runs):
        taken.setdefault("bare", []).append(seconds(bare, small))
        taken.setdefault("`--help`", []).append(seconds([*DOZABAN, "--help"], small))
        taken.setdefault("`status` of ten posts", []).append(seconds([*DOZABAN, "status"], small))
    least = statistics.median(taken.pop("bare"))
    return {name: statistics.median(found) / least for name, found in taken.items()}


def newsletter(top: Path, runs: int) -> float:
    """An issue of thirty posts in all its forms, seconds."""
    small, unused = top / "letter", top / "unused-letter"
    corpus(small, unused, 30)
    issue(small, 30)
    taken = []
    for turn in range(runs):
        for name in ("outbox", ".dozaban"):
            if (small / name).exists():
                (small / name).rename(top / "past" / f"letter-{turn}-{name}")
        taken.append(seconds([*DOZABAN, "newsletter", "build"], small))
    return statistics.median(taken)


def others(top: Path, posts: int) -> dict[str, float]:
    """Other tools on the same posts, once each: those that are there."""
    theirs, found = top / f"hugo-{posts}", {}
    if shutil.which("pelican", path=str(Path(sys.executable).parent)):
        for tag in ("en", "fa"):
            folder = top / f"pelican-{posts}-{tag}"
            folder.mkdir()
            for path in (theirs / f"content/{tag}/posts").iterdir():
                _, head, text = path.read_text().split("---\n", 2)
                head = head.replace("tags: [", "tags: ").replace("]", "")
                (folder / path.name).write_text(f"{head}lang: {tag}\n\n{text}")
        config = top / "pelicanconf.py"
        config.write_text("SITEURL = 'https://example.org'\nFEED_ALL_ATOM = 'feed.xml'\nDEFAULT_PAGINATION = 10\n")
        program = str(Path(sys.executable).parent / "pelican")
        found["Pelican (two sites)"] = sum(
            seconds([program, str(top / f"pelican-{posts}-{tag}"), "-o", str(top / f"past/pelican-{posts}-{tag}"),
                     "-s", str(config), "-q"], top)
            for tag in ("en", "fa")
        )  # fmt: skip
    if shutil.which("po4a"):
        folder = top / f"po4a-{posts}"
        (folder / "po").mkdir(parents=True)
        lines = ["[po4a_langs] fa", "[po4a_paths] po/$master.pot fa:po/$master.fa.po", "[options] -k 0"]
        for path in sorted((theirs / "content/en/posts").iterdir()):
            shutil.copy(path, folder)
            lines.append(f"[type: text] {path.name} fa:fa/{path.name} pot={path.stem} opt:\"-o markdown\"")
        (folder / "po4a.cfg").write_text("\n".join(lines) + "\n")
        found["po4a (catalogues alone)"] = seconds(["po4a", "--quiet", "po4a.cfg"], folder)
    if shutil.which("ikiwiki"):
        folder = top / f"ikiwiki-{posts}"
        shutil.copytree(theirs / "content/en", folder)
        found["ikiwiki with po"] = seconds(
            ["ikiwiki", "--rebuild", "--plugin", "po", "--set", "po_master_language=en|English",
             "--set-yaml", "po_slave_languages=[fa|Persian]", "--set", "po_translatable_pages=posts/*",
             "--set", "po_link_to=default", "--url", "https://example.org", str(folder), str(top / f"past/ikiwiki-{posts}")],
            top,
        )  # fmt: skip
    return found


def bars(sizes: Mapping[int, Figures], quick: Mapping[str, float]) -> list[tuple[str, float, float]]:
    """What was wished for: work, figure, bar; all at 5,000 posts unless they say otherwise."""
    found = [(f"{name}: × a bare typer program", ratio, 1.5) for name, ratio in quick.items()]
    if (five := sizes.get(5000)) is not None:
        hugo = five.median(HUGO_COLD)
        found += [
            ("cold build: × Hugo, bare pages", five.median(COLD) / hugo, 0.33),
            ("one catalogue changed: × Hugo, bare pages", five.median(ONE) / hugo, 0.05),
            ("nothing changed: × Hugo, bare pages", five.median(NOTHING) / hugo, 0.03),
            ("cold build: × `cp -r` of its output", five.median(COLD) / five.median(COPY), 4),
            ("peak memory: × Hugo's", five.memory[COLD] / five.memory[HUGO_COLD], 1),
            ("`status`, warm: seconds", five.median("`status`, warm"), 1),
            (f"{LIVE}: milliseconds", 1000 * five.median(LIVE), 150),
        ]
        if (twenty := sizes.get(20000)) is not None:
            bare = memory([sys.executable, "-c", "import pipeline.app.making, time; time.sleep(0.5)"], Path.cwd())
            found += [
                ("20,000 posts: × the time of 5,000", twenty.median(COLD) / five.median(COLD), 4.4),
                ("20,000 posts: × the memory of 5,000, above the bare process",
                 (twenty.memory[COLD] - bare) / (five.memory[COLD] - bare), 4.4),
            ]  # fmt: skip
    return found


def table(sizes: Mapping[int, Figures], more: Mapping[int, Mapping[str, float]], letter: float,
          found: Sequence[tuple[str, float, float]], runs: int) -> str:  # fmt: skip
    """The figures as Markdown: seconds (and the spread), multiples of Hugo's."""
    said = subprocess.run([HUGO_PROGRAM, "version"], capture_output=True, text=True, check=True).stdout
    version = next(word for word in said.replace("-", " ").split() if word[:1] == "v" and word[1:2].isdigit())
    cpu = next((line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), platform.machine())  # fmt: skip
    lines = [
        f"{date.today():%d %B %Y}; {len(os.sched_getaffinity(0))} cores of {cpu}; Dozaban {__version__}, "
        f"Python {platform.python_version()}, Hugo {version}. Seconds, medians of {runs} runs in turns"
        f"{'(20,000 posts: one run)' if 20000 in sizes else ''}, with the least and the most; after them multiples of the time of Hugo with bare pages.",
        "",
        "| work | " + " | ".join(f"{posts:,} posts" for posts in sizes) + " |",
        "|---|" + "---|" * len(sizes),
    ]
    names = list(dict.fromkeys(name for one in sizes.values() for name in one.runs))
    for name in names:
        cells = []
        for one in sizes.values():
            if name not in one.runs:
                cells.append("")
                continue
            taken, ratio = one.runs[name], one.median(name) / one.median(HUGO_COLD)
            spread = f" ({min(taken):.2f}–{max(taken):.2f})" if len(taken) > 1 else ""
            cells.append(f"{one.median(name):.2f}{spread}, {ratio:.2f} ×")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    for name in (HUGO_COLD, COLD):
        lines.append(f"| peak memory, {name} (MiB) | " + " | ".join(f"{one.memory[name]:,}" for one in sizes.values()) + " |")
    for name in dict.fromkeys(name for one in more.values() for name in one):
        cells = [f"{more[posts][name]:.2f}, {more[posts][name] / one.median(HUGO_COLD):.2f} ×" if name in more.get(posts, {}) else ""
                 for posts, one in sizes.items()]  # fmt: skip
        lines.append(f"| {name}, once | " + " | ".join(cells) + " |")
    lines += ["", f"An issue of the newsletter with thirty posts in all its forms: {letter:.2f} s.", ""]
    lines += ["| bar | wished for, at most | measured | |", "|---|---|---|---|"]
    lines += [f"| {name} | {bar:g} | {figure:.2f} | {'met' if figure <= bar else '**missed**'} |" for name, figure, bar in found]
    return "\n".join(lines) + "\n"


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--posts", default="100,1000,5000,20000")
    asked.add_argument("--runs", type=int, default=5)
    asked.add_argument("--others", default="100,1000", help="the sizes at which other tools are measured, once each")
    asked.add_argument("--table", type=Path, help="a file in which the table stands between two marks")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        top = Path(temporary)
        (top / "past").mkdir()
        sizes: dict[int, Figures] = {}
        more: dict[int, dict[str, float]] = {}
        quick = starts(top, options.runs)
        letter = newsletter(top, options.runs)
        for posts in map(int, options.posts.split(",")):
            sizes[posts] = measure(top, posts, options.runs if posts <= 5000 else 1)
            if str(posts) in options.others.split(","):
                more[posts] = others(top, posts)
            print(f"{posts} posts measured", file=sys.stderr)
        found = bars(sizes, quick)
        made = table(sizes, more, letter, found, options.runs)
    print(made)
    if options.table:
        before, _, rest = options.table.read_text(encoding="utf-8").partition(START)
        options.table.write_text(f"{before}{START}\n{made}{END}{rest.partition(END)[2]}", encoding="utf-8")
    if missed := [name for name, figure, bar in found if figure > bar]:
        sys.exit("missed: " + "; ".join(missed))


if __name__ == "__main__":
    main()
