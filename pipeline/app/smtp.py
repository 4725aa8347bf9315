"""The mail server: one mail after another handed over, and how each ended.

The only user of smtplib. A mail is walked through the protocol step by step, so that it
is always known whether the server can have it: once its text is on the way, only an
answer tells. Certificates are checked; a server that offers no encryption where it is
asked for gets neither password nor mail. It keeps no journal, waits for nothing and
tries nothing twice.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from pipeline.message import cleaned
from pipeline.problems import UsageError
from pipeline.speech import Said, say

PORTS = {"starttls": 587, "tls": 465, "none": 25}
"""The usual port for each way of speaking to a mail server (RFC 6409, RFC 8314)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where mail is handed in, and as whom. `timeout` and `patience` are in seconds:
    for an answer, and for the answer to a whole mail (RFC 5321, section 4.5.3.2.6: a
    client that waits less than ten minutes sends doubles)."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: str = ""
    timeout: float = 60
    patience: float = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How handing over ended.

    `sent`; `failed`: refused for good; `later`: not now, or the connection was lost while
    the server could not have the mail yet; `unknown`: lost when it could; `away`: the
    server takes nothing now; `stop`: it will take nothing from us. `reply` says why.
    """

    kind: Literal["sent", "failed", "later", "unknown", "away", "stop"]
    reply: str = ""


def server(
    address: str, security: Literal["starttls", "tls", "none"], user: str = "", password: str = ""
) -> Server:
    """The server at `address`, a host with a port or without. Raises UsageError."""
    found = re.fullmatch(r"(\[[^\]]+\]|[^:]+)(?::(\d+))?", address)
    if found is None:
        raise UsageError(say("{address} is no host", address=address))
    host = found[1].strip("[]")
    if bool(user) != bool(password):
        raise UsageError(say("set both DOZABAN_SMTP_USER and DOZABAN_SMTP_PASSWORD, or neither"))
    if not (user + password).isascii():
        raise UsageError(say("DOZABAN_SMTP_USER or DOZABAN_SMTP_PASSWORD holds a character that is not in ASCII"))
    if user and security == "none" and host not in ("localhost", "127.0.0.1", "::1"):
        raise UsageError(say("with security = \"none\" the password would travel in the clear"))
    return Server(
        host=host, port=int(found[2] or PORTS[security]), security=security, user=user, password=password
    )


class _Ended(Exception):
    """A step after which there is nothing more to do for this mail."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome


class Post:
    """A connection to a mail server, made when it is needed and again when it was lost."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._smtp: smtplib.SMTP | None = None

    def deliver(self, sender: str, address: str, data: bytes, giving: Callable[[], None]) -> Outcome:
        """Hand over one mail. `giving` is called before the server is given its text.

        Never raises for what a server or the network does; what `giving` raises comes
        through, and the server does not get the mail.
        """
        try:
            smtp = self._ready()
        except _Ended as ended:
            self._drop()
            return ended.outcome
        try:
            self._introduce(smtp, sender, address, len(data))
            giving()
            self._step(smtp, "DATA")
        except _Ended as ended:
            return ended.outcome
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            return Outcome(kind="later", reply=_why(error))
        except BaseException:
            self._drop()
            raise
        try:
            smtp.send(_dotted(data))
            assert smtp.sock is not None
            smtp.sock.settimeout(self.server.patience)
            code, reply = smtp.getreply()
            smtp.sock.settimeout(self.server.timeout)
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            return Outcome(kind="unknown", reply=_why(error))
        except BaseException:
            self._drop()
            raise
        if code == 421:
            self._drop()
        kinds: dict[int, Literal["sent", "later", "failed"]] = {2: "sent", 4: "later", 5: "failed"}
        return Outcome(kind=kinds.get(code // 100, "unknown"), reply=_said(code, reply))

    def close(self) -> None:
        """Say goodbye, if anybody listens."""
        if self._smtp is not None:
            with suppress(smtplib.SMTPException, OSError):
                self._smtp.quit()
        self._drop()

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None

    def _ready(self) -> smtplib.SMTP:
        """A connection on which a mail can begin: the one there is, if it still holds."""
        if self._smtp is not None:
            with suppress(smtplib.SMTPException, OSError):
                if self._smtp.rset()[0] == 250:
                    return self._smtp
            self._drop()
        try:
            return self._connect()
        except smtplib.SMTPResponseException as error:
            kind: Literal["stop", "away"] = "stop" if error.smtp_code >= 500 else "away"
            raise _Ended(Outcome(kind=kind, reply=_said(error.smtp_code, error.smtp_error))) from None
        except smtplib.SMTPServerDisconnected as error:
            raise _Ended(Outcome(kind="away", reply=_why(error))) from None
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
            raise _Ended(Outcome(kind="away", reply=_why(error))) from None
        except (smtplib.SMTPException, ssl.SSLError, socket.gaierror, UnicodeError) as error:
            raise _Ended(Outcome(kind="stop", reply=_why(error))) from None
        except OSError as error:
            raise _Ended(Outcome(kind="away", reply=_why(error))) from None

    def _connect(self) -> smtplib.SMTP:
        server = self.server
        context = ssl.create_default_context()
        if server.security == "tls":
            self._smtp = smtplib.SMTP_SSL(server.host, server.port, timeout=server.timeout, context=context)
        else:
            self._smtp = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
        self._smtp.ehlo_or_helo_if_needed()
        if server.security == "starttls":
            if not self._smtp.has_extn("starttls"):
                raise _Ended(Outcome(kind="stop", reply=say("the server offers no encryption (STARTTLS)")))
            self._smtp.starttls(context=context)
            self._smtp.ehlo_or_helo_if_needed()
        if server.user:
            self._smtp.login(server.user, server.password)
        return self._smtp

    def _introduce(self, smtp: smtplib.SMTP, sender: str, address: str, size: int) -> None:
        """MAIL and RCPT. What a server says to MAIL is about us, and to RCPT about the reader."""
        options = [f"size={size}"] if smtp.has_extn("size") else []
        code, reply = smtp.mail(sender, options)
        if code // 100 != 2:
            self._drop()
            raise _Ended(Outcome(kind="stop" if code >= 500 else "away", reply=_said(code, reply)))
        code, reply = smtp.rcpt(address)
        if code // 100 != 2:
            self._refused(code, reply)

    def _step(self, smtp: smtplib.SMTP, command: str) -> None:
        code, reply = smtp.docmd(command)
        if code != 354:
            self._refused(code, reply)

    def _refused(self, code: int, reply: bytes) -> None:
        if code == 421 or code < 400:
            self._drop()
        raise _Ended(Outcome(kind="failed" if code >= 500 else "later", reply=_said(code, reply)))


def _dotted(data: bytes) -> bytes:
    """A message for DATA: no line of its own is a lone dot, the last one is (RFC 5321, 4.5.2)."""
    return re.sub(rb"(?m)^\.", b"..", data) + b".\r\n"


def _said(code: int, reply: bytes | str) -> str:
    """A server's answer on one line."""
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return cleaned(" ".join(f"{code} {text}".split()))[:300]


def _why(error: Exception) -> str | Said:
    # smtplib says of a server that is silent that it closed the connection.
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return say("the server did not answer in time")
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return say("the server closed the connection")
    if isinstance(error, ssl.SSLCertVerificationError):
        return say("the server's certificate does not hold: {reason}", reason=error.verify_message)
    if isinstance(error, OSError):
        return cleaned(error.strerror or str(error))
    return cleaned(str(error))
