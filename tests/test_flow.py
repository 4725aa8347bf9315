"""A text as a tree: the same words as in HTML, and every block and inline in its place."""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterable

import pytest
from hypothesis import given
from markdown_cases import markdown as texts
from markdown_cases import specification, thorough

from pipeline import flow, html, markdown
from pipeline.flow import Block, Inline
from pipeline.html import Manner


def words(blocks: Iterable[Block]) -> str:
    """All that a flow says, in order, footnotes' numbers and white space left out."""
    pieces = []
    for block in blocks:
        pieces += [flow.words_of(block.inlines), block.text, words(block.children)]
    return "".join("".join(pieces).split())


def said(made: str) -> str:
    """All that HTML says, likewise."""
    made = re.sub(r'<sup class="footnote.*?</sup>|<a class="footnote-back.*?</a>', "", made)
    made = re.sub(r"<figcaption.*?</figcaption>", "", made, flags=re.DOTALL)  # a picture's own title
    made = re.sub(r'<img [^>]*?alt="([^"]*)"[^>]*>', r"\1", made)
    return "".join(entities.unescape(re.sub(r"<[^>]*>", "", made)).split())


def agree(text: str) -> None:
    parsed = markdown.parse(text)
    manner = Manner(isolation=False)
    blocks = [html.Block(id=str(n)) for n in range(len(parsed.leaves))]
    made = html.write(parsed, manner, blocks)
    if "<p>&lt;" in made or "&lt;!--" in made or "<!--" in text or "\0" in text:
        return  # raw HTML is shown by each in its own way
    ours, theirs = words(flow.write(parsed, manner, blocks)), said(made)
    if "<br" in made:
        ours, theirs = _CONTROLS.sub("", ours), _CONTROLS.sub("", theirs)
    assert ours == theirs


_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""They say nothing; HTML keeps a pair that a line's end parts, a flow, a text a line, does not."""


def test_the_words_are_those_of_the_html() -> None:
    for text in (*specification(), "\u2067  \n\u2069"):
        agree(text)


@thorough
@given(texts)
def test_the_words_are_those_of_the_html_of_any_text(text: str) -> None:
    agree(text)


@pytest.mark.parametrize("text", ["> " * 1000 + "x", "*" * 2000 + "x" + "*" * 2000, "".join("  " * n + f"- {n}\n" for n in range(200))])
def test_what_is_very_deep_is_flat_and_whole(text: str) -> None:
    agree(text)
    made = flow.write(markdown.parse(text), Manner())
    assert max(map(depth, made)) <= 2 * flow.DEEPEST + 2


def depth(one: Block | Inline) -> int:
    inlines = one.inlines if isinstance(one, Block) else ()
    return 1 + max(map(depth, (*one.children, *inlines)), default=0)


MIXED = """\
# سرخط {#x}

متن با C++ و **تأکید [پیوند](a.md)**.

- [x] انجام‌شده
- یک

  دو

<!-- dozaban: poem -->
نیمهٔ *نخست
نیمهٔ* دوم

| a | ب |
|--|:-:|
| `x` | ۲ |

> [!NOTE]
> hello سلام

```py
x = "سلام"
```

پا[^1]

[^1]: یادداشت
"""


def tree(blocks: Iterable[Block], depth: int = 0) -> list[str]:
    """Blocks as lines: the kind, what it says of itself, its inlines."""
    lines = []
    for block in blocks:
        about = [str(x) for x in (block.number or "", block.label, block.align, block.direction or "") if x]
        lines.append("  " * depth + " ".join((block.kind, *about, short(block.inlines) or repr(block.text or ""))))
        lines += tree(block.children, depth + 1)
    return [line.replace(" ''", "") for line in lines]


def short(inlines: Iterable[Inline]) -> str:
    pieces = []
    for one in inlines:
        name = {"text": "", "emphasis": "em"}.get(one.kind, one.kind) + (f"<{one.direction}>" if one.direction else "")
        inner = short(one.children) if one.children else one.text or (str(one.number) if one.number else "")
        pieces.append(f"{name}[{inner}]")
    return "".join(pieces)


def test_every_block_and_inline_has_its_place() -> None:
    parsed = markdown.parse(MIXED)
    blocks = [html.Block(id=str(n)) for n in range(len(parsed.leaves))]
    made = flow.write(parsed, Manner(direction="rtl", labels={"note": "x"}), blocks)
    assert "\n".join(tree(made)) == """\
heading 1 [سرخط]
paragraph [متن با ]<ltr>[C++][ و ]strong[[تأکید ]link[[پیوند]]][.]
list
  item done
    paragraph [انجام‌شده]
  item
    paragraph [یک]
    paragraph [دو]
poem
  line [نیمهٔ ]em[[نخست]]
  line em[[نیمهٔ]][ دوم]
table
  row
    cell <ltr>[a]
    cell center [ب]
  row
    cell code<ltr>[x]
    cell center [۲]
alert note
  paragraph <ltr>[hello][ سلام]
code py ltr 'x = "سلام"'
paragraph [پا]reference[1]
footnote 1
  paragraph [یادداشت]"""
