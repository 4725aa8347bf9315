"""`%(name)s` and `{name}`: a program fills them in, and fails if it does not know one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from pipeline.checks.finding import Finding
from pipeline.checks.mend import edit
from pipeline.checks.pair import Pair
from pipeline.checks.prose import Part
from pipeline.speech import say

_NAMED = re.compile(r"%\([^()\s]*\)[a-zA-Z]|\{\{[^{}]*\}\}|(?<!\{)\{[A-Za-z_][A-Za-z0-9_.]*\}(?!\})")
_FEW = 8
_PERCENT = re.compile(r"%%|%\([^()\s]*\)[a-zA-Z]|(%)")


def find(pair: Pair) -> Iterator[Finding]:
    interface = pair.kind == "interface"
    signs = pair.msgstr + pair.msgid
    if "%" not in signs and "{" not in signs:
        return
    wanted = Counter(_NAMED.findall(_words(pair.source.text, pair.source.codes)))
    known = set(wanted) | set(_NAMED.findall(pair.plural or ""))
    if not known and not interface:
        return  # braces in prose
    listed = sorted(known)[:_FEW]
    for found in _NAMED.finditer(_words(pair.target.text, pair.target.codes)):
        wanted[found[0]] -= 1
        if found[0] not in known:
            yield Finding(
                start=found.start(),
                end=found.end(),
                message=say("the placeholder {name}, which the original has not", name=found[0]),
                hint=say("the original has {names}", names=listed) if known else say("remove it"),
            )
    if pair.plural is None:  # a plural form may say "one" in words
        for name, count in wanted.items():
            if count > 0:
                yield Finding(
                    start=0, end=0, message=say("the placeholder {name} is missing", name=name), hint=say("put it in as it is")
                )
    if interface:
        for found in _PERCENT.finditer(pair.msgstr):
            if found[1]:
                yield Finding(
                    start=found.start(),
                    end=found.end(),
                    message=say("a lone % in a text that is filled in"),
                    hint=say("write %%, or ٪"),
                )


def _words(text: str, codes: list[Part]) -> str:
    """The text without its code, in which braces are the code's own."""
    return edit(text, [(code.start, code.end, " " * (code.end - code.start)) for code in codes])
