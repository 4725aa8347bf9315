"""Drafts for listmonk, against a double that takes what its documentation says and no more."""

from __future__ import annotations

import json
import re
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import trustme
from conftest import Folder
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import message
from pipeline.app import listmonk
from pipeline.message import Letter, Mailbox, Picture
from pipeline.model import Language, Newsletter, Site
from pipeline.problems import ContentError, NetworkError, UsageError

MARK = message.placeholder("x")
PAGE = (
    '<!DOCTYPE html><html dir="rtl"><head><style>@media (max-width:600px){.a{color:#fff}}</style>'
    "<!--[if mso]><style>.b{margin:0}</style><![endif]--></head>"
    f'<body><p dir="rtl">نیم‌فاصله {{{{ .Subscriber.Email }}}} (C++) https://example.org/a@TrackLink</p><a href="{MARK}">لغو</a></body></html>'
)
TEXT = f"سلام {{{{ .Subscriber.Email }}}} <b> https://example.org/a@TrackLink\n{MARK}\n"

# --- the double: listmonk.app/docs/apis/campaigns and /templates -------------------------------

CAMPAIGN: dict[str, tuple[type, bool]] = {
    "name": (str, True), "subject": (str, True), "lists": (list, True), "from_email": (str, False), "type": (str, True),
    "content_type": (str, True), "body": (str, True), "altbody": (str, False), "send_at": (str, False), "messenger": (str, False),
    "template_id": (int, False), "tags": (list, False), "headers": (list, False),
}  # fmt: skip
TEMPLATE: dict[str, tuple[type, bool]] = {
    "name": (str, True), "type": (str, True), "subject": (str, False), "body": (str, True),
}  # fmt: skip


class Double:
    """A list manager in memory."""

    def __init__(self) -> None:
        self.campaigns: dict[int, dict[str, Any]] = {}
        self.templates = [{"id": 1, "name": "Default template", "type": "campaign", "body": "<b>{{ template \"content\" . }}</b>", "is_default": True}]
        self.lists = {3, 4}
        self.asked: list[str] = []
        self.wrong: list[str] = []
        self.instead: Callable[[BaseHTTPRequestHandler], bool] = lambda request: False

    def answer(self, method: str, path: str, headers: Any, body: bytes) -> tuple[int, Any]:
        parts = urlsplit(path)
        self.asked.append(f"{method} {parts.path}")
        if headers["Authorization"] != "token mina:s3cret":
            return 403, "invalid API credentials"
        data: dict[str, Any] = {}
        if method in ("POST", "PUT"):
            if not headers["Content-Type"].startswith("application/json"):
                return 415, "not JSON"
            data = json.loads(body)
        match (method, parts.path.removeprefix("/api/").split("/")):
            case "GET", ["templates"]:
                return 200, self.templates
            case "POST", ["templates"]:
                self._check(data, TEMPLATE)
                if data["type"] not in ("campaign", "tx"):
                    self.wrong.append("type")
                made = {"id": len(self.templates) + 1, "is_default": False, **data}
                self.templates.append(made)
                return 200, [made]
            case "GET", ["campaigns"]:
                return 200, self._list(parse_qs(parts.query))
            case "POST", ["campaigns"]:
                return self._save(len(self.campaigns) + 1, data, {"status": "draft"})
            case "PUT", ["campaigns", number]:
                before = self.campaigns.get(int(number))
                if before is None:
                    return 404, "campaign not found"
                if before["status"] not in ("draft", "paused", "scheduled"):
                    return 400, "cannot update a running or a finished campaign"
                return self._save(int(number), data, before)
        self.wrong.append(f"{method} {path}")
        return 404, "not found"

    def _list(self, query: dict[str, list[str]]) -> dict[str, Any]:
        self.wrong += [name for name in query if name not in ("order", "order_by", "query", "status", "tags", "page", "per_page", "tag")]
        tags = set(query.get("tags", []))
        found = [one for one in self.campaigns.values() if tags <= set(one["tags"])]
        return {"results": found, "query": "", "total": len(found), "per_page": len(found), "page": 1}

    def _save(self, number: int, data: dict[str, Any], before: dict[str, Any]) -> tuple[int, Any]:
        self._check(data, CAMPAIGN)
        if data["type"] not in ("regular", "optin") or data["content_type"] not in ("richtext", "html", "markdown", "plain"):
            self.wrong.append("type")
        if not all(isinstance(one, int) for one in data["lists"]) or not set(data["lists"]) <= self.lists:
            return 400, "unknown list"
        if not all(isinstance(value, str) for one in data["headers"] for value in one.values()):
            self.wrong.append("headers")
        if data.get("template_id", 1) not in {one["id"] for one in self.templates}:
            return 400, "unknown template"
        rendered(data["body"])  # listmonk compiles a body before it takes it
        self.campaigns[number] = {**before, **data, "id": number, "lists": [{"id": one, "name": "x"} for one in data["lists"]]}
        return 200, self.campaigns[number]

    def _check(self, data: dict[str, Any], fields: dict[str, tuple[type, bool]]) -> None:
        self.wrong += [name for name in data if name not in fields]
        for name, (kind, needed) in fields.items():
            if (needed and name not in data) or (name in data and type(data[name]) is not kind):
                self.wrong.append(name)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        double: Double = self.server.double  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if double.instead(self):
            return
        status, data = double.answer(self.command, self.path, self.headers, body)
        self.give(status, {"data": data} if status == 200 else {"message": data})

    def give(self, status: int, found: Any, **headers: str) -> None:
        payload = found if isinstance(found, bytes) else json.dumps(found).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    do_POST = do_PUT = do_DELETE = do_GET

    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture
def manager() -> Iterator[tuple[Double, str]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.double = double = Double()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield double, f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()
    assert double.wrong == []


def site(address: str, **lists: int) -> Site:
    return Site(
        title="Pol", base_url="https://example.org/", time_zone="UTC", default_language="en",
        languages=(Language(tag="en", name="English", mailing_list=lists.get("en", 3)),
                   Language(tag="fa", name="فارسی", direction="rtl", mailing_list=lists.get("fa", 4))),
        newsletter=Newsletter(sender="post@example.org", listmonk=address),
    )  # fmt: skip


def letters(**changes: Any) -> dict[str, Letter]:
    made = {}
    for tag in ("en", "fa"):
        letter = Letter(
            issue="newsletters/nowruz", edition=tag, languages=(tag,), subject="نامهٔ بهار (C++)", text=TEXT, html=PAGE,
            date=datetime(2026, 3, 21, tzinfo=UTC), sender=Mailbox(name='Pol, the "bulletin"', address="post@example.org"),
            reply_to="editors@example.org", placeholder=MARK, path="content/newsletters/nowruz.md",
        )  # fmt: skip
        made[tag] = replace(letter, **changes)
    return made


def draft(address: str, **changes: Any) -> list[listmonk.Draft]:
    found, problems = listmonk.draft(site(address), letters(**changes), listmonk.listmonk(site(address), "mina", "s3cret"))
    assert problems == []
    return found


# --- what listmonk makes of it: Go templates, as far as we use them ------------------------------

SHORTHAND = (
    (re.compile(r"{{(\s+)?TrackLink(\s+)?(.+?)(\s+)?}}"), r"{{ TrackLink \3 . }}"),
    (re.compile(r"(https?://.+?)@TrackLink"), r'{{ TrackLink "\1" . }}'),
    (re.compile(r"{{(\s+)?(TrackView|UnsubscribeURL|OptinURL|MessageURL)(\s+)?}}"), r"{{ \2 . }}"),
)
ACTION = re.compile(r'\{\{((?:"(?:\\.|[^"\\])*"|[^"}]|\}(?!\}))*)\}\}', re.DOTALL)
LEAVE = "https://lists.example.org/subscription/1"


def rendered(source: str, kind: str = "page") -> str:
    """The text that comes out; an action that listmonk does not have is an error.

    Bodies, the plain one too, are read as HTML, where comments go; subjects are not.
    """
    for pattern, made in SHORTHAND:
        source = pattern.sub(made, source)
    pieces, at = [], 0
    for found in [*ACTION.finditer(source), None]:
        static = source[at : found.start() if found else None]
        assert "{{" not in static, "an action that does not end"
        assert kind != "plain" or "<" not in static, "a tag in a plain text"
        pieces.append(static if kind == "subject" else re.sub(r"<!--.*?-->", "", static, flags=re.DOTALL))
        if found is None:
            break
        action = found[1].strip()
        if action == "UnsubscribeURL .":
            pieces.append(LEAVE)
        else:
            written = re.fullmatch(r'(?:Safe )?("(?:\\.|[^"\\])*")', action)
            assert written, f"a template that nobody meant: {action}"
            pieces.append(json.loads(written[1]))
        at = found.end()
    return "".join(pieces)


def read_as_page(markup: str) -> str:
    """Braces and at signs as a browser has them; all else to the letter."""
    return markup.replace("&#123;", "{").replace("&#64;", "@")


# --- drafts ------------------------------------------------------------------------------------------


def test_a_draft_for_each_language(manager: tuple[Double, str]) -> None:
    double, address = manager
    found = draft(address)
    assert [(one.language, one.done, one.status, one.url) for one in found] == [
        ("en", "created", "draft", f"{address}admin/campaigns/1"),
        ("fa", "created", "draft", f"{address}admin/campaigns/2"),
    ]
    english, persian = double.campaigns.values()
    assert [one["lists"][0]["id"] for one in (english, persian)] == [3, 4]
    assert (persian["name"], persian["subject"]) == ("nowruz (fa)", "نامهٔ بهار (C++)")
    assert persian["from_email"] == '"Pol, the \\"bulletin\\"" <post@example.org>'
    assert persian["headers"] == [{"Content-Language": "fa"}, {"Reply-To": "editors@example.org"}]
    template = double.templates[persian["template_id"] - 1]
    assert (template["name"], template["body"]) == ("dozaban", '{{ template "content" . }}')
    assert read_as_page(rendered(persian["body"])) == PAGE.replace(MARK, LEAVE)
    assert rendered(persian["altbody"], "plain") == TEXT.replace(MARK, LEAVE)


def test_a_second_run_brings_the_draft_up_to_date(manager: tuple[Double, str]) -> None:
    double, address = manager
    first = draft(address)
    double.campaigns[2]["tags"].append("spring")
    double.campaigns[2]["name"] = "called otherwise"
    second = draft(address, subject="نامهٔ دیگر")
    assert [(one.campaign, one.done) for one in second] == [(one.campaign, "updated") for one in first]
    assert len(double.campaigns) == 2 and double.campaigns[2]["subject"] == "نامهٔ دیگر"
    assert double.campaigns[2]["tags"][-1] == "spring"
    assert [one["name"] for one in double.templates] == ["Default template", "dozaban"]
    other = [*draft(address, issue="newsletters/yalda")]
    assert [one.done for one in other] == ["created", "created"]


@pytest.mark.parametrize("status", ["scheduled", "running", "paused", "finished", "cancelled"])
def test_a_campaign_that_is_no_draft_any_more_is_left(manager: tuple[Double, str], status: str) -> None:
    double, address = manager
    draft(address)
    double.campaigns[2]["status"] = status
    double.campaigns[3] = {**double.campaigns[2], "id": 3, "status": "draft", "name": "Copy of it"}
    before = json.dumps(double.campaigns[2])
    found = draft(address, subject="نامهٔ دیگر")
    assert [(one.campaign, one.done, one.status) for one in found] == [(1, "updated", "draft"), (2, "left", status)]
    assert json.dumps(double.campaigns[2]) == before and double.campaigns[3]["subject"] != "نامهٔ دیگر"


def test_what_was_drafted_before_a_failure_is_found_again(manager: tuple[Double, str]) -> None:
    double, address = manager
    double.lists = {3}
    with pytest.raises(NetworkError, match="400 unknown list"):
        draft(address)
    double.lists = {3, 4}
    assert [(one.campaign, one.done) for one in draft(address)] == [(1, "updated"), (2, "created")]


def test_languages_without_a_list(manager: tuple[Double, str]) -> None:
    _, address = manager
    where = site(address, fa=0)
    found, problems = listmonk.draft(where, letters(), listmonk.listmonk(where, "mina", "s3cret"))
    assert [one.language for one in found] == ["en"]
    assert "no campaign for `fa`" in str(problems[0]) and problems[0].severity == "warn"
    with pytest.raises(ContentError, match="set `mailing_list`"):
        listmonk.draft(site(address, en=0, fa=0), letters(), listmonk.listmonk(where, "mina", "s3cret"))


def test_pictures_within_the_mail_are_refused(manager: tuple[Double, str]) -> None:
    double, address = manager
    with pytest.raises(ContentError, match="images = \"link\""):
        draft(address, pictures=(Picture(cid="a", media_type="image/png", data=b""),))
    assert double.asked == []


# --- refusals -----------------------------------------------------------------------------------------


def refused(address: str, token: str = "s3cret") -> str:
    with pytest.raises(NetworkError) as caught:
        listmonk.draft(site(address), letters(), listmonk.listmonk(site(address), "mina", token))
    assert token not in str(caught.value)
    return str(caught.value)


def test_refusals(manager: tuple[Double, str], monkeypatch: pytest.MonkeyPatch) -> None:
    double, address = manager
    assert "403 invalid API credentials" in refused(address, "wr0ng") and "templates:manage" in refused(address, "wr0ng")

    def instead(status: int, found: Any, **headers: str) -> None:
        def act(request: Any) -> bool:
            request.give(status, found, **headers)
            return True

        double.instead = act

    instead(500, b"<h1>oops\x1b[31m</h1>")
    assert "500 Internal Server Error" in refused(address)
    instead(200, b"<html>")
    assert "not of listmonk's form" in refused(address)
    instead(200, {"other": 1})
    assert "not of listmonk's form" in refused(address)
    instead(502, {"message": "bad\x1b[31m\ngateway"})
    assert "502 bad[31mgateway" in refused(address)

    def hang_up(request: Any) -> bool:
        request.close_connection = True
        return True

    double.instead = hang_up
    assert "listmonk at http://127.0.0.1" in refused(address)
    release = threading.Event()
    double.instead = lambda request: release.wait(20) and hang_up(request)
    monkeypatch.setattr(listmonk, "TIMEOUT", 0.05)
    assert "did not answer in time" in refused(address)
    release.set()


def test_a_manager_that_forgets_its_template(manager: tuple[Double, str]) -> None:
    """It is asked twice and no more."""
    double, address = manager

    def forgetful(request: Any) -> bool:
        if made := request.path == "/api/templates":
            request.give(200, {"data": []})
        return made

    double.instead = forgetful
    assert "it made a template and does not have it" in refused(address)
    assert double.campaigns == {}


def test_a_certificate_that_nobody_vouches_for() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    said = refused(f"https://localhost:{server.server_port}/")
    server.shutdown()
    thread.join()
    server.server_close()
    assert "its certificate does not hold: unable to get local issuer certificate" in said


def test_nobody_there() -> None:
    assert "Connection refused" in refused("http://127.0.0.1:9/")


def test_credentials_follow_no_redirect(manager: tuple[Double, str]) -> None:
    double, address = manager
    seen: list[str] = []

    def elsewhere(request: Any) -> bool:
        seen.append(request.path)
        if request.path.startswith("/api/"):
            request.give(302, b"", Location=f"{address}stolen")
        return request.path.startswith("/api/")

    double.instead = elsewhere
    assert f"sends us on to {address}stolen" in refused(address)
    assert seen == ["/api/templates"]


def test_credentials_travel_encrypted_and_are_asked_for() -> None:
    for address, user, token, what in (
        ("http://lists.example.org/", "mina", "s", "in the clear"),
        ("", "mina", "s", "set `listmonk`"),
        ("https://lists.example.org/", "", "s", "DOZABAN_LISTMONK_USER"),
        ("https://lists.example.org/", "mina", "", "DOZABAN_LISTMONK_TOKEN"),
        ("https://lists.example.org/", "mina", "s\r\nX-Other: 1", "holds a character"),
        ("https://lists.example.org/", "mi:na", "s", "holds a character"),
    ):
        with pytest.raises(UsageError, match=what):
            listmonk.listmonk(site(address), user, token)


# --- law 8: no text is a template ----------------------------------------------------------------

ODD = st.lists(
    st.sampled_from(["{", "{{", "{{{", "}}", "{{ .Subscriber.Email }}", "{{/*", "{{-", "{{`", '"', "\\", "<", "<b", "<!--", "-->", "&",
                     "@TrackLink", "https://a.example/x", "UnsubscribeURL", "{{ UnsubscribeURL }}", '{{ TrackLink "https://x" }}', "{{end}}",
                     "سلام", "\u200c", " ", "😀", "@", "</style>"])
).map("".join)  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(ODD)
def test_any_text_comes_out_as_it_stands(words: str) -> None:
    shown = listmonk.subject(words)
    assert (rendered(shown, "subject") if "{{" in shown else shown) == words
    plain = f"{words}\n{words}{MARK}{words}"
    assert rendered(listmonk.text(plain, MARK), "plain") == plain.replace(MARK, LEAVE)
    alone = listmonk.text(words, "")
    assert (rendered(alone, "plain") if "{{" in alone else alone) == words
    page = f'<p title="{escape(words)}">{escape(words)}</p><!--[if mso]>{{{{ x }}}}<![endif]--><a href="{MARK}">{escape(words)}</a>'
    assert read_as_page(rendered(listmonk.markup(page, MARK))) == page.replace(MARK, LEAVE)


def test_a_name_that_looks_like_a_template_is_left_out(manager: tuple[Double, str]) -> None:
    double, address = manager
    draft(address, sender=Mailbox(name="{{ .Subscriber.Email }}", address="post@example.org"), reply_to="")
    assert double.campaigns[1]["from_email"] == "post@example.org"
    assert double.campaigns[1]["headers"] == [{"Content-Language": "en"}]


def test_the_command(site: Folder, manager: tuple[Double, str], monkeypatch: pytest.MonkeyPatch) -> None:
    double, address = manager
    text = site.read("content/site.toml")
    text = text.replace("[languages.en]", f'[newsletter]\nsender = "post@example.org"\nlistmonk = "{address}"\n\n[languages.en]\nmailing_list = 3')
    site.write("content/site.toml", text.replace("[languages.fa]", "[languages.fa]\nmailing_list = 4"))
    site.post("one", "{{ .Subscriber.Email }}\n")
    site.write("content/posts/one.fa.md", "---\ntitle: یک\n---\n\nمتن.\n")
    site.write("content/newsletters/nowruz.md", "---\ntitle: Spring\nnumber: 1\ndate: 2026-03-21\ndigest: {limit: 5}\n---\n\nFriends,\n")
    site.write("content/newsletters/nowruz.fa.md", "---\ntitle: نامهٔ بهار\n---\n\nدوستان،\n")
    assert site.run("newsletter", "draft", "nowruz").status == 2
    monkeypatch.setenv("DOZABAN_LISTMONK_USER", "mina")
    monkeypatch.setenv("DOZABAN_LISTMONK_TOKEN", "s3cret")
    said = site.run("newsletter", "draft", "nowruz")
    assert (said.status, said.out) == (
        0, f"en: made a draft: {address}admin/campaigns/1\nfa: made a draft: {address}admin/campaigns/2\n"
    )  # fmt: skip
    double.campaigns[1]["status"] = "running"
    answer = json.loads(site.run("newsletter", "draft", "nowruz", "--json").out)
    assert answer["drafts"] == [
        {"language": "en", "campaign": 1, "done": "left", "status": "running", "url": f"{address}admin/campaigns/1"},
        {"language": "fa", "campaign": 2, "done": "updated", "status": "draft", "url": f"{address}admin/campaigns/2"},
    ]
    said = site.run("newsletter", "draft", "nowruz")
    assert (said.status, said.out) == (
        0, f"en: campaign 1 is running and was left alone: {address}admin/campaigns/1\n"
           f"fa: brought the draft up to date: {address}admin/campaigns/2\n"
    )  # fmt: skip
    page = read_as_page(rendered(double.campaigns[2]["body"]))
    assert LEAVE in page and "unsubscribe.invalid" not in page
    assert LEAVE in rendered(double.campaigns[2]["altbody"], "plain")
    monkeypatch.setenv("DOZABAN_LISTMONK_TOKEN", "wr0ng")
    refused = site.run("newsletter", "draft", "nowruz")
    assert refused.status == 1 and "403 invalid API credentials" in refused.err and "wr0ng" not in refused.err
