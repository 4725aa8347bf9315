"""What goes out, and why: an edition, its language's policy, and what stands in the way.

A pure decision; it renders nothing and reads nothing. The reasons are stable words,
for reports and for JSON.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.localise import Edition
from pipeline.model import Document, Language

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
        return Decision(outcome="draft", reason="draft", detail="the document is a draft")
    if held:
        return Decision(outcome="held", reason="future", detail="its date has not come yet")
    if edition.origin == "original":
        return Decision(outcome="all", reason="original")
    if edition.origin == "composed":
        if edition.title.state == "untranslated":
            return Decision(outcome="withheld", reason="title", detail="its title is not translated")
        if edition.body_messages and not edition.blocks:
            return Decision(
                outcome="withheld", reason="blocks", detail="no block of its text is translated"
            )
        coverage = edition.coverage
        if language.incomplete == "withhold" and not coverage.complete:
            return Decision(
                outcome="withheld", reason="incomplete", detail="it is not translated whole"
            )
        if isinstance(language.incomplete, float | int) and coverage.share < language.incomplete:
            return Decision(
                outcome="withheld",
                reason="share",
                detail=f"{coverage.words_translated} of {coverage.words} words are translated, "
                f"and {language.incomplete:.0%} are asked for",
            )
    if language.review and not reviewed:
        return Decision(outcome="withheld", reason="review", detail="nobody has reviewed this state")
    if edition.origin == "authored":
        return Decision(outcome="all", reason="authored")
    if edition.coverage.complete and edition.whole:
        return Decision(outcome="all", reason="complete")
    return Decision(outcome="marked", reason="incomplete")
