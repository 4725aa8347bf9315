"""Two sites for Hugo to build of the same posts.

`BARE` has hardly more on a page than the post. `FULL` shows what our pages show, with what
Hugo has for it: metadata and structured data, the languages, sections, subjects, related
pieces, the pieces before and after; what is the same on every page is made once. It has no
months' pages, no full texts in its feeds, no addresses of paragraphs. `LESS` is `FULL`
without the related pieces: to find them takes Hugo longer than all the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

BARE = {
    "hugo.toml": """\
baseURL = "https://example.org/"
title = "Bench"
defaultContentLanguage = "en"
defaultContentLanguageInSubdir = true
disableKinds = []
[pagination]
pagerSize = 10
[outputs]
home = ["html", "rss"]
section = ["html"]
taxonomy = ["html"]
term = ["html"]
[languages.en]
contentDir = "content/en"
weight = 1
[languages.fa]
contentDir = "content/fa"
weight = 2
languageDirection = "rtl"
""",
    "layouts/_default/baseof.html": """\
<!doctype html><html lang="{{ .Site.Language.Lang }}"><head><meta charset="utf-8">
<title>{{ .Title }}</title><link rel="canonical" href="{{ .Permalink }}">
{{ range .AllTranslations }}<link rel="alternate" hreflang="{{ .Language.Lang }}" href="{{ .Permalink }}">
{{ end }}</head><body><header><nav>{{ range .Translations }}<a href="{{ .RelPermalink }}">{{ .Language.Lang }}</a>
{{ end }}</nav></header><main>{{ block "main" . }}{{ end }}</main></body></html>
""",
    "layouts/_default/single.html": """\
{{ define "main" }}<article><h1>{{ .Title }}</h1><p>{{ .Params.summary }}</p>
<time>{{ .Date.Format "2 January 2006" }}</time>{{ .Content }}<ul>{{ range .Params.tags }}
<li><a href="{{ "tags/" | relLangURL }}{{ . }}/">{{ . }}</a></li>{{ end }}</ul></article>{{ end }}
""",
    "layouts/_default/list.html": """\
{{ define "main" }}<h1>{{ .Title }}</h1>{{ range .Paginator.Pages }}<article><h2>
<a href="{{ .RelPermalink }}">{{ .Title }}</a></h2><p>{{ .Params.summary }}</p>
<time>{{ .Date.Format "2 January 2006" }}</time></article>{{ end }}{{ end }}
""",
}
FULL = {
    "hugo.toml": """\
baseURL = "https://example.org/"
title = "Bench"
defaultContentLanguage = "en"
defaultContentLanguageInSubdir = true
[pagination]
pagerSize = 10
[services.rss]
limit = 20
[taxonomies]
tag = "tags"
[params]
related = true
[related]
includeNewer = true
threshold = 0
[[related.indices]]
name = "tags"
weight = 100
[outputs]
home = ["html", "rss"]
section = ["html"]
taxonomy = ["html"]
term = ["html"]
[languages.en]
contentDir = "content/en"
languageName = "English"
weight = 1
[languages.fa]
contentDir = "content/fa"
languageDirection = "rtl"
languageName = "فارسی"
weight = 2
""",
    "layouts/_default/baseof.html": """\
<!doctype html>
<html lang="{{ .Language.Lang }}" dir="{{ .Language.LanguageDirection | default "ltr" }}">
<head>
{{ partialCached "head.html" . .Language.Lang }}
<title>{{ .Title }} · {{ .Site.Title }}</title>
{{ with .Params.summary }}<meta name="description" content="{{ . }}">{{ end }}
<link rel="canonical" href="{{ .Permalink }}">
{{ range .AllTranslations }}<link rel="alternate" hreflang="{{ .Language.Lang }}" href="{{ .Permalink }}">
{{ end }}<meta property="og:type" content="{{ if .IsPage }}article{{ else }}website{{ end }}">
<meta property="og:site_name" content="{{ .Site.Title }}">
<meta property="og:title" content="{{ .Title }}">
{{ with .Params.summary }}<meta property="og:description" content="{{ . }}">{{ end }}
<meta property="og:url" content="{{ .Permalink }}">
<meta property="og:locale" content="{{ .Language.Lang }}">
{{ if .IsPage }}<meta property="article:published_time" content="{{ .Date.Format "2006-01-02" }}">
{{ range .Params.tags }}<meta property="article:tag" content="{{ . }}">
{{ end }}<script type="application/ld+json">{{ dict "@context" "https://schema.org" "@type" "Article" "@id" .Permalink "url" .Permalink "headline" .Title "description" .Params.summary "inLanguage" .Language.Lang "datePublished" (.Date.Format "2006-01-02") "publisher" (dict "@type" "Organization" "name" .Site.Title) "keywords" .Params.tags | jsonify | safeJS }}</script>
{{ end }}</head>
<body>
<a class="skip" href="#content">{{ i18n "skip" | default "Skip to the text" }}</a>
<header class="masthead">
<p class="brand"><a href="{{ .Site.Home.RelPermalink }}">{{ .Site.Title }}</a></p>
<nav class="switch"><ul>{{ $page := . }}{{ range .AllTranslations }}
<li lang="{{ .Language.Lang }}">{{ if eq .Language.Lang $page.Language.Lang }}<span aria-current="true">{{ .Language.LanguageName }}</span>{{ else }}<a hreflang="{{ .Language.Lang }}" href="{{ .RelPermalink }}" rel="alternate">{{ .Language.LanguageName }}</a>{{ end }}</li>{{ end }}
</ul></nav>
{{ partialCached "sections.html" . .Language.Lang }}
</header>
<main id="content">
{{ block "main" . }}{{ end }}
</main>
{{ partialCached "foot.html" . .Language.Lang }}
</body>
</html>
""",
    "layouts/_default/list.html": """\
{{ define "main" }}<h1>{{ .Title }}</h1>
<div class="entries">{{ range .Paginator.Pages }}
<article class="entry">
<ul class="tags">{{ range .GetTerms "tags" }}
<li><a href="{{ .RelPermalink }}">{{ .Title }}</a></li>{{ end }}
</ul>
<h2><a href="{{ .RelPermalink }}">{{ .Title }}</a></h2>
<p class="summary">{{ .Params.summary }}</p>
<p class="dateline"><time datetime="{{ .Date.Format "2006-01-02" }}">{{ .Date | time.Format ":date_long" }}</time></p>
</article>{{ end }}
</div>
<nav class="pages">{{ with .Paginator }}
{{ with .Prev }}<a rel="prev" href="{{ .URL }}">Newer</a>{{ end }}
<span>{{ .PageNumber }} / {{ .TotalPages }}</span>
{{ with .Next }}<a rel="next" href="{{ .URL }}">Older</a>{{ end }}{{ end }}
</nav>
{{ end }}
""",
    "layouts/_default/single.html": """\
{{ define "main" }}<article class="piece">
<header>
<ul class="tags">{{ range .GetTerms "tags" }}
<li><a href="{{ .RelPermalink }}">{{ .Title }}</a></li>{{ end }}
</ul>
<h1>{{ .Title }}</h1>
<p class="standfirst">{{ .Params.summary }}</p>
<p class="dateline"><time datetime="{{ .Date.Format "2006-01-02" }}">{{ .Date | time.Format ":date_long" }}</time></p>
</header>
<div class="body">
{{ .Content }}
</div>
{{ range .Translations }}<p class="elsewhere"><a lang="{{ .Language.Lang }}" hreflang="{{ .Language.Lang }}" href="{{ .RelPermalink }}">{{ .Language.LanguageName }}</a></p>
{{ end }}</article>
{{ if site.Params.related }}{{ with site.RegularPages.Related . | first 3 }}<section class="related"><ul>{{ range . }}
<li><a href="{{ .RelPermalink }}">{{ .Title }}</a> <time datetime="{{ .Date.Format "2006-01-02" }}">{{ .Date | time.Format ":date_long" }}</time></li>{{ end }}
</ul></section>
{{ end }}{{ end }}<nav class="turn">
{{ with .PrevInSection }}<a rel="prev" href="{{ .RelPermalink }}">{{ .Title }}</a>{{ end }}
{{ with .NextInSection }}<a rel="next" href="{{ .RelPermalink }}">{{ .Title }}</a>{{ end }}
</nav>
{{ end }}
""",
    "layouts/partials/foot.html": """\
<footer class="foot"><p class="about"><a href="{{ .Site.Home.RelPermalink }}">{{ .Site.Title }}</a></p><ul><li><a href="{{ "tags/" | relLangURL }}">tags</a></li><li><a href="{{ "index.xml" | relLangURL }}">RSS</a></li></ul></footer>
""",
    "layouts/partials/head.html": """\
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="alternate" type="application/rss+xml" title="{{ .Site.Title }}" href="{{ "index.xml" | relLangURL }}">
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/style.css">
""",
    "layouts/partials/sections.html": """\
<nav class="sections"><ul><li><a href="{{ .Site.Home.RelPermalink }}">{{ .Site.Title }}</a></li><li><a href="{{ "posts/" | relLangURL }}">posts</a></li><li><a href="{{ "tags/" | relLangURL }}">tags</a></li></ul></nav>
""",
}
LESS = {**FULL, "hugo.toml": FULL["hugo.toml"].replace("related = true", "related = false")}


def write(folder: Path, site: Mapping[str, str]) -> None:
    """One of the two, without its posts, into a folder."""
    for path, text in site.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
