"""Drafts for listmonk: a campaign for each language, made once and brought up to date.

Speaks to listmonk's HTTP API (listmonk.app/docs/apis) and leaves all else to it: readers,
signing up and off, bounces, the sending itself. A campaign is found again by a tag of
ours, so that a second run brings the first one's draft up to date; one that is no draft
any more is left alone. listmonk runs subjects and bodies as Go templates: what looks like
one in a text is written so that it comes out as it stands, and the one template that is
meant is listmonk's own address to unsubscribe.
"""

from __future__ import annotations

import http.client
import json
import re
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from pipeline.message import Letter, Mailbox, cleaned
from pipeline.model import Site
from pipeline.problems import ContentError, NetworkError, Problem, UsageError, problem
from pipeline.speech import Said, say

TEMPLATE = "dozaban"
"""The name of the campaign template that we make in listmonk: nothing around the mail,
which has its own frame."""

TEMPLATE_BODY = '{{ template "content" . }}'

TIMEOUT = 30
"""How many seconds we wait for an answer."""

_MOST = 64 << 20  # no answer is longer: a thousand campaigns with their bodies


@dataclass(frozen=True, slots=True, kw_only=True)
class Listmonk:
    """A list manager: where it is, and as whom we come."""

    address: str
    user: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What became of a language's campaign; `status` is listmonk's word for its state."""

    language: str
    campaign: int
    done: Literal["created", "updated", "left"]
    status: str
    url: str


def listmonk(site: Site, user: str, token: str) -> Listmonk:
    """The site's list manager. Raises UsageError where it cannot be spoken to."""
    address = site.newsletter.listmonk
    if not address:
        raise UsageError(say("set `listmonk` under [newsletter] in content/site.toml to the address of yours"))
    if not user or not token:
        raise UsageError(say("set DOZABAN_LISTMONK_USER and DOZABAN_LISTMONK_TOKEN: an API user of listmonk's, and its token"))
    if not re.fullmatch(r"[!-9;-~]+", user) or not re.fullmatch(r"[!-~]+", token):
        raise UsageError(say("DOZABAN_LISTMONK_USER or DOZABAN_LISTMONK_TOKEN holds a character that no user or token has"))
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise UsageError(say("the token would travel in the clear to {address}: write https://", address=address))
    return Listmonk(address=address, user=user, token=token)


def draft(site: Site, letters: Mapping[str, Letter], manager: Listmonk) -> tuple[list[Draft], list[Problem]]:
    """A draft for each language that has a letter and a list; says what is left out.

    Raises ContentError where a letter cannot be a campaign, NetworkError where listmonk
    refuses or does not answer. What was drafted by then stays and is found again.
    """
    payloads: dict[str, dict[str, Any]] = {}
    problems: list[Problem] = []
    faults: list[Problem] = []
    lists = {language.tag: language.mailing_list for language in site.languages}
    for tag, letter in letters.items():
        number = lists.get(tag)
        if number is None:  # an edition in all languages has no list of its own
            continue
        if not number:
            said = say("listmonk gets no campaign for `{language}`, which has no list", language=tag)
            hint = say("set `mailing_list` under [languages.{language}] to the number of the list", language=tag)
            problems.append(problem("newsletter", said, "content/site.toml", hint=hint, severity="warn"))
        elif letter.pictures:
            said = say("listmonk takes no pictures within a mail")
            faults.append(problem("newsletter", said, letter.path, hint=say("link them: set images = \"link\" under [newsletter]")))
        else:
            payloads[tag] = campaign(site, letter, number)
    if faults:
        raise ContentError(problems=tuple(faults))
    if not payloads:
        raise ContentError(problems=tuple(problems) or (
            problem("newsletter", say("there is no letter to draft"), "content/site.toml"),))  # fmt: skip
    drafts = []
    speaker = _Speaker(manager)
    template = _template(speaker)
    for tag, payload in payloads.items():
        drafts.append(_place(speaker, tag, {**payload, "template_id": template}))
    return drafts, problems


def campaign(site: Site, letter: Letter, number: int) -> dict[str, Any]:
    """A letter as listmonk takes it, for the list of that number."""
    headers = [{"Content-Language": ", ".join(letter.languages)}]
    if letter.reply_to:
        headers.append({"Reply-To": letter.reply_to})
    return {
        "name": f"{letter.issue.removeprefix('newsletters/')} ({letter.edition})",
        "subject": subject(cleaned(letter.subject)),
        "lists": [number],
        "from_email": _sender(letter.sender),
        "type": "regular",
        "content_type": "html",
        "body": markup(letter.html, letter.placeholder),
        "altbody": text(letter.text, letter.placeholder),
        "messenger": "email",
        "tags": [TEMPLATE, _mark(site, letter)],
        "headers": headers,
    }


def _mark(site: Site, letter: Letter) -> str:
    """The tag by which a campaign is found again: of a site, an issue and a language."""
    name = "\0".join((site.base_url, letter.issue, letter.edition))
    return f"{TEMPLATE}-{sha256(name.encode()).hexdigest()[:16]}"


def _sender(sender: Mailbox) -> str:
    name = cleaned(sender.name)
    if not name or "{{" in name:  # newer listmonks take this for a template, older ones do not
        return sender.address
    return '"' + re.sub(r'(["\\])', r"\\\1", name) + f'" <{sender.address}>'


# --- nothing in a text is a template -------------------------------------------------------------

# listmonk runs {{ … }} as Go templates, and makes one of ADDRESS@TrackLink.
_UNSUBSCRIBE = "{{ UnsubscribeURL }}"


def subject(words: str) -> str:
    """A subject that comes out as it stands: a template only where it must be one."""
    return _literal(words) if "{{" in words else words


def text(words: str, placeholder: str) -> str:
    """A plain text that comes out as it stands, listmonk's address for the placeholder.

    listmonk takes plain text for HTML when it looks for templates in it: every < would
    begin a tag.
    """
    tokens = ["<", *([re.escape(placeholder)] if placeholder else [])]
    return _literal(words, tokens, placeholder) if placeholder or "{{" in words else words


def _literal(words: str, tokens: Sequence[str] = (), placeholder: str = "") -> str:
    # Braces right before what becomes a template would be read as the beginning of it.
    among = "|".join([*tokens, "@(?=TrackLink)"])
    pattern = re.compile(rf"(?P<braces>\{{*)(?P<token>{among})|\{{\{{+")

    def write(found: re.Match[str]) -> str:
        token, braces = found["token"], found["braces"]
        if token is None:
            return _go(found.group())
        if placeholder and token == placeholder:
            after = _UNSUBSCRIBE
        elif token == "<":
            after = '{{ Safe "<" }}'
        else:
            after = _go(token)
        return (_go(braces) if braces else "") + after

    return pattern.sub(write, words)


def markup(page: str, placeholder: str) -> str:
    """HTML that comes out as it stands, listmonk's address for the placeholder.

    Go's templates drop comments, Outlook's conditional ones among them, unless they are
    said to be safe.
    """
    token = f"|{re.escape(placeholder)}" if placeholder else ""
    pattern = re.compile(
        rf"(?P<style><(?P<name>style|script)\b.*?</(?P=name)\s*>)"
        rf"|(?P<braces>\{{*)(?P<token><!--.*?-->{token})|\{{\{{+|@(?=TrackLink)",
        re.DOTALL | re.IGNORECASE,
    )

    def write(found: re.Match[str]) -> str:
        whole = found.group()
        if found["style"]:
            return re.sub(r"\{(?=\{)", "{ ", whole).replace("@TrackLink", "@ TrackLink")
        if not found["token"]:
            return whole.replace("{", "&#123;").replace("@", "&#64;")
        after = _UNSUBSCRIBE if found["token"] == placeholder else f"{{{{ Safe {_string(found['token'])} }}}}"
        return found["braces"].replace("{", "&#123;") + after

    return pattern.sub(write, page)


def _go(words: str) -> str:
    """A template that writes these words."""
    return f'{{{{ "{words}" }}}}'


def _string(words: str) -> str:
    """A string of Go's with nothing in it that listmonk looks for."""
    return json.dumps(words, ensure_ascii=False).replace("{", "\\u007b").replace("@", "\\u0040")


# --- what is there already -----------------------------------------------------------------------


def _template(speaker: _Speaker) -> int:
    """The number of our campaign template, which is made where there is none."""
    for _ in range(2):
        for one in speaker.ask("GET", "templates") or ():
            if one.get("name") == TEMPLATE and one.get("type", "campaign") == "campaign":
                return int(one["id"])
        speaker.ask("POST", "templates", {"name": TEMPLATE, "type": "campaign", "body": TEMPLATE_BODY})
    raise speaker.refused(say("it made a template and does not have it"))


def _place(speaker: _Speaker, tag: str, payload: dict[str, Any]) -> Draft:
    """Make the campaign, or bring the draft that there is up to date."""
    mark = payload["tags"][-1]
    # The documentation calls the parameter tags, and listmonk reads tag.
    query = urlencode([("tags", mark), ("tag", mark), ("per_page", "all")])
    data = speaker.ask("GET", f"campaigns?{query}") or {}
    found = sorted(
        (one for one in data.get("results") or () if mark in (one.get("tags") or ())), key=lambda one: int(one["id"])
    )
    # A campaign may have been copied there, with its tags; one that went out counts.
    gone = [one for one in found if one.get("status") != "draft"]
    if gone:
        return _draft(speaker, tag, gone[0], "left")
    if found:
        kept = [one for one in found[0].get("tags") or () if one not in payload["tags"]]
        made = speaker.ask("PUT", f"campaigns/{int(found[0]['id'])}", {**payload, "tags": [*payload["tags"], *kept]})
        return _draft(speaker, tag, {**found[0], **(made or {})}, "updated")
    return _draft(speaker, tag, speaker.ask("POST", "campaigns", payload), "created")


def _draft(
    speaker: _Speaker, tag: str, found: Mapping[str, Any], done: Literal["created", "updated", "left"]
) -> Draft:
    number = int(found["id"])
    return Draft(
        language=tag, campaign=number, done=done, status=cleaned(str(found.get("status", ""))),
        url=f"{speaker.manager.address}admin/campaigns/{number}",
    )  # fmt: skip


class _NoRedirect(HTTPRedirectHandler):
    """Credentials go nowhere but where they were meant to."""

    def redirect_request(self, *arguments: Any, **more: Any) -> None:
        return None


class _Speaker:
    """Questions to a list manager, and its answers."""

    def __init__(self, manager: Listmonk) -> None:
        self.manager = manager
        self._open = build_opener(_NoRedirect, HTTPSHandler(context=ssl.create_default_context())).open

    def ask(self, method: str, path: str, payload: Mapping[str, Any] | None = None) -> Any:
        """What listmonk answers, its `data`. Raises NetworkError."""
        data = None if payload is None else json.dumps(payload).encode("ascii")
        request = Request(
            f"{self.manager.address}api/{path}",
            data=data,
            method=method,
            headers={
                "Authorization": f"token {self.manager.user}:{self.manager.token}",
                "Accept": "application/json",
                **({"Content-Type": "application/json"} if data is not None else {}),
            },
        )
        try:
            with self._open(request, timeout=TIMEOUT) as answer:
                body = answer.read(_MOST)
            found = json.loads(body)
            return found["data"]
        except HTTPError as error:
            with error:
                raise self._no(error) from None
        except URLError as error:
            raise self.refused(_reason(error.reason)) from None
        except (OSError, http.client.HTTPException) as error:
            raise self.refused(_reason(error)) from None
        except (ValueError, KeyError, TypeError, RecursionError):
            raise self.refused(say("what it answers is not of listmonk's form"), say("is this its address?")) from None

    def _no(self, error: HTTPError) -> NetworkError:
        if error.code in (301, 302, 303, 307, 308):
            where = cleaned(str(error.headers.get("Location", "")))[:200]
            return self.refused(say("it sends us on to {address}, and credentials do not follow", address=where),
                                say("write that address into content/site.toml, if it is right"))  # fmt: skip
        try:
            said = cleaned(str(json.loads(error.read(1 << 16))["message"]))[:300]
        except (OSError, ValueError, KeyError, TypeError, RecursionError, http.client.HTTPException):
            said = cleaned(str(error.reason))[:300]
        hint = say("the API user needs the permissions campaigns:get, campaigns:manage, templates:get, templates:manage "
                   "and the use of the lists") if error.code in (401, 403) else ""  # fmt: skip
        return self.refused(f"{error.code} {said}", hint)

    def refused(self, reason: str, hint: Said | str = "") -> NetworkError:
        said = say("listmonk at {address}: {reason}", address=self.manager.address, reason=reason)
        return NetworkError(problems=(problem("listmonk", said, "content/site.toml", hint=hint),))


def _reason(error: object) -> str | Said:
    if isinstance(error, TimeoutError):
        return say("it did not answer in time")
    if isinstance(error, ssl.SSLCertVerificationError):
        return say("its certificate does not hold: {reason}", reason=error.verify_message)
    if isinstance(error, OSError) and error.strerror:
        return cleaned(error.strerror)
    return cleaned(str(error)) or type(error).__name__
