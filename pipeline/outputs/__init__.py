"""The tables of outputs: what is made once for the site, and what makes its pages.

A new output is a module here and a line in `OUTPUTS`; a new kind of page is one in `PAGES`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pipeline.outputs import cards, feeds, metadata, newsletters, parallel, search, site, sitemap
from pipeline.outputs.site import Artefact, Maker, Press
from pipeline.routes import Page

Output = Callable[[Press], Iterator[Artefact]]

OUTPUTS: dict[str, Output] = {
    "site": site.shared,
    "feeds": feeds.feeds,
    "sitemap": sitemap.sitemap,
    "cards": cards.cards,
}
"""Outputs that are made once for the whole site."""

PAGES: dict[str, Maker] = {
    **site.MAKERS,
    "newsletter.html": newsletters.issue,
    "newsletters.html": newsletters.archive,
    "parallel.html": parallel.document,
    "search.html": search.page,
}
"""What makes the values of a page, by its template."""


def render(press: Press, page: Page) -> Artefact:
    """One page of the plan."""
    face = press.faces[page.language]
    values = PAGES[page.template](press, page, face)
    if hasattr(values["page"], "properties"):
        metadata.describe(press, page, face, values["page"])
    html = site.placed(face.render(page.template, values), page)
    return Artefact(path=f"{page.address}index.html", data=html.encode())
