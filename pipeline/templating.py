"""The Jinja environments, one a language: UI strings through gettext, filters, escape.

Templates see values made for them and nothing else; what they do not know is an error
at their own file and line. Autoescape is on everywhere, XML included. This module
reads no content; babel extracts the templates' strings here and nowhere else.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import nodes
from markupsafe import Markup, escape

from pipeline import languages
from pipeline.bidi import isolate
from pipeline.model import Language, Message
from pipeline.po import Lookup
from pipeline.problems import TemplateError, problem


class Interface:
    """The words of the site's own pages in one language: gettext over look-ups.

    `lookups` are asked in order; the msgid stands in where none knows it.
    """

    def __init__(self, language: Language, lookups: Sequence[Lookup]) -> None:
        self.language = language
        self.lookups = lookups

    def gettext(self, message: str) -> str:
        return _safe(message, self._one(None, message))

    def pgettext(self, context: str, message: str) -> str:
        return _safe(message, self._one(context, message))

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        source = singular if n == 1 else plural
        return _safe(source, self._many(None, singular, n), singular + plural)

    def npgettext(self, context: str, singular: str, plural: str, n: int) -> str:
        source = singular if n == 1 else plural
        return _safe(source, self._many(context, singular, n), singular + plural)

    def _one(self, context: str | None, message: str) -> str:
        for lookup in self.lookups:
            found = lookup.messages.get((context, message))
            if found is not None and found.state == "translated":
                return found.msgstr
        return ""

    def _many(self, context: str | None, singular: str, n: int) -> str:
        for lookup in self.lookups:
            found = lookup.messages.get((context, singular))
            if found is None or found.state != "translated":
                continue
            if not found.plurals:
                return found.msgstr
            try:
                index = languages.plural_index(lookup.headers.get("Plural-Forms", ""), n)
                return found.plurals[index]
            except (ValueError, IndexError):
                return found.msgstr
        return ""


_TAG = re.compile(r"<[^<>]*>")
_FORMAT = re.compile(r"%(?:\((\w+)\)s|%|(.?))")


def _safe(source: str, translated: str, allowed: str = "") -> str:
    """A translation that templates may take as markup: no tag that its source lacks.

    Jinja takes what gettext gives as HTML and fills its placeholders; a translation
    with a placeholder that the source lacks is not used.
    """
    if not translated:
        return source
    allowed = allowed or source
    if "%" in translated:
        known = {found[1] for found in _FORMAT.finditer(allowed)}
        for found in _FORMAT.finditer(translated):
            if found[2] is not None or (found[1] is not None and found[1] not in known):
                return source
    made = str(escape(translated))
    for tag in set(_TAG.findall(allowed)):
        made = made.replace(str(escape(tag)), tag)
    return made


def environment(
    folders: Sequence[Path], interface: Interface
) -> jinja2.Environment:
    """An environment for one language; earlier folders override later ones, file by file.

    Compiled templates are not kept on disk: whoever may put a file into the site could
    put code there.
    """
    language = interface.language
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader([str(folder) for folder in folders]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
        extensions=["jinja2.ext.i18n"],
    )
    env.install_gettext_callables(  # type: ignore[attr-defined]
        interface.gettext,
        interface.ngettext,
        newstyle=True,
        pgettext=interface.pgettext,
        npgettext=interface.npgettext,
    )
    env.filters["number"] = lambda value: languages.format_number(value, language)
    env.filters["digits"] = lambda value: languages.digits(str(value), language)
    env.filters["isolate"] = lambda text: Markup(isolate(str(text), language.direction))
    env.filters["list"] = lambda items: languages.format_list(items, language)
    env.globals["language"] = language
    return env


Render = Callable[[Mapping[str, Any]], str]


def template(env: jinja2.Environment, name: str) -> Render:
    """A compiled template as a function. Raises TemplateError at the template's line."""
    try:
        found = env.get_template(name)
    except jinja2.TemplateNotFound:
        raise TemplateError(
            problems=(problem("template", f"there is no template `{name}`", f"templates/{name}"),)
        ) from None
    except jinja2.TemplateSyntaxError as error:
        raise TemplateError(
            problems=(
                problem("template", str(error.message), _shown(error.filename or name), error.lineno),
            )
        ) from None

    def render(values: Mapping[str, Any]) -> str:
        try:
            return found.render(values)
        except (jinja2.UndefinedError, jinja2.TemplateRuntimeError, TypeError, AttributeError) as error:
            path, line = _raised_at(error, env)
            raise TemplateError(
                problems=(
                    problem("template", _plainly(error), path or f"templates/{name}", line,
                            hint="the variables of each template are listed in templates/README.md"),
                )
            ) from error  # fmt: skip
        except jinja2.TemplateSyntaxError as error:
            raise TemplateError(
                problems=(
                    problem("template", str(error.message), _shown(error.filename or name),
                            error.lineno),
                )
            ) from None  # fmt: skip

    return render


def _plainly(error: BaseException) -> str:
    text = str(error)
    found = re.match(r"'(\w+)' is undefined", text)
    return f"unknown variable `{found.group(1)}`" if found else text


def _shown(path: str) -> str:
    return "templates/" + path.rpartition("/templates/")[2] if "/templates/" in path else path


def _raised_at(error: BaseException, env: jinja2.Environment) -> tuple[str, int]:
    """The template's own file and line, out of the rewritten traceback."""
    trace, found = error.__traceback__, ("", 0)
    while trace is not None:
        filename = trace.tb_frame.f_code.co_filename
        if filename.endswith((".html", ".xml", ".txt")):
            found = (_shown(filename), trace.tb_lineno)
        trace = trace.tb_next
    return found


def extract(folder: Path, names: Sequence[str]) -> list[Message]:
    """The strings of templates, in order.

    Raises TemplateError where a template does not parse.
    """
    from babel.messages.extract import extract as babel_extract

    found: list[Message] = []
    for name in names:
        data = (folder / name).read_bytes()
        try:
            rows = list(
                babel_extract(
                    "jinja2.ext:babel_extract",
                    io.BytesIO(data),
                    keywords={
                        "_": None,
                        "gettext": None,
                        "ngettext": (1, 2),
                        "pgettext": ((1, "c"), 2),
                        "npgettext": ((1, "c"), 2, 3),
                    },
                    comment_tags=("Translators:",),
                    options={"silent": "false", "trimmed": "true", "newstyle_gettext": "true"},
                )
            )
        except jinja2.TemplateSyntaxError as error:
            raise TemplateError(
                problems=(problem("template", str(error.message), f"templates/{name}", error.lineno),)
            ) from None
        for line, text, comments, context in rows:
            singular, plural = (text, None) if isinstance(text, str) else (text[0], text[1])
            note = " ".join(comment.removeprefix("Translators:").strip() for comment in comments)
            found.append(
                Message(
                    msgid=singular,
                    kind="interface",
                    context=context,
                    plural=plural,
                    note=note,
                    line=line,
                    references=(f"templates/{name}",),
                )
            )
    return found


def variables(env: jinja2.Environment, name: str) -> set[str]:
    """The variables that a template uses and does not set itself."""
    from jinja2 import meta

    assert env.loader is not None
    source, _, _ = env.loader.get_source(env, name)
    tree: nodes.Template = env.parse(source)
    return meta.find_undeclared_variables(tree)
