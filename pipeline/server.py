"""`dozaban serve`: the site live on this machine, rebuilt as files change.

Listens on loopback only, answers only requests that name this machine as their host,
and serves nothing outside its own build. What is untranslated or stale is outlined.
The pages on disk stay as a build makes them: what is added here is added on the way.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    PlainTextResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route

from pipeline import speech
from pipeline.app.build import Session, build
from pipeline.problems import DozabanError, Problem, UsageError, problem

_LIVE = """\
(() => {
  const source = new EventSource("/.dozaban/events");
  let known = null;
  source.onmessage = (event) => {
    const state = JSON.parse(event.data);
    const old = document.getElementById("dozaban-problems");
    if (old) old.remove();
    document.documentElement.style.scrollPaddingTop = "";
    if (state.problems.length) {
      const box = document.createElement("pre");
      box.id = "dozaban-problems";
      box.dir = "ltr";
      box.textContent = state.problems.join("\\n");
      document.body.prepend(box);
      document.documentElement.style.scrollPaddingTop = `${box.offsetHeight}px`;
    }
    if (known !== null && state.build !== known) location.reload();
    known = state.build;
  };
})();
"""
_STYLE = """\
.untranslated { outline: 2px dashed #b8860b; outline-offset: .2em; }
.stale { outline: 2px dotted #a33a3a; outline-offset: .2em; }
#dozaban-problems { white-space: pre-wrap; margin: 0; padding: 1em; background: #5b1a1a;
  color: #fff; font: 14px/1.5 monospace; position: sticky; top: 0; z-index: 9; }
"""
_HEAD = (
    '<link rel="stylesheet" href="/.dozaban/live.css"><script src="/.dozaban/live.js" defer></script>'
)
# A page elsewhere may neither guess what a file is nor show it as its own.
_HEADERS = {
    "cache-control": "no-store",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
}
_POLICY = re.compile(r'(http-equiv="Content-Security-Policy" content=")([^"]*)')


def _at_hand(html: str) -> str:
    """A page with our style and script, which its policy lets ask this server for news."""

    def opened(found: re.Match[str]) -> str:
        own = "" if "connect-src" in found[2] else "connect-src 'self'; "
        return f"{found[1]}{own}{found[2]}"

    return _POLICY.sub(opened, html, count=1).replace("</head>", f"{_HEAD}</head>", 1)


class Live:
    """The state that the browser is told of: the number of the build, and what is wrong."""

    def __init__(self, root: Path, out: Path) -> None:
        self.root, self.out = root, out
        self.number = 0
        self.problems: list[Problem] = []
        self.report: Callable[[Iterable[Problem]], Any] = lambda problems: None
        self.told: Callable[[Problem], str] = str
        self.changed = asyncio.Event()
        self.session = Session()

    def rebuild(self) -> None:
        """Build once; what is wrong is kept to be shown, and the old pages stay.

        Whatever a build dies of, the next change is built again.
        """
        try:
            built = build(self.root, out=self.out, drafts=True, cards=False, session=self.session)
            self.problems = [one for one in built.problems if one.severity == "error"]
        except DozabanError as error:
            self.problems = list(error.problems)
        except UsageError as error:
            self.problems = [problem("usage", error.args[0], "")]
        except Exception as error:  # a bug of ours, or of a template's: said, and outlived
            what = f"{type(error).__name__}: {error}"
            self.problems = [
                problem("bug", speech.say("the build broke off: {what}", what=what), "",
                        hint=speech.say("`dozaban build` says where"))
            ]  # fmt: skip
        self.number += 1
        self.report(self.problems)

    def state(self) -> str:
        return json.dumps({"build": self.number, "problems": [self.told(one) for one in self.problems]})


def application(live: Live, hosts: Iterable[str], watch: bool = True) -> Starlette:
    """The ASGI application over a folder that builds keep up to date."""
    allowed = frozenset(hosts)

    def refused(request: Request) -> Response | None:
        origin = request.headers.get("origin")
        if request.headers.get("host", "").lower() not in allowed or (
            origin is not None and origin.removeprefix("http://") not in allowed
        ):
            return _plain("this server answers to localhost only", 403)
        return None

    async def events(request: Request) -> Response:
        if (answer := refused(request)) is not None:
            return answer

        async def stream() -> AsyncIterator[str]:
            sent = -1
            while True:
                if live.number != sent:
                    sent = live.number
                    yield f"data: {live.state()}\n\n"
                waiting = live.changed
                try:
                    await asyncio.wait_for(waiting.wait(), 15)
                except TimeoutError:
                    yield ": still here\n\n"

        return StreamingResponse(stream(), media_type="text/event-stream")

    async def own(request: Request) -> Response:
        if (answer := refused(request)) is not None:
            return answer
        kind, text = _OWN.get(request.path_params["name"], ("", ""))
        return Response(text, media_type=kind, headers=_HEADERS) if text else _plain("there is nothing here", 404)

    async def page(request: Request) -> Response:
        if (answer := refused(request)) is not None:
            return answer
        path = request.path_params["path"]
        found = _inside(live.out, path)
        if found is not None and found.is_dir():
            if path and not path.endswith("/"):
                there = quote(f"/{path.strip('/')}/")
                return Response(status_code=308, headers={"location": there, **_HEADERS})
            found = _inside(live.out, f"{path}index.html")
        elif path.endswith("/"):
            found = None
        if found is not None and found.is_file() and found.suffix != ".html":
            return FileResponse(found, headers=_HEADERS)
        html = _text(found)
        if html is not None:
            return HTMLResponse(_at_hand(html), headers=_HEADERS)
        html = _text(_inside(live.out, "404.html"))
        if html is not None:
            return HTMLResponse(_at_hand(html), status_code=404, headers=_HEADERS)
        said = "\n".join(live.told(one) for one in live.problems) or "there is no page here"
        html = f"<!doctype html><title>Dozaban</title>{_HEAD}<p>{_escape(said)}</p>"
        return HTMLResponse(html, status_code=404, headers=_HEADERS)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(_watch(live)) if watch else None
        try:
            yield
        finally:
            if task is not None:
                task.cancel()
            live.session.close()

    return Starlette(
        routes=[
            Route("/.dozaban/events", events),
            Route("/.dozaban/{name}", own),
            Route("/{path:path}", page),
        ],
        lifespan=lifespan,
    )


_OWN = {"live.js": ("text/javascript", _LIVE), "live.css": ("text/css", _STYLE)}


def _plain(text: str, status: int) -> Response:
    return PlainTextResponse(text, status_code=status, headers=_HEADERS)


def _inside(top: Path, path: str) -> Path | None:
    """What stands at a decoded path below a folder; None where nothing does, or where it,
    with every link followed, is elsewhere or hidden."""
    try:
        top = top.resolve()
        found = Path(os.path.realpath(top / path.lstrip("/"), strict=True))
        parts = found.relative_to(top).parts
    except (OSError, ValueError):  # not there, a name too long, a loop, NUL; outside
        return None
    return None if any(part.startswith(".") for part in parts) else found


def _text(path: Path | None) -> str | None:
    """A page's text; None where there is none, or none any more."""
    try:
        return None if path is None else path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def _escape(text: str) -> str:
    """For the body of an element; a half of a pair of surrogates cannot be sent."""
    text = text.encode("utf-8", "replace").decode()
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


async def _watch(live: Live) -> None:
    from watchfiles import awatch

    watched = [live.root / name for name in ("content", "locales", "templates")]
    try:
        async for _ in awatch(*(path for path in watched if path.is_dir()), debounce=50, step=20):
            await asyncio.to_thread(live.rebuild)
            live.changed.set()
            live.changed = asyncio.Event()
    except (OSError, RuntimeError) as error:  # the system has no watch left to give
        live.report([problem("watch", speech.say("changes are not followed any more: {why}", why=str(error)), "",
                             hint=speech.say("start `dozaban serve` again"))])  # fmt: skip


def serve(
    root: Path,
    port: int,
    *,
    say: Callable[[str], None],
    report: Callable[[Iterable[Problem]], Any],
    told: Callable[[Problem], str] = str,
) -> None:
    """Build, then serve until interrupted. Raises DiskError where the port is taken.

    `told` is a problem in words, for the pages.
    """
    import socket

    import uvicorn

    from pipeline.problems import DiskError, reason

    live = Live(root, root / ".dozaban" / "serve")
    live.report, live.told = report, told
    live.rebuild()
    probe = socket.socket()
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind(("127.0.0.1", port))
    except OSError as error:
        raise DiskError(
            problems=(
                problem("port", speech.say("port {port} is not to be had: {reason}", port=str(port), reason=reason(error)),
                        "", hint=speech.say("name another: {command}", command="dozaban serve --port 8001")),
            )
        ) from None  # fmt: skip
    probe.listen(64)
    port = probe.getsockname()[1]
    say(speech.say("{address} shows the site; it follows every change. Ctrl+C ends it.",
                   address=f"http://127.0.0.1:{port}/"))
    hosts = [f"{name}:{port}" for name in ("127.0.0.1", "localhost")]
    config = uvicorn.Config(application(live, hosts), log_level="warning", timeout_graceful_shutdown=1)  # pages that listen never end
    uvicorn.Server(config).run(sockets=[probe])
