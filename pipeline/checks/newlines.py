"""Newlines at the ends are those of the original, and a poem has as many lines.

GNU's tools refuse a catalogue in which the ends differ.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.checks.finding import Finding
from pipeline.checks.pair import Pair
from pipeline.speech import say


def find(pair: Pair) -> Iterator[Finding]:
    text, wanted = pair.msgstr, pair.msgid
    if not text.strip():
        return
    size = len(text)
    if text.startswith("\n") != wanted.startswith("\n"):
        lead = size - len(text.lstrip("\n"))
        yield Finding(
            start=0,
            end=lead,
            message=say("it begins with a newline, and the original does not")
            if lead
            else say("it does not begin with a newline, as the original does"),
            hint=say("remove it") if lead else say(r"put \n first"),
            edits=((0, lead, "" if lead else "\n"),),
        )
    if text.endswith("\n") != wanted.endswith("\n"):
        kept = len(text.rstrip("\n"))
        yield Finding(
            start=kept,
            end=size,
            message=say("it ends with a newline, and the original does not")
            if kept < size
            else say("it does not end with a newline, as the original does"),
            hint=say("remove it") if kept < size else say(r"put \n last"),
            edits=((kept, size, "" if kept < size else "\n"),),
        )
    if pair.kind == "poem":
        mine, theirs = (part.strip("\n").count("\n") + 1 for part in (text, wanted))
        if mine != theirs:
            yield Finding(
                start=0,
                end=0,
                message=say("{n} line, where the poem has {wanted}", "{n} lines, where the poem has {wanted}",
                            n=mine, wanted=theirs),
                hint=say("end each line but the last with a backslash and a newline"),
            )
