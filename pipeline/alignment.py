"""Two texts that say the same in two languages: which block of one is which of the other.

Dynamic programming over the blocks of both, after Gale and Church (1993), with more to
go by than length: kinds of blocks, addresses, code, numbers in any script's digits, names
and words in Latin letters. What pairs up is looked at for words that keep company, and
with these all is done once more. The sum over all alignments says how sure the place of
a pair is; what its blocks have in common says how well they fit. It brings no dictionary,
knows no language and no catalogue, and decides nothing: each pair has a score.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipeline import markdown
from pipeline.markdown import Parsed

CONFIDENT = 0.75
"""From this score on a pair is a translation; found on real pairs, see tests/adopt_real.py."""

POSSIBLE = 0.2
"""Below this score a pair is none: its blocks are left over on both sides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A leaf block, and what of it survives translation.

    `place` is the leaf's in its text and `line` counts from 0 in the body. `text` is what
    a catalogue holds: the message, or the bytes of a block that isn't translated.
    `plain` is what is read. `level` is a heading's. `latin` are the words in Latin
    letters, folded, and `names` those of them that look like names; `signs` are shapes:
    a question, a colon at the end, emphasis, a link; `words` are the beginnings of all
    words, for the lexicon.
    """

    place: int
    line: int
    kind: str
    text: str
    plain: str
    message: bool = True
    level: int = 0
    size: int = 1
    addresses: tuple[str, ...] = ()
    code: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    latin: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    signs: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()

    @property
    def prose(self) -> bool:
        """Whether it is text, as against code, HTML and rules."""
        return self.kind not in _DUMB


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Blocks that belong together, by their numbers: mostly one and one, else one and two.

    `place` is the probability that they are each other's counterpart, given all around
    them, and `score` the same with how well they fit: both 0 to 1.
    """

    source: tuple[int, ...]
    target: tuple[int, ...]
    place: float
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """Pairs in the source's order, and the numbers of the blocks that have no partner.

    Every block of either side is in exactly one pair or left over.
    """

    pairs: tuple[Pair, ...]
    source_left: tuple[int, ...]
    target_left: tuple[int, ...]


# --- blocks ------------------------------------------------------------------------------

_DUMB = frozenset(("code", "html", "rule"))
_LETTERS = re.compile(r"[^\W\d_]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]+")
_NUMBER = re.compile(r"\d+(?:[.,:/\u066b\u066c]\d+)*")
_GROUPING = re.compile(r"[,\u066c](?=\d{3}(?!\d))")
_WORD = re.compile(r"[^\W\d_]{3,}")
_ENDS = {":": "colon", "\u061f": "question", "?": "question", "!": "call"}


def blocks(parsed: Parsed) -> list[Block]:
    """The leaf blocks of a text, in order."""
    return [_block(parsed, place) for place in range(len(parsed.leaves))]


def _block(parsed: Parsed, place: int) -> Block:
    leaf = parsed.leaves[place]
    inline = parsed.events[slice(*leaf.events)]
    raw = parsed.data[leaf.start : leaf.end].decode()
    if leaf.kind == "code":
        inner: list[str] = []
        for event, _ in parsed.events[leaf.opening + 1 :]:
            if type(event) is not dict or "Text" not in event:
                break
            inner.append(event["Text"])
        plain = "".join(inner).rstrip("\n")
    elif leaf.kind in _DUMB:
        plain = raw.strip()
    else:
        plain = markdown.plain(inline)
    level = 0
    if leaf.kind == "heading":
        event = parsed.events[leaf.opening][0]
        level = int(event["Start"]["Heading"]["level"][1:])
    addresses: list[str] = []
    code: list[str] = []
    signs: set[str] = set()
    for event, _ in inline:
        if type(event) is str:
            continue
        ((what, value),) = event.items()
        if what == "Code":
            code.append(" ".join(value.split()))
        elif what == "FootnoteReference":
            addresses.append(f"[^{value}]")
        elif what == "Start" and type(value) is dict:
            ((name, detail),) = value.items()
            if name in ("Link", "Image"):
                addresses.append(_address(detail["dest_url"]))
                signs.add(name)
        elif what == "Start":
            signs.add(value)
    tail = plain.rstrip(" .\u00bb\u201d\"')*_")[-1:]
    if tail in _ENDS:
        signs.add(_ENDS[tail])
    latin, names = _latin(plain)
    return Block(
        place=place,
        line=leaf.line if leaf.msgid or leaf.line else parsed.place(leaf.start)[0],
        kind=leaf.kind,
        text=leaf.msgid or raw,
        plain=plain,
        message=bool(leaf.msgid),
        level=level,
        size=max(1, len(plain)),
        addresses=tuple(sorted(addresses)),
        code=frozenset(code),
        numbers=numbers(plain),
        latin=latin,
        names=names,
        signs=frozenset(signs),
        words=_stems(plain) if leaf.kind not in _DUMB or leaf.msgid else frozenset(),
    )


def _address(address: str) -> str:
    """An address, without what may differ between two that lead to the same place."""
    address = re.sub(r"\Ahttps?://(?:www\.)?|\A\./", "", address)
    return address.rstrip("/")


def numbers(text: str) -> frozenset[str]:
    """The numbers in a text, digits of any script as ASCII, thousands ungrouped."""
    found: set[str] = set()
    for match in _NUMBER.finditer(text):
        written = "".join(
            str(unicodedata.decimal(c)) if c.isdecimal() else c for c in match.group()
        )
        written = _GROUPING.sub("", written).replace("\u066b", ".").replace("\u066c", ",")
        found.update(part.lstrip("0") or "0" for part in re.split(r"[,:/]", written))
    return frozenset(found)


def _latin(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The words in Latin letters, and those of them that look like names."""
    words, names = set(), set()
    for match in _LATIN.finditer(text):
        word = match.group()
        folded = _folded(word)
        if len(folded) < 2:
            continue
        words.add(folded)
        before = text[: match.start()].rstrip(" \"'(\u201c\u2018\u00ab")
        opens = not before or before[-1] in ".!?:"
        if word[1:] != word[1:].lower() or (word[0].isupper() and not opens):
            names.add(folded)
    return frozenset(words), frozenset(names)


def _folded(word: str) -> str:
    """A word without case, accents and a plural's s, whose use differs by language."""
    plain = unicodedata.normalize("NFD", word.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return plain[:-1] if len(plain) > 3 and plain.endswith("s") else plain


def _stems(text: str) -> frozenset[str]:
    """The beginnings of words, five letters each: enough to know a word by, endings aside."""
    plain = unicodedata.normalize("NFD", text.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return frozenset(word[:5] for word in _WORD.findall(plain))


def joined(parts: Sequence[Block]) -> Block:
    """Neighbouring blocks as one."""
    first = parts[0]
    if len(parts) == 1:
        return first
    return replace(
        first,
        text=" ".join(part.text for part in parts),
        plain=" ".join(part.plain for part in parts),
        size=sum(part.size for part in parts) + len(parts) - 1,
        addresses=tuple(sorted(a for part in parts for a in part.addresses)),
        code=frozenset().union(*(part.code for part in parts)),
        numbers=frozenset().union(*(part.numbers for part in parts)),
        latin=frozenset().union(*(part.latin for part in parts)),
        names=frozenset().union(*(part.names for part in parts)),
        signs=frozenset().union(*(part.signs for part in parts)),
        words=frozenset().union(*(part.words for part in parts)),
    )


# --- evidence ----------------------------------------------------------------------------


_Trait = tuple[str, str]
"""What of a block survives translation: its kind, such as a number, and the thing itself."""


class _Side:
    """How often what survives translation stands in the blocks of one text."""

    def __init__(self, found: Sequence[Block], source: bool) -> None:
        self.source = source
        self.count = max(1, len(found))
        self.seen: Counter[_Trait] = Counter()
        letters = latin = 0
        for block in found:
            self.seen.update(_traits(block))
            if block.prose:
                letters += len(_LETTERS.findall(block.plain))
                latin += sum(map(len, _LATIN.findall(block.plain)))
        self.latin = 2 * latin > letters
        sizes = [math.log(block.size) for block in found if block.prose] or [3.0]
        self.mean = sum(sizes) / len(sizes)
        spread = sum((size - self.mean) ** 2 for size in sizes) / len(sizes)
        self.spread = max(0.3, spread)

    def rare(self, trait: _Trait) -> bool:
        """Whether a trait is there, but in two blocks at most."""
        return 0 < self.seen[trait] <= 2

    def share(self, trait: _Trait) -> float:
        """The share of blocks that have a trait, never quite 0 or 1.

        What stands once in a short text would stand once in a longer one as well.
        """
        if trait[0] in ("kind", "sign"):
            return (self.seen[trait] + 0.5) / (self.count + 1)
        return (self.seen[trait] + 0.1) / (self.count + _ELSEWHERE)


def _traits(block: Block) -> Iterable[_Trait]:
    for address in set(block.addresses):
        yield ("address", address)
    for code in block.code:
        yield ("code", code)
    for number in block.numbers:
        yield ("number", number)
    for word in block.latin:
        yield ("latin", word)
    for sign in block.signs:
        yield ("sign", sign)
    yield ("kind", block.kind)


_KEPT = {"address": 0.9, "code": 0.8, "number": 0.85, "latin": 0.85, "name": 0.5, "sign": 0.7}
"""How often a translation keeps what a text has of each, by eye on real pairs."""

_ELSEWHERE = 10
"""So many blocks without any trait are thought to belong to a text as well."""

_LITTLE = 0.55
"""The same of a number below 13: it is as often a word."""

_MISPLACED = 2.0
"""What it speaks against a pair, in nats, that what one misses is in another block."""

_OVERCOUNT = 0.6
"""What one piece of evidence weighs: they depend on each other."""

_WORDS = 0.5
"""What the lexicon's evidence weighs, for the same reason."""

_NO = -1e9

_Learnt = frozenset[tuple[int, int]]
"""The pairs, by their blocks' places, that a lexicon has learnt from."""


class Lexicon:
    """Words of two languages that keep company, learnt from pairs of blocks.

    Two words belong together where each is the other's most frequent companion. A pair
    that was learnt from isn't asked about itself: its own share is left out.
    """

    def __init__(self, examples: Iterable[tuple[frozenset[str], frozenset[str]]] = ()) -> None:
        self.count = 0
        self.ours: Counter[str] = Counter()
        self.theirs: Counter[str] = Counter()
        both: Counter[tuple[str, str]] = Counter()
        for one, other in examples:
            if len(one) * len(other) > _LONG or self.count == _EXAMPLES:
                continue
            self.count += 1
            self.ours.update(one)
            self.theirs.update(other)
            for word in one:
                both.update((word, companion) for companion in other)
        best: dict[str, tuple[float, str]] = {}
        back: dict[str, tuple[float, str]] = {}
        for (word, companion), times in both.items():
            if times <= _SEEN or word == companion:
                continue
            share = 2 * times / (self.ours[word] + self.theirs[companion])
            if share >= _COMPANY:
                best[word] = max(best.get(word, (0.0, "")), (share, companion))
                back[companion] = max(back.get(companion, (0.0, "")), (share, word))
        self.forth = {a: b for a, (_, b) in best.items() if back[b][1] == a}
        self.back = {b: a for a, b in self.forth.items()}
        self.both = {(a, b): both[(a, b)] for a, b in self.forth.items()}
        # Of each pair of words: what it says that both are there, or either alone.
        self.weights = {
            a: (
                self._weigh(True, times, self.ours[a], self.theirs[b], self.count),
                self._weigh(False, times, self.ours[a], self.theirs[b], self.count),
                self._weigh(False, times, self.theirs[b], self.ours[a], self.count),
            )
            for (a, b), times in self.both.items()
        }

    def evidence(self, one: Block, other: Block) -> float:
        """What the words say of a pair that was learnt from, in nats, its own share left out."""
        own = 1
        weights: list[float] = []
        for word in one.words & self.forth.keys():
            companion = self.forth[word]
            here = companion in other.words
            met = own if here else 0
            weights.append(
                self._weigh(here, self.both[(word, companion)] - met, self.ours[word] - own,
                            self.theirs[companion] - met, self.count - own)
            )  # fmt: skip
        for companion in other.words & self.back.keys():
            word = self.back[companion]
            if word not in one.words:
                weights.append(
                    self._weigh(False, self.both[(word, companion)], self.theirs[companion] - own,
                                self.ours[word], self.count - own)
                )  # fmt: skip
        return math.fsum(weights)

    @staticmethod
    def _weigh(here: bool, both: int, times: int, elsewhere: int, count: int) -> float:
        if both < _SEEN:
            return 0.0
        share = min(_FAITHFUL, (both + 0.3) / (times + 1))
        chance = min(0.98, (elsewhere + 0.5) / (count + 1))
        if share <= chance:
            return 0.0
        return math.log(share / chance) if here else math.log((1 - share) / (1 - chance))


_SEEN = 2
"""How often two words must keep company in other pairs before it means something."""

_COMPANY = 0.5
"""The least share (Dice's) of company in all of both words' occurrences."""

_FAITHFUL = 0.8
"""No word keeps its companion more often than this in a translation."""

_DOUBT, _DOUBTS = 2.0, 3.0
"""Missing companions count from so many nats on, and so many more divide a fit by e."""

_EXAMPLES = 3000
_LONG = 40_000
"""Bounds of what is learnt from: so many pairs, each of so many words by words."""


class _Profile:
    """What a block says by itself: its traits, and what it costs where each is missing."""

    __slots__ = ("block", "traits", "missing", "base", "companions", "missed", "alone")

    def __init__(self, block: Block, own: _Side, other: _Side, lexicon: Lexicon) -> None:
        self.block = block  # kept, so that no other block gets its id
        self.traits = frozenset(_traits(block))
        self.missing: dict[_Trait, float] = {}
        for trait in self.traits:
            kept = _kept(trait)
            if trait[0] == "latin" and own.latin:
                if trait[1] not in block.names:
                    continue
                kept = kept if other.latin else _KEPT["name"]
            if trait[0] == "kind":
                continue
            common = min(other.share(trait), 0.95)
            missed = min(0.0, math.log((1 - kept) / (1 - common)))
            misplaced = kept > _KEPT["sign"] and other.rare(trait)
            self.missing[trait] = missed - _MISPLACED if misplaced else missed
        self.base = math.fsum(self.missing.values())
        self.companions: dict[str, float] = {}
        self.missed: dict[str, float] = {}
        alone: list[float] = []
        for word in block.words & lexicon.forth.keys():
            met, missed, _ = lexicon.weights[word]
            self.companions[lexicon.forth[word]] = met - missed
            if own.source:
                alone.append(missed)
        for word in block.words & lexicon.back.keys():
            self.missed[word] = lexicon.weights[lexicon.back[word]][2]
            if not own.source:
                alone.append(self.missed[word])
        self.alone = math.fsum(alone)


class _Evidence:
    """What speaks for two blocks' being one another's translation, as a log ratio."""

    def __init__(
        self, source: Sequence[Block], target: Sequence[Block], lexicon: Lexicon, learnt: _Learnt
    ) -> None:
        self.source, self.target = _Side(source, True), _Side(target, False)
        self.lexicon, self.learnt = lexicon, learnt
        self.profiles: dict[int, _Profile] = {}
        self.gains: dict[_Trait, float] = {}
        ours = sum(block.size for block in source if block.prose)
        theirs = sum(block.size for block in target if block.prose)
        self.ratio = min(2.0, max(0.5, (theirs + 400) / (ours + 400)))

    def of(self, one: Block, other: Block) -> float:
        """The evidence for a pair, in nats; far below 0 where it cannot be one."""
        kinds = self.kinds(one, other)
        if kinds <= _NO or not one.prose:
            return kinds
        words = max(-6.0, min(8.0, _WORDS * self.words(one, other)))
        return kinds + self.length(one, other) + self.content(one, other) + words

    def words(self, one: Block, other: Block) -> float:
        """What the lexicon says, in nats."""
        if not self.lexicon.forth:
            return 0.0
        if (one.place, other.place) in self.learnt:
            return self.lexicon.evidence(one, other)
        ours, theirs = self.profile(one, self.source), self.profile(other, self.target)
        both = ours.companions.keys() & other.words
        met = [ours.companions[word] - theirs.missed.get(word, 0.0) for word in both]
        return math.fsum((ours.alone, theirs.alone, *met))

    def profile(self, block: Block, side: _Side) -> _Profile:
        """What a block says by itself, worked out once."""
        known = self.profiles.get(id(block))
        if known is None:
            known = _Profile(block, side, self.target if side is self.source else self.source, self.lexicon)
            self.profiles[id(block)] = known
        return known

    def kinds(self, one: Block, other: Block) -> float:
        if not one.prose or not other.prose:
            if one.kind != other.kind:
                return _NO
            return 6.0 if one.plain == other.plain else 1.0
        if one.kind == other.kind:
            common = math.sqrt(
                self.source.share(("kind", one.kind)) * self.target.share(("kind", other.kind))
            )
            level = 0.0 if one.level == other.level else -1.5
            return min(2.0, -math.log(common)) + level
        if one.kind[:5] == "table" or other.kind[:5] == "table":
            return _NO
        return -4.5 if "heading" in (one.kind, other.kind) else -2.5

    def length(self, one: Block, other: Block) -> float:
        """How well the lengths agree, beside what any two blocks' would."""
        off = math.log(other.size / (self.ratio * one.size))
        spread = _spread(one.size)
        aligned = 0.95 * _normal(off, spread) + 0.05 * _normal(off, 1.0)
        chance = _normal(math.log(other.size) - self.target.mean, self.target.spread + 0.1)
        return max(-4.0, min(4.0, math.log(aligned / chance)))

    def content(self, one: Block, other: Block) -> float:
        """What both have, and what only one has, each by how rare it is."""
        ours, theirs = self.profile(one, self.source), self.profile(other, self.target)
        met = [
            self.gain(trait) - ours.missing.get(trait, 0.0) - theirs.missing.get(trait, 0.0)
            for trait in ours.traits & theirs.traits
            if trait in ours.missing or trait in theirs.missing
        ]
        return max(-6.0, min(12.0, _OVERCOUNT * math.fsum((ours.base, theirs.base, *met))))

    def gain(self, trait: _Trait) -> float:
        """What it says that a trait is on both sides."""
        found = self.gains.get(trait)
        if found is None:
            common = min(self.source.share(trait), self.target.share(trait))
            found = self.gains[trait] = math.log(max(_kept(trait), common) / common)
        return found

    def fit(self, one: Block, other: Block) -> float:
        """How well a pair's contents agree, 0 to 1, wherever the two stand.

        It goes down with each address, number and name that only one of them has, with
        words whose companions are missing, and with lengths that no translation explains:
        signs that one of the two has been changed since, or is another text.
        """
        if not one.prose:
            return 1.0
        result = 1.0
        if one.addresses != other.addresses:
            same = sum((Counter(one.addresses) & Counter(other.addresses)).values())
            result *= 0.45 + 0.25 * same / max(len(one.addresses), len(other.addresses))
        astray = one.numbers ^ other.numbers
        little = sum(map(_little, astray))
        result *= math.pow(0.97, little) * math.pow(0.72, len(astray) - little)
        result *= math.pow(0.82, min(4.0, self.lost(one, other)))
        result *= math.pow(0.6, min(3, self.misplaced(one, other)))
        off = abs(math.log(other.size / (self.ratio * one.size))) / math.sqrt(_spread(one.size))
        result *= math.exp(-(max(0.0, off - 1.5) ** 2) / 4)
        words = self.words(one, other) + max(0.0, self.content(one, other))
        result *= math.exp(min(0.0, words + _DOUBT) / _DOUBTS)
        if one.kind != other.kind:
            result *= 0.6
        elif one.level != other.level:
            result *= 0.9
        return result

    def lost(self, one: Block, other: Block) -> float:
        """How many foreign words one of the two has and the other hasn't; names count double."""
        if self.source.latin == self.target.latin:
            return 0.5 * len(one.names ^ other.names)
        foreign, own = (other, one) if self.source.latin else (one, other)
        rest = _folded(own.plain)
        lost = [word for word in foreign.latin if word not in own.latin and word not in rest]
        return float(sum(2 if word in foreign.names else 1 for word in lost))

    def misplaced(self, one: Block, other: Block) -> int:
        """How much that one of the two misses stands in another block of its text."""
        if self.content(one, other) >= _ENOUGH:
            return 0
        ours, theirs = set(_traits(one)), set(_traits(other))
        here = [t for t in ours - theirs if _telling(t, self.source.latin)]
        there = [t for t in theirs - ours if _telling(t, self.target.latin)]
        return sum(map(self.target.rare, here)) + sum(map(self.source.rare, there))


def _kept(trait: _Trait) -> float:
    """How often a translation has a trait of its original."""
    return _LITTLE if trait[0] == "number" and _little(trait[1]) else _KEPT.get(trait[0], 0.0)


def _telling(trait: _Trait, latin: bool) -> bool:
    """Whether a translation hardly ever lacks such a trait of a text, written in Latin or not."""
    kind, value = trait
    return {"address": True, "code": True, "number": not _little(value), "latin": not latin}.get(kind, False)


def _little(number: str) -> bool:
    return number.isdecimal() and int(number) < 13


def _spread(size: int) -> float:
    """The variance of log(translated length / length), measured on 284 real pairs."""
    return 0.01 + 5 / size


def _normal(value: float, variance: float) -> float:
    return math.exp(-value * value / (2 * variance)) / math.sqrt(2 * math.pi * variance)


# --- the best alignment, and how sure each part of it is -----------------------------------

_ONE = math.log(0.9)
_NONE = math.log(0.04)
_TWO = math.log(0.006)
_BAND = 60
_KNOWN = 40.0

_Move = tuple[int, int]
_MOVES: tuple[_Move, ...] = ((1, 1), (1, 0), (0, 1), (1, 2), (2, 1))


class _Table:
    """The weights of all moves from (i, j): so many blocks of each side, taken at once."""

    def __init__(self, texts: Texts, evidence: _Evidence) -> None:
        self.source, self.target, self.evidence = texts.source, texts.target, evidence
        self.known, self.likely = texts.known, texts.likely
        self.claimed = frozenset(texts.known.values())
        self.rows, self.columns = len(texts.source), len(texts.target)
        self.one: dict[tuple[int, int], float] = {}
        self.joint_blocks: dict[tuple[int, int, int], Block | None] = {}
        self.moves: dict[tuple[int, int], list[tuple[_Move, float]]] = {}

    def within(self, i: int) -> range:
        """The columns worth a look in a row."""
        if not self.rows:
            return range(self.columns + 1)
        centre = i * self.columns // self.rows
        width = _BAND + abs(self.rows - self.columns)
        return range(max(0, centre - width), min(self.columns, centre + width) + 1)

    def pair(self, i: int, j: int) -> float:
        """The evidence for a pair of single blocks."""
        at = (i, j)
        found = self.one.get(at)
        if found is None:
            if self.known.get(i) == j:
                found = _KNOWN
            elif i in self.known or j in self.claimed:
                found = _NO
            else:
                found = self.evidence.of(self.source[i], self.target[j])
                found += self.likely.get(at, 0.0)
            self.one[at] = found
        return found

    def at(self, i: int, j: int) -> list[tuple[_Move, float]]:
        """The moves from a place, with their weights."""
        found = self.moves.get((i, j))
        if found is not None:
            return found
        found = []
        if i < self.rows and j < self.columns:
            weight = self.pair(i, j)
            if weight > _NO:
                found.append(((1, 1), weight + _ONE))
        if i < self.rows:
            found.append(((1, 0), _NONE))
        if j < self.columns:
            found.append(((0, 1), _NONE))
        for move in ((1, 2), (2, 1)):
            weight = self.joint(i, j, *move)
            if weight > _NO:
                found.append((move, weight + _TWO))
        self.moves[(i, j)] = found
        return found

    def joint(self, i: int, j: int, more: int, most: int) -> float:
        """The evidence for two blocks that are one on the other side."""
        if i + more > self.rows or j + most > self.columns:
            return _NO
        if any(k in self.known for k in range(i, i + more)):
            return _NO
        if any(k in self.claimed for k in range(j, j + most)):
            return _NO
        one = self.some(self.source, i, more)
        other = self.some(self.target, j, most)
        if one is None or other is None or one.kind != other.kind:
            return _NO
        off = abs(math.log(other.size / (self.evidence.ratio * one.size)))
        if off > 0.5:
            return _NO
        larger = max(part.size for part in self.source[i : i + more])
        largest = max(part.size for part in self.target[j : j + most])
        if off >= abs(math.log(largest / (self.evidence.ratio * larger))):
            return _NO
        return self.evidence.of(one, other)

    def some(self, blocks: Sequence[Block], first: int, count: int) -> Block | None:
        """So many blocks as one; None where they cannot be."""
        at = (id(blocks), first, count)
        if at not in self.joint_blocks:
            parts = blocks[first : first + count]
            kinds = {block.kind for block in parts}
            fitting = len(kinds) == 1 and kinds <= _JOINABLE and all(block.message for block in parts)
            self.joint_blocks[at] = joined(parts) if fitting else None
        return self.joint_blocks[at]


_JOINABLE = frozenset(("paragraph", "list item", "quotation", "footnote"))


def _sum(logs: Sequence[float]) -> float:
    top = max(logs)
    return top + math.log(sum(math.exp(value - top) for value in logs))


def _best(table: _Table) -> list[tuple[int, int, _Move, float]]:
    """The moves of the best alignment, each with its probability among all alignments."""
    rows, columns = table.rows, table.columns
    best: list[dict[int, tuple[float, _Move]]] = [{} for _ in range(rows + 1)]
    forward: list[dict[int, list[float]]] = [{} for _ in range(rows + 1)]
    best[0][0] = (0.0, (0, 0))
    forward[0][0] = [0.0]
    sums: list[dict[int, float]] = [{} for _ in range(rows + 1)]
    for i in range(rows + 1):
        for j in table.within(i):
            if j not in best[i]:
                continue
            here, total = best[i][j][0], _sum(forward[i][j])
            sums[i][j] = total
            for move, weight in table.at(i, j):
                to, over = i + move[0], j + move[1]
                if over not in table.within(to):
                    continue
                known = best[to].get(over)
                if known is None or here + weight > known[0]:
                    best[to][over] = (here + weight, move)
                forward[to].setdefault(over, []).append(total + weight)
    backward: list[dict[int, float]] = [{} for _ in range(rows + 1)]
    backward[rows][columns] = 0.0
    for i in range(rows, -1, -1):
        for j in reversed(table.within(i)):
            logs = [
                weight + backward[i + move[0]][j + move[1]]
                for move, weight in table.at(i, j)
                if j + move[1] in backward[i + move[0]]
            ]
            if logs:
                backward[i][j] = _sum(logs)
    whole = sums[rows][columns]
    path: list[tuple[int, int, _Move, float]] = []
    i, j = rows, columns
    while (i, j) != (0, 0):
        move = best[i][j][1]
        to, over = i, j
        i, j = i - move[0], j - move[1]
        weight = dict(table.at(i, j))[move]
        chance = math.exp(min(0.0, sums[i][j] + weight + backward[to][over] - whole))
        path.append((i, j, move, chance))
    return path[::-1]


# --- all of it -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Two texts to align.

    `known` pairs are taken as they are, in whatever order they stand; `likely` adds to
    the evidence for a pair, in nats.
    """

    source: Sequence[Block]
    target: Sequence[Block]
    known: Mapping[int, int] = field(default_factory=dict)
    likely: Mapping[tuple[int, int], float] = field(default_factory=dict)


def align(texts: Texts) -> Alignment:
    """Which blocks of two texts belong together."""
    return align_all([texts])[0]


def align_all(several: Sequence[Texts]) -> list[Alignment]:
    """The same for several texts in the same two languages, which learn from each other."""
    first = [_align(texts, Lexicon(), frozenset()) for texts in several]
    learnt = [
        frozenset(
            (pair.source[0], pair.target[0])
            for pair in alignment.pairs
            if pair.place > _WORTH and len(pair.source) == len(pair.target) == 1
            if texts.source[pair.source[0]].prose
        )
        for texts, alignment in zip(several, first, strict=True)
    ]
    lexicon = Lexicon(
        (texts.source[i].words, texts.target[j].words)
        for texts, pairs in zip(several, learnt, strict=True)
        for i, j in sorted(pairs)
    )
    if not lexicon.forth:
        return first
    return [
        _align(
            texts,
            lexicon,
            frozenset((texts.source[i].place, texts.target[j].place) for i, j in pairs),
        )
        for texts, pairs in zip(several, learnt, strict=True)
    ]


_WORTH = 0.5
"""The place from which on a pair is learnt from."""


def _align(texts: Texts, lexicon: Lexicon, learnt: _Learnt) -> Alignment:
    source, target, known = texts.source, texts.target, texts.known
    evidence = _Evidence(source, target, lexicon, learnt)
    table = _Table(texts, evidence)
    found = [
        (tuple(range(i, i + move[0])), tuple(range(j, j + move[1])), chance)
        for i, j, move, chance in _best(table)
        if all(move)
    ]
    found += _moved(table, found)
    found.sort()
    fits, own = [], []
    for ours, theirs, _ in found:
        one = joined([source[k] for k in ours])
        other = joined([target[k] for k in theirs])
        sure = known.get(ours[0]) == theirs[0] or not one.prose
        fits.append(1.0 if sure else evidence.fit(one, other))
        support = evidence.content(one, other) + _WORDS * evidence.words(one, other)
        own.append(1.0 if sure else min(1.0, max(0.0, support / _ENOUGH)))
    around = _around(source, target, found, [f * c for f, (_, _, c) in zip(fits, found, strict=True)])
    pairs = []
    for n, (ours, theirs, chance) in enumerate(found):
        score = chance * fits[n] * (own[n] + (1 - own[n]) * around[n])
        if len(ours) > 1 or len(theirs) > 1:
            score = min(score, _SPLIT)
        pairs.append(Pair(source=ours, target=theirs, place=chance, score=score))
    taken = {k for pair in pairs for k in pair.source}
    given = {k for pair in pairs for k in pair.target}
    return Alignment(
        pairs=tuple(pairs),
        source_left=tuple(k for k in range(len(source)) if k not in taken),
        target_left=tuple(k for k in range(len(target)) if k not in given),
    )


_SPLIT = 0.7
"""No pair of one and two scores more: who splits or joins a paragraph may add to it too."""

_Found = tuple[tuple[int, ...], tuple[int, ...], float]

_ENOUGH = 3.0
"""The evidence, in nats, from which on a pair needs none of its neighbours'."""

_MOVED = 2.0
"""What a pair out of order has to show beyond any other that its blocks could be in."""

_SHARED = 1.0
"""And so much of it by what both contain."""


def _moved(table: _Table, found: Sequence[_Found]) -> list[_Found]:
    """Pairs among what the best alignment left over: paragraphs that changed places."""
    taken = {k for ours, _, _ in found for k in ours}
    given = {k for _, theirs, _ in found for k in theirs}
    rows = [i for i in range(table.rows) if i not in taken and table.source[i].prose]
    columns = [j for j in range(table.columns) if j not in given and table.target[j].prose]
    result: list[_Found] = []
    for i, j in table.known.items():
        if i not in taken and j not in given:
            result.append(((i,), (j,), 1.0))
    rows = [i for i in rows if i not in table.known]
    columns = [j for j in columns if j not in table.claimed]
    while rows and columns:
        weight, i, j = max((table.pair(i, j), -i, -j) for i in rows for j in columns)
        i, j = -i, -j
        rivals = [table.pair(i, k) for k in columns if k != j] + [table.pair(k, j) for k in rows if k != i]
        margin = weight - max([0.0, *rivals]) - _MOVED
        own = table.evidence.content(table.source[i], table.target[j])
        if margin <= 0 or own <= _SHARED:
            break
        result.append(((i,), (j,), 1 - math.exp(-margin)))
        rows.remove(i)
        columns.remove(j)
    return result


def _around(
    source: Sequence[Block],
    target: Sequence[Block],
    found: Sequence[_Found],
    scores: Sequence[float],
) -> list[float]:
    """For each pair how good those beside it are: all there is for a short heading.

    A heading is judged by what it is over, other blocks by both neighbours; a neighbour
    that has no partner, or one elsewhere, speaks against.
    """
    by_source = {k: n for n, (ours, _, _) in enumerate(found) for k in ours}
    result = []
    for ours, theirs, _ in found:
        weights = []
        for step, i, j in (
            (-1, ours[0] - 1, theirs[0] - 1),
            (1, ours[-1] + 1, theirs[-1] + 1),
        ):
            ends = (i < 0, j < 0) if step < 0 else (i >= len(source), j >= len(target))
            heading = source[ours[0]].kind == "heading"
            share = 1.0 if not heading else 2.0 if step > 0 else 0.5
            if all(ends):
                weights.append((share / 2, 1.0))
                continue
            at = by_source.get(i, -1)
            beside = at >= 0 and j in found[at][1]
            score = scores[at] if beside else 0.5
            weights.append((share, score if heading else (1 + score) / 2))
        total = sum(share for share, _ in weights)
        result.append(sum(share * value for share, value in weights) / total)
    return result
