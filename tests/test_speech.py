"""What the command says: in English as ever, in the editor's language when that is asked for."""

from __future__ import annotations

import ast
import io
import json
import pickle
import re
import string
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import date

import pytest
from conftest import ROOT, Folder, run
from hypothesis import given, settings
from hypothesis import strategies as st
from wcwidth import wcswidth

from pipeline import cli, parser, po, speech, usage, voice
from pipeline.app import voices, wording
from pipeline.problems import problem
from pipeline.speech import Said, either, say, series, word

PERSIAN = voices.voice("fa")
SHAPED = voices.voice("fa", shaped=True)
CATALOGUE = "locales/fa/LC_MESSAGES/cli.po"
ALPHABET = "abc /.:-_`() کتاب‌ها خانهٔ مُحَمَّد ۱۲ 漢 \u2067\u2068\u2069\n"
TEXTS = st.text(alphabet=st.sampled_from(ALPHABET + "{}"), max_size=30)


def entries() -> list[po.Entry]:
    catalogue = po.parse((ROOT / CATALOGUE).read_bytes(), CATALOGUE)
    return list(catalogue.entries)


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def isolated(text: str) -> bool:
    """Whether every isolate is closed, and nothing but isolates is."""
    depth = 0
    for character in text:
        depth += character in "\u2066\u2067\u2068"
        depth -= character == "\u2069"
        if depth < 0:
            return False
    return depth == 0


# --- in English ---------------------------------------------------------------------------


@given(TEXTS, st.integers(0, 99), st.lists(TEXTS, max_size=3))
def test_what_is_said_is_the_english_sentence(text: str, number: int, names: list[str]) -> None:
    said = say("there is no `{name}` among {n}: {names}", name=text, n=number, names=names)
    assert said == f"there is no `{text}` among {number}: {', '.join(names)}"
    outer = say("{what} ({day})", what=said, day=date(2026, 3, 20))
    assert outer == f"{said} (2026-03-20)"
    assert voice.ENGLISH(outer) == outer and type(voice.ENGLISH.plain(outer)) is str
    assert json.dumps(outer) == json.dumps(f"{said} (2026-03-20)")


@settings(deadline=None)
@given(TEXTS, st.integers(0, 3))
def test_what_was_said_survives_caches_processes_and_exceptions(text: str, number: int) -> None:
    said = say("{n} line of {what}", "{n} lines of {what}", n=number,
               what=series([text, word("column", "to"), date(2026, 3, 20), either(["a", "b"])]))  # fmt: skip
    for again in (
        pickle.loads(pickle.dumps(said)),
        speech.unpacked(json.loads(json.dumps(speech.packed(said)))),
        str(ValueError(said)),
    ):
        assert again == said and PERSIAN(again) == PERSIAN(said)


def test_braces_are_braces_where_nothing_is_filled_in() -> None:
    assert say("write {src: x}") == "write {src: x}"


# --- in Persian ---------------------------------------------------------------------------


@settings(deadline=None)
@given(st.data())
def test_every_sentence_can_be_said_with_anything_in_it(data: st.DataObject) -> None:
    """No value, however odd, leaves a sentence unfilled or an isolate open."""
    entry = data.draw(st.sampled_from(entries()))
    names = fields(entry.msgid) | fields(entry.plural or "") if _filled(entry) else set()
    texts = st.text(alphabet=st.sampled_from(ALPHABET), max_size=30)
    values: dict[str, speech.Value] = {name: data.draw(texts) for name in sorted(names)}
    if entry.plural is not None:
        values["n"] = data.draw(st.integers(0, 1000))
    said = Said(entry.msgid, entry.plural or "", entry.context or "", values)
    spoken = PERSIAN(said)
    assert all(isolated(line) for line in spoken.split("\n"))
    assert not values or not re.search(r"\{[a-z_]+\}", spoken)
    assert not re.search("[\u2066-\u2069]", SHAPED(said))


def _filled(entry: po.Entry) -> bool:
    """Whether a message is said with values: all its fields are plain names."""
    return all(re.fullmatch(r"[a-z_]+", name) for name in fields(entry.msgid)) if _parses(entry.msgid) else False


def _parses(template: str) -> bool:
    try:
        fields(template)
    except ValueError:
        return False
    return True


def test_numbers_days_and_names_in_a_sentence() -> None:
    said = say("the date {day} is still to come", day=date(2026, 3, 21))
    assert PERSIAN.plain(said) == "تاریخ ۱ فروردین ۱۴۰۵ هنوز نرسیده است"
    said = say("{n} error", "{n} errors", n=12)
    assert PERSIAN(said) == "\u2067۱۲ خطا\u2069"
    said = say("broken link `{address}`: {fault}", address="x.md", fault=say("there is no file `{target}`", target="x.md"))
    assert PERSIAN.plain(said) == "پیوند شکستهٔ `\u2068x.md\u2069`: پروندهٔ `\u2068x.md\u2069` نیست"
    assert PERSIAN.plain(say("the keywords are msgctxt, msgid, msgid_plural and msgstr")).count("\u2066") == 4
    assert PERSIAN.plain(series(["a", "b"])) == "\u2068a\u2069، \u2068b\u2069"
    assert PERSIAN("a/b.md") == "a/b.md"
    # a calendar and digits of the territory: Afghan months
    assert voices.voice("fa-AF").plain(say("{day}!", day=date(2026, 3, 21))) != ""


def test_shaped_lines_are_in_the_order_in_which_they_are_seen() -> None:
    shown = SHAPED(say("the option `{option}` needs a value", option="--since"))
    assert shown.endswith("\ufe8f\ufe8e") or "--since" in shown
    assert "`--since`" in shown and "؟" not in shown
    assert SHAPED.lines(say("it is for {what}", what="a b " * 30), 30)[0] != ""
    for line in SHAPED.lines(say("run the command again"), 12):
        assert wcswidth(line) <= 12


# --- which language -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "tag"),
    [
        ({}, "en"),
        ({"LANG": "fa_IR.UTF-8"}, "fa-IR"),
        ({"LANG": "fa"}, "fa"),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "fa_IR"}, "fa-IR"),
        ({"LANG": "fa_IR", "LC_ALL": "en_GB.UTF-8"}, "en"),
        ({"LANG": "fa_IR", "LC_ALL": "C"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8", "LANGUAGE": "de:fa:en"}, "fa"),
        ({"LANG": "de_DE.UTF-8", "LANGUAGE": "en:fa"}, "en"),
        ({"LANGUAGE": "fa"}, "fa"),
        ({"LANG": "C", "LANGUAGE": "fa"}, "en"),
        ({"LANG": "fa_AF@x"}, "fa-AF"),
        ({"LANG": "../../etc"}, "en"),
    ],
)
def test_the_language_is_the_users(environment: dict[str, str], tag: str) -> None:
    assert voices.voice("", environment).tag == tag


def test_ui_may_stand_anywhere(site: Folder) -> None:
    site.post("a", "Text.\n")
    for arguments in (("--ui", "fa", "check"), ("check", "--ui=fa"), ("check", "--ui", "fa")):
        assert "ایرادی نیست در ۱ سند" in site.run(*arguments).out
    assert site.run("check").out == "nothing wrong in 1 document\n"
    assert site.run("--ui", "en", "check").out == site.run("check").out
    assert site.run("check", "--ui", "de").status == 2
    assert site.run("check", "--ui").status == 2
    assert site.run("new", "post", "--", "--ui").status == 0
    assert (site.root / "content/posts/ui.md").exists()


def test_the_locale_is_heard(site: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    site.post("a", "Text.\n")
    monkeypatch.setenv("LC_ALL", "fa_IR.UTF-8")
    assert "ایرادی نیست" in site.run("check").out
    assert "nothing wrong" in site.run("check", "--ui", "en").out


# --- every command ------------------------------------------------------------------------


def faulty(site: Folder) -> None:
    """A site in which much is wrong."""
    site.post("a", "See [this](gone.md), <b>raw</b>.\n\n<!-- dozaban: dance -->\n\nLast.\n",
              title="A title", due="{fa: 2026-03-25}", tags="[music]")  # fmt: skip
    site.post("b", "Text.\n", date="2026-13-45")
    site.write("content/posts/c.md", "nothing here\n")
    site.post("d", "One.\n\nTwo.\n", title="D title", translator="{fa: Mina}")
    site.post("e", "Text.\n", slug="{xx: y}", colour="red")
    site.write("locales/fa/glossary.csv", "term,meaning\n")
    for name, body in (("d", 'msgid "One."\nmsgstr "كتاب ها می رود"\n'), ("a", 'msgid "x"\nmsgstr "y\n')):
        site.write(f"locales/fa/LC_MESSAGES/posts/{name}.po", f'msgid ""\nmsgstr "Language: fa\\n"\n\n{body}')


COMMANDS = (
    ("check",), ("check", "--as-of", "2026-04-01"), ("status", "--as-of", "2026-04-01", "--all"), ("build",),
    ("update", "--check"), ("list",), ("show", "d", "--lang", "fa"), ("show", "nowhere"), ("new", "essay", "x"),
    ("review", "d", "--lang", "fa", "--by", "R"), ("review", "d", "--lang", "en", "--by", "R"), ("export", "zz", "--lang", "fa"),
    ("status", "--nudge"), ("status", "--nudge", "--since", "2026-03-01"), ("status", "--fail-on", "mssing"),
    ("status", "--fail-under", "90", "--as-of", "2026-04-01"), ("adopt", "d", "nowhere.md"), ("mv", "d", "a"),
    ("merge-po",), ("merge-po", "x", "y", "z"), ("build", "--out", "content"), ("status", "--below", "many"),
    ("chekc",), ("check", "--fixx"), ("show",), ("serve", "--port", "99999"), ("init", "."),
)  # fmt: skip
NAMES = re.compile(r"git|Markdown|UTF|HTML|TOML|YAML|JSON|CSV|ASCII|CLDR|dozaban|wrote")


def left_in_english(line: str) -> list[str]:
    """The Latin words of a line that stand neither in an isolate nor between backticks."""
    line = re.sub(r"^\S+?(:\d+)*: (?=\u2067)", "", line)  # a place, for programs
    line = re.sub(r"\[[a-z-]+\]$", "", line)  # a rule
    line = re.sub(r"[\w.-]+/[\w./-]+(:\d+)*", "", line)  # a path
    line = re.sub(r"^  [a-z]{2}  ", "", line)  # a language
    before = ""
    while before != line:
        before, line = line, re.sub("[\u2066\u2068][^\u2066-\u2069]*\u2069|`[^`]*`", "", line)
    return [one for one in re.findall("[A-Za-z]{2,}", line) if not NAMES.fullmatch(one)]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_every_command_speaks_persian(site: Folder, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    faulty(site)
    english = site.run(*arguments)
    said = site.run("--ui", "fa", *arguments)
    assert said.status == english.status
    lines = (said.out + said.err).splitlines()
    assert len(lines) == len((english.out + english.err).splitlines())
    assert re.search("[\u0600-\u06ff]", said.out + said.err)
    table = arguments[0] in ("status", "list")
    for line in lines:
        assert isolated(line), line
        if table and "\u2067" in line and not line.startswith("\u2067"):
            line = re.sub(r"^ *[\w/-]+ +(?:[a-z]{2} )?", "", line)  # a document, a language
        if not re.match(r" +(?:locales|content)/|To: |Subject: |-+$", line):
            assert not left_in_english(line), line


@pytest.mark.parametrize("arguments", [
    ("check",), ("status", "--as-of", "2026-04-01"), ("build",), ("update", "--check"), ("list",), ("show", "d", "--lang", "fa"),
    ("status", "--fail-under", "90", "--as-of", "2026-04-01"),
], ids=" ".join)  # fmt: skip
def test_json_is_the_same_in_every_language(site: Folder, arguments: tuple[str, ...]) -> None:
    faulty(site)
    english, persian = site.run(*arguments, "--json"), site.run("--ui", "fa", *arguments, "--json")
    assert json.loads(english.out) and persian.out == english.out


def test_a_remembered_problem_can_still_be_said(site: Folder) -> None:
    """The second time a cache tells it."""
    site.post("a", "See [this](gone.md).\n")
    assert site.run("update").status == 0
    for _ in range(2):
        assert "پیوند شکستهٔ" in site.run("--ui", "fa", "build").err
        assert "broken link" in site.run("build").err


def test_visual_reaches_everything(site: Folder) -> None:
    faulty(site)
    for arguments in COMMANDS[:6]:
        said = site.run("--ui", "fa", "--visual", *arguments)
        text = said.out + said.err
        assert re.search("[\ufe80-\ufefc]", text) and not re.search("[\u2066-\u2069]", text)


def test_nudges_are_letters_in_the_language_of_the_sender(site: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    site.post("a", "Text.\n", title="A title", translator="{fa: Mina}", due="{fa: 2026-03-25}")
    assert site.run("update").status == 0
    said = site.run("--ui", "fa", "status", "--nudge", "--since", "2026-03-01", "--as-of", "2026-04-01").out
    assert said.startswith("To: Mina\nSubject: \u2068Pol\u2069: ۱ متن برای شما از ۱۰ اسفند ۱۴۰۴\n")
    asked = ("status", "--nudge", "--since", "2026-03-01", "--as-of", "2026-04-01", "--json")
    assert json.loads(site.run("--ui", "fa", *asked).out)["nudges"][0]["text"] == said
    monkeypatch.setenv("LC_ALL", "fa_IR.UTF-8")  # no answer for programs depends on the environment
    assert json.loads(site.run(*asked).out)["nudges"][0]["text"].startswith("To: Mina\nSubject: Pol: 1 text for you")
    assert "از انگلیسی به فارسی" in said and "مهلتش ۵ فروردین ۱۴۰۵ بود" in said


class Terminal(io.StringIO):
    """A terminal, where a page's width is what COLUMNS says."""

    def isatty(self) -> bool:
        return True


def at_terminal(*arguments: str) -> tuple[str, str]:
    """What a command writes to a terminal, and what of it to standard error."""
    out, err = Terminal(), Terminal()
    with redirect_stdout(out), redirect_stderr(err):
        cli.main(list(arguments))
    return out.getvalue(), err.getvalue()


def test_long_lines_are_wrapped_before_they_are_shaped(site: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that does not turn text would break it at the wrong end: what is said of a
    place stands below it, each line within the width."""
    faulty(site)
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("NO_COLOR", "1")
    _, said = at_terminal("-C", str(site.root), "--ui", "fa", "--visual", "build")
    lines = said.splitlines()
    below = [number for number, line in enumerate(lines) if re.fullmatch(r"content/\S+ \S+: \[[a-z-]+\]", line)]
    assert below, said
    assert all(lines[number + 1].startswith("    ") and lines[number + 2].startswith("    ") for number in below)
    assert all(wcswidth(line) <= 40 for line in lines if line.startswith("    ")), said
    _, unshaped = at_terminal("-C", str(site.root), "--ui", "fa", "build")
    assert len(unshaped.splitlines()) < len(lines)


def test_colours_are_for_terminals_that_want_them(site: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    faulty(site)
    monkeypatch.delenv("NO_COLOR", raising=False)
    arguments = ("-C", str(site.root), "build")
    _, said = at_terminal(*arguments)
    assert "\x1b[31;1merror\x1b[0m: " in said
    plain = run(*arguments).err
    assert "\x1b" not in plain and re.sub("\x1b\\[[0-9;]*m", "", said) == plain
    monkeypatch.setenv("NO_COLOR", "1")
    assert at_terminal(*arguments)[1] == plain


def test_what_changed_is_marked_by_colour_or_by_signs(site: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    site.post("a", "The mill has been silent for forty years.\n")
    assert site.run("update").status == 0
    site.translate("posts/a", {"The mill has been silent for forty years.": "آسیاب چهل سال خاموش بوده است."})
    site.post("a", "The mill has been silent for fifty years.\n")
    assert site.run("update").status == 0
    arguments = ("-C", str(site.root), "show", "a", "--lang", "fa")
    assert "[-forty-]" in run(*arguments).out and "{+fifty+}" in run(*arguments).out
    shown, _ = at_terminal(*arguments)
    assert "\x1b[9;31mforty" in shown and "\x1b[4;32mfifty" in shown and "[-" not in shown


# --- help ---------------------------------------------------------------------------------


def commands() -> list[tuple[str, ...]]:
    def below(command: object, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        yield path
        for name, one in getattr(command, "commands", {}).items():
            yield from below(one, (*path, name))

    return list(below(parser.parser(cli.cli), ()))


@pytest.mark.parametrize("path", commands(), ids=" ".join)
def test_help_in_persian(path: tuple[str, ...]) -> None:
    said = run("--ui", "fa", *path, "--help")
    assert said.status == 0 and "کاربرد: \u2068" + " ".join(("dozaban", *path)) in said.out
    for line in said.out.splitlines():
        assert isolated(line), line
        assert wcswidth(re.sub("[\u2066-\u2069]", "", line)) <= 100
        _, mark, text = line.partition("\u2067")
        assert not mark or not left_in_english(mark + text), line
    english = run(*path, "--help").out
    assert re.findall(r"^  (-\S+)", said.out, re.M) == re.findall(r"^  (-\S+)", english, re.M)


def test_no_argument_at_all_is_a_question_for_help() -> None:
    said = run()
    assert said.status == 2 and "Commands:\n" in said.err and "\ufffd" not in said.err
    assert "فرمان‌ها" in run("--ui", "fa").err


# --- the catalogue ------------------------------------------------------------------------


def test_the_catalogue_has_every_text_of_the_code_and_no_other() -> None:
    """`dozaban update` in this repository mends it."""
    wanted = {(one.context, one.msgid): one.plural for one in wording.extract(ROOT)}
    found = {(one.context, one.msgid): one.plural for one in entries()}
    assert not [one.msgid for one in entries() if one.obsolete]
    assert found.keys() - wanted.keys() == set() and wanted.keys() - found.keys() == set()
    assert set(usage.texts(parser.parser(cli.cli))) <= {msgid for _, msgid in wanted}


def test_the_catalogue_is_translated_whole() -> None:
    assert [one.msgid for one in entries() if one.state != "translated" or not all(one.plurals)] == []


def test_its_placeholders_are_those_of_the_code() -> None:
    wrong = []
    for entry in entries():
        if not _filled(entry):
            continue
        known = fields(entry.msgid) | fields(entry.plural or "")
        for form in entry.plurals or (entry.msgstr,):
            if not fields(form) <= known or (entry.plural is None and fields(form) != known):
                wrong.append(entry.msgid)
    assert not wrong


def test_our_own_rules_find_nothing_in_it(site: Folder) -> None:
    site.post("a", "Text.\n")
    assert site.run("update").status == 0
    text = (ROOT / CATALOGUE).read_text(encoding="utf-8")
    path = "locales/fa/LC_MESSAGES/messages.po"

    def found(text: str) -> list[str]:
        site.write(path, text)
        problems = json.loads(site.run("check", "--json").out)["problems"]
        return [f"{one['line']}: {one['rule']}: {one['excerpt']}" for one in problems if one["path"] == path]

    assert found(text) == []
    assert found(text.replace("پرونده", "پروندة", 1))  # it is looked at


TAKES = {
    "problem": (1, "message", "hint"), "UsageError": (0,), "Finding": ("message", "hint"), "complain": (1, 2, "hint"),
    "_complain": (1, 2, "hint"), "report": (0, "hint"), "_report": (1,), "Resolved": ("fault",), "Unfit": (0,),
    "Key": ("wanted",), "Decision": ("detail",), "refuse": (1, 2, 3, "hint"),
}  # fmt: skip
"""What takes a message: by its place, or its name. A text given there as it is would stay English."""


def test_nothing_is_told_that_is_not_said() -> None:
    wrong = []
    for path in sorted((ROOT / "pipeline").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            for place in TAKES.get(name, ()):
                if isinstance(place, int):
                    found = node.args[place : place + 1]
                else:
                    found = [one.value for one in node.keywords if one.arg == place]
                wrong += [f"{path.name}:{node.lineno}" for one in found for text in branches(one) if bare(text)]
    assert not wrong


def branches(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.IfExp):
        return [*branches(node.body), *branches(node.orelse)]
    return [one for value in node.values for one in branches(value)] if isinstance(node, ast.BoolOp) else [node]


def bare(node: ast.expr) -> bool:
    """Whether it is a sentence written out: words with a space between them."""
    if isinstance(node, ast.JoinedStr):
        parts = [one.value for one in node.values if isinstance(one, ast.Constant)]
        return bool(re.search(r"[A-Za-z]{2,} |[A-Za-z]{2,}$| [A-Za-z]{2,}", "\0".join(map(str, parts))))
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(re.search(r"[A-Za-z]{2}", node.value))


def test_a_problem_keeps_what_was_said() -> None:
    one = problem("x", say("there is no title"), "a.md")
    assert PERSIAN.plain(one.message) == "عنوان ندارد"


@pytest.mark.parametrize("arguments", [["--ui", "fa", "--help"], ["--ui", "fa", "status", "--help"], ["--ui", "fa", "chekc"]],
                         ids=" ".join)  # fmt: skip
def test_asking_for_help_in_persian_imports_nothing_heavy(arguments: list[str]) -> None:
    heavy = ["babel", "uvicorn", "starlette", "rapidfuzz", "jinja2", "pyromark", "yaml"]
    code = f"import sys\nfrom pipeline import cli\ncli.main({arguments!r})\nprint([one for one in {heavy!r} if one in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert said.stdout.strip().endswith("[]")


def test_a_template_fills_in_names_and_reaches_into_nothing() -> None:
    from pipeline.speech import filled

    values = {"a": "x", "b": "y"}
    assert filled("{a} and {b}, {{a}}", values) == "{a} and {b}, {{a}}".format(**values)
    for odd in ("{a.__class__}", "{a[0]}", "{a:>9}", "{c}", "{", "}"):
        assert filled(odd, values) == odd
