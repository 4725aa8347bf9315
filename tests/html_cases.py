"""What the HTML writer may write: its tests and the fuzzing hold it to the same list."""

TAGS = {
    "a": {"href", "title", "class", "id", "aria-label"}, "bdi": {"dir"}, "blockquote": {"class"}, "br": set(),
    "code": {"class", "dir"}, "del": set(), "div": {"class", "id", "lang", "dir", "role", "aria-label", "tabindex"},
    "em": set(), "figure": {"id", "class", "lang", "dir"}, "figcaption": set(), "hr": {"id"},
    "i": set(), "img": {"src", "alt", "title"}, "input": {"disabled", "type", "checked", "aria-label"},
    "li": {"id", "class", "lang", "dir"}, "ol": {"start"}, "p": {"id", "class", "lang", "dir"},
    "pre": {"id", "class", "lang", "dir", "tabindex"}, "span": {"class"}, "strong": set(),
    "sup": {"class", "id"}, "table": set(), "tbody": set(), "td": {"id", "class", "lang", "dir"},
    "th": {"id", "class", "lang", "dir"}, "thead": set(), "tr": set(), "ul": set(), "page": set(),
    **{f"h{level}": {"id", "class", "lang", "dir"} for level in range(1, 7)},
}  # fmt: skip
"""Every element and attribute that we write."""
