"""A document's catalogue: brought up to date with its messages, and counted.

`merge` is law 4: after any series of source edits and merges, every msgstr that a
translator wrote is still there, as current, fuzzy or obsolete entry, or as a comment
where its key is taken. It works on values; it reads no file and no clock.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipeline import matching, po
from pipeline.markdown import LINK, SEGMENTATION, key
from pipeline.model import Message
from pipeline.po import Catalogue, Entry

Key = tuple[str | None, str]

SUGGESTION = "Suggestion, from: "
"""How the comment begins that says where an unconfirmed suggestion is from.

A suggestion has no `#| msgid`: that says of which text a msgstr *was* a translation,
and makes it stale, and shown as such. Suggestions never go out.
"""

_FLOOR = 0.6
_FLOOR_BETWEEN_FRIENDS = 0.4
_FLOOR_SAME_ROLE = 0.3
_FLOOR_COMPENDIUM = 0.75
_FLOOR_PART = 0.9


@dataclass(slots=True, kw_only=True)
class Changes:
    """What a merge did, in messages."""

    new: int = 0
    changed: int = 0
    carried: int = 0
    returned: int = 0
    dropped: int = 0
    filled: int = 0
    suggested: int = 0
    comments: int = 0
    removed: int = 0
    moved: int = 0

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in self.__slots__)

    @property
    def messages(self) -> bool:
        """Whether the messages themselves changed, and not only comments on them."""
        return any(getattr(self, name) for name in self.__slots__ if name != "comments")


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Translations from elsewhere, by address-blind key: (msgid, msgstr).

    `exact` are confirmed ones; `doubtful` are fuzzy there, and are suggestions here.
    """

    exact: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    doubtful: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def memory(catalogues: Iterable[Catalogue]) -> Memory:
    """What the entries of catalogues remember; the first one wins."""
    exact: dict[str, tuple[str, str]] = {}
    doubtful: dict[str, tuple[str, str]] = {}
    for catalogue in catalogues:
        for entry in catalogue.entries:
            if entry.obsolete or entry.plural is not None or not entry.msgstr:
                continue
            table = doubtful if entry.fuzzy else exact
            table.setdefault(key(entry.msgid), (entry.msgid, entry.msgstr))
    return Memory(exact=exact, doubtful=doubtful)


def distinct(messages: Iterable[Message]) -> list[Message]:
    """Messages, each key once, in order; notes of repeats are kept together."""
    result: dict[Key, Message] = {}
    for message in messages:
        at = (message.context, message.msgid)
        known = result.get(at)
        if known is None:
            result[at] = message
            continue
        note = known.note
        if message.note and message.note not in note:
            note = f"{note} {message.note}".strip()
        references = tuple(dict.fromkeys((*known.references, *message.references)))
        if (note, references) != (known.note, known.references):
            result[at] = replace(known, note=note, references=references)
    return list(result.values())


def merge(
    old: Catalogue,
    messages: Sequence[Message],
    *,
    reference: str,
    compendium: Memory | None = None,
    drop_obsolete: bool = False,
) -> tuple[Catalogue, Changes]:
    """`old` brought up to date with `messages`, and what that changed.

    Untouched entries keep their bytes, and a catalogue with nothing to do comes back
    as it was. `reference` is the file that the messages are from.
    """
    changes = Changes()
    wanted = distinct(messages)
    entries = list(old.entries)
    forms = _forms(old)
    source = _match(entries, wanted, changes)
    used = {at for at, _ in source.values() if at is not None}
    result: list[Entry] = []
    live: dict[Key, int] = {}
    for number, message in enumerate(wanted):
        found = source.get(number)
        if found is None:
            entry = _filled(message, compendium, changes) or Entry(
                context=message.context,
                msgid=message.msgid,
                plural=message.plural,
                plurals=("",) * forms if message.plural is not None else (),
            )
            changes.new += 1
        else:
            entry = _pluralised(found[1], message, forms)
        entry = _commented(entry, message, reference, changes)
        live[(message.context, message.msgid)] = len(result)
        result.append(entry)
    moved = [at for at in (source[n][0] for n in range(len(wanted)) if n in source) if at is not None]
    if moved != sorted(moved):
        changes.moved = 1
    obsolete: dict[Key, int] = {}
    for at, entry in enumerate(entries):
        if at in used:
            continue
        worth = _has_words(entry)
        if not worth or (drop_obsolete and entry.obsolete):
            changes.removed += 1
            continue
        if drop_obsolete:
            changes.removed += 1
            continue
        keyed = (entry.context, entry.msgid)
        taken = live.get(keyed, obsolete.get(keyed))
        if taken is not None:
            result[taken] = _remember(result[taken], entry)
            changes.dropped += 1
            continue
        if not entry.obsolete:
            entry = po.revise(entry, obsolete=True)
            changes.dropped += 1
        obsolete[keyed] = len(result)
        result.append(entry)
    if tuple(result) == old.entries and not changes:
        return old, changes
    return replace(old, entries=tuple(result)), changes


def _forms(catalogue: Catalogue) -> int:
    """How many plural forms the catalogue's language has, by its header."""
    for name, value in po.headers(catalogue):
        if name == "Plural-Forms":
            found = re.search(r"nplurals\s*=\s*(\d+)", value)
            if found:
                return max(1, int(found.group(1)))
    return 2


def _pluralised(entry: Entry, message: Message, forms: int) -> Entry:
    """The entry with the message's plural; what it had stays as a suggestion."""
    if entry.plural == message.plural:
        return entry
    written = [text for text in (entry.msgstr, *entry.plurals) if text]
    flags = entry.flags if entry.fuzzy or not written else (*entry.flags, "fuzzy")
    if message.plural is None:
        lost = tuple(f"was: {_one_line(text)}" for text in written[1:] if text != written[0])
        return po.revise(entry, plural=None, plurals=(), msgstr=written[0] if written else "",
                         flags=flags, comments=(*entry.comments, *lost))  # fmt: skip
    plurals = tuple(entry.plurals) or ((entry.msgstr,) * forms if written else ("",) * forms)
    return po.revise(entry, plural=message.plural, msgstr="", plurals=plurals, flags=flags)


def _has_words(entry: Entry) -> bool:
    return bool(entry.msgstr or any(entry.plurals) or entry.comments)


def _remember(entry: Entry, lost: Entry) -> Entry:
    """Keep a msgstr whose key is taken as a translator's comment."""
    texts = [lost.msgstr, *lost.plurals] if lost.plural is None else list(lost.plurals)
    known = set(entry.comments)
    lines = [f"was: {_one_line(text)}" for text in texts if text and text != entry.msgstr]
    lines += [line for line in lost.comments if line]
    added = [line for line in dict.fromkeys(lines) if line not in known]
    return po.revise(entry, comments=(*entry.comments, *added)) if added else entry


def _one_line(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")


def _commented(entry: Entry, message: Message, reference: str, changes: Changes) -> Entry:
    """The entry with our own comments: what the block is, the note, where it is from.

    A note of where a suggestion is from stays as long as nobody has confirmed it.
    """
    extracted = (message.kind, message.note) if message.note else (message.kind,)
    if entry.fuzzy and entry.previous is None:
        extracted += tuple(line for line in entry.extracted if line.startswith(SUGGESTION))
    wanted: dict[str, object] = {}
    if entry.extracted != extracted:
        wanted["extracted"] = extracted
    references = message.references or (reference,)
    if entry.references != references:
        wanted["references"] = references
    if not wanted:
        return entry
    if entry.raw is not None:
        changes.comments += 1
    return po.revise(entry, **wanted)


# --- which old entry is which new message ------------------------------------------------


def _match(
    entries: Sequence[Entry], wanted: Sequence[Message], changes: Changes
) -> dict[int, tuple[int | None, Entry]]:
    """For each new message's number, the old entry's number and the entry it becomes."""
    found: dict[int, tuple[int | None, Entry]] = {}
    free = dict.fromkeys(range(len(entries)))
    exact: dict[Key, int] = {}
    for at, entry in enumerate(entries):
        exact.setdefault((entry.context, entry.msgid), at)

    def take(number: int, at: int, entry: Entry) -> None:
        found[number] = (at, entry)
        free.pop(at, None)

    # 1. the same text
    for number, message in enumerate(wanted):
        at = exact.get((message.context, message.msgid))
        if at is None or at not in free:
            continue
        entry = entries[at]
        if entry.obsolete:
            entry = po.revise(entry, obsolete=False)
            changes.returned += 1
        take(number, at, entry)
    if len(found) == len(wanted):
        return found

    # 2. the text that a fuzzy msgstr translates came back
    by_previous: dict[Key, int] = {}
    for at in free:
        entry = entries[at]
        if entry.fuzzy and entry.previous is not None and entry.msgstr:
            by_previous.setdefault((entry.previous_context or entry.context, entry.previous), at)
    for number, message in enumerate(wanted):
        at = by_previous.get((message.context, message.msgid))
        if number in found or at is None or at not in free:
            continue
        entry = po.revise(
            entries[at],
            context=message.context,
            msgid=message.msgid,
            obsolete=False,
            flags=tuple(flag for flag in entries[at].flags if flag != "fuzzy"),
            previous=None,
            previous_context=None,
            previous_plural=None,
        )
        changes.returned += 1
        take(number, at, entry)

    # 3. white space or an address changed
    by_key: dict[Key, list[int]] = {}
    for at in free:
        if entries[at].plural is None:
            by_key.setdefault((entries[at].context, key(entries[at].msgid)), []).append(at)
    for number, message in enumerate(wanted):
        if number in found:
            continue
        for at in by_key.get((message.context, key(message.msgid)), ()):
            if at not in free:
                continue
            take(number, at, _carried(entries[at], message, changes))
            break

    # 4. the same place, much the same text
    _match_by_place(entries, wanted, found, free, take, changes)

    # 5. parts of a text that was split
    _suggest_parts(entries, wanted, found, changes)
    return found


def _match_by_place(entries, wanted, found, free, take, changes):  # type: ignore[no-untyped-def]
    left = [
        (number, message.msgid) for number, message in enumerate(wanted) if number not in found
    ]
    right = [
        (at, entries[at].previous if entries[at].fuzzy and entries[at].previous else entries[at].msgid)
        for at in free
        if entries[at].plural is None and _has_words(entries[at])
    ]
    if not left or not right:
        return
    floors: dict[tuple[int, int], float] = {}
    for number, _ in left:
        message = wanted[number]
        before = found.get(number - 1, (None,))[0] if number else -1
        after = found.get(number + 1, (None,))[0]
        for at, _ in right:
            if entries[at].context != message.context:
                floors[(number, at)] = 2.0
            elif message.context is not None and not entries[at].obsolete:
                floors[(number, at)] = _FLOOR_SAME_ROLE
            elif not entries[at].obsolete and (before == at - 1 or after == at + 1):
                floors[(number, at)] = _FLOOR_BETWEEN_FRIENDS
    for number, at, _ in matching.pairs(left, right, floors, _FLOOR):
        take(number, at, _fuzzy(entries[at], wanted[number]))
        changes.changed += 1


def _fuzzy(entry: Entry, message: Message) -> Entry:
    """The entry for a changed text: fuzzy, with the text that its msgstr translates."""
    if not entry.msgstr:
        return po.revise(
            entry,
            context=message.context,
            msgid=message.msgid,
            obsolete=False,
            flags=tuple(flag for flag in entry.flags if flag != "fuzzy"),
            previous=None,
            previous_context=None,
        )
    return po.revise(
        entry,
        context=message.context,
        msgid=message.msgid,
        obsolete=False,
        flags=entry.flags if entry.fuzzy else (*entry.flags, "fuzzy"),
        previous=entry.previous if entry.fuzzy else entry.msgid,
        previous_context=entry.previous_context if entry.fuzzy else entry.context,
    )


def _carried(entry: Entry, message: Message, changes: Changes) -> Entry:
    """White space or addresses changed: the translation moves along, addresses renewed."""
    msgstr = carry(entry.msgid, message.msgid, entry.msgstr) if entry.msgstr else ""
    if msgstr is None:
        changes.changed += 1
        return _fuzzy(entry, message)
    changes.carried += 1
    wanted: dict[str, object] = {"msgid": message.msgid}
    if entry.obsolete:
        wanted["obsolete"] = False
    if msgstr != entry.msgstr:
        wanted["msgstr"] = msgstr
    return po.revise(entry, **wanted)


def _suggest_parts(
    entries: Sequence[Entry],
    wanted: Sequence[Message],
    found: dict[int, tuple[int | None, Entry]],
    changes: Changes,
) -> None:
    """A paragraph that was split or joined gets a suggestion rather than nothing."""
    candidates = [
        entry
        for entry in entries
        if entry.msgstr and entry.plural is None and entry.context is None and len(entry.msgid) >= 20
    ]
    for number, message in enumerate(wanted):
        if number in found or message.context is not None or len(message.msgid) < 20:
            continue
        whole = [
            entry
            for entry in candidates
            if len(entry.msgid) > len(message.msgid)
            and matching.containment(message.msgid, entry.msgid, _FLOOR_PART)
        ]
        if not whole:
            continue
        origin = min(whole, key=lambda entry: len(entry.msgid))
        source = origin.previous if origin.fuzzy and origin.previous else origin.msgid
        found[number] = (None, _suggestion(message, origin.msgstr, source))
        changes.suggested += 1


def _filled(message: Message, compendium: Memory | None, changes: Changes) -> Entry | None:
    """An entry out of a compendium: exact as translated, near as fuzzy."""
    if compendium is None:
        return None
    keyed = key(message.msgid)
    hit = compendium.exact.get(keyed)
    if hit is not None:
        msgstr = carry(hit[0], message.msgid, hit[1])
        if msgstr is not None:
            changes.filled += 1
            return Entry(context=message.context, msgid=message.msgid, msgstr=msgstr)
    hit = hit or compendium.doubtful.get(keyed)
    if hit is None:
        for table in (compendium.exact, compendium.doubtful):
            near = matching.nearest(keyed, list(table), _FLOOR_COMPENDIUM)
            if near is not None:
                hit = table[near[0]]
                break
    if hit is None:
        return None
    changes.suggested += 1
    return _suggestion(message, hit[1], hit[0])


def _suggestion(message: Message, msgstr: str, source: str) -> Entry:
    """An unconfirmed entry, with a comment that quotes the text that it translates."""
    return Entry(
        context=message.context,
        msgid=message.msgid,
        msgstr=msgstr,
        flags=("fuzzy",),
        extracted=(SUGGESTION + _one_line(source),),
    )


# --- addresses -------------------------------------------------------------------------

def _target(found: re.Match[str]) -> str:
    """Where a link leads, as written: `(address)`, or `[label]`, its own text's at need."""
    if found["address"] is not None:
        return f"({found['address']})"
    label: str | None = found["label"]
    return label if label and label != "[]" else found["text"].removeprefix("!")


def _targets(text: str) -> list[str]:
    return [_target(found) for found in LINK.finditer(text) if found["text"] is not None]


def carry(old: str, new: str, msgstr: str) -> str | None:
    """`msgstr`, a translation of `old`, as one of `new`, which differs in addresses only.

    None where it cannot be said which address replaces which.
    """
    before, after = _targets(old), _targets(new)
    if before == after:
        return msgstr
    if len(before) != len(after):
        return None
    renamed: dict[str, str] = {}
    for one, other in zip(before, after, strict=True):
        if renamed.setdefault(one, other) != other:
            return None
    if sorted(_targets(msgstr)) != sorted(before):
        return None

    def renew(found: re.Match[str]) -> str:
        if found["text"] is None:
            return found.group()
        was = _target(found)
        target = renamed[was]
        if target == was:
            return found.group()
        if target.startswith("("):
            return f"{found['text']}({target[1:-1]}{found['title'] or ''})"
        return f"{found['text']}{target}"

    return LINK.sub(renew, msgstr)


# --- headers ----------------------------------------------------------------------------


def fresh(
    path: str, *, project: str, contact: str, source: str, language: str, plural_forms: str, now: str
) -> Catalogue:
    """A new, empty catalogue. `now` is written as gettext does: 2026-03-20 12:00+0000."""
    return po.new(
        path,
        (
            ("Project-Id-Version", project),
            ("Report-Msgid-Bugs-To", contact),
            ("POT-Creation-Date", now),
            ("PO-Revision-Date", now),
            ("Last-Translator", "Automatically generated"),
            ("Language-Team", "none"),
            ("Language", language),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=UTF-8"),
            ("Content-Transfer-Encoding", "8bit"),
            ("Plural-Forms", plural_forms),
            ("X-Source-Language", source),
            ("X-Dozaban-Segmentation", str(SEGMENTATION)),
        ),
    )
