"""A message and its translation, as the rules of translations look at them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline import po
from pipeline.checks.prose import THING, Inline, Part, plain, read
from pipeline.glossary import Glossary
from pipeline.po import Catalogue, Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One msgid and one msgstr (of a plural entry: one form).

    `kind` is what the block is, as the `#.` comment says it; `languages` are the tags of
    the original and of the translation. `plural` is the msgid_plural.
    """

    msgid: str
    msgstr: str
    source: Inline
    target: Inline
    kind: str = "paragraph"
    plural: str | None = None
    languages: tuple[str, str] = ("", "")
    glossary: Glossary | None = None


def compare(source: Sequence[Part], target: Sequence[Part]) -> tuple[list[str], list[Part]]:
    """What the translation lacks, and what it has too much: as multisets."""
    if [part.value for part in source] == [part.value for part in target]:
        return [], []
    wanted = Counter(part.value for part in source)
    extra = []
    for part in target:
        if wanted[part.value] > 0:
            wanted[part.value] -= 1
        else:
            extra.append(part)
    return list(wanted.elements()), extra


_PAIRS = 2_500
"""Among more pairs of a wrong value and a lacking one, nobody asks which belong together."""


def without_twins(
    lacking: list[str], extra: list[Part], same: Callable[[str, str], bool]
) -> tuple[list[str], list[Part]]:
    """Both without what is the same thing in two languages."""
    lacking, left = list(lacking), []
    if len(lacking) * len(extra) > _PAIRS:
        return lacking, extra
    for part in extra:
        twin = next((one for one in lacking if same(one, part.value)), None)
        if twin is None:
            left.append(part)
        else:
            lacking.remove(twin)
    return lacking, left


def partners(
    extra: Sequence[Part], lacking: Sequence[str], *, lone: bool = False
) -> tuple[list[str], list[str]]:
    """What of the original each wrong value stands for, or nothing, and what is left of it.

    `lone`: a lone wrong one and a lone lacking one belong together.
    """
    from difflib import get_close_matches  # for findings only

    left = list(lacking)
    if lone and len(extra) == len(left) == 1:
        return left, []
    if len(extra) * len(left) > _PAIRS:
        return [""] * len(extra), left
    found = []
    for part in extra:
        near = get_close_matches(part.value, left, n=1)
        found += near or [""]
        if near:
            left.remove(near[0])
    return found, left


def pairs_of(
    catalogue: Catalogue,
    kinds: Mapping[po.Key, str] | None,
    known: str,
    languages: tuple[str, str],
    terms: Glossary | None,
) -> Iterator[tuple[Entry, Pair]]:
    """The live entries that have a translation, one pair a plural form, all read at once."""
    chosen: list[tuple[Entry, str, str, bool]] = []
    texts: list[str] = []
    for entry in catalogue.entries:
        if entry.obsolete:
            continue
        kind = kinds.get(entry.key, "") if kinds is not None else ""
        if not kind:
            kind = entry.extracted[0] if entry.extracted else "paragraph"
        inline = kinds is not None and entry.context is None and kind not in ("code", "interface")
        for form in dict.fromkeys(entry.plurals or (entry.msgstr,)):
            if form:
                chosen.append((entry, form, kind, inline))
                if inline:
                    texts += (entry.msgid, form)
    read_texts = iter(read(texts, known))
    for entry, form, kind, inline in chosen:
        if inline:
            source, target = next(read_texts), next(read_texts)
        elif kind == "code":
            source, target = _all_code(entry.msgid), _all_code(form)
        else:
            source, target = plain(entry.msgid), plain(form)
        yield entry, Pair(
            msgid=entry.msgid,
            msgstr=form,
            source=source,
            target=target,
            kind=kind,
            plural=entry.plural,
            languages=languages,
            glossary=terms,
        )


def _all_code(text: str) -> Inline:
    """A code block: nothing of it is words."""
    return Inline(text=text, prose="".join("\n" if sign == "\n" else THING for sign in text))
