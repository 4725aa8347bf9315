"""The terms of glossary.csv: the agreed translation is used, a forbidden one is not."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.checks.finding import Finding
from pipeline.checks.pair import Pair
from pipeline.checks.prose import MARK
from pipeline.glossary import terms_in, uses
from pipeline.speech import either, say


def find(pair: Pair) -> Iterator[Finding]:
    if pair.glossary is None or not pair.glossary.terms:
        return
    words = pair.target.prose
    joined = words.replace(MARK, "")
    for term in terms_in(pair.source.prose.replace(MARK, ""), pair.glossary):
        where = f"{pair.glossary.path}:{term.line}"
        agreed = uses(words, term.translations)
        for start, end in uses(words, term.forbidden) if term.forbidden else ():
            if not any(first <= start and end <= last for first, last in agreed):
                yield Finding(
                    start=start,
                    end=end,
                    message=say("`{words}` is not to be used for `{term}`", words=pair.msgstr[start:end], term=term.term),
                    hint=say("write {agreed}: see {where}", agreed=either(term.translations), where=where),
                )
        if not agreed and not uses(joined, term.translations):
            yield Finding(
                start=0,
                end=0,
                message=say("`{term}` is not translated as agreed", term=term.term),
                hint=say("write {agreed}: see {where}", agreed=either(term.translations), where=where),
            )

