"""What `dozaban init` writes: a small site in two languages that builds as it is."""

from __future__ import annotations

FILES: dict[str, str] = {
    "content/site.toml": """\
# The site. Every key is explained in the README.
title = "My site"
description = "News in two languages"
base_url = "https://example.org/"     # where it will be published
time_zone = "UTC"
default_language = "en"
# contact = "editor@example.org"

[languages.en]
name = "English"

[languages.fa]
name = "فارسی"
incomplete = "mark"        # publish unfinished translations, what is missing marked;
                           # "withhold" waits until they are complete
stale = "keep"             # keep showing the older translation, marked, when a source changes
""",
    "content/posts/hello.md": """\
---
title: Hello, two languages
summary: The first piece of this site, and how to go on from here.
date: {today}
---

This piece was written in English. Its Persian edition is made from the catalogue
`locales/fa/LC_MESSAGES/posts/hello.po`: translate it in any editor for gettext
catalogues, and build again.

- Write a new piece with `dozaban new post "A title"`.
- Bring the catalogues up to date with `dozaban update`.
- Build both editions with `dozaban build`.
""",
    "content/posts/salam.md": """\
---
title: سلام، دو زبان
summary: نخستین نوشتهٔ این سایت به فارسی.
date: {today}
lang: fa
---

این نوشته از آغاز به فارسی نوشته شده است. نسخهٔ انگلیسی‌اش از روی کاتالوگ
`locales/en/LC_MESSAGES/posts/salam.po` ساخته می‌شود.
""",
    "content/pages/about.md": """\
---
title: About
---

Say here who publishes this site, and why.
""",
    "locales/fa/LC_MESSAGES/posts/hello.po": """\
msgid ""
msgstr ""
"Language: fa\\n"
"X-Source-Language: en\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\\n"

msgctxt "title"
msgid "Hello, two languages"
msgstr "سلام به دو زبان"

msgctxt "summary"
msgid "The first piece of this site, and how to go on from here."
msgstr "نخستین نوشتهٔ این سایت، و اینکه از اینجا چه کنید."

msgid "Write a new piece with `dozaban new post \\"A title\\"`."
msgstr "با `dozaban new post \\"A title\\"` نوشتهٔ تازه‌ای آغاز کنید."

msgid "Bring the catalogues up to date with `dozaban update`."
msgstr "با `dozaban update` کاتالوگ‌ها را به‌روز کنید."

msgid "Build both editions with `dozaban build`."
msgstr "با `dozaban build` هر دو نسخه را بسازید."
""",
    ".gitignore": """\
public/
.dozaban/
outbox/
*.mo
""",
}
"""Path → text; `{today}` is the day."""
