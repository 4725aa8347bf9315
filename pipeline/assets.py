"""A theme's assets: each served under a name with its digest, so that it can be cached for ever.

Style sheets name other assets by their place beside them; here those become the names that
are served, a sheet that another imports becomes part of it, and comments stay behind. It
works on bytes, touches no disk, and does not look into scripts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import blake2b
from posixpath import dirname, join, normpath, relpath

from pipeline.problems import TemplateError, problem
from pipeline.speech import say

FOLDER = "assets/"
"""Where assets stand in the output."""

_REFERENCE = re.compile(
    r"/\*.*?\*/"
    r"""|@import\s+(?:url\(\s*)?(["'])(?P<sheet>[^"'\n]+)\1(?:\s*\))?\s*;"""
    r"""|\burl\(\s*(["']?)(?P<asset>[^"')\s]*)\3\s*\)""",
    re.DOTALL,
)
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|[#/]", re.IGNORECASE)
"""What is no place beside a sheet: an address with a scheme, a fragment, a path from the root."""


def served(found: Mapping[str, bytes]) -> tuple[dict[str, str], dict[str, bytes]]:
    """Assets by their names → (their addresses, what is served at each address).

    A sheet that another imports has no address. Raises TemplateError at the line of a sheet
    that names what is not there.
    """
    sheets = {name: _text(data) for name, data in found.items() if name.endswith(".css")}
    addresses = {name: _address(name, data) for name, data in found.items() if name not in sheets}
    served = {addresses[name]: found[name] for name in addresses}
    imported: set[str] = set()
    whole = {name: _whole(name, (name,), sheets, addresses, imported) for name in sheets}
    for name in sheets.keys() - imported:
        data = _tight(whole[name]).encode("utf-8", "surrogateescape")
        addresses[name] = _address(name, data)
        served[addresses[name]] = data
    return addresses, served


_SPACE = re.compile(
    r"""(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|/\*.*?\*/|\s*(?P<sign>[{};,])\s*|\s+""",
    re.DOTALL,
)


def _tight(text: str) -> str:
    """A sheet without comments and without the white space that nothing needs."""
    text = re.sub(_SPACE, lambda found: found["string"] or found["sign"] or (
        " " if found[0][0].isspace() else ""), text)
    return text.replace(";}", "}").strip() + "\n"


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _address(name: str, data: bytes) -> str:
    stem, dot, suffix = name.rpartition(".")
    return f"{FOLDER}{stem}-{blake2b(data, digest_size=4).hexdigest()}{dot}{suffix}"


def _whole(
    name: str,
    within: tuple[str, ...],
    sheets: Mapping[str, str],
    addresses: Mapping[str, str],
    imported: set[str],
) -> str:
    """A sheet as part of the first one in `within`, with those that it imports."""
    text = sheets[name]

    def fill(found: re.Match[str]) -> str:
        reference = found["sheet"] or found["asset"]
        if not reference or _ELSEWHERE.match(reference):
            return found[0]
        other = normpath(join(dirname(name), reference))
        if found["asset"] and other in addresses:
            return f'url("{relpath(addresses[other], dirname(FOLDER + within[0]))}")'
        if found["sheet"] and other in sheets and other not in within:
            imported.add(other)
            return _whole(other, (*within, other), sheets, addresses, imported)
        raise TemplateError(
            problems=(
                problem("template", say("there is no asset `{name}`", name=other),
                        f"templates/assets/{name}", text.count("\n", 0, found.start()) + 1,
                        hint=say("put it into {folder}; the theme's fonts are made when dozaban is installed",
                                 folder="templates/assets/")),
            )
        )  # fmt: skip

    return _REFERENCE.sub(fill, text)
