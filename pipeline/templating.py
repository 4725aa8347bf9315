"""The Jinja environments, one a language: UI strings through gettext, filters, escape.

Templates see values made for them and nothing else; what they do not know is an error
at their own file and line. Autoescape is on everywhere, XML included. This module
reads no content; babel extracts the templates' strings here and nowhere else.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from hashlib import blake2b
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from weakref import WeakKeyDictionary

import jinja2
from jinja2 import nodes
from jinja2.bccache import Bucket
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

from pipeline import languages
from pipeline.bidi import isolate
from pipeline.model import Language, Message
from pipeline.po import Lookup
from pipeline.problems import TemplateError, problem
from pipeline.speech import say


class Interface:
    """The words of the site's own pages in one language: gettext over look-ups.

    `lookups` are asked in order; the msgid stands in where none knows it.
    """

    def __init__(self, language: Language, lookups: Sequence[Lookup]) -> None:
        self.language = language
        self.lookups = lookups
        self._known: dict[tuple[str | None, str], str] = {}

    def gettext(self, message: str) -> str:
        return self.pgettext(None, message)

    def pgettext(self, context: str | None, message: str) -> str:
        known = self._known.get((context, message))
        if known is None:
            known = self._known[context, message] = _safe(message, self._one(context, message))
        return known

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


class _Files(jinja2.FileSystemLoader):
    """Templates in files; what is not UTF-8 is a mistake in that file."""

    def get_source(
        self, environment: jinja2.Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        try:
            return super().get_source(environment, template)
        except UnicodeDecodeError as error:
            paths = (f"{folder}/{template}" for folder in self.searchpath)
            path = next((path for path in paths if Path(path).is_file()), None)
            line = error.object.count(b"\n", 0, error.start) + 1
            raise jinja2.TemplateSyntaxError(say("this is not UTF-8"), line, template, path) from None


class _Folding(NodeTransformer):
    """Puts the words that a template asks for into it, where they depend on nothing else."""

    def __init__(self, interface: Interface) -> None:
        self._words: dict[str, Callable[..., str]] = {
            "_": interface.gettext, "gettext": interface.gettext, "pgettext": interface.pgettext,
        }  # fmt: skip

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        call = self.generic_visit(node)
        assert isinstance(call, nodes.Call)
        if not isinstance(call.node, nodes.Name) or call.kwargs or call.dyn_args or call.dyn_kwargs:
            return call
        words, given = self._words.get(call.node.name), [one.value for one in call.args if isinstance(one, nodes.Const)]
        if words is None or len(given) != len(call.args):
            return call
        text = words(*given)
        return call if "%(" in text else nodes.Const(Markup(text.replace("%%", "%")), lineno=call.lineno)


class _Environment(jinja2.Environment):
    """Jinja's, with the words of a language folded into templates as they are compiled."""

    words: Interface

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        folded = _Folding(self.words).visit(tree)
        assert isinstance(folded, nodes.Template)
        return folded


class Once(Extension):
    """`{% once of, more %}…{% endonce %}`: what depends on nothing but these values and the
    language, rendered once for each `of`. That must be an object with attributes."""

    tags = {"once"}  # noqa: RUF012, as Jinja has it

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        of = parser.parse_tuple()
        given = list(of.items) if isinstance(of, nodes.Tuple) else [of]
        body = parser.parse_statements(("name:endonce",), drop_needle=True)
        place = nodes.Const(f"{parser.name}:{line}")
        call = self.call_method("_kept", [place, *given], lineno=line)
        return nodes.CallBlock(call, [], [], body).set_lineno(line)

    def _kept(self, place: str, of: Any, *more: object, caller: Callable[[], str]) -> str:
        known = vars(of).setdefault("once", {})
        key = (place, *more)
        if key not in known:
            known[key] = caller()
        made: str = known[key]
        return made


class Compiled(jinja2.BytecodeCache):
    """Compiled templates from earlier runs: `take` and `put` have them by name, one of a name.

    `about` is what they depend on beside their source. Whatever `take` gives is run: it
    must be what this user's own runs have `put`.
    """

    def __init__(self, take: Callable[[str], bytes | None], put: Callable[[str, bytes], None], about: str) -> None:
        self._take, self._put = take, put
        self._about = blake2b(about.encode(), digest_size=16).digest()

    def load_bytecode(self, bucket: Bucket) -> None:
        data = self._take(bucket.key) or b""
        if data.startswith(self._about):  # whether the source is the same, the bucket says
            bucket.bytecode_from_string(data.removeprefix(self._about))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._put(bucket.key, self._about + bucket.bytecode_to_string())


def environment(
    folders: Sequence[Path], interface: Interface, compiled: jinja2.BytecodeCache | None = None
) -> jinja2.Environment:
    """An environment for one language; earlier folders override later ones, file by file."""
    language = interface.language
    env = _Environment(
        loader=_Files([str(folder) for folder in folders]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
        extensions=["jinja2.ext.i18n", Once],
        bytecode_cache=compiled,
    )
    env.words = interface
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
    found = _guarded(env, name, env.get_template, name)
    return lambda values: str(_guarded(env, name, found.render, values))


_WORDS: WeakKeyDictionary[jinja2.Environment, dict[str, SimpleNamespace]] = WeakKeyDictionary()


def words(env: jinja2.Environment, name: str) -> SimpleNamespace:
    """What a template without output defines: its variables, and its macros as functions.

    Raises TemplateError, also for a site's own template that lacks a name which ours has.
    """
    known = _WORDS.setdefault(env, {})
    if name not in known:
        known[name] = _words(env, name)
    return known[name]


def _words(env: jinja2.Environment, name: str) -> SimpleNamespace:
    assert isinstance(env.loader, jinja2.FileSystemLoader)
    found = _guarded(env, name, lambda: env.get_template(name).module)
    own = {key: value for key, value in vars(found).items() if not key.startswith("_")}
    for key, value in own.items():
        if isinstance(value, jinja2.Undefined):
            message = say("`{name}` is set to an unknown variable", name=key)
            raise TemplateError(problems=(problem("template", message, f"templates/{name}"),))
    if len(env.loader.searchpath) > 1:  # ours lacks nothing
        _missing(env, name, own)
    return SimpleNamespace(
        **{key: partial(_guarded, env, name, value) if callable(value) else value for key, value in own.items()}
    )


def _missing(env: jinja2.Environment, name: str, own: Mapping[str, object]) -> None:
    """Raise TemplateError where a site's own template lacks a name that ours has."""
    assert isinstance(env.loader, jinja2.FileSystemLoader)
    tree = env.parse((Path(env.loader.searchpath[-1]) / name).read_text(encoding="utf-8"))
    needed = {node.name for node in tree.body if isinstance(node, nodes.Macro)}
    for node in tree.body:
        if isinstance(node, nodes.Assign):
            targets = node.target.items if isinstance(node.target, nodes.Tuple) else [node.target]
            needed |= {one.name for one in targets if isinstance(one, nodes.Name)}
    if missing := sorted(needed - set(own)):
        message = say("what pages say is missing here: {names}", names=missing)
        hint = say("take it over from dozaban's: dozaban theme show {name}", name=name)
        raise TemplateError(problems=(problem("template", message, f"templates/{name}", hint=hint),))


def _guarded(env: jinja2.Environment, name: str, call: Callable[..., Any], *values: Any, **named: Any) -> Any:
    """What a call of Jinja's gives. What goes wrong in a template is a TemplateError there."""
    try:
        return call(*values, **named)
    except Exception as error:
        path, line = _raised_at(error, env)
        if isinstance(error, jinja2.TemplateSyntaxError):
            path, line = _shown(error.filename or name, env), error.lineno
        elif not path:
            if not isinstance(error, jinja2.TemplateNotFound):
                raise  # a bug of ours
            path = f"templates/{name}"
        message, hint = _plainly(error)
        if found := _NOT_EXPORTED.search(str(error)):
            message = say("`{name}` is missing here, which {other} imports", name=found[3], other=found[2])
            path, line = f"templates/{found[1]}", 0
        raise TemplateError(problems=(problem("template", message, path, line, hint=hint),)) from error


_NOT_EXPORTED = re.compile(r"the template '([^']+)' \(imported on [^']*'([^']+)'\) does not export the requested name '(\w+)'")


def _plainly(error: BaseException) -> tuple[str, str]:
    """What is wrong in a template, and what to do next."""
    text = str(error)
    listed = say("what each template gets is listed by: dozaban theme show README.md")
    correct = say("correct it, or remove the file: then dozaban's own is used")
    if isinstance(error, jinja2.TemplateNotFound):
        return say("there is no template `{name}`", name=str(error.name or text)), say("dozaban theme show names all that there are")
    if isinstance(error, RecursionError):
        return say("this extends or includes itself, without end"), correct
    if found := re.match(r"'(\w+)' is undefined", text):
        return say("unknown variable `{name}`", name=found[1]), listed
    if found := re.search(r"has no attribute '(\w+)'", text):
        return say("there is no `{name}` in what stands before it", name=found[1]), listed
    if isinstance(error, jinja2.TemplateError):
        return error.message or text, correct
    return f"{type(error).__name__}: {text}", listed


def _shown(path: str, env: jinja2.Environment) -> str:
    """A template's path as problems name it: the site's own, or dozaban's."""
    assert isinstance(env.loader, jinja2.FileSystemLoader)
    for number, folder in enumerate(env.loader.searchpath):
        if path.startswith(f"{folder}/"):
            name = path.removeprefix(f"{folder}/")
            return f"templates/{name}" if number == 0 else f"dozaban's templates/{name}"
    return f"templates/{path}"


def _raised_at(error: BaseException, env: jinja2.Environment) -> tuple[str, int]:
    """The template's own file and line, out of the rewritten traceback."""
    trace, found = error.__traceback__, ("", 0)
    while trace is not None:
        filename = trace.tb_frame.f_code.co_filename
        if filename.endswith((".html", ".xml", ".txt")):
            found = (_shown(filename, env), trace.tb_lineno)
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
                    options={"silent": "false", "trimmed": "true", "newstyle_gettext": "true",
                             "extensions": "pipeline.templating:Once"},
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
