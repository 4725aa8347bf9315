"""Sending through a real SMTP server on this machine: every way in which it can go wrong."""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import random
import re
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult
from conftest import Folder

from pipeline import journal, message
from pipeline.app import sending, smtp
from pipeline.app.sending import WAITS, Standing, Tally, Wish
from pipeline.message import Letter, Mailbox
from pipeline.problems import ContentError, DiskError, UsageError
from pipeline.subscribers import Subscribers, parse

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning", "ignore:Session.login_data:DeprecationWarning")

ISSUE = "newsletters/nowruz"
JOURNAL = "outbox/nowruz/journal.jsonl"


def letters(text: str = "سلام، نیم‌فاصله (C++).\n.\n..\n") -> dict[str, Letter]:
    mark = message.placeholder(text)
    return {
        tag: Letter(
            issue=ISSUE, edition=tag, languages=(tag,), subject=subject, text=f"{text}{mark}\n",
            html=f"<p>{text}</p><a href='{mark}'>x</a>\n", date=datetime(2026, 3, 21, tzinfo=UTC),
            sender=Mailbox(name="Pol", address="post@example.org"), unsubscribe="https://example.org/leave",
            placeholder=mark, path="content/newsletters/nowruz.md",
        )
        for tag, subject in (("en", "The spring letter"), ("fa", "نامهٔ بهار"))
    }  # fmt: skip


def people(number: int) -> str:
    rows = [f"r{n}@example.net,{'fa' if n % 2 else 'en'},Reader {n},https://example.org/leave?r={n}" for n in range(number)]
    return "address,language,name,unsubscribe\n" + "\n".join(rows) + "\n"


def listed(text: str) -> Subscribers:
    return parse(text, "list.csv", ("en", "fa"))


class Clock:
    """Time passes only in sleep."""

    def __init__(self) -> None:
        self.time = 1_000_000.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        if seconds:
            self.slept.append(seconds)
        self.time += seconds


Answer = Callable[["Mailroom", "Session", str, str], str | None]


class Session(SMTP):
    """One conversation; the mailroom may have its own say at every step."""

    room: Mailroom

    async def step(self, name: str, argument: str, go_on: Callable[[str], Any]) -> Any:
        said = self.room.answer(self.room, self, name, argument)
        if said == "drop":
            assert self.transport is not None
            self.transport.abort()
            return None
        if said == "354 drop":
            await self.push("354 go on")
            assert self.transport is not None
            self.transport.close()
            return None
        if said is not None:
            await self.push(said)
            return None
        return await go_on(argument)

    async def smtp_EHLO(self, hostname: str) -> Any:
        return await self.step("EHLO", hostname, super().smtp_EHLO)

    async def smtp_STARTTLS(self, arg: str) -> Any:
        return await self.step("STARTTLS", arg, super().smtp_STARTTLS)

    async def smtp_AUTH(self, arg: str) -> Any:
        return await self.step("AUTH", arg, super().smtp_AUTH)

    async def smtp_MAIL(self, arg: str) -> Any:
        return await self.step("MAIL", arg, super().smtp_MAIL)

    async def smtp_RCPT(self, arg: str) -> Any:
        return await self.step("RCPT", arg, super().smtp_RCPT)

    async def smtp_DATA(self, arg: str) -> Any:
        return await self.step("DATA", arg, super().smtp_DATA)

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if self.room.answer(self.room, self, "connect", "") == "drop":
            transport.abort()


class Mailroom:
    """A mail server that keeps what it was given, and says what a test wants it to say."""

    def __init__(self, answer: Answer | None = None, secure: str = "none", auth: bool = False) -> None:
        self.answer = answer or (lambda room, session, step, argument: None)
        self.accepted: list[tuple[str, bytes]] = []
        self.asked: list[str] = []
        self.after: Callable[[str], str | None] = lambda address: None
        self.options: dict[str, Any] = {}
        self.context = None
        if secure != "none":
            authority = trustme.CA()
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority.issue_cert("localhost").configure_cert(context)
            self.authority = authority.cert_pem.bytes()
            if secure == "starttls":
                self.options = {"tls_context": context, "require_starttls": True}
            else:
                self.context = context
        if auth:
            self.options |= {"authenticator": self._authenticate, "auth_required": True, "auth_require_tls": secure == "starttls"}
        self.port = 0

    def start(self) -> None:
        ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(20)

    def _serve(self, ready: threading.Event) -> None:
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        listening = self.loop.create_server(self._session, "127.0.0.1", self.port, ssl=self.context)
        server = self.loop.run_until_complete(listening)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        self.loop.run_forever()
        server.close()
        waiting = asyncio.all_tasks(self.loop)
        for task in waiting:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*waiting, return_exceptions=True))
        self.loop.close()

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(20)

    def _session(self) -> Session:
        session = Session(self, loop=self.loop, hostname="localhost", **self.options)
        session.room = self
        return session

    @staticmethod
    def _authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"mina", b"secret"), handled=False)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        self.asked.append(address)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        (address,) = envelope.rcpt_tos
        said = self.after(address)
        if said is None or said.startswith("keep"):
            self.accepted.append((address, envelope.content))
        if said in ("drop", "keep and drop"):
            server.transport.abort()
            return "250 OK"
        await asyncio.sleep(0)
        return said if said and not said.startswith("keep") else "250 OK"

    @property
    def mailed(self) -> Counter[str]:
        return Counter(address for address, _ in self.accepted)

    def server_for(self, security: Any = "none", user: str = "") -> smtp.Server:
        made = smtp.server(f"localhost:{self.port}", security, user, "secret" if user else "")
        return replace(made, timeout=20, patience=20)


@pytest.fixture
def mailroom() -> Iterator[Callable[..., Mailroom]]:
    open_now: list[Mailroom] = []

    def start(*arguments: Any, **kwargs: Any) -> Mailroom:
        room = Mailroom(*arguments, **kwargs)
        room.start()
        open_now.append(room)
        return room

    yield start
    for room in open_now:
        room.stop()


def send(root: Path, room: Mailroom, text: str, wish: Wish | None = None, **kwargs: Any) -> Standing:
    kwargs = {"rate": 10**9, "clock": Clock(), "server": room.server_for(), "letters": letters(), **kwargs}
    return sending.send(root, kwargs.pop("letters"), listed(text), wish or Wish(), kwargs.pop("server"), **kwargs)


def states(root: Path) -> dict[str, list[str]]:
    """What the journal says of each reader, in order."""
    found: dict[str, list[str]] = {}
    for line in (root / JOURNAL).read_bytes().splitlines()[1:]:
        entry = json.loads(line)
        found.setdefault(entry["address"], []).append(entry["state"])
    return found


def counts(standing: Standing) -> dict[str, int]:
    rows = standing.tallies.values()
    return {name: sum(getattr(row, name) for row in rows) for name in Tally.__slots__}


# --- all goes well -----------------------------------------------------------------------------


def test_a_thousand_readers(tmp_path: Path, mailroom: Callable[..., Mailroom]) -> None:
    room = mailroom()
    text = people(1000)
    before = sending.look(tmp_path, letters(), listed(text), Wish())
    assert before.tallies == {"en": Tally(to_send=500), "fa": Tally(to_send=500)}
    assert not (tmp_path / "outbox").exists() and not room.accepted
    after = send(tmp_path, room, text)
    assert after.tallies == {"en": Tally(sent=500), "fa": Tally(sent=500)} and after.sent_now == 1000
    assert room.mailed == Counter({f"r{n}@example.net": 1 for n in range(1000)})
    assert set(map(tuple, states(tmp_path).values())) == {("queued", "attempting", "sent")}
    again = send(tmp_path, room, text)
    assert again.sent_now == 0 and again.tallies == after.tallies and len(room.accepted) == 1000
    assert (tmp_path / JOURNAL).stat().st_mode & 0o777 == 0o600


def test_each_reader_gets_their_own_mail(tmp_path: Path, mailroom: Callable[..., Mailroom]) -> None:
    room = mailroom()
    send(tmp_path, room, people(3) + "x@example.net,fa,,\n")
    ids = set()
    for number, (address, data) in enumerate(room.accepted):
        found = message_from_bytes(data, policy=default)
        own = f"https://example.org/leave?r={number}" if number < 3 else "https://example.org/leave"
        assert found["To"].addresses[0].addr_spec == address
        assert found["List-Unsubscribe"] == f"<{own}>"
        plain, rich = found.get_body(("plain",)), found.get_body(("html",))  # type: ignore[attr-defined]
        assert plain.get_content().replace("\r\n", "\n") == f"سلام، نیم‌فاصله (C++).\n.\n..\n{own}\n"
        assert f"<a href='{own}'>" in rich.get_content()
        ids.add(found["Message-ID"])
    assert len(ids) == 4


@pytest.mark.parametrize("secure", ["starttls", "tls"])
def test_encrypted_and_with_a_password(
    tmp_path: Path, mailroom: Callable[..., Mailroom], monkeypatch: pytest.MonkeyPatch, secure: str
) -> None:
    room = mailroom(secure=secure, auth=True)
    refused = send(tmp_path, room, people(1), server=room.server_for(secure, "mina"))
    assert "certificate does not hold" in refused.stopped and not room.asked
    authority = tmp_path / "authority.pem"
    authority.write_bytes(room.authority)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    assert send(tmp_path, room, people(1), server=room.server_for(secure, "mina")).sent_now == 1
    wrong = replace(room.server_for(secure, "mina"), password="wrong")
    assert "535" in send(tmp_path, room, people(2), server=wrong).stopped
    assert list(room.mailed.values()) == [1]


def test_nothing_travels_in_the_clear_where_encryption_is_asked_for(tmp_path: Path, mailroom: Callable[..., Mailroom]) -> None:
    steps: list[str] = []
    room = mailroom(lambda room, session, step, argument: steps.append(step))
    standing = send(tmp_path, room, people(1), server=room.server_for("starttls", "mina"))
    assert "offers no encryption" in standing.stopped and counts(standing)["to_send"] == 1
    assert steps == ["connect", "EHLO"]
    with pytest.raises(UsageError, match="in the clear"):
        smtp.server("mail.example.org", "none", "mina", "secret")
    with pytest.raises(UsageError, match="or neither"):
        smtp.server("mail.example.org", "tls", "mina")
    with pytest.raises(UsageError, match="not in ASCII"):
        smtp.server("mail.example.org", "tls", "mina", "گذرواژه")


def test_the_usual_ports() -> None:
    assert [smtp.server("mail.example.org", one).port for one in ("starttls", "tls", "none")] == [587, 465, 25]
    assert (smtp.server("[::1]:2525", "none").host, smtp.server("[::1]:2525", "none").port) == ("::1", 2525)
    with pytest.raises(UsageError, match="::1 is no host"):
        smtp.server("::1", "none")


# --- who is never tried --------------------------------------------------------------------------


def test_who_left_or_has_no_address_is_never_tried(tmp_path: Path, mailroom: Callable[..., Mailroom]) -> None:
    room = mailroom()
    text = (
        "address,language,unsubscribed\na@example.net,en,\nb@example.net,fa,yes\nB@example.net,fa,\nno address,en,\n"
        "c@example.net,de,\nمینا@example.net,fa,\na@example.net,fa,\n"
    )
    standing = send(tmp_path, room, text, Wish(retry_unknown=True, retry_failed=True))
    assert room.asked == ["a@example.net"]
    assert standing.tallies == {"en": Tally(sent=1, skipped=1), "fa": Tally(skipped=4), "": Tally(skipped=1)}
    assert [one.location.line for one in standing.problems] == [5, 6, 7, 8]
    assert set(states(tmp_path)) == {"a@example.net"}


def test_who_left_between_two_runs_is_not_tried(tmp_path: Path, mailroom: Callable[..., Mailroom]) -> None:
    room = mailroom(lambda room, session, step, argument: "450 later" if step == "RCPT" and "r1@" in argument else None)
    assert counts(send(tmp_path, room, people(2)))["to_send"] == 1
    room.answer = lambda room, session, step, argument: None
    standing = send(tmp_path, room, "address,language,status\nr0@example.net,en,\nr1@example.net,fa,unsubscribed\n")
    assert room.asked == ["r0@example.net"] and counts(standing)["to_send"] == 0


def test_a_letter_that_cannot_be_is_refused_before_anything_is_sent(tmp_path: Path, mailroom: Callable[..., Mailroom]) -> None:
    room = mailroom()
    bad = letters()
    bad["fa"] = replace(bad["fa"], subject="نوروز\nBcc: everyone@example.net")
    with pytest.raises(ContentError, match=r"U\+000A"):
        send(tmp_path, room, people(4), letters=bad)
    nowhere = {tag: replace(letter, unsubscribe="") for tag, letter in letters().items()}
    with pytest.raises(ContentError, match="2 readers have no address to unsubscribe at"):
        send(tmp_path, room, "address,language\na@example.net,en\nb@example.net,en\n", letters=nowhere)
    assert not room.asked
    assert send(tmp_path, room, people(2), letters=nowhere).sent_now == 2


def test_a_text_that_changed_is_sent_on_request_only(tmp_path: Path, mailroom: Callable[..., Mailroom]) -> None:
    room = mailroom()
    send(tmp_path, room, people(3))
    other = letters("سلام دوباره\n")
    with pytest.raises(ContentError, match="the letter in `fa` has changed since one reader got it") as caught:
        sending.look(tmp_path, other, listed(people(4)), Wish())
    assert "--changed" in str(caught.value)
    assert sending.look(tmp_path, other, listed(people(3)), Wish()).queue == ()  # nobody is left to get it
    assert send(tmp_path, room, people(4), Wish(changed=True), letters=other).sent_now == 1
    assert list(room.mailed.values()) == [1] * 4


# --- answers -----------------------------------------------------------------------------------------

STAGES = ("RCPT", "DATA", "dot")


def answering(stage: str, said: str, times: int = 10**6, only: str = "r1@example.net") -> tuple[Answer, Callable[[str], str | None]]:
    """A server that says something of its own at one stage of one reader's mail."""
    left = [times]
    current = [""]

    def now() -> str | None:
        if left[0] and (not only or current[0] == only):
            left[0] -= 1
            return said
        return None

    def answer(room: Mailroom, session: Session, step: str, argument: str) -> str | None:
        if step == "RCPT":
            current[0] = argument.partition("<")[2].partition(">")[0]
        return now() if step == stage else None

    return answer, lambda address: now() if stage == "dot" else None


@pytest.mark.parametrize("stage", STAGES)
def test_what_is_refused_for_good_is_recorded_and_not_tried_again(
    tmp_path: Path, mailroom: Callable[..., Mailroom], stage: str
) -> None:
    room = mailroom()
    room.answer, room.after = answering(stage, "550 5.1.1 nobody\x1b[31m")
    standing = send(tmp_path, room, people(4))
    assert counts(standing) == {"to_send": 0, "sent": 3, "failed": 1, "unknown": 0, "skipped": 0}
    (one,) = standing.failed
    assert (one.address, one.edition) == ("r1@example.net", "fa") and one.reply.startswith("550 5.1.1")
    assert "\x1b" not in one.reply
    assert send(tmp_path, room, people(4)).sent_now == 0
    room.answer, room.after = answering(stage, "", times=0)
    assert send(tmp_path, room, people(4), Wish(retry_failed=True)).sent_now == 1
    assert room.mailed == Counter({f"r{n}@example.net": 1 for n in range(4)})


@pytest.mark.parametrize("stage", STAGES)
def test_what_is_not_now_is_tried_again_after_a_while(tmp_path: Path, mailroom: Callable[..., Mailroom], stage: str) -> None:
    room = mailroom()
    room.answer, room.after = answering(stage, "451 4.7.1 greylisted", times=2)
    clock = Clock()
    standing = send(tmp_path, room, people(4), clock=clock)
    assert counts(standing)["sent"] == 4 and not standing.waiting
    assert [address for address, _ in room.accepted] == ["r0@example.net", "r2@example.net", "r3@example.net", "r1@example.net"]
    assert sum(clock.slept) == pytest.approx(WAITS[0] + WAITS[1], abs=1)


@pytest.mark.parametrize("stage", STAGES)
def test_what_is_never_now_is_left_for_the_next_run(tmp_path: Path, mailroom: Callable[..., Mailroom], stage: str) -> None:
    room = mailroom()
    room.answer, room.after = answering(stage, "451 4.7.1 greylisted")
    clock = Clock()
    standing = send(tmp_path, room, people(4), clock=clock)
    assert counts(standing) == {"to_send": 1, "sent": 3, "failed": 0, "unknown": 0, "skipped": 0}
    ((one, reply),) = standing.waiting
    assert one.address == "r1@example.net" and "greylisted" in reply
    assert sum(clock.slept) == pytest.approx(sum(WAITS), abs=1)
    room.answer, room.after = answering(stage, "", times=0)
    assert send(tmp_path, room, people(4)).sent_now == 1
    assert list(room.mailed.values()) == [1] * 4


@pytest.mark.parametrize("stage", ["RCPT", "DATA"])
@pytest.mark.parametrize("said", ["drop", "421 4.3.2 going down"])
def test_a_connection_lost_before_the_text_is_tried_again(
    tmp_path: Path, mailroom: Callable[..., Mailroom], stage: str, said: str
) -> None:
    room = mailroom()
    room.answer, _ = answering(stage, said, times=1)
    assert counts(send(tmp_path, room, people(4)))["sent"] == 4
    assert list(room.mailed.values()) == [1] * 4


@pytest.mark.parametrize(
    ("stage", "said", "has_it"), [("DATA", "354 drop", 0), ("dot", "drop", 0), ("dot", "keep and drop", 1), ("dot", "354 ?", 0)]
)
def test_a_connection_lost_after_the_text_is_unknown(
    tmp_path: Path, mailroom: Callable[..., Mailroom], stage: str, said: str, has_it: int
) -> None:
    room = mailroom()
    room.answer, room.after = answering(stage, said, times=1)
    standing = send(tmp_path, room, people(4))
    assert counts(standing) == {"to_send": 0, "sent": 3, "failed": 0, "unknown": 1, "skipped": 0}
    assert [one.address for one in standing.unknown] == ["r1@example.net"]
    assert room.mailed["r1@example.net"] == has_it
    again = send(tmp_path, room, people(4))
    assert again.sent_now == 0 and again.unknown == standing.unknown
    last = send(tmp_path, room, people(4), Wish(retry_unknown=True))
    assert last.sent_now == 1 and last.unknown == ()
    assert room.mailed["r1@example.net"] == has_it + 1
    ids = {message_from_bytes(data)["Message-ID"] for address, data in room.accepted if address == "r1@example.net"}
    assert len(ids) == 1  # so that a mail program can tell that it is the same


def test_a_server_that_says_nothing_is_waited_for(tmp_path: Path, mailroom: Callable[..., Mailroom]) -> None:
    asked: list[str] = []
    told: list[str] = []
    awake = threading.Event()

    def answer(room: Mailroom, session: Session, step: str, argument: str) -> None:
        asked.append(step)
        if asked == ["connect", "EHLO"]:
            awake.wait(20)

    room = mailroom(answer)
    server = replace(room.server_for(), timeout=0.2)

    def tell(text: str) -> None:
        told.append(text)
        awake.set()

    standing = send(tmp_path, room, people(2), tell=tell, server=server)
    assert told == ["the mail server: the server did not answer in time; trying again in 60 s"]
    assert standing.sent_now == 2


@pytest.mark.parametrize(
    ("stage", "said"),
    [("connect", "drop"), ("EHLO", "drop"), ("AUTH", "drop"), ("AUTH", "454 4.7.0 not now"), ("MAIL", "drop"), ("MAIL", "421 4.3.2 not now"), ("MAIL", "450 4.3.2 not now")],
)
def test_a_server_that_is_away_is_waited_for(tmp_path: Path, mailroom: Callable[..., Mailroom], stage: str, said: str) -> None:
    room = mailroom(auth=True)
    room.answer, _ = answering(stage, said, times=2, only="")
    told: list[str] = []
    clock = Clock()
    standing = send(tmp_path, room, people(4), clock=clock, tell=told.append, server=room.server_for("none", "mina"))
    assert counts(standing)["sent"] == 4 and list(room.mailed.values()) == [1] * 4
    assert sum(clock.slept) >= WAITS[0]
    assert told == [] or "trying again in 60 s" in told[0]


def test_a_wish_to_mail_again_holds_for_one_run(tmp_path: Path, mailroom: Callable[..., Mailroom]) -> None:
    """Whatever becomes of a second attempt that does not succeed, the first one is still unknown."""
    room = mailroom()
    room.answer, room.after = answering("dot", "keep and drop", times=1)
    assert len(send(tmp_path, room, people(4)).unknown) == 1
    for stage in STAGES:
        room.answer, room.after = answering(stage, "451 4.7.1 greylisted")
        standing = send(tmp_path, room, people(4), Wish(retry_unknown=True))
        assert [one.address for one in standing.unknown] == ["r1@example.net"] and len(standing.waiting) == 1
        room.answer, room.after = answering(stage, "", times=0)
        assert send(tmp_path, room, people(4)).sent_now == 0
    assert room.mailed["r1@example.net"] == 1


def test_a_server_that_stays_away_ends_the_run(tmp_path: Path, mailroom: Callable[..., Mailroom]) -> None:
    room = mailroom(lambda room, session, step, argument: "drop" if step == "connect" else None)
    clock = Clock()
    standing = send(tmp_path, room, people(4), clock=clock)
    assert standing.stopped and counts(standing)["to_send"] == 4 and not room.asked
    assert sum(clock.slept) == pytest.approx(sum(WAITS), abs=1)
    room.answer = lambda room, session, step, argument: None
    assert send(tmp_path, room, people(4)).sent_now == 4


@pytest.mark.parametrize("stage", ["MAIL", "AUTH"])
def test_a_server_that_takes_nothing_from_us_ends_the_run(tmp_path: Path, mailroom: Callable[..., Mailroom], stage: str) -> None:
    room = mailroom(auth=True)
    room.answer, _ = answering(stage, "554 5.7.1 not you", only="")
    clock = Clock()
    standing = send(tmp_path, room, people(4), clock=clock, server=room.server_for("none", "mina"))
    assert "554 5.7.1 not you" in standing.stopped and counts(standing)["to_send"] == 4 and counts(standing)["failed"] == 0
    assert not clock.slept or max(clock.slept) < 1


def test_no_server_at_all(tmp_path: Path, mailroom: Callable[..., Mailroom]) -> None:
    room = mailroom()
    nowhere = room.server_for()
    room.stop()
    standing = send(tmp_path, room, people(1), server=nowhere)
    assert "refused" in standing.stopped.lower()
    assert send(tmp_path, room, people(1), server=replace(nowhere, host="a..b")).stopped
    room.start()


def test_starttls_that_breaks(tmp_path: Path, mailroom: Callable[..., Mailroom], monkeypatch: pytest.MonkeyPatch) -> None:
    room = mailroom(secure="starttls")
    authority = tmp_path / "authority.pem"
    authority.write_bytes(room.authority)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    room.answer, _ = answering("STARTTLS", "454 4.7.0 not now", times=1, only="")
    assert send(tmp_path, room, people(2), server=room.server_for("starttls")).sent_now == 2
    room.answer, _ = answering("STARTTLS", "drop", times=1, only="")
    assert send(tmp_path, room, people(4), server=room.server_for("starttls")).sent_now == 2


# --- the rate --------------------------------------------------------------------------------------------


def test_the_rate_holds_over_runs_too(tmp_path: Path, mailroom: Callable[..., Mailroom]) -> None:
    clock = Clock()
    times: list[float] = []
    room = mailroom(lambda room, session, step, argument: times.append(clock.now()) if step == "MAIL" else None)
    send(tmp_path, room, people(5), rate=30, clock=clock)
    send(tmp_path, room, people(9), rate=30, clock=clock)
    gaps = [after - before for before, after in zip(times, times[1:], strict=False)]
    assert len(times) == 9 and min(gaps) >= 2 - 0.002 and max(gaps) <= 2.002


# --- the journal ---------------------------------------------------------------------------------------


def test_a_last_line_that_was_never_finished(tmp_path: Path, mailroom: Callable[..., Mailroom]) -> None:
    room = mailroom()
    send(tmp_path, room, people(2))
    path = tmp_path / JOURNAL
    whole = path.read_bytes()
    for cut in range(len(whole.splitlines()[0]) + 1, len(whole)):
        so_far = journal.read(whole[:cut], JOURNAL)
        lines = whole[:cut].count(b"\n")
        assert len(so_far.entries) == min(2, max(0, lines - 1))
    path.write_bytes(whole[:-20])
    standing = send(tmp_path, room, people(3))
    assert [one.address for one in standing.unknown] == ["r1@example.net"] and standing.sent_now == 1
    assert path.read_bytes().startswith(whole[: whole[:-20].rfind(b"\n") + 1])
    assert list(room.mailed.values()) == [1, 1, 1]


@pytest.mark.parametrize("number", [0, 1, 3])
def test_a_journal_that_cannot_be_read_stops_everything(tmp_path: Path, mailroom: Callable[..., Mailroom], number: int) -> None:
    room = mailroom()
    send(tmp_path, room, people(2))
    path = tmp_path / JOURNAL
    lines = path.read_bytes().splitlines(keepends=True)
    for bad in (b"garbage\n", b"[]\n", b'{"address": 1}\n', b"\n", b'{"journal": 2}\n', lines[-1].replace(b'"sent"', b'"posted"')):
        path.write_bytes(b"".join([*lines[:number], bad, *lines[number + 1 :]]))
        with pytest.raises(ContentError, match=f"{JOURNAL}:{number + 1}: this line of the journal cannot be read"):
            send(tmp_path, room, people(3))
    assert len(room.accepted) == 2


def test_two_cannot_send_at_once(tmp_path: Path, mailroom: Callable[..., Mailroom]) -> None:
    room = mailroom()
    said: list[str] = []

    def meanwhile(address: str) -> None:
        with pytest.raises(DiskError) as caught:
            send(tmp_path, room, people(3))
        said.append(str(caught.value))

    room.after = meanwhile
    assert send(tmp_path, room, people(3)).sent_now == 3
    assert len(said) == 3 and all("another command is at work here: dozaban newsletter send" in one for one in said)


def test_a_disk_that_is_full_sends_nothing_more(tmp_path: Path, mailroom: Callable[..., Mailroom], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is given to the server that the journal does not know of."""
    room = mailroom()
    sync, number = os.fsync, [0]

    def full(handle: int) -> None:
        number[0] += 1
        if number[0] > 9:
            raise OSError(28, "No space left on device")
        sync(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskError, match="No space left"):
        send(tmp_path, room, people(9))
    monkeypatch.setattr(os, "fsync", sync)
    first = dict(room.mailed)
    standing = send(tmp_path, room, people(9))
    assert len(standing.unknown) <= 1
    assert all(room.mailed[f"r{n}@example.net"] == 1 for n in range(9) if f"r{n}@example.net" not in {one.address for one in standing.unknown})
    assert 0 < len(first) < 9 and max(room.mailed.values()) == 1


@pytest.mark.parametrize("link", ["outbox", "outbox/nowruz", JOURNAL])
def test_a_journal_is_not_written_through_a_link(tmp_path: Path, mailroom: Callable[..., Mailroom], link: str) -> None:
    room = mailroom()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    root = tmp_path / "site"
    (root / link).parent.mkdir(parents=True)
    (root / link).symlink_to(elsewhere / "x.jsonl" if link == JOURNAL else elsewhere)
    with pytest.raises(DiskError):
        send(root, room, people(1))
    assert not room.asked and not list(elsewhere.iterdir())


def test_test_mails_are_in_no_journal_and_are_no_doubles(tmp_path: Path, mailroom: Callable[..., Mailroom]) -> None:
    room = mailroom()
    outcomes = sending.send_test(letters(), "r0@example.net", room.server_for())
    assert [(tag, one.kind) for tag, one in outcomes] == [("en", "sent"), ("fa", "sent")]
    assert not (tmp_path / "outbox").exists()
    send(tmp_path, room, people(1))
    assert len({message_from_bytes(data)["Message-ID"] for _, data in room.accepted}) == 3
    with pytest.raises(ContentError, match="it is no e-mail address"):
        sending.send_test(letters(), "nobody", room.server_for())


def test_ctrl_c_ends_between_two_mails(tmp_path: Path, mailroom: Callable[..., Mailroom]) -> None:
    room = mailroom()
    before = signal.getsignal(signal.SIGINT)

    def after(address: str) -> None:
        if address == "r3@example.net":
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.05)  # the signal comes while the mail is under way

    room.after = after
    standing = send(tmp_path, room, people(9))
    assert standing.interrupted and counts(standing) == {"to_send": 5, "sent": 4, "failed": 0, "unknown": 0, "skipped": 0}
    room.after = lambda address: None
    assert send(tmp_path, room, people(9)).sent_now == 5
    assert list(room.mailed.values()) == [1] * 9
    assert signal.getsignal(signal.SIGINT) is before


def test_a_second_ctrl_c_does_not_wait_for_the_mail(tmp_path: Path, mailroom: Callable[..., Mailroom]) -> None:
    """Of the one that was under way nobody knows then; it is not mailed again unasked."""
    room = mailroom()

    def after(address: str) -> None:
        for _ in range(2 if address == "r3@example.net" else 0):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.05)

    room.after = after
    standing = send(tmp_path, room, people(9))
    assert standing.interrupted and [one.address for one in standing.unknown] == ["r3@example.net"]
    room.after = lambda address: None
    assert counts(send(tmp_path, room, people(9))) == {"to_send": 0, "sent": 8, "failed": 0, "unknown": 1, "skipped": 0}
    assert room.mailed["r3@example.net"] == 1


# --- kill -9 ----------------------------------------------------------------------------------------------

CHILD = """
import pickle
from pathlib import Path
from pipeline.app import sending
with open({work!r}, "rb") as stream:
    letters, subscribers, server = pickle.load(stream)
sending.send(Path({root!r}), letters, subscribers, sending.Wish(), server, rate=10**9)
"""


def kill_and_resume(root: Path, room: Mailroom, number: int, chance: random.Random) -> set[str]:
    """Send to `number` readers, killed at random moments until all is done; who is unknown."""
    work = root / "work"
    work.write_bytes(pickle.dumps((letters(), listed(people(number)), room.server_for())))
    code = CHILD.format(work=str(work), root=str(root))
    unknown: set[str] = set()
    for round in range(1000):
        fatal = (chance.choice(["connect", "EHLO", "MAIL", "RCPT", "DATA", "dot", "later"]), chance.randrange(1, max(2, number // 4)))
        seen: Counter[str] = Counter()
        child: list[subprocess.Popen[bytes]] = []
        started = threading.Event()

        def kill(delay: float = 0.0, child: list[subprocess.Popen[bytes]] = child, started: threading.Event = started) -> None:
            started.wait(10)
            if delay:
                threading.Timer(delay, child[0].kill).start()
            else:
                child[0].kill()

        def at(step: str, seen: Counter[str] = seen, fatal: tuple[str, int] = fatal, kill: Callable[..., None] = kill) -> None:
            seen[step] += 1
            if (step, seen[step]) == fatal or (fatal[0] in ("connect", "EHLO") and step == fatal[0]):
                kill()
            elif fatal[0] == "later" and (step, seen[step]) == ("dot", fatal[1]):
                kill(chance.random() * 0.01)

        room.answer = lambda room, session, step, argument, at=at: at(step)  # type: ignore[misc]
        room.after = lambda address, at=at: at("dot")  # type: ignore[misc]
        child.append(subprocess.Popen([sys.executable, "-c", code]))
        started.set()
        status = child[0].wait(120)
        so_far = journal.read((root / JOURNAL).read_bytes(), JOURNAL) if (root / JOURNAL).exists() else journal.Journal()
        now = {one.address for one in so_far.in_state("unknown")}
        assert unknown <= now, "an unknown one was forgotten"
        unknown = now
        sent = {one.address for one in so_far.in_state("sent")}
        assert sent <= set(room.mailed), "a mail that was never sent"
        assert set(room.mailed) <= sent | unknown, "a mail that nobody knows of"
        assert not room.mailed or max(room.mailed.values()) == 1, "somebody was mailed twice"
        if status == 0:
            assert sent | unknown == {f"r{n}@example.net" for n in range(number)}, "somebody was missed"
            return unknown
        assert status == -signal.SIGKILL, f"round {round}"
    raise AssertionError("it never ends")


def test_killed_at_random_moments(tmp_path: Path, mailroom: Callable[..., Mailroom]) -> None:
    room = mailroom()
    unknown = kill_and_resume(tmp_path, room, 16, random.Random(7))
    room.answer, room.after = lambda room, session, step, argument: None, lambda address: None
    before = room.mailed
    standing = send(tmp_path, room, people(16), Wish(retry_unknown=True))
    assert standing.sent_now == len(unknown) and standing.unknown == ()
    assert room.mailed == before + Counter(unknown)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100))
def test_killed_at_random_moments_a_hundred_times(tmp_path: Path, mailroom: Callable[..., Mailroom], seed: int) -> None:
    kill_and_resume(tmp_path, mailroom(), 60, random.Random(seed))


# --- the command --------------------------------------------------------------------------------------------


@pytest.fixture
def issue(site: Folder) -> Folder:
    """A site with an issue that goes out in both languages, and a list."""
    text = site.read("content/site.toml").replace("[languages.en]", (
        '[newsletter]\nsender = "post@example.org"\nunsubscribe = "https://example.org/leave"\n'
        'smtp = "localhost:1"\nsecurity = "none"\nrate = 100000\n\n[languages.en]'), 1)  # fmt: skip
    site.write("content/site.toml", text)
    site.post("one", "Text.\n")
    site.write("content/posts/one.fa.md", "---\ntitle: یک\n---\n\nمتن.\n")
    site.write("content/newsletters/nowruz.md", (
        "---\ntitle: The spring letter\nnumber: 1\ndate: 2026-03-21\ndigest: {limit: 5}\n"
        "---\n\nFriends,\n"))  # fmt: skip
    site.write("content/newsletters/nowruz.fa.md", "---\ntitle: نامهٔ بهار (C++)\n---\n\nدوستان،\n")
    site.write("list.csv", people(4) + "nobody,en,,\n")
    return site


def at(site: Folder, room: Mailroom) -> None:
    site.write("content/site.toml", re.sub(r"localhost:\d+", f"localhost:{room.port}", site.read("content/site.toml")))


def test_the_command_sends_nothing_unless_it_is_told_to(issue: Folder, mailroom: Callable[..., Mailroom]) -> None:
    room = mailroom()
    at(issue, room)
    listed = ("--subscribers", str(issue.root / "list.csv"))
    said = issue.run("newsletter", "send", "nowruz", *listed)
    assert said.status == 1 and "list.csv:6:1: error: no mail can go to `nobody`" in said.err
    assert "  en: 2 to send, 0 sent, 0 refused, 0 unknown, 1 left out\n  fa: 2 to send," in said.out
    assert "Nothing was sent" in said.out
    for more in (("--dry-run", "--yes"), ("--dry-run",), ("--json",)):
        assert issue.run("newsletter", "send", "nowruz", *listed, *more).status == 1
    refused = issue.run("newsletter", "send", "nowruz", *listed, "--no-dry-run")
    assert refused.status == 2 and "--yes" in refused.err
    nobody = issue.run("newsletter", "send", "nowruz", "--yes")
    assert nobody.status == 2 and "--subscribers" in nobody.err
    assert not room.asked and not (issue.root / "outbox").exists()


def test_the_command_sends_and_answers_in_json(issue: Folder, mailroom: Callable[..., Mailroom]) -> None:
    room = mailroom()
    at(issue, room)
    room.answer, room.after = answering("RCPT", "550 nobody")
    said = issue.run("newsletter", "send", "nowruz", "--subscribers", str(issue.root / "list.csv"), "--yes", "--json")
    answer = json.loads(said.out)
    assert answer.pop("problems")[0]["line"] == 6
    assert answer == {
        "version": 1, "command": "newsletter send", "dry_run": False, "issue": ISSUE,
        "languages": {"en": {"to_send": 0, "sent": 2, "failed": 0, "unknown": 0, "skipped": 1},
                      "fa": {"to_send": 0, "sent": 1, "failed": 1, "unknown": 0, "skipped": 0}},
        "unknown": [], "failed": [{"address": "r1@example.net", "language": "fa", "reply": "550 nobody"}],
        "waiting": [], "stopped": None,
    }  # fmt: skip
    assert said.status == 1
    subjects = {message_from_bytes(data, policy=default)["Subject"] for _, data in room.accepted}
    assert subjects == {"The spring letter", "نامهٔ بهار (C++)"}
    assert "unsubscribe.invalid" not in "".join(
        str(part.get_content()) for _, data in room.accepted for part in message_from_bytes(data, policy=default).iter_parts()  # type: ignore[attr-defined]
    )


@pytest.mark.parametrize("answer", ["y", "n"])
def test_the_command_asks_on_a_terminal(issue: Folder, mailroom: Callable[..., Mailroom], answer: str) -> None:
    room = mailroom()
    at(issue, room)
    ours, theirs = os.openpty()
    code = "from pipeline.cli import run; run()"
    command = [sys.executable, "-c", code, "-C", str(issue.root), "newsletter", "send", "nowruz", "--subscribers",
               str(issue.root / "list.csv"), "--no-dry-run"]  # fmt: skip
    os.write(ours, f"{answer}\n".encode())
    said = subprocess.run(command, stdin=theirs, capture_output=True, text=True, check=False, timeout=60)
    os.close(ours)
    os.close(theirs)
    assert "en: 2 to send" in said.stderr and "Send these 4 mails now? [y/N]" in said.stderr
    assert len(room.accepted) == (4 if answer == "y" else 0)
    assert ("nothing was sent" in said.stdout) is (answer == "n")


def test_the_command_names_everybody_who_did_not_get_it(
    issue: Folder, mailroom: Callable[..., Mailroom], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And says how to try again with each kind of them."""
    room = mailroom()
    at(issue, room)
    monkeypatch.setattr(sending, "WallClock", Clock)
    said = {"r1@example.net": "550 nobody of\tthat name", "r3@example.net": "451 greylisted"}

    def answer(room: Mailroom, session: Session, step: str, argument: str) -> str | None:
        return said.get(argument.partition("<")[2].partition(">")[0]) if step == "RCPT" else None

    room.answer, room.after = answer, lambda address: "drop" if address == "r2@example.net" else None
    command = ("newsletter", "send", "nowruz", "--subscribers", str(issue.root / "list.csv"), "--yes")
    first = issue.run(*command)
    assert first.status == 1
    assert first.out == (
        f"{ISSUE}\n"
        "  en: 0 to send, 1 sent, 0 refused, 1 unknown, 1 left out\n"
        "  fa: 1 to send, 0 sent, 1 refused, 0 unknown, 0 left out\n"
        "refused: r1@example.net (fa): 550 nobody of that name\n"
        "unknown: r2@example.net (en)\n"
        "not yet: r3@example.net (fa): 451 greylisted\n"
        "The server may have the unknown ones or not. To mail them again, add --retry-unknown.\n"
        "To try those again that were refused, add --retry-failed.\n"
    )
    said.clear()
    room.after = lambda address: None
    again = issue.run(*command, "--retry-unknown", "--retry-failed")
    assert again.out.startswith(f"{ISSUE}\n  en: 0 to send, 2 sent, 0 refused, 0 unknown, 1 left out\n  fa: 0 to send, 2 sent,")
    assert "add --" not in again.out and list(room.mailed.values()) == [1] * 4


def test_the_command_says_why_a_run_stopped(issue: Folder, mailroom: Callable[..., Mailroom]) -> None:
    room = mailroom()
    at(issue, room)
    room.answer, _ = answering("MAIL", "550 not you", only="")
    command = ("newsletter", "send", "nowruz", "--subscribers", str(issue.root / "list.csv"), "--yes")
    said = issue.run(*command)
    assert said.status == 1 and said.err.endswith("stopped: 550 not you\n")
    assert "en: 2 to send, 0 sent" in said.out and "To send, add" not in said.out
    tested = issue.run("newsletter", "send", "nowruz", "--test", "editor@example.org")
    assert (tested.status, tested.out.splitlines()) == (1, [f"{tag}: not sent: 550 not you" for tag in ("en", "fa", "both")])


def test_the_command_can_be_interrupted_and_run_again(issue: Folder, mailroom: Callable[..., Mailroom]) -> None:
    room = mailroom()
    at(issue, room)

    def after(address: str) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.05)  # the signal comes while the mail is under way

    room.after = after
    command = ("newsletter", "send", "nowruz", "--subscribers", str(issue.root / "list.csv"), "--yes")
    said = issue.run(*command)
    assert said.status == 130 and said.err.endswith("interrupted; run it again to go on\n")
    room.after = lambda address: None
    issue.run(*command)
    assert list(room.mailed.values()) == [1] * 4


def test_a_test_mail_may_be_a_draft_s_and_nothing_else(issue: Folder, mailroom: Callable[..., Mailroom]) -> None:
    room = mailroom()
    at(issue, room)
    text = issue.read("content/newsletters/nowruz.md")
    issue.write("content/newsletters/nowruz.md", text.replace("number: 1", "number: 1\ndraft: true"))
    said = issue.run("newsletter", "send", "nowruz", "--subscribers", str(issue.root / "list.csv"), "--yes")
    assert said.status == 1 and "still a draft" in said.err and not room.asked
    tested = issue.run("newsletter", "send", "nowruz", "--test", "editor@example.org")
    assert (tested.status, room.asked) == (0, ["editor@example.org"] * 3)
    answer = json.loads(issue.run("newsletter", "send", "nowruz", "--test", "editor@example.org", "--json").out)
    assert [one["outcome"] for one in answer["mails"]] == ["sent", "sent", "sent"]
    assert issue.run("newsletter", "send", "nowruz", "--test", "nobody").status == 1


def test_an_issue_without_a_date_is_not_sent(issue: Folder, mailroom: Callable[..., Mailroom]) -> None:
    """Mail programs would show it as a letter of 1970."""
    room = mailroom()
    at(issue, room)
    text = issue.read("content/newsletters/nowruz.md")
    issue.write("content/newsletters/nowruz.md", text.replace("date: 2026-03-21\n", ""))
    said = issue.run("newsletter", "send", "nowruz", "--subscribers", str(issue.root / "list.csv"), "--yes")
    what = "content/newsletters/nowruz.md: {}: the issue has no date, and its mail needs one [newsletter]\n    add a line: date: 2026-03-20\n"
    assert (said.status, said.err) == (1, what.format("error"))
    assert not room.asked and not (issue.root / "outbox").exists()
    assert what.format("warning") in issue.run("newsletter", "check", "nowruz").err
    assert issue.run("build").status == 0
    assert issue.run("newsletter", "send", "nowruz", "--test", "editor@example.org").status == 0


def test_a_renamed_issue_is_not_sent_again(issue: Folder, mailroom: Callable[..., Mailroom]) -> None:
    room = mailroom()
    at(issue, room)
    listed = ("--subscribers", str(issue.root / "list.csv"), "--yes")
    issue.run("newsletter", "send", "nowruz", *listed)
    assert issue.run("mv", "newsletters/nowruz", "spring").status == 0
    said = issue.run("newsletter", "send", "spring", *listed)
    assert "Nobody is left to be mailed" in said.out and len(room.accepted) == 4


def test_what_is_not_set_is_said(issue: Folder) -> None:
    issue.write("content/site.toml", issue.read("content/site.toml").replace('smtp = "localhost:1"\n', ""))
    listed = ("--subscribers", str(issue.root / "list.csv"), "--yes")
    said = issue.run("newsletter", "send", "nowruz", *listed)
    assert said.status == 2 and "set `smtp` under [newsletter]" in said.err
    said = issue.run("newsletter", "draft", "nowruz")
    assert said.status == 2 and "set `listmonk` under [newsletter]" in said.err
    said = issue.run("newsletter", "send", "nowruz", "--subscribers", "nowhere.csv")
    assert said.status == 1 and "nowhere.csv: error: cannot read it" in said.err
