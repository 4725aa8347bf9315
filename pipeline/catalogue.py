"""A document's catalogue: brought up to date with its messages, filled from a memory.

`merge` is law 4: after any series of source edits and merges, every msgstr that a
translator wrote is still there, as current, fuzzy or obsolete entry, or as a comment.
It matches within one document only; `recall` asks elsewhere, for what is left blank.
Both work on values; they read no file and no clock, and confirm nothing: a translation
is as sure after a merge as it was when a translator left it. Of which text a stale msgstr
is the translation, its `#| msgid` says, whoever worked on it since.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import NamedTuple

from pipeline import markdown, matching, po
from pipeline.markdown import LINK, SEGMENTATION
from pipeline.model import Message
from pipeline.po import Catalogue, Entry, Key
from pipeline.problems import Problem, problem
from pipeline.speech import say

SUGGESTION = "Suggestion, from: "
"""How the comment begins that says where an unconfirmed suggestion is from.

A suggestion has no `#| msgid`: that says of which text a msgstr *was* a translation,
and makes it stale, and shown as such. Suggestions never go out. The comment stays until
the translation is confirmed; on an entry that a translator emptied it says that this was
offered once, and nothing is offered again.
"""

# Shares of equal characters. Of unrelated paragraphs in a real course, half score less
# than 0.38 and one in a hundred more than 0.46; of short ones some reach 0.5.
_FLOOR = 0.6
_FLOOR_BETWEEN_FRIENDS = 0.5
_FLOOR_SAME_ROLE = 0.3
_FLOOR_NAME = 0.8
_FLOOR_NEAR = 0.75
_FLOOR_PART = 0.9
_WHOLE = 0.75
"""The least share of a joined paragraph that its parts make up."""
_LONG = 20
"""From so many characters on a text found inside another is part of it, not chance."""


@dataclass(slots=True, kw_only=True)
class Changes:
    """What became of a catalogue, in messages: a tally that merging keeps.

    `dropped` went from the source and are kept as obsolete; `removed` had nothing to keep;
    `swept` were obsolete, and removed on purpose; of `recorded` the authored edition says
    something else now.
    """

    new: int = 0
    changed: int = 0
    carried: int = 0
    returned: int = 0
    dropped: int = 0
    filled: int = 0
    suggested: int = 0
    comments: int = 0
    removed: int = 0
    swept: int = 0
    moved: int = 0
    recorded: int = 0

    def __bool__(self) -> bool:
        return any(getattr(self, one.name) for one in fields(self))

    @property
    def messages(self) -> bool:
        """Whether the messages themselves changed, and not only what is said of them."""
        return bool(
            self.new or self.changed or self.carried or self.returned
            or self.dropped or self.removed or self.moved
        )  # fmt: skip


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
        plural = message.plural if known.plural is None else known.plural
        if (note, references, plural) != (known.note, known.references, known.plural):
            result[at] = replace(known, note=note, references=references, plural=plural)
    return list(result.values())


def merge(
    old: Catalogue,
    messages: Iterable[Message],
    *,
    reference: str,
    drop_obsolete: bool = False,
    names: bool = False,
) -> tuple[Catalogue, Changes]:
    """`old` brought up to date with `messages`, and what that changed.

    Untouched entries keep their bytes, and a catalogue with nothing to do comes back
    as it was. `reference` is the file that the messages are from. `names`: they are
    names in a list, of which a place among neighbours says nothing.
    """
    changes = Changes()
    wanted = distinct(messages)
    found = _Matching(old.entries, wanted, changes, names)
    found.run()
    forms = _forms(old)
    result: list[Entry] = []
    for number, message in enumerate(wanted):
        entry = found.made.get(number)
        if entry is None:
            entry = Entry(context=message.context, msgid=message.msgid)
            changes.new += 1
        entry = _pluralised(entry, message, forms)
        result.append(_commented(entry, message, reference, changes))
    order = [at for _, at in sorted(found.origin.items()) if not old.entries[at].obsolete]
    if order != sorted(order):
        changes.moved = 1
    left = [old.entries[at] for at in found.free]
    result += _obsolete(left, {entry.msgstr for entry in result}, drop_obsolete, changes)
    if tuple(result) == old.entries:
        return old, changes
    return replace(old, entries=tuple(result)), changes


def _obsolete(
    left: Iterable[Entry], living: set[str], drop: bool, changes: Changes
) -> Iterator[Entry]:
    """What the source no longer has, as obsolete entries: all that holds somebody's words.

    A suggestion that nobody touched, and that stands elsewhere in the catalogue too, is
    nobody's. `living` are the msgstrs that do.
    """
    keep: list[Entry] = []
    for entry in left:
        if drop or not _has_words(entry):
            if entry.obsolete and _has_words(entry):
                changes.swept += 1
            else:
                changes.removed += 1
            continue
        keep.append(entry)
    known = living | {entry.msgstr for entry in keep if not _suggested(entry)}
    for entry in keep:
        if _suggested(entry) and not entry.comments:
            if entry.msgstr in known:
                changes.removed += 1
                continue
            known.add(entry.msgstr)
        if not entry.obsolete:
            entry = po.revise(entry, obsolete=True)
            changes.dropped += 1
        yield entry


# --- what an entry is


def _translated_once(entry: Entry) -> bool:
    """Whether there is a msgstr, in whatever state."""
    return bool(entry.msgstr or any(entry.plurals))


def _has_words(entry: Entry) -> bool:
    return _translated_once(entry) or bool(entry.comments)


def _stale(entry: Entry) -> bool:
    """Translated once, of the text in `previous`."""
    return entry.fuzzy and entry.previous is not None and _translated_once(entry)


def _note(entry: Entry) -> str:
    """The comment that says where a suggestion is from; empty without one."""
    return next((line for line in entry.extracted if line.startswith(SUGGESTION)), "")


def plainly(entry: Entry) -> tuple[str, ...]:
    """Our own comments but for the one that says where a suggestion is from."""
    return tuple(line for line in entry.extracted if not line.startswith(SUGGESTION))


def noted(entry: Entry, comment: str) -> Entry:
    """The entry with one more line among the translator's comments, if it is not there."""
    comment = comment.rstrip(" \t\r\f\v")
    return entry if comment in entry.comments else po.revise(entry, comments=(*entry.comments, comment))


def _suggested(entry: Entry) -> bool:
    return (
        entry.fuzzy and entry.previous is None and entry.plural is None and bool(_note(entry))
    )


def _blank(entry: Entry) -> bool:
    """Whether a translation is wanted, and none was offered and thrown away."""
    return not _translated_once(entry) and not _note(entry)


def _source(entry: Entry) -> str:
    """The text that the msgstr is of, as a suggestion's comment quotes it."""
    if _stale(entry):
        return po.one_line(entry.previous or "")
    return _note(entry).removeprefix(SUGGESTION) or po.one_line(entry.msgid)


_ADDRESS = re.compile(r"\](?:\((?:[^()]|\([^()]*\))*\)|\[[^\[\]]*\])|<[\w+.-]++:[^\s<>]*+>")


def _roughly(text: str) -> str:
    """What texts of one key share, and few others: much faster than `markdown.key`."""
    if "[" in text or "<" in text:
        text = _ADDRESS.sub("]", text)
    return " ".join(text.replace("\\\n", " ").split())


def _forms(catalogue: Catalogue) -> int:
    """How many plural forms the catalogue's language has, by its header."""
    for name, value in po.headers(catalogue):
        if name == "Plural-Forms":
            found = re.search(r"nplurals\s*=\s*([1-9]\d?)", value)
            if found:
                return int(found.group(1))
    return 2


def _pluralised(entry: Entry, message: Message, forms: int) -> Entry:
    """The entry with the message's plural; what it had stays, to be looked at again."""
    if entry.plural == message.plural:
        return entry
    was = (entry.previous, entry.previous_plural)
    if message.plural is not None and _stale(entry) and was == (message.msgid, message.plural):
        return _restored(entry, message)
    written = [text for text in dict.fromkeys((entry.msgstr, *entry.plurals)) if text]
    if message.plural is None:
        lost = tuple(f"was: {po.one_line(text)}" for text in written[1:])
        return po.revise(
            entry, plural=None, plurals=(), msgstr="".join(written[:1]),
            fuzzy=bool(written), comments=(*entry.comments, *lost),
            previous=None, previous_context=None, previous_plural=None,
        )  # fmt: skip
    plurals = entry.plurals or (entry.msgstr,) * forms
    if not written:
        return po.revise(entry, plural=message.plural, plurals=plurals)
    wanted: po.Changes = {"plural": message.plural, "plurals": plurals, "fuzzy": True}
    if not entry.fuzzy and entry.plural is not None:
        wanted |= {"previous": entry.msgid, "previous_context": entry.context}
        wanted["previous_plural"] = entry.plural
    return po.revise(entry, **wanted)


def _commented(entry: Entry, message: Message, reference: str, changes: Changes) -> Entry:
    """The entry with our own comments: what the block is, the note, where it is from.

    A note of where a suggestion is from stays as long as nobody has confirmed it.
    """
    note = " ".join(message.note.split())
    extracted: tuple[str, ...] = (message.kind, note) if note else (message.kind,)
    if not _translated_once(entry) or (entry.fuzzy and entry.previous is None):
        extracted += tuple(
            line
            for line in entry.extracted
            if line.startswith(SUGGESTION) and line not in extracted
        )
    wanted: po.Changes = {}
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


# --- which old entry becomes which message


class _Matching:
    """Old entries given to messages, step by step; each step takes from what is left.

    `made` is the entry that a message gets, by the message's number; `origin` the number
    of the old entry that it was made of, which no suggestion has. `free` are the numbers
    of old entries that nobody has taken, `blank` messages whose own entry waits for a
    translation, which may yet be found among the free ones.
    """

    def __init__(
        self, entries: Sequence[Entry], wanted: Sequence[Message], changes: Changes, names: bool
    ) -> None:
        self.entries, self.wanted, self.changes, self.names = entries, wanted, changes, names
        self.free = dict.fromkeys(range(len(entries)))
        self.made: dict[int, Entry] = {}
        self.origin: dict[int, int] = {}
        self.blank: dict[int, Entry] = {}

    def run(self) -> None:
        """The steps; the surest first."""
        self.same()
        for step in (self.back, self.carried, self.joined, self.by_place, self.parts):
            if len(self.made) == len(self.wanted) and not (self.blank and self.free):
                break
            step()

    def open(self) -> list[tuple[int, Message]]:
        """Messages that have no translation yet."""
        return [
            (number, message)
            for number, message in enumerate(self.wanted)
            if number not in self.made or number in self.blank
        ]

    def new(self) -> list[tuple[int, Message]]:
        """Messages of running text that have no entry yet."""
        return [
            (number, message)
            for number, message in self.open()
            if number not in self.made and message.context is None and message.plural is None
        ]

    def take(self, number: int, at: int, entry: Entry) -> None:
        """The message gets that old entry, as `entry`, instead of its own blank one."""
        own = self.blank.pop(number, None)
        if own is not None and own.comments:
            more = tuple(line for line in own.comments if line not in entry.comments)
            entry = po.revise(entry, comments=(*entry.comments, *more))
        self.made[number] = entry
        self.origin[number] = at
        del self.free[at]
        if _blank(entry):
            self.blank[number] = entry

    def same(self) -> None:
        """The same text."""
        exact = {entry.key: at for at, entry in reversed(list(enumerate(self.entries)))}
        for number, message in enumerate(self.wanted):
            at = exact.get((message.context, message.msgid))
            if at is None:
                continue
            entry = self.entries[at]
            if entry.obsolete:
                entry = po.revise(entry, obsolete=False)
                self.changes.returned += 1
            self.take(number, at, entry)

    def back(self) -> None:
        """The text that a stale msgstr translates has come back, the newer one is gone."""
        stale: dict[tuple[str | None, str, str | None], int] = {}
        for at in self.free:
            entry = self.entries[at]
            if _stale(entry):
                key = (entry.context, entry.previous or "", entry.previous_plural)
                stale.setdefault(key, at)
        for number, message in self.open():
            found = stale.get((message.context, message.msgid, message.plural))
            if found in self.free:
                self.take(number, found, _restored(self.entries[found], message))
                self.changes.returned += 1

    def carried(self) -> None:
        """Only white space or addresses changed, of a text or of what a stale one was.

        Where that entry's text is there still, it keeps its translation, and the message
        gets it too; so does one of which a newer version is there still.
        """
        texts: dict[Key, list[int]] = {}
        previous: dict[Key, list[int]] = {}
        for at, entry in enumerate(self.entries):
            if entry.plural is None and (at in self.free or _translated_once(entry)):
                texts.setdefault((entry.context, markdown.key(entry.msgid)), []).append(at)
                if _stale(entry):
                    key = (entry.context, markdown.key(entry.previous or ""))
                    previous.setdefault(key, []).append(at)
        for number, message in self.open():
            if message.plural is None:
                key = (message.context, markdown.key(message.msgid))
                if not self.carry(number, message, texts.get(key, ())):
                    self.carry_back(number, message, previous.get(key, ()))

    def carry(self, number: int, message: Message, candidates: Iterable[int]) -> bool:
        """Take the best of the entries that differ in addresses only."""
        entries = self.entries
        free = [at for at in candidates if at in self.free]
        if free:
            at = min(free, key=lambda at: (_blank(entries[at]), at))
            if number in self.blank and _blank(entries[at]):
                return False
            self.take(number, at, _carried(entries[at], message, self.changes))
            return True
        for at in candidates if number not in self.made else ():
            msgstr = carry(entries[at].msgid, message.msgid, entries[at].msgstr)
            if msgstr is not None and not entries[at].fuzzy:
                self.copy(number, msgstr)
                self.changes.carried += 1
                return True
        return False

    def carry_back(self, number: int, message: Message, candidates: Iterable[int]) -> None:
        """The same with the texts that stale entries translate."""
        for at in candidates:
            entry = self.entries[at]
            msgstr = carry(entry.previous or "", message.msgid, entry.msgstr)
            if msgstr is None:
                continue
            if at in self.free:
                self.take(number, at, _restored(entry, message, msgstr))
            elif number not in self.made:
                self.copy(number, msgstr)
            else:
                continue
            self.changes.returned += 1
            return

    def copy(self, number: int, msgstr: str) -> None:
        """The message gets a new entry with a translation that stands at another, too."""
        message = self.wanted[number]
        self.made[number] = Entry(context=message.context, msgid=message.msgid, msgstr=msgstr)

    def joined(self) -> None:
        """A paragraph made of several gets their translations, joined, as a suggestion."""
        new = self.new()
        if not new:
            return
        parts = [
            (at, entry, matching.grams(entry.msgid))
            for at, entry in enumerate(self.entries)
            if _prose(entry) and len(entry.msgid) >= _LONG
        ]
        for number, message in new:
            whole = matching.grams(message.msgid)
            spans = []
            for at, part, grams in parts:
                if len(part.msgid) < len(message.msgid) and matching.may_hold(whole, grams):
                    span = matching.within(part.msgid, message.msgid, _FLOOR_PART)
                    if span is not None:
                        spans.append((-span.score, span.start - span.end, at, span))
            chosen: list[tuple[int, int, Entry]] = []
            for _, _, at, span in sorted(spans):
                if all(span.end <= start + 1 or end <= span.start + 1 for start, end, _ in chosen):
                    chosen.append((span.start, span.end, self.entries[at]))
            covered = sum(end - start for start, end, _ in chosen)
            if len(chosen) < 2 or covered < _WHOLE * len(message.msgid):
                continue
            chosen.sort(key=lambda one: one[0])
            self.suggest(
                number,
                " ".join(one.msgstr for _, _, one in chosen),
                " ".join(_source(one) for _, _, one in chosen),
            )

    def by_place(self) -> None:
        """Much the same text, the more easily the surer its place or role is."""
        self.similar(self.open(), lambda at: _translated_once(self.entries[at]))
        left = [(number, message) for number, message in self.open() if number not in self.made]
        self.similar(left, lambda at: bool(self.entries[at].comments))

    def similar(self, open_: list[tuple[int, Message]], worth: Callable[[int], bool]) -> None:
        """Those of the messages that are like one of the old entries that are worth it."""
        groups: dict[tuple[str | None, bool], tuple[list[int], list[int]]] = {}
        for number, message in open_:
            groups.setdefault((message.context, message.plural is None), ([], []))[0].append(number)
        for at in self.free:
            entry = self.entries[at]
            group = groups.get((entry.context, entry.plural is None))
            if group is not None and worth(at):
                group[1].append(at)
        roles = Counter(message.context for message in self.wanted)
        for (context, _), (numbers, candidates) in groups.items():
            alone = context is not None and roles[context] == 1
            least = _FLOOR_SAME_ROLE if alone else _FLOOR_BETWEEN_FRIENDS
            living = {at for at in candidates if not self.entries[at].obsolete}
            floors = {
                (number, at): least
                for number in (() if self.names else numbers)
                for at in (living if alone else living.intersection(self.neighbours(number)))
                if alone or number not in self.made
            }
            pairs = matching.pairs(
                [(number, self.wanted[number].msgid) for number in numbers],
                [(at, text) for at in candidates for text in _texts(self.entries[at])],
                floors,
                _FLOOR_NAME if self.names else _FLOOR,
            )
            for number, at in pairs:
                self.take(number, at, _fuzzy(self.entries[at], self.wanted[number]))
                self.changes.changed += 1

    def neighbours(self, number: int) -> set[int]:
        """The old entries that stood beside those of the message's neighbours."""
        before = self.origin.get(number - 1) if number else -1
        after = self.origin.get(number + 1)
        found = set() if before is None else {before + 1}
        if after is not None:
            found.add(after - 1)
        return found

    def parts(self) -> None:
        """A part of a paragraph gets the translation of the whole as a suggestion."""
        new = self.new()
        if not new:
            return
        kept = {
            at
            for number, at in self.origin.items()
            if self.entries[at].msgid == self.wanted[number].msgid
        }
        wholes = [
            (text, at, matching.grams(text))
            for at, entry in enumerate(self.entries)
            if _prose(entry)
            for text in _texts(entry)
        ]
        for number, message in new:
            part = message.msgid
            grams = matching.grams(part)
            found = []
            for whole, at, held in wholes:
                if len(whole) <= len(part):
                    continue
                if len(part) >= _LONG:
                    inside = matching.may_hold(held, grams) and bool(
                        matching.within(part, whole, _FLOOR_PART)
                    )
                else:  # chance, unless it is an end of a text that is gone
                    inside = at not in kept and (
                        whole.startswith(f"{part} ") or whole.endswith(f" {part}")
                    )
                if inside:
                    found.append((len(whole), at))
            if found:
                origin = self.entries[min(found)[1]]
                self.suggest(number, origin.msgstr, _source(origin))

    def suggest(self, number: int, msgstr: str, source: str) -> None:
        """The message gets a new entry with an unconfirmed translation."""
        self.made[number] = Entry(
            context=self.wanted[number].context,
            msgid=self.wanted[number].msgid,
            msgstr=msgstr,
            flags=("fuzzy",),
            extracted=(SUGGESTION + source,),
        )
        self.changes.new += 1
        self.changes.suggested += 1


def _prose(entry: Entry) -> bool:
    """Whether it is a translation of running text, in whatever state."""
    return entry.context is None and entry.plural is None and bool(entry.msgstr)


def _texts(entry: Entry) -> list[str]:
    """By which texts an entry is known: its own, and the one that it translates."""
    if _stale(entry):
        return [entry.msgid, entry.previous or ""]
    return [entry.msgid]


def _restored(entry: Entry, message: Message, msgstr: str | None = None) -> Entry:
    """A stale entry whose text is the message's again."""
    return po.revise(
        entry,
        context=message.context,
        msgid=message.msgid,
        plural=entry.plural if entry.previous_plural is None else entry.previous_plural,
        msgstr=entry.msgstr if msgstr is None else msgstr,
        plurals=entry.plurals,
        obsolete=False,
        fuzzy=False,
        previous=None,
        previous_context=None,
        previous_plural=None,
    )


def _fuzzy(entry: Entry, message: Message) -> Entry:
    """The entry for a changed text: unconfirmed, with the text that its msgstr is of."""
    wanted: po.Changes = {"context": message.context, "msgid": message.msgid, "obsolete": False}
    if not _translated_once(entry):
        wanted |= {"fuzzy": False, "previous": None, "previous_context": None}
    elif not entry.fuzzy:
        wanted |= {"fuzzy": True, "previous": entry.msgid, "previous_context": entry.context}
        wanted["previous_plural"] = entry.plural
    elif entry.previous is None and not _note(entry):
        wanted["extracted"] = (*entry.extracted, SUGGESTION + po.one_line(entry.msgid))
    return po.revise(entry, **wanted)


def _carried(entry: Entry, message: Message, changes: Changes) -> Entry:
    """White space or addresses changed: the translation moves along, addresses renewed."""
    wanted: po.Changes = {"msgid": message.msgid, "obsolete": False}
    if entry.msgstr:
        msgstr = carry(entry.msgid, message.msgid, entry.msgstr)
        previous = entry.previous
        if _stale(entry):
            previous = carry(entry.msgid, message.msgid, entry.previous or "")
        if msgstr is not None and (previous is not None or not _stale(entry)):
            wanted |= {"msgstr": msgstr, "previous": previous}
        else:
            changes.changed += 1
            return _fuzzy(entry, message)
    changes.carried += 1
    return po.revise(entry, **wanted)


# --- addresses


def _inside(text: str) -> str:
    """What stands between the brackets of a link or an image."""
    return text.removeprefix("!")[1:-1]


def _target(found: re.Match[str]) -> str:
    """Where a link leads, as written: `(address)`, `<address>`, or `[label]`, its own
    text's at need.

    Empty for brackets that are none: links hold no links, and labels no brackets.
    """
    if found["auto"]:
        return found.group()
    if found["address"] is not None:
        return f"({found['address']})"
    label: str = found["label"] or ""
    if label not in ("", "[]"):
        return label
    return "" if "[" in _inside(found["text"]) else found["text"].removeprefix("!")


def _targets(text: str) -> Iterator[str]:
    """Where the links and images of a text lead, in order, those inside others included."""
    for found in LINK.finditer(text):
        if found["text"] is not None or found["auto"]:
            if target := _target(found):
                yield target
            yield from _targets(_inside(found["text"] or ""))


def carry(old: str, new: str, msgstr: str) -> str | None:
    """`msgstr`, a translation of `old`, as one of `new`, which differs in addresses only.

    None where it cannot be said which address replaces which.
    """
    before, after = list(_targets(old)), list(_targets(new))
    if before == after:
        return msgstr
    if len(before) != len(after):
        return None
    renamed: dict[str, str] = {}
    for one, other in zip(before, after, strict=True):
        if renamed.setdefault(one, other) != other or (one[0] == "<") != (other[0] == "<"):
            return None
    there, wanted = Counter(_targets(msgstr)), Counter(before)
    if any(there[one] != wanted[one] for one, other in renamed.items() if one != other):
        return None
    lost = False

    def renew(found: re.Match[str]) -> str:
        nonlocal lost
        text: str | None = found["text"]
        if text is None:
            return renamed.get(found["auto"] or "", found.group())
        was = _target(found)
        target = renamed.get(was, was)
        inside = LINK.sub(renew, _inside(text))
        fresh = f"{text[: text.index('[') + 1]}{inside}]"
        if target == was:
            return fresh + found.group()[len(text) :]
        title: str = found["title"] or ""
        if target.startswith("("):
            return f"{fresh}({target[1:-1]}{title})"
        lost = lost or bool(title.strip())
        return fresh + target

    renewed = LINK.sub(renew, msgstr)
    return None if lost else renewed


# --- translations from elsewhere


class Known(NamedTuple):
    """A translation that stands elsewhere: of which text, in which role, and where.

    `sure`: a translator confirmed it. `where` is named in suggestions; empty: nowhere.
    """

    msgid: str
    msgstr: str
    context: str | None = None
    sure: bool = True
    where: str = ""


Contents = Sequence[tuple[bool, str | None, str]]
"""Of which texts something knows translations: sure or not, in which role, one a line."""

_Table = dict[str | None, dict[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Where translations of which texts are, by role and text, roughly; the first one wins.

    `read` gives what is known at such a place. `fill`: exact translations that are sure
    are taken; else they are suggested.
    """

    fill: bool
    read: Callable[[str], Iterable[Known]]
    sure: _Table
    unsure: _Table
    near: Mapping[str | None, Sequence[matching.Choices]]

    def exact(self, context: str | None, msgid: str) -> Known | None:
        """The same text but for addresses, in the same role if it is there."""
        text, exactly = _roughly(msgid), markdown.key(msgid)
        for sure, table in ((True, self.sure), (False, self.unsure)):
            for role in (context, *table):
                found = self.find(sure, role, text)
                if found is not None and markdown.key(found.msgid) == exactly:
                    return found
        return None

    def nearest(self, context: str | None, msgid: str) -> Known | None:
        """The most similar text in the same role, above a floor; a sure one if there is one."""
        for sure, choices in zip((True, False), self.near.get(context, ()), strict=False):
            found = choices.nearest(_roughly(msgid), _FLOOR_NEAR)
            if found is not None:
                return self.find(sure, context, found)
        return None

    def find(self, sure: bool, role: str | None, text: str) -> Known | None:
        """The translation of a text that is in a table."""
        where = (self.sure if sure else self.unsure).get(role, {}).get(text)
        for one in () if where is None else self.read(where):
            if (one.sure, one.context) == (sure, role) and _roughly(one.msgid) == text:
                return one
        return None


def contents(known: Iterable[Known]) -> Contents:
    """Of which texts there are translations: enough to look for them, and no more."""
    found: dict[tuple[bool, str | None], list[str]] = {}
    for one in known:
        found.setdefault((one.sure, one.context), []).append(_roughly(one.msgid))
    return [(sure, role, "\n".join(texts)) for (sure, role), texts in found.items()]


def lazy_memory(
    places: Iterable[tuple[str, Contents]], read: Callable[[str], Iterable[Known]], *, fill: bool
) -> Memory:
    """A memory of many places, of which only those are read that are asked for."""
    sure: _Table = {}
    unsure: _Table = {}
    for where, found in places:
        for certain, role, texts in found:
            table = (sure if certain else unsure).setdefault(role, {})
            for text in texts.split("\n"):
                table.setdefault(text, where)
    near = {
        context: [matching.Choices(table.get(context, ())) for table in (sure, unsure)]
        for context in {**sure, **unsure}
    }
    return Memory(fill=fill, read=read, sure=sure, unsure=unsure, near=near)


def memory(known: Iterable[Known], *, fill: bool) -> Memory:
    """A memory of what is at hand."""
    all_ = list(known)
    places = ((str(number), contents([one])) for number, one in enumerate(all_))
    return lazy_memory(places, lambda where: [all_[int(where)]], fill=fill)


def known(found: po.Lookup, where: str = "") -> Iterator[Known]:
    """What one of the site's catalogues knows: what was confirmed once, obsolete or not.

    What a merge does to a catalogue does not change of which texts it knows translations.
    """
    for table in (found.messages, found.obsolete):
        for (context, msgid), one in table.items():
            if one.plurals:
                continue
            if one.state == "translated":
                yield Known(msgid, one.msgstr, context, True, where)
            elif one.previous is not None:
                yield Known(one.previous, one.msgstr, context, False, where)


def compendium(catalogue: Catalogue) -> Iterator[Known]:
    """What somebody else's catalogue knows, whatever its roles; fuzzy entries are unsure."""
    for entry in catalogue.entries:
        if not entry.obsolete and entry.plural is None and entry.msgstr:
            yield Known(entry.msgid, entry.msgstr, sure=not entry.fuzzy)


def recall(
    made: Catalogue,
    memory: Memory,
    changes: Changes,
    *,
    skip: Collection[Key] = (),
    roles: bool = True,
) -> Catalogue:
    """`made`, its blank entries filled or suggested out of a memory, but for those in `skip`.

    Without `roles`, near matches may be of any role, as the memory has it.
    """
    result = list(made.entries)
    for at, entry in enumerate(result):
        if not _wants(entry, skip):
            continue
        role = entry.context if roles else None
        hit = memory.exact(role, entry.msgid)
        msgstr = carry(hit.msgid, entry.msgid, hit.msgstr) if hit else None
        if hit is not None and hit.sure and memory.fill and msgstr is not None:
            result[at] = po.revise(entry, msgstr=msgstr, fuzzy=False)
            changes.filled += 1
            continue
        hit = hit or memory.nearest(role, entry.msgid)
        if hit is not None:
            source = (f"{hit.where}: " if hit.where else "") + po.one_line(hit.msgid)
            result[at] = po.revise(
                entry,
                msgstr=hit.msgstr if msgstr is None else msgstr,
                fuzzy=True,
                extracted=(*entry.extracted, SUGGESTION + source),
            )
            changes.suggested += 1
    return made if tuple(result) == made.entries else replace(made, entries=tuple(result))


def wanting(made: Catalogue, skip: Collection[Key] = ()) -> bool:
    """Whether a memory is worth asking."""
    return any(_wants(entry, skip) for entry in made.entries)


def _wants(entry: Entry, skip: Collection[Key]) -> bool:
    return not entry.obsolete and entry.plural is None and _blank(entry) and entry.key not in skip


def shared(known: Iterable[Key], messages: Iterable[Message]) -> float:
    """The share of known texts, 0 to 1, that are among messages, addresses apart."""
    old = {(context, markdown.key(msgid)) for context, msgid in known}
    new = {(message.context, markdown.key(message.msgid)) for message in messages}
    return len(old & new) / len(old) if old else 0.0


# --- headers


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


_PLURAL_FORMS = re.compile(
    r"nplurals\s*=\s*[1-9]\d?\s*;\s*plural\s*=[\s\dn()?:!<>=&|%+*/-]++;?\s*\Z"
)
_CONTENT_TYPE = r'"Content-Type: text/plain; charset=UTF-8\n"'


def header_problem(catalogue: Catalogue) -> Problem | None:
    """What is so wrong with a header that gettext refuses the file.

    Missing fields that gettext merely regrets are no problem.
    """
    header = catalogue.header

    def found(message: str, hint: str, field: str = "") -> Problem:
        place = (header.line if header else 1, 1)
        if header is not None and field:
            place = po.msgstr_position(header, max(0, header.msgstr.find(field)))
        return problem("catalogue-header", message, catalogue.path, *place, hint=hint)

    if header is None or not header.msgstr:
        return found(
            say("the catalogue has no header"),
            say("copy the first entry of another catalogue of the same language"),
        )
    fields = dict(po.headers(catalogue))
    charset = re.search("charset=(.*)", fields.get("Content-Type", ""))
    if charset is None or charset[1].casefold() == "charset":
        return found(
            say("the header does not name the encoding"), say("write {words}", words=_CONTENT_TYPE),
            "Content-Type",
        )
    forms = fields.get("Plural-Forms", "")
    needed = bool(forms) or any(one.plural is not None for one in catalogue.entries)
    if needed and not _PLURAL_FORMS.match(forms):
        return found(
            say("the header does not say how plurals are formed"),
            say("for Persian: {example}", example=r'"Plural-Forms: nplurals=2; plural=(n > 1);\n"'),
            "Plural-Forms",
        )
    return None
