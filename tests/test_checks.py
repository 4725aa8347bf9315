"""check: the table of rules, translations beside their messages, and whole sites."""

from __future__ import annotations

import difflib
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from conftest import ROOT, SITE, Folder
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pipeline import checks, content
from pipeline.checks import NAMES, RULES, Rule
from pipeline.checks.pair import Pair
from pipeline.checks.passages import scalar
from pipeline.checks.prose import MARK, plain, read
from pipeline.glossary import Glossary, parse, terms_in, uses

CASES = ROOT / "tests/fixtures/checks"
MODULES = {path.stem for path in (ROOT / "pipeline/checks").glob("*.py")}
SHARED = {"__init__", "finding", "mend", "pair", "passages", "persian", "prose"}


# --- the table


def test_each_rule_is_one_file_and_one_line_of_the_table() -> None:
    own = {rule.name.replace("-", "_") for rule in RULES if rule.applies != "elsewhere"}
    assert own | SHARED == MODULES
    assert len(NAMES) == len(RULES)
    assert all(callable(rule.find) for rule in RULES if rule.applies != "elsewhere")


def test_every_problem_that_content_can_cause_is_in_the_table() -> None:
    """But for those without which nothing goes on, which no setting may hush up."""
    fatal = {
        "config", "disk", "documents", "encoding", "exists", "front-matter", "locked", "site", "slug",
        "changed-meanwhile", "port", "template", "header", "journal", "search", "subscribers",
        "bug", "usage", "watch",  # serve's own
    }  # fmt: skip
    named = set()
    for path in (ROOT / "pipeline").glob("*.py"):
        named |= set(re.findall(r'problem\(\s*"([a-z-]+)"', path.read_text()))
    assert named - fatal <= NAMES


def test_the_names_cost_nothing() -> None:
    script = (
        "import sys, pathlib; from pipeline.app import sources; sources.open_site(pathlib.Path.cwd()); "
        "print(*sorted(n for n in sys.modules if 'pipeline.checks' in n))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == ["pipeline.checks"]


# --- translations


@dataclass
class Case:
    title: str
    kind: str = "paragraph"
    msgid: str = ""
    msgstr: str = ""
    found: list[str] = field(default_factory=list)


def cases() -> Iterator[Case]:
    text = (CASES / "translations.txt").read_text()
    for chunk in text.split("\n\n"):
        lines = [line for line in chunk.splitlines() if line and line[0] != "#"]
        if not lines:
            continue
        case = Case(lines[0])
        for line in lines[1:]:
            said = line[2:].replace("¦", "\u200c").replace("⏎", "\n")
            if line[0] == ">":
                kind = re.match("(interface|poem): ", said)
                case.kind = kind[1] if kind else case.kind
                case.msgid = said.removeprefix(kind[0]) if kind else said
            elif line[0] == "<":
                case.msgstr = said
            else:
                case.found.append(said)
        yield case


TERMS = parse(
    "term,translation,note,forbidden\n"
    "equinox,اعتدال|اعتدالین,,\n"
    "source,منبع,,\n"
    "source language,زبان اصلی,,زبان منبع\n"
    "posting,فرسته,,پست\n".encode(),
    "glossary.csv",
)[0]
KNOWN = "[ref]: <https://example.org/ref>\n\n[^1]: x\n\n[^2]: x"


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: case.title)
def test_translation(case: Case) -> None:
    if case.kind == "interface":
        source, target = plain(case.msgid), plain(case.msgstr)
    else:
        source, target = read([case.msgid, case.msgstr], KNOWN)
    pair = Pair(
        msgid=case.msgid,
        msgstr=case.msgstr,
        source=source,
        target=target,
        kind=case.kind,
        languages=("en", "fa"),
        glossary=TERMS,
    )
    found = [
        (rule.name, case.msgstr[one.start : one.end], one.message)
        for rule in RULES
        if rule.applies == "translation"
        for one in rule.find(pair)
    ]
    wanted = [re.fullmatch("([a-z-]+) 【(.*)】 (.*)", line, re.DOTALL) for line in case.found]
    said = [one.groups() for one in wanted if one]
    assert len(said) == len(wanted)
    cut = [message[: len(start)] for (_, _, message), (_, _, start) in zip(found, said, strict=False)]
    assert [(rule, text, start) for (rule, text, _), start in zip(found, cut, strict=False)] == said
    assert len(found) == len(said), found


def test_every_rule_of_translations_has_a_case() -> None:
    named = {line.split()[0] for case in cases() for line in case.found}
    assert named == {rule.name for rule in RULES if rule.applies == "translation"}


# --- sites

OLD = "می\u200cرود"


def two(site: Folder) -> Folder:
    """A site with an English and a Persian post, each translated."""
    site.post("en", "A [link](fa.md) and *words*.\n\nSecond `code` here.\n", summary="Short")
    site.post("fa", "او به خانه می\u200cرود.\n\nپاراگراف **دوم** این\u200cجاست.\n", lang="fa", title="خانه")
    assert site.run("update").status == 0
    site.translate(
        "posts/en",
        {
            "Title of en": "عنوان",
            "Short": "کوتاه",
            "A [link](fa.md) and *words*.": "یک [پیوند](fa.md) و *کلمه*.",
            "Second `code` here.": "دومی با `code`.",
        },
    )
    site.translate(
        "posts/fa",
        {
            "خانه": "House",
            f"او به خانه {OLD}.": "She goes home.",
            "پاراگراف **دوم** این\u200cجاست.": "The **second** paragraph is here.",
        },
        "en",
    )
    return site


FA = "locales/fa/LC_MESSAGES/posts/en.po"
EN = "locales/en/LC_MESSAGES/posts/fa.po"
POST = "content/posts/fa.md"


def change(site: Folder, path: str, old: str, new: str) -> None:
    text = site.read(path)
    assert old in text, (path, old)
    site.write(path, text.replace(old, new))


def found(site: Folder, *arguments: str, status: int = 0) -> list[str]:
    said = site.run("check", "--json", "--as-of", "2026-04-01", *arguments)
    assert said.status == status, said
    answer = json.loads(said.out)
    return [
        f"{p['path']}:{p['line']}:{p['column']} {p['rule']}"
        for p in answer["problems"]
        if p["rule"] != "behind"  # these tests write texts and never update; it has its own test
    ]


def here(site: Folder, path: str, text: str, rule: str, *, nth: int = 1) -> str:
    """Where a text stands in a file, and the rule."""
    for number, line in enumerate(site.read(path).split("\n"), 1):
        if text in line:
            nth -= 1
            if not nth:
                return f"{path}:{number}:{line.index(text) + 1} {rule}"
    raise AssertionError((path, text))


def test_a_good_site_is_good(site: Folder) -> None:
    assert found(two(site)) == []
    said = site.run("check")
    assert (said.status, said.out, said.err) == (0, "nothing wrong in 2 documents\n", "")


def test_the_example_is_good(example: Folder) -> None:
    said = example.run("check", "--as-of", "2026-12-31")
    assert (said.status, said.err) == (0, "")


def test_places_are_those_of_the_files(site: Folder) -> None:
    two(site)
    change(site, FA, "دومی با `code`.", 'كدام «a\\tb» "x\\" می رود')
    change(site, POST, "title: خانه", "title: خانه ها  # remark")
    change(site, POST, "پاراگراف **دوم**", "> - كتاب\n>   سلام, **دوم**")
    wanted = [
        here(site, POST, "خانه ها", "plural-space"),
        here(site, POST, "كتاب", "arabic-letters"),
        here(site, POST, ", **", "punctuation"),
    ]
    assert found(site, "posts/fa") == wanted
    text = site.read(FA).replace('"x\\" می رود"', '"\n"می رود"')
    site.write(FA, text)
    assert found(site, "posts/en") == [
        here(site, FA, "كدام", "arabic-letters"),
        here(site, FA, "كدام", "code"),
        here(site, FA, "می رود", "verb-space"),
    ]


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("title: 'خانه ها ''خوب'''", "خانه ها"),
        ('title: "\\"a\\" خانه ها"', "خانه ها"),
        ("title: >-\n  یک\n  خانه ها", "خانه ها"),
        ("title: |\n  یک\n  خانه ها", "خانه ها"),
        ("title: یک\n  خانه ها", "خانه ها"),
    ],
)
def test_front_matter_in_any_style(site: Folder, written: str, place: str) -> None:
    two(site)
    change(site, POST, "title: خانه", written)
    before = site.read(POST)
    assert found(site, "posts/fa") == [here(site, POST, place, "plural-space")]
    assert found(site, "posts/fa", "--fix") == []
    assert site.read(POST) == before.replace("خانه ها", "خانه\u200cها")


def test_a_message_is_exempted_by_a_comment(site: Folder) -> None:
    two(site)
    change(site, FA, "یک [پیوند](fa.md) و *کلمه*.", "یک پیوند و *كلمه , **می رود.")
    rules = ["arabic-letters", "emphasis", "links", "punctuation", "verb-space"]
    assert sorted({line.split()[1] for line in found(site)}) == rules
    change(site, FA, "#. paragraph\n#: content/posts/en.md\nmsgid \"A [", "# dozaban: ignore links, emphasis\n# dozaban: ignore arabic-letters,punctuation\n#. paragraph\n#: content/posts/en.md\nmsgid \"A [")
    assert {line.split()[1] for line in found(site)} == {"verb-space"}
    before = site.read(FA)
    assert found(site, "--fix") == []
    assert site.read(FA) == before.replace("می رود", OLD)
    change(site, FA, "ignore links, emphasis", "ignore links, emphasise")
    assert here(site, FA, "# dozaban", "ignore-comment") in found(site)


def test_a_rule_is_weighed_by_site_toml(site: Folder) -> None:
    two(site)
    change(site, POST, OLD, "می رود , خانه\u200cی")
    site.write("content/site.toml", SITE + '\n[checks]\nverb-space = "error"\npunctuation = "off"\nezafe-hamza = "warn"\n')
    assert [line.split()[1] for line in found(site, status=1)] == ["verb-space", "ezafe-hamza"]
    assert found(site, "--fix") == []
    assert "می\u200cرود , خانهٔ." in site.read(POST)
    site.write("content/site.toml", SITE + '\n[checks]\nverb-spaces = "error"\n')
    said = site.run("check")
    assert said.status == 1 and "did you mean `verb-space`?" in said.err


def test_fixing_changes_the_lines_of_the_entries_that_it_fixes(site: Folder) -> None:
    two(site)
    text = site.read(FA).replace("دومی با `code`.", "دومي با `code` ,خوب.")
    text = text.replace("\n", "\r\n") + "\r\n# a remark at the end\r\n"
    site.write(FA, text)
    said = site.run("check", "--fix")
    assert said.status == 0, said
    assert f"{FA}: fixed 4 (1 arabic-letters, 1 punctuation, 1 space-after, 1 space-before)" in said.out
    lines = difflib.unified_diff(text.split("\n"), site.read(FA).split("\n"), n=0)
    changed = [line for line in lines if line[0] in "+-" and line[:3] not in ("---", "+++")]
    assert changed == ['-msgstr "دومي با `code` ,خوب."\r', '+msgstr "دومی با `code`، خوب."\r']
    assert "fixed" not in site.run("check", "--fix").out


def test_fixing_an_original_makes_no_translation_stale(site: Folder) -> None:
    two(site)
    change(site, POST, OLD, "می رود")
    change(site, POST, "title: خانه", "title: خانه هاي ما")
    assert site.run("update").status == 0
    site.translate("posts/fa", {"خانه هاي ما": "Our houses", "او به خانه می رود.": "She goes home."}, "en")
    before, body = site.read(EN), site.read(POST)
    assert found(site, "--fix") == []
    assert site.read(POST) == body.replace("می رود", OLD).replace("خانه هاي", "خانه\u200cهای")
    assert site.read(EN) == before.replace("می رود", OLD).replace("خانه هاي", "خانه\u200cهای")
    assert site.run("update", "--check").out == "every catalogue is up to date\n"


def test_fixing_an_authored_edition_keeps_its_pairs(site: Folder) -> None:
    site.post("a", "One.\n\nTwo.\n")
    site.write("content/posts/a.fa.md", "---\ntitle: یک\n---\n\nكتاب ها.\n\nدو.\n")
    assert site.run("update").status == 0
    path = "locales/fa/LC_MESSAGES/posts/a.po"
    before = site.read(path)
    assert "كتاب ها" in before
    assert found(site, "--fix") == []
    assert site.read("content/posts/a.fa.md").endswith("\nکتاب\u200cها.\n\nدو.\n")
    seal = re.compile("Authored: [0-9a-f]+")
    assert seal.sub("", site.read(path)) == seal.sub("", before).replace("كتاب ها", "کتاب\u200cها")
    assert site.run("update", "--check").out == "every catalogue is up to date\n"


def test_a_fix_that_would_change_markup_is_not_made(site: Folder) -> None:
    site.post("a", "[كتاب] و كتاب\n\n[كتاب]: https://example.org/\n", lang="fa", title="عنوان")
    assert [line.split()[1] for line in found(site, "--fix")] == ["arabic-letters"]
    assert "[كتاب] و کتاب\n\n[كتاب]: https" in site.read("content/posts/a.md")


def test_fixing_leaves_what_it_may_not_touch(site: Folder) -> None:
    body = (
        "```\nكتاب ها ,\n```\n\n<div>كتاب</div>\n\n`كتاب`\n\n<!-- dozaban: skip -->\nكتاب\n\n"
        "[متن](كتاب.md)\n\n    كتاب\n"
    )
    site.post("a", body, lang="fa", title="عنوان")
    before = site.read("content/posts/a.md")
    site.run("check", "--fix")
    assert site.read("content/posts/a.md") == before


def test_an_original_is_fixed_in_place_whatever_stands_around(site: Folder) -> None:
    body = (
        "\ufeff---\r\ntitle: 'خانه ها'\r\ndate: 2026-03-20\r\nlang: fa\r\nimage: {src: 'a.jpg', alt: كتاب}\r\n"
        "---\r\n\r\n# می رود {#x}\r\n\r\n> - كتاب ها\r\n>   سلام, **دوم\r\n>   می رود**[^1]\\\r\n>   می\r\n>   رود\r\n\r\n"
        "| كتاب | `كتاب` |\r\n|---|---|\r\n| می رود \\| كتاب | <b>كتاب</b> |\r\n\r\n"
        "[^1]: سلام ،خوبی ؟\r\n\r\n1. 😀 می رود\r\n"
    )
    picture = io.BytesIO()
    Image.new("RGB", (1, 1)).save(picture, "JPEG")
    site.write("content/posts/a.jpg", picture.getvalue())
    site.write("content/posts/a.md", body)
    assert {line.split()[1] for line in found(site, "--fix")} == {"raw-html"}
    pairs = {
        "خانه ها": "خانه\u200cها", "alt: كتاب": "alt: کتاب", "# می رود": "# می\u200cرود", "كتاب ها": "کتاب\u200cها",
        "سلام, **": "سلام، **", ">   می رود**": ">   می\u200cرود**", "| كتاب | `": "| کتاب | `", "| می رود": "| می\u200cرود",
        "\\| كتاب": "\\| کتاب", "<b>كتاب</b>": "<b>کتاب</b>", "سلام ،خوبی ؟": "سلام، خوبی؟", "😀 می رود": "😀 می\u200cرود",
    }  # fmt: skip
    for old, new in pairs.items():
        assert body.count(old) == 1, old
        body = body.replace(old, new)
    assert site.read("content/posts/a.md") == body


def test_direction_controls(site: Folder) -> None:
    two(site)
    change(site, POST, "او به", "او \u202eبه")
    change(site, FA, "دومی با `code`.", "\u2067دومی با `code`.\u202c")
    change(site, POST, "title: خانه", "title: خا\u202aنه")
    assert [line.split()[1] for line in found(site)] == ["bidi-control"] * 4
    assert found(site, "--fix") == []
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", site.read(POST) + site.read(FA))


def test_conflict_markers(site: Folder) -> None:
    two(site)
    conflict = "<<<<<<< ours\nیک\n||||||| base\nدو\n=======\nسه\n>>>>>>> theirs\n"
    body = site.read(POST)
    site.write(POST, body + "\n" + conflict + "\n```\n" + conflict + "```\n")
    assert found(site, status=1) == [here(site, POST, "<<<<<<<", "conflict-marker")]
    site.write(POST, body.replace("title: خانه\n", conflict))
    assert [line for line in found(site, status=1) if POST in line] == [f"{POST}:2:1 conflict-marker"]
    site.write(POST, body)
    site.write(FA, site.read(FA) + conflict)
    assert found(site, status=1) == [here(site, FA, "<<<<<<<", "catalogue-syntax")]


def test_catalogue_as_a_whole(site: Folder) -> None:
    two(site)
    change(site, FA, '"Language: fa\\n"', '"Language: de\\n"')
    plural = '\n#. interface\nmsgid "%(n)s day"\nmsgid_plural "%(n)s days"\nmsgstr[0] "یک روز"\n'
    messages = "locales/fa/LC_MESSAGES/messages.po"
    head = site.read(FA).split("\n\n")[0].replace("Language: de", "Language: fa_IR")
    site.write(messages, f"{head}\n{plural}")
    assert found(site, status=1) == [
        here(site, messages, "یک روز", "plural-forms"),
        here(site, FA, "Language: ", "catalogue-header"),
    ]
    site.write(messages, head + "\n" + plural + 'msgstr[1] "%(m)s روز ها"\n')
    assert found(site, status=1)[:2] == [
        here(site, messages, "%(m)s", "placeholders"),
        here(site, messages, "روز ها", "plural-space"),
    ]
    assert found(site, "--fix", status=1)[0] == here(site, messages, "%(m)s", "placeholders")
    assert 'msgstr[0] "یک روز"\nmsgstr[1] "%(m)s روز\u200cها"\n' in site.read(messages)


def test_a_torn_link_is_told_with_the_way_to_mend_it(site: Folder) -> None:
    two(site)
    for torn, hint in (
        ("یک [پیوند](fa.md و *کلمه*.", "the address is never closed: put ) after it"),
        ("یک [پیوند](fa.md امروز) و *کلمه*.", "there is a space in the address: remove it"),
        ("یک پیوند](fa.md) و *کلمه*.", "look at the brackets around it"),
        ("یک [پیوند] (fa.md) و *کلمه*.", "there is a space between ] and (: remove it"),
    ):
        site.translate("posts/en", {"A [link](fa.md) and *words*.": torn})
        said = site.run("check")
        assert f": warning: the link to `fa.md` is missing [links]\n    \u2068{torn}\u2069\n    {hint}\n" in said.err


def test_a_header_that_is_no_translation(site: Folder) -> None:
    two(site)
    head, rest = site.read(FA).split("\n\n", 1)
    fuzzy = head.replace('msgid ""', '#, fuzzy\nmsgid ""', 1)
    site.write(FA, f"{fuzzy}\n\n{rest}")
    said = site.run("check")
    assert "the header is marked fuzzy [catalogue-header]\n" in said.err and "remove the flag: tools then pass it over" in said.err


def test_plurals_of_which_some_are_missing(site: Folder) -> None:
    two(site)
    messages = "locales/fa/LC_MESSAGES/messages.po"
    head = site.read(FA).split("\n\n")[0]
    forms = '\n#. interface\nmsgid "%(n)s day"\nmsgid_plural "%(n)s days"\nmsgstr[0] "{}"\nmsgstr[1] "{}"\n'
    site.write(messages, head + "\n" + forms.format("%(n)s روز", ""))
    assert found(site, status=1) == [here(site, messages, 'msgstr[1] ""', "plural-forms").replace(":1 ", ":12 ")]
    said = site.run("check").err
    assert "plural form 1 is empty, and others are not [plural-forms]" in said and "translate it as well" in said
    site.write(messages, head + "\n" + forms.format("", ""))
    assert found(site) == []
    bare = "\n".join(line for line in head.splitlines() if "Plural-Forms" not in line)
    site.write(messages, bare + "\n" + forms.format("یک روز", ""))
    assert {line.split()[1] for line in found(site, status=1)} == {"catalogue-header"}


def test_an_exemption_that_names_no_rule(site: Folder) -> None:
    two(site)
    change(site, FA, 'msgid "Second', '# dozaban: ignore\nmsgid "Second')
    said = site.run("check")
    at = here(site, FA, "# dozaban: ignore", "").strip()
    assert f"{at}: warning: `dozaban: ignore` names no rule [ignore-comment]" in said.err
    assert "write # dozaban: ignore links" in said.err


def test_what_no_message_uses_any_more_is_not_looked_at(site: Folder) -> None:
    two(site)
    site.write(FA, site.read(FA) + '\n#~ msgid "Gone [x](x.md)"\n#~ msgstr "كتاب ها , رفت"\n')
    assert found(site) == []
    before = site.read(FA)
    assert found(site, "--fix") == []
    assert site.read(FA) == before


def test_lines_that_look_like_half_a_conflict(site: Folder) -> None:
    two(site)
    site.write(POST, site.read(POST) + "\n||||||| یک\n\n<<<<<<< دو\nسه\n")
    assert found(site, status=1) == [here(site, POST, "<<<<<<<", "conflict-marker")]


def test_a_message_of_nothing_but_links(site: Folder) -> None:
    """Each is told, though nobody asks any more which belong together."""
    links = [" ".join(f"[{n}](https://{host}.example/{n})" for n in range(60)) for host in ("a", "b")]
    site.post("en", f"{links[0]}\n")
    assert site.run("update").status == 0
    site.translate("posts/en", {links[0]: links[1], "Title of en": "عنوان"})
    told = json.loads(site.run("check", "--json").out)["problems"]
    assert {one["rule"] for one in told} == {"links"} and len(told) == 120
    assert told[-1]["message"] == "a link to `https://b.example/59`, which the original has not"


def test_a_fuzzy_message_is_not_compared(site: Folder) -> None:
    two(site)
    change(site, FA, "دومی با `code`.", "دومي")
    change(site, FA, '#. paragraph\n#: content/posts/en.md\nmsgid "Second', '#. paragraph\n#: content/posts/en.md\n#, fuzzy\n#| msgid "Old"\nmsgid "Second')
    assert [line.split()[1] for line in found(site)] == ["arabic-letters"]
    change(site, FA, '#| msgid "Old"\n', "")
    assert found(site) == []
    before = site.read(FA)
    assert found(site, "--fix") == []
    assert site.read(FA) == before


def test_what_a_build_finds_has_its_column(site: Folder) -> None:
    two(site)
    change(site, FA, "یک [پیوند](fa.md)", "یک [پیوند](nowhere.md)")
    site.post("en", "A [link](fa.md) and *words*.\n\nSecond `code` here.\n\nMore\n[x](gone.md) <b>b</b>\n", summary="Short")
    assert found(site, status=1) == [
        here(site, "content/posts/en.md", "gone.md", "broken-link"),
        here(site, "content/posts/en.md", "<b>", "raw-html"),
        here(site, FA, "[پیوند]", "links"),
        here(site, FA, "nowhere.md", "broken-link"),
    ]
    assert not (site.root / "public").exists()


def test_dates_to_come_and_tags(site: Folder) -> None:
    site.post("a", "One.\n", date="2026-05-01", tags="[music]")
    assert found(site) == [here(site, "content/posts/a.md", "2026-05-01", "future-date")]
    said = site.run("check", "--json", "--as-of", "2026-05-01")
    assert [p["message"] for p in json.loads(said.out)["problems"]] == [
        "the tag `music` has no name in English",
        "the tag `music` has no name in فارسی",
    ]


def test_a_catalogue_that_is_behind_its_text(site: Folder) -> None:
    two(site)
    assert site.run("update").status == 0
    assert '"behind"' not in site.run("check", "--json").out
    change(site, "content/posts/en.md", "words", "many words")
    for command in ("check", "build"):
        said = site.run(command)
        assert f"{FA}: warning: one of content/posts/en.md's messages is not in this catalogue" in said.err + said.out
    assert site.run("update").status == 0
    assert "behind" not in site.run("build").err


def test_catalogues_without_a_document(site: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.app import update

    path = "locales/fa/LC_MESSAGES/posts/gone.po"
    monkeypatch.setattr(update, "orphans", lambda sources: [path], raising=False)
    assert found(two(site)) == [f"{path}:0:0 orphan-catalogue"]
    assert found(site, "posts/en") == []


def test_named_documents_only(site: Folder) -> None:
    two(site)
    change(site, POST, OLD, "می رود")
    change(site, FA, "دومی", "دومي")
    assert [line.split()[1] for line in found(site, "fa")] == ["verb-space"]
    assert [line.split()[1] for line in found(site, "fa", "--fix")] == []
    assert "دومي" in site.read(FA)
    assert site.run("check", "nothing").status == 2


def test_the_same_bytes_twice(site: Folder) -> None:
    two(site)
    change(site, POST, OLD, "می رود ,كتاب ها")
    first = site.run("check", "--json")
    assert site.run("check", "--json") == first
    answer = json.loads(first.out)
    assert (answer["version"], answer["command"], answer["documents"]) == (1, "check", 2)
    assert {p["severity"] for p in answer["problems"]} == {"warn"}
    fixed = json.loads(site.run("check", "--json", "--fix").out)["fixed"]
    assert fixed == [
        {"path": POST, "rules": {"arabic-letters": 1, "plural-space": 1, "punctuation": 1,
                                 "space-after": 1, "space-before": 1, "verb-space": 1}}
    ]  # fmt: skip


def test_a_site_that_cannot_be_read_whole(site: Folder) -> None:
    two(site)
    site.write(FA, b'msgid "x"\nmsgstr "\xff"\n')
    site.write("content/posts/bad.md", "---\ntitle: [\n---\n")
    change(site, POST, OLD, "می رود")
    lines = found(site, status=1)
    assert {line.split()[1] for line in lines} == {"catalogue-syntax", "front-matter", "verb-space"}
    assert len(lines) == len(set(lines))


# --- the glossary

GLOSSARY = "locales/fa/glossary.csv"


def test_glossary_in_a_site(site: Folder) -> None:
    two(site)
    site.write(GLOSSARY, "term,translation,note,forbidden\nword,واژه,,کلمه\nlink,پیوند,,لینک\n")
    assert found(site) == [here(site, FA, "یک [پیوند]", "glossary"), here(site, FA, "کلمه", "glossary")]
    assert f"write واژه: see {GLOSSARY}:2" in site.run("check").err


@pytest.mark.parametrize(
    ("text", "places"),
    [
        (b"term,translation\na,b\n", []),
        (b"\xef\xbb\xbfTerm,Translation,note\r\na,b,\r\n", []),
        (b"", []),
        (b"\xff\n", ["1 this is not UTF-8"]),
        (b"word,translation\na,b\n", ["1 there is no column `term`", "1 unknown column `word`"]),
        (b"term,translation\na\n,b\nc,\na,b\na,c\n", [
            "2 1 cells, where the first line has 2", "3 there is no term", "4 there is no translation",
            "6 the term `a` is in line 5 already"]),
        (b'term,translation\na,"b\nc"\nd,"e"f\n', ["4 this line is no CSV: ',' expected after '\"'"]),
        (b"term,translation,forbidden\na,b,b|c\n", ["2 `b` is agreed and forbidden at once"]),
        (b"\n , \nterm,translation\n\n" + b"x" * 500 + b",y\na,b\n", ["5 this term is too long"]),
    ],
)  # fmt: skip
def test_glossary_file(text: bytes, places: list[str]) -> None:
    problems = parse(text, GLOSSARY)[1]
    assert sorted(f"{one.location.line} {one.message}" for one in problems) == places
    assert all(one.hint and one.rule == "glossary-file" for one in problems)


def test_a_word_that_is_forbidden_may_be_part_of_what_is_agreed(site: Folder) -> None:
    two(site)
    site.write(GLOSSARY, "term,translation,note,forbidden\nlink,پیوند کلمه,,کلمه\n")
    site.translate("posts/en", {"A [link](fa.md) and *words*.": "یک [پیوند کلمه](fa.md) و *واژه*."})
    assert found(site) == []
    site.translate("posts/en", {"A [link](fa.md) and *words*.": "یک [پیوند کلمه](fa.md) و *کلمه*."})
    assert found(site) == [here(site, FA, "کلمه*", "glossary")]


def test_terms_in_a_text() -> None:
    def names(text: str) -> list[str]:
        return [term.term for term in terms_in(text, TERMS)]

    assert names("Source languages, and the Equinoxes of a source's postings") == [
        "source language", "equinox", "source", "posting"]  # fmt: skip
    assert names("resource, outsourced, postings2, post") == []
    glossary = parse("term,translation\nIT,فاوا\nنوروز,Nowruz\n".encode(), "x")[0]
    assert [term.term for term in terms_in("it is IT, در نوروز و نوروزی", glossary)] == ["IT", "نوروز"]
    assert terms_in("anything", Glossary(path="x")) == ()
    assert names("İstanbul İİİ and its sources") == ["source"]  # İ grows when it is made small


def test_uses_of_a_translation() -> None:
    assert uses("زبان\u200cهای  اصلی و زبان اصلی و زبانِ اصلی‌اش و زبان اصلیه", ("زبان اصلی",)) == [(17, 26), (29, 39)]
    assert uses("كتاب، کتاب\u200cها، کتابهایی، کتابخانه", ("کتاب",)) == [(0, 4), (6, 10), (15, 23)]
    assert uses("Nowruzes and nowruz", ("Nowruz",)) == [(0, 8), (13, 19)]
    assert uses("İİİ کتاب", ("کتاب",)) == [(4, 8)]


# --- the inside

YAML_TEXT = st.text(alphabet=st.sampled_from("کی ab:#'\"\\\u200c,[]{}!|>-0\u200f"), min_size=1, max_size=30).filter(
    lambda text: bool(text.strip())
)


@settings(max_examples=300)
@given(YAML_TEXT, st.sampled_from(["plain", "single", "double"]))
def test_a_front_matter_text_is_found_in_its_file(value: str, style: str) -> None:
    written = {"plain": value, "single": "'" + value.replace("'", "''") + "'",
               "double": json.dumps(value, ensure_ascii=False)}[style]  # fmt: skip
    text = f"---\ntitle: {written}\ndate: 2026-03-20\n---\n"
    try:
        document, _, _ = content.parse(text, "content/posts/a.md", _site(), name="posts/a", kind="post")
    except content.ContentError:
        return
    lines = [0, *(found.end() for found in re.finditer("\n", text))]
    read_back = scalar(text, lines, document.source["title"], document.title)
    assert read_back is not None
    start, inline = read_back
    assert text[start : start + len(inline.text)] == inline.text
    assert len(inline.prose) == len(inline.text)
    if not written.startswith(("'", '"')):
        assert inline.text == document.title
    shown = inline.prose.replace(MARK, "")
    assert len(shown) <= len(document.title)


def _site() -> content.Site:
    from pipeline import config

    return config.parse(SITE)


def test_what_rules_say_is_short_and_says_what_to_do() -> None:
    for rule in RULES:
        assert isinstance(rule, Rule) and rule.summary and len(rule.summary) < 80
    assert checks.weighed(RULES, {}) == tuple(rule for rule in RULES if rule.severity != "off")


def test_of_two_styles_one_is_asked() -> None:
    both = checks.weighed(RULES, {"ezafe-yeh": "warn", "ezafe-hamza": "error"})
    assert {rule.name for rule in both} & {"ezafe-yeh", "ezafe-hamza"} == {"ezafe-hamza"}
    one = checks.weighed(RULES, {"ezafe-yeh": "warn"})
    assert "ezafe-yeh" in {rule.name for rule in one}
