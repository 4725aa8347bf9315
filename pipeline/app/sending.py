"""Sending an issue to a list of subscribers, one mail after another, with a journal.

Before a mail's text is given to the server, and after it ended, the journal is on the
disk: whatever stops the program, the next run goes on where this one was. What was being
given when it stopped is unknown; it is listed, and sent again on request alone. No mail
program of the world can promise that a mail is sent exactly once, and neither does this.
It renders nothing: it is given a letter for each edition.
"""

from __future__ import annotations

import heapq
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from pipeline import files, journal, message
from pipeline.app.smtp import Outcome, Post, Server
from pipeline.journal import Entry, Journal, State
from pipeline.message import Letter, Mailbox
from pipeline.problems import ContentError, Problem, problem
from pipeline.speech import say
from pipeline.subscribers import Subscriber, Subscribers

LOCK = f"{journal.OUTBOX}/.lock"
"""A name that no issue has. Held while mail goes out, so that two runs neither send twice nor outrun the rate."""

WAITS = (60, 300, 900)
"""After how many seconds what went wrong for the time being is tried again; then no more."""

Letters = Mapping[str, Letter]
"""A letter for each edition, by the name that subscribers' lists have for it."""


class Clock(Protocol):
    """The time, and how to let it pass, in seconds."""

    def now(self) -> float: ...

    def sleep(self, seconds: float) -> None: ...


class WallClock:
    """The clock of the machine."""

    def now(self) -> float:
        return time.time()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be done about readers who may have been mailed: send again what is
    unknown, what was refused for good, and go on although the text has changed."""

    retry_unknown: bool = False
    retry_failed: bool = False
    changed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """An edition's readers: still to be mailed, and what became of the others. `skipped`
    are lines of the list that are not mailed."""

    to_send: int = 0
    sent: int = 0
    failed: int = 0
    unknown: int = 0
    skipped: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How an issue's sending stands. `waiting` are readers to whom this run tried to
    send, with what the server said; `stopped` is why it ended early."""

    issue: str
    tallies: Mapping[str, Tally]
    queue: tuple[Subscriber, ...]
    failed: tuple[Entry, ...]
    unknown: tuple[Entry, ...]
    waiting: tuple[tuple[Subscriber, str], ...] = ()
    stopped: str = ""
    interrupted: bool = False
    sent_now: int = 0
    problems: tuple[Problem, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """For `--json`: counts a language, and everybody who did not simply get the mail."""
        return {
            "issue": self.issue,
            "languages": {
                tag: {name: getattr(tally, name) for name in tally.__slots__}
                for tag, tally in self.tallies.items()
            },
            "unknown": [_entry_json(one) for one in self.unknown],
            "failed": [_entry_json(one) for one in self.failed],
            "waiting": [
                {"address": one.address, "language": one.language, "reply": reply} for one, reply in self.waiting
            ],
            "stopped": self.stopped or None,
        }


def _entry_json(entry: Entry) -> dict[str, Any]:
    return {"address": entry.address, "language": entry.edition, "reply": entry.reply}


# --- before ---------------------------------------------------------------------------------------


def look(root: Path, letters: Letters, subscribers: Subscribers, wish: Wish) -> Standing:
    """How things stand, and who would be mailed now. Changes nothing.

    Raises ContentError where nothing can be sent.
    """
    path = journal.path_of(_issue(letters))
    return _standing(letters, subscribers, journal.read(files.read_if_there(root, path) or b"", path), wish)


def _issue(letters: Letters) -> str:
    (name,) = {letter.issue for letter in letters.values()}
    return name


def _standing(letters: Letters, subscribers: Subscribers, so_far: Journal, wish: Wish) -> Standing:
    again: set[State | None] = {None, "queued"}
    if wish.retry_unknown:
        again.add("unknown")
    if wish.retry_failed:
        again.add("failed")
    queue = tuple(one for one in subscribers.mailed if so_far.state(one.key) in again)
    _refuse(letters, queue, so_far, wish)
    return Standing(
        issue=_issue(letters),
        tallies=_tallies(letters, subscribers, so_far, queue),
        queue=queue,
        failed=so_far.in_state("failed"),
        unknown=so_far.in_state("unknown"),
        problems=subscribers.problems,
    )


def _tallies(
    letters: Letters, subscribers: Subscribers, so_far: Journal, queue: Sequence[Subscriber]
) -> dict[str, Tally]:
    counts: dict[str, dict[str, int]] = {tag: {} for tag in letters}
    named = [
        *((one.language, "to_send") for one in queue),
        *((one.edition, one.state) for one in so_far.entries.values() if one.state in ("sent", "failed", "unknown")),
    ]
    for tag, name in named:
        row = counts.setdefault(tag, {})
        row[name] = row.get(name, 0) + 1
    for tag, number in subscribers.skipped.items():
        counts.setdefault(tag, {})["skipped"] = number
    # the letter in all languages at once counts where somebody has asked for it
    return {tag: Tally(**row) for tag, row in counts.items() if row or len(letters[tag].languages) == 1}


def _refuse(letters: Letters, queue: Sequence[Subscriber], so_far: Journal, wish: Wish) -> None:
    """Raise ContentError for what would go wrong with every mail, or with some unseen."""
    problems: list[Problem] = []
    for tag in sorted({one.language for one in queue}):
        letter = letters[tag]
        try:
            message.write(letter)
        except ContentError as error:
            problems += error.problems
        lacking = [one for one in queue if one.language == tag and not (one.unsubscribe or letter.unsubscribe)]
        if lacking:
            said = say("a reader has no address to unsubscribe at", "{n} readers have no address to unsubscribe at",
                       n=len(lacking))  # fmt: skip
            hint = say("set `unsubscribe` under [newsletter] in content/site.toml, or add a column `unsubscribe`")
            problems.append(problem("newsletter", said, letter.path, hint=hint))
        current = message.digest(letter)
        before = [
            one for one in so_far.entries.values()
            if one.edition == tag and one.state in ("sent", "unknown") and one.digest != current
        ]  # fmt: skip
        if before and not wish.changed:
            said = say("the letter in `{language}` has changed since one reader got it",
                       "the letter in `{language}` has changed since {n} readers got it",
                       n=len(before), language=tag)  # fmt: skip
            hint = say("to send the others what it says now, add --changed")
            problems.append(problem("newsletter", said, letter.path, hint=hint))
    if problems:
        raise ContentError(problems=tuple(dict.fromkeys(problems)))


# --- sending ------------------------------------------------------------------------------------------


def send(
    root: Path,
    letters: Letters,
    subscribers: Subscribers,
    wish: Wish,
    server: Server,
    *,
    rate: int,
    clock: Clock | None = None,
    tell: Callable[[str], None] = lambda text: None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Standing:
    """Send to everybody who is to be mailed, at most `rate` mails a minute.

    `tell` is told of waits, `progress` how many of how many were tried. Interrupted by
    Ctrl-C, it ends between two mails and says how things stand. Raises ContentError where
    nothing can be sent, DiskError where the journal cannot be written.
    """
    path = journal.path_of(_issue(letters))
    with files.lock(root, "newsletter send", LOCK):
        log = files.Log(root, path)
        try:
            so_far = journal.read(log.data, path)
            standing = _standing(letters, subscribers, so_far, wish)
            run = _Run(
                letters=letters, log=log, so_far=so_far, server=server, rate=rate,
                clock=clock or WallClock(), tell=tell, progress=progress,
            )  # fmt: skip
            run.begin(standing)
            run.through(standing.queue)
            after = journal.read(files.read(root, path), path)
        finally:
            log.close()
    # Whoever is unknown or failed now is not tried again by the wish that began this run.
    ended = _standing(letters, subscribers, after, replace(wish, changed=True, retry_unknown=False, retry_failed=False))
    return replace(
        ended, waiting=tuple(run.waiting), stopped=run.stopped, interrupted=run.interrupted, sent_now=run.sent
    )


@dataclass(kw_only=True)
class _Run:
    """One run: what it works with, and how far it is."""

    letters: Letters
    log: files.Log
    so_far: Journal
    server: Server
    rate: int
    clock: Clock
    tell: Callable[[str], None]
    progress: Callable[[int, int], None]
    waiting: list[tuple[Subscriber, str]] = field(default_factory=list)
    stopped: str = ""
    interrupted: bool = False
    sent: int = 0
    last: float = 0.0
    digests: dict[str, str] = field(default_factory=dict)

    def begin(self, standing: Standing) -> None:
        """Write down who is to be mailed."""
        self.digests = {tag: message.digest(letter) for tag, letter in self.letters.items()}
        entries = self.so_far.entries.values()
        self.last = max((one.at for one in entries if one.state != "queued"), default=0.0)
        # Whoever is tried again stays what they were until then: a wish holds for one run.
        fresh = [self._entry(one, "queued") for one in standing.queue if self.so_far.state(one.key) is None]
        head = b"" if self.log.data else journal.first_line(standing.issue)
        self.log.add(head + journal.written(fresh))

    def _entry(self, one: Subscriber, state: State, reply: str = "") -> Entry:
        return Entry(
            address=one.address, edition=one.language, state=state, digest=self.digests[one.language],
            at=round(self.clock.now(), 3), reply=reply,
        )  # fmt: skip

    def through(self, queue: Sequence[Subscriber]) -> None:
        """Everybody in the queue, those to try again later among the others."""
        fresh = deque(queue)
        later: list[tuple[float, int, Subscriber, str]] = []
        tries: dict[str, int] = {}
        away, done, number = 0, 0, 0
        post = Post(self.server)
        try:
            while fresh or later:
                if later and (later[0][0] <= self.clock.now() or not fresh):
                    self.clock.sleep(max(0.0, later[0][0] - self.clock.now()))
                    one = heapq.heappop(later)[2]
                else:
                    one = fresh.popleft()
                self._pace()
                with _uninterrupted():
                    outcome = self._deliver(post, one)
                if outcome.kind in ("away", "stop"):
                    fresh.appendleft(one)
                    if outcome.kind == "stop" or away == len(WAITS):
                        self.stopped = outcome.reply
                        break
                    self.tell(say("the mail server: {reply}; trying again in {seconds} s",
                                  reply=outcome.reply, seconds=WAITS[away]))  # fmt: skip
                    self.clock.sleep(WAITS[away])
                    away += 1
                    continue
                away = 0
                if outcome.kind == "later":
                    tried = tries[one.key] = tries.get(one.key, 0) + 1
                    if tried <= len(WAITS):
                        number += 1
                        heapq.heappush(later, (self.clock.now() + WAITS[tried - 1], number, one, outcome.reply))
                        continue
                    self.waiting.append((one, outcome.reply))
                done += 1
                self.progress(done, len(queue))
        except KeyboardInterrupt:
            self.interrupted = True
        finally:
            post.close()
        self.waiting += [(one, reply) for _, _, one, reply in sorted(later, key=lambda entry: entry[1])]

    def _pace(self) -> None:
        """Wait until the rate allows another mail. A clock that was set back costs one wait."""
        gap = 60 / self.rate
        wait = self.last + gap - self.clock.now()
        if wait > 0:
            self.clock.sleep(min(wait, gap))
        self.last = self.clock.now()

    def _deliver(self, post: Post, one: Subscriber) -> Outcome:
        """One mail, with what the journal says before and after."""
        letter = self.letters[one.language]
        letter = replace(
            letter,
            to=Mailbox(address=one.address, name=one.name),
            unsubscribe=one.unsubscribe or letter.unsubscribe,
        )
        given = False

        def giving() -> None:
            nonlocal given
            self.log.add(journal.written([self._entry(one, "attempting")]))
            given = True

        outcome = post.deliver(letter.sender.address, one.address, message.write(letter), giving)
        ends: dict[str, State] = {"sent": "sent", "failed": "failed", "unknown": "unknown"}
        # That one attempt did not succeed says nothing of an earlier one.
        before: State = "unknown" if self.so_far.state(one.key) == "unknown" else "queued"
        state = ends.get(outcome.kind, before)
        if given or outcome.kind in ends:
            self.log.add(journal.written([self._entry(one, state, outcome.reply)]))
        self.sent += state == "sent"
        return outcome


def send_test(
    letters: Letters, address: str, server: Server, *, tell: Callable[[str], None] = lambda text: None
) -> list[tuple[str, Outcome]]:
    """Every edition's mail to one address, at once and without a journal.

    Its Message-ID is its own, so that the mail itself is not taken for a double where
    the tester is a subscriber, too. Raises ContentError.
    """
    mails = []
    for tag, letter in letters.items():
        issue = f"{letter.issue} test {message.digest(letter)}"
        mails.append((tag, letter, message.write(replace(letter, issue=issue, to=Mailbox(address=address)))))
    post = Post(server)
    outcomes = []
    try:
        for tag, letter, data in mails:
            with _uninterrupted():
                outcomes.append((tag, post.deliver(letter.sender.address, address, data, lambda: None)))
    finally:
        post.close()
    return outcomes


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Keep a first Ctrl-C until the mail that is under way has ended; a second one is
    obeyed at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    caught: list[int] = []

    def keep(number: int, frame: object) -> None:
        if caught:
            raise KeyboardInterrupt
        caught.append(number)

    before = signal.signal(signal.SIGINT, keep)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if caught:
        raise KeyboardInterrupt
