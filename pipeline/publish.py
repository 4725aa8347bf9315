"""What goes out, and why: an edition, its language's policy, and what stands in the way.

A pure decision; it renders nothing and reads nothing. The reasons are stable words,
for reports and for JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pipeline.localise import Edition
from pipeline.model import Document, Language
from pipeline.seal import Place
from pipeline.speech import say

Outcome = Literal["all", "marked", "withheld", "draft", "held"]
"""all: as it is; marked: with blocks of the source language or of before, marked;
withheld: a page that leads to the original; draft and held: nothing at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a build does with an edition, and the reason in a word and a sentence."""

    outcome: Outcome
    reason: str
    detail: str = ""

    @property
    def published(self) -> bool:
        return self.outcome in ("all", "marked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """All that the site knows of a document: metadata, editions, decisions, bodies.

    `bodies` says where an edition's HTML waits; only the outputs ask for it. `texts` says
    where its plain text waits, for search.
    """

    document: Document
    editions: Mapping[str, Edition]
    decisions: Mapping[str, Decision]
    bodies: Mapping[str, Place] = field(default_factory=dict)
    texts: Mapping[str, Place] = field(default_factory=dict)


def decide(
    document: Document,
    edition: Edition,
    language: Language,
    *,
    drafts: bool = False,
    held: bool = False,
    reviewed: bool = True,
) -> Decision:
    """Whether an edition goes out. `held`: its date has not come yet."""
    if document.draft and not drafts:
        return Decision(outcome="draft", reason="draft", detail=say("the document is a draft"))
    if held:
        return Decision(outcome="held", reason="future", detail=say("its date has not come yet"))
    if edition.origin == "original":
        return Decision(outcome="all", reason="original")
    if edition.origin == "composed":
        if edition.title.state == "untranslated":
            return Decision(outcome="withheld", reason="title", detail=say("its title is not translated"))
        if edition.body_messages and not edition.blocks:
            return Decision(
                outcome="withheld", reason="blocks", detail=say("no block of its text is translated")
            )
        coverage = edition.coverage
        if language.incomplete == "withhold" and not coverage.complete:
            return Decision(
                outcome="withheld", reason="incomplete", detail=say("it is not translated whole")
            )
        if isinstance(language.incomplete, float | int) and coverage.share < language.incomplete:
            return Decision(
                outcome="withheld",
                reason="share",
                detail=say(
                    "{done} of {words} words are translated, and {asked}% are asked for",
                    done=coverage.words_translated,
                    words=coverage.words,
                    asked=int(f"{language.incomplete * 100:.0f}"),
                ),
            )
    if language.review and not reviewed:
        return Decision(outcome="withheld", reason="review", detail=say("nobody has reviewed this state"))
    if edition.origin == "authored":
        return Decision(outcome="all", reason="authored")
    if edition.coverage.complete and edition.whole:
        return Decision(outcome="all", reason="complete")
    return Decision(outcome="marked", reason="incomplete")
