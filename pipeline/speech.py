"""What the command says: a sentence of ours that can still be said in another language.

`say("there is no file {path}", path=x)` is the English sentence, a string like any other:
it is compared, sorted, stored and put into JSON as such. It also remembers the template
and what was filled in, so that a report can say it in its reader's language (see
`pipeline.voice`). The templates are the msgids of cli.po; `pipeline.app.wording` finds
them in the code, so that a call names its template there and then, as a literal.

Nothing here translates, and no file is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

Value = str | int | date | Sequence["str | int | date"]
"""What a sentence may be filled with: a text as it is, a number, a day, another sentence
of ours, or several of these, which stand with commas between them."""


class Said(str):
    """A sentence in English, and what it was made of.

    `template` is a text for `str.format`, or the sentence itself where `values` is empty;
    `plural` the template for any count but one, else empty; `context` tells apart what is
    the same in English and not elsewhere. A `series` has no template: its values are
    `items` and what stands `between` them.
    """

    __slots__ = ("context", "plural", "template", "values")

    template: str
    plural: str
    context: str
    values: Mapping[str, Value]

    def __new__(
        cls, template: str, plural: str = "", context: str = "", values: Mapping[str, Value] | None = None
    ) -> Said:
        values = values or {}
        if not template and values:
            text = _between(values).join(map(_written, _items(values)))
        else:
            text = plural if plural and values["n"] != 1 else template
            if values:
                text = filled(text, {name: _written(value) for name, value in values.items()})
        made = super().__new__(cls, text)
        made.template, made.plural, made.context, made.values = template, plural, context, values
        return made

    def __str__(self) -> Said:
        return self  # an exception's text is asked for by str(), and is still to be said

    def __reduce__(self) -> tuple[Any, ...]:
        return Said, (self.template, self.plural, self.context, dict(self.values))


_FIELD = re.compile(r"\{\{|\}\}|\{(\w+)\}")


def filled(template: str, values: Mapping[str, str]) -> str:
    """A template with its names filled in, as `str.format` does and no more: a template may
    come from a cache or a catalogue, and must not reach into objects.
    """
    return _FIELD.sub(
        lambda m: m[0][0] if m[1] is None else values.get(m[1], m[0]), template
    )


def say(template: str, plural: str = "", /, **values: Value) -> Said:
    """A sentence of ours. `plural` is the template for any `n` but one.

    Without values the template is the sentence, and braces in it are braces.
    """
    return Said(template, plural, "", values)


def word(context: str, text: str) -> Said:
    """A word of ours that means something only where it stands: a column's heading, a state."""
    return Said(text, "", context)


def series(items: Iterable[Value], between: str = ", ") -> Said:
    """Several things, with commas or another sign between them."""
    return Said("", "", "", {"items": tuple(items), "between": between})  # type: ignore[arg-type]


def _items(values: Mapping[str, Value]) -> Sequence[Value]:
    items = values["items"]
    assert isinstance(items, tuple | list)
    return items


def _between(values: Mapping[str, Value]) -> str:
    between = values["between"]
    assert isinstance(between, str)
    return between


def either(items: Sequence[Value]) -> Value:
    """Several things of which one is meant."""
    found = items[0]
    for one in items[1:]:
        found = say("{one} or {other}", one=found, other=one)
    return found


def _written(value: Value) -> str:
    """A value as the English sentence has it."""
    if isinstance(value, str):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int):
        return str(value)
    return ", ".join(_written(one) for one in value)


# --- for a cache ----------------------------------------------------------------------------


def packed(value: Value) -> Any:
    """A text or another value as plain JSON; what was said stays sayable."""
    if isinstance(value, Said):
        return {"said": [value.template, value.plural, value.context],
                "values": {name: packed(one) for name, one in value.values.items()}}  # fmt: skip
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if isinstance(value, str | int):
        return value
    return [packed(one) for one in value]


def unpacked(found: Any) -> Any:
    """What `packed` made JSON of."""
    if isinstance(found, list):
        return tuple(unpacked(one) for one in found)
    if not isinstance(found, dict):
        return found
    if "day" in found:
        return date.fromisoformat(found["day"])
    template, plural, context = found["said"]
    values = {name: unpacked(one) for name, one in found["values"].items()}
    return Said(template, plural, context, values)
