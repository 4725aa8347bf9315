"""sitemap.xml: every page for search engines, with its counterparts in other languages."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

from pipeline import languages, routes
from pipeline.outputs.site import Artefact, Press, newest


def sitemap(press: Press) -> Iterator[Artefact]:
    """The one map of all editions; withheld pages and redirects are left out."""
    site, plan = press.site, press.plan
    entries = []
    documents = dict(plan.records.items())  # for their dates alone: no text of theirs is shown
    for page in plan.pages:
        if not page.index:
            continue
        modified = ""
        if page.key[0] == "document":
            document = documents[page.key[1]].document
            day = newest([document.updated, document.date])
            modified = languages.iso(languages.local_day(day, site.time_zone)) if day else ""
        entries.append(
            SimpleNamespace(
                url=routes.absolute(site, page.address),
                modified=modified,
                alternates=press.alternates(page),
            )
        )
    fronts = press.alternates(front) if (front := plan.page(("home", "1"), site.default_language)) else []
    entries.append(SimpleNamespace(url=site.base_url, modified="", alternates=fronts))
    entries.sort(key=lambda entry: entry.url)
    face = press.faces[site.default_language]
    yield Artefact(path="sitemap.xml", data=face.render("sitemap.xml", {"entries": entries}).encode())
