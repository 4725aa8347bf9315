"""Authored editions: which of their blocks translate which messages, as a catalogue records it.

The edition's file stays the truth; the record is what status, staleness and block ids are
told from. It works on values, and takes nothing from a translator: what somebody wrote
into the record itself stays there as a comment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b

from pipeline import alignment, catalogue, markdown, matching, po
from pipeline.alignment import Block, Texts
from pipeline.catalogue import SUGGESTION, Changes, noted, plainly
from pipeline.markdown import Parsed
from pipeline.model import Authored, Image, Message
from pipeline.po import Catalogue, Entry

_SEAL = "X-Dozaban-Authored"
"""The header with the digest of what was recorded, to know when somebody edited it here."""

_LIKELY = 8.0
"""What it says, in nats, that a block is much like the one that was recorded."""

_LIKE = 0.6
_PLACED = 0.5


def record_pairs(
    old: Catalogue,
    messages: Sequence[Message],
    *,
    own: Authored,
    original: Parsed,
    text: Parsed,
    reference: str,
    drop_obsolete: bool = False,
) -> tuple[Catalogue, Changes]:
    """The catalogue of an authored edition: each message with the block that pairs with it.

    The file is the truth, the catalogue its record: of which text each block is the
    translation. A message that changed while its block stayed is stale, fuzzy with the
    text of before; once the block changes too, or somebody takes the flag away here, it is
    translated. A block that holds two of the edition's has a blank line between them.
    What somebody wrote into the catalogue itself stays in a comment.
    """
    edited = not sealed(old)
    wanted = [replace(message, references=(reference, own.path)) for message in messages]
    merged, changes = catalogue.merge(old, wanted, reference=reference, drop_obsolete=drop_obsolete)
    entries = list(merged.entries)
    at = {entry.key: n for n, entry in enumerate(entries) if not entry.obsolete}
    origins = _origins(old)
    for key, (texts, sure, score) in _paired(entries, at, messages, own, original, text).items():
        entry = entries[at[key]]
        entries[at[key]] = _recorded(entry, texts, sure, score, origins, edited, own)
        changes.recorded += entry.raw is not None and entries[at[key]] != entry
    made = merged if tuple(entries) == merged.entries else replace(merged, entries=tuple(entries))
    return seal(made), changes


def sealed(recorded: Catalogue) -> bool:
    """Whether its texts are those that were recorded; a translator's, otherwise."""
    return dict(po.headers(recorded)).get(_SEAL) == _digest(recorded)


def seal(recorded: Catalogue) -> Catalogue:
    """The catalogue with its texts as what was recorded."""
    return po.with_header(recorded, _SEAL, _digest(recorded))


def _digest(recorded: Catalogue) -> str:
    """What the live entries say, in short."""
    hashed = blake2b(digest_size=8)
    for entry in recorded.entries:
        if not entry.obsolete and not _suggested(entry):
            hashed.update(f"{entry.context or ''}\0{entry.msgstr}\0".encode())
    return hashed.hexdigest()


def _suggested(entry: Entry) -> bool:
    return entry.fuzzy and entry.previous is None


def _parts(entry: Entry) -> list[str]:
    """The blocks that an entry records."""
    return [] if _suggested(entry) or not entry.msgstr else entry.msgstr.split("\n\n")


def _origins(old: Catalogue) -> dict[po.Key, str]:
    """Of each recorded block, by its role and address-blind key, the text that it translates."""
    found: dict[po.Key, str] = {}
    for entry in sorted(old.entries, key=lambda entry: entry.obsolete):
        translates = entry.previous if entry.fuzzy and entry.previous is not None else entry.msgid
        if _parts(entry):
            found.setdefault((entry.context, markdown.key(entry.msgstr)), translates)
    return found


_Record = tuple[tuple[str, ...], bool, float]
"""The blocks that belong to a message, whether that is sure, and how sure."""


def _paired(
    entries: Sequence[Entry],
    at: Mapping[po.Key, int],
    messages: Sequence[Message],
    own: Authored,
    original: Parsed,
    text: Parsed,
) -> dict[po.Key, _Record]:
    """For each message the texts of the authored edition that pair with it."""
    image = own.image or Image(src="")
    roles = {"title": own.title, "summary": own.summary, "preheader": own.preheader,
             "alt": image.alt, "caption": image.caption}  # fmt: skip
    records: dict[po.Key, _Record] = {
        (message.context, message.msgid): ((roles.get(message.context, ""),), True, 1.0)
        for message in messages
        if message.context is not None
    }
    source, target = alignment.blocks(original), alignment.blocks(text)
    recorded = {
        n: entries[at[(None, block.text)]] for n, block in enumerate(source) if block.message
    }
    known, taken = _known(recorded, target)
    # The blocks that one message holds together are one block here.
    groups: list[tuple[int, ...]] = []
    for j in range(len(target)):
        if j not in taken:
            groups.append((j,))
        elif taken[j][0] == j:
            groups.append(taken[j])
    place = {group[0]: n for n, group in enumerate(groups)}
    joint = [alignment.joined([target[j] for j in group]) for group in groups]
    aligned = alignment.align(
        Texts(
            source=source,
            target=joint,
            known={i: place[j] for i, j in known.items()},
            likely=_likely(recorded, known, joint),
        )
    )
    for i, entry in recorded.items():
        records.setdefault(entry.key, ((), True, 0.0))
        if i not in known and i - 1 in known and _keys(entry) and _keys(entry) == _keys(recorded.get(i - 1)):
            records[entry.key] = (tuple(_parts(entry)), True, 1.0)  # two messages, one block
    for pair in aligned.pairs:
        texts = tuple(target[j].text for k in pair.target for j in groups[k])
        if not all(target[j].message for k in pair.target for j in groups[k]):
            continue
        for i in pair.source:
            if i in recorded and not records[recorded[i].key][0]:
                records[recorded[i].key] = (texts, pair.place >= _PLACED, pair.place)
    return records


def _keys(entry: Entry | None) -> list[str]:
    return [markdown.key(part) for part in _parts(entry)] if entry else []


def _known(
    recorded: Mapping[int, Entry], target: Sequence[Block]
) -> tuple[dict[int, int], dict[int, tuple[int, ...]]]:
    """Messages whose recorded blocks are still there: the first block of each, and all of it."""
    waiting: dict[str, list[int]] = {}
    for j, block in enumerate(target):
        if block.message:
            waiting.setdefault(markdown.key(block.text), []).append(j)
    known: dict[int, int] = {}
    taken: dict[int, tuple[int, ...]] = {}
    for i, entry in recorded.items():
        keys = _keys(entry)
        for first in waiting.get(keys[0], ()) if keys else ():
            group = tuple(range(first, first + len(keys)))
            if any(j in taken or j >= len(target) for j in group):
                continue
            if all(markdown.key(target[j].text) == k for j, k in zip(group, keys, strict=True)):
                known[i] = first
                taken.update(dict.fromkeys(group, group))
                break
    return known, taken


def _likely(
    recorded: Mapping[int, Entry], known: Mapping[int, int], target: Sequence[Block]
) -> dict[tuple[int, int], float]:
    """Pairs of a message and a block much like the one that was recorded, now gone."""
    found = {}
    for i, entry in recorded.items():
        if i in known or not _parts(entry):
            continue
        for j, block in enumerate(target):
            alike = matching.similarity(entry.msgstr, block.text, _LIKE)
            if alike:
                found[(i, j)] = _LIKELY * alike
    return found


def _recorded(
    entry: Entry,
    texts: Sequence[str],
    sure: bool,
    score: float,
    origins: Mapping[po.Key, str],
    edited: bool,
    own: Authored,
) -> Entry:
    """The entry with the blocks that pair with its message."""
    text = "\n\n".join(part for part in texts if part.strip())
    keyed = markdown.key(text)
    if entry.msgstr and markdown.key(entry.msgstr) == keyed and not _suggested(entry):
        return po.revise(entry, msgstr=text)  # as it stands: translated, or stale
    if entry.msgstr and edited and not _suggested(entry):
        entry = noted(entry, f"was: {po.one_line(entry.msgstr)}")
    translates = origins.get((entry.context, keyed), entry.msgid) if text else entry.msgid
    stale = markdown.key(translates) != markdown.key(entry.msgid)
    extracted = plainly(entry)
    if text and not sure and not stale:
        extracted += (f"{SUGGESTION}{own.path} (score {score:.2f})",)
    return po.revise(
        entry,
        msgstr=text,
        fuzzy=bool(text) and (stale or not sure),
        previous=translates if stale else None,
        previous_context=entry.context if stale else None,
        extracted=extracted,
    )
