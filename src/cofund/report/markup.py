"""HTML put together from escaped parts: a plain string is text, only ``Html`` is markup."""

from collections.abc import Iterable, Sequence
from html import escape


class Html(str):
    """Markup, already escaped."""

    __slots__ = ()


Content = str | int


def text(content: Content) -> Html:
    """Markup as it is, anything else escaped."""
    return content if isinstance(content, Html) else Html(escape(str(content)))


def join(parts: Iterable[Content], between: str = "") -> Html:
    """Several parts one after the other."""
    return Html(between.join(text(part) for part in parts))


def tag(name: str, *content: Content, **attributes: str | int | None) -> Html:
    """An element; attributes without a value are left out, ``class_`` is ``class``, ``x_y`` is ``x-y``."""
    given = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items() if value is not None}
    written = "".join(f' {key}="{escape(str(value))}"' for key, value in given.items())
    return Html(f"<{name}{written}>{join(content)}</{name}>")


def paragraph(*content: Content, class_: str | None = None) -> Html:
    """A paragraph."""
    return tag("p", *content, class_=class_)


def bullets(items: Iterable[Content]) -> Html:
    """An unordered list."""
    return tag("ul", *(tag("li", item) for item in items))


def code(content: Content) -> Html:
    """Something to be copied or compared digit by digit."""
    return tag("code", content)


def named(ident: str, name: str) -> Html:
    """An id and what people call it."""
    return join([ident, " ", tag("small", name)])


def pairs(rows: Iterable[tuple[Content, Content]], class_: str | None = None) -> Html:
    """A list of terms and what they are."""
    return tag("dl", *(tag("div", tag("dt", term), tag("dd", meaning)) for term, meaning in rows), class_=class_)


def status(good: bool, word: str) -> Html:
    """A glyph and a word, never colour alone."""
    return tag("span", "✓ " if good else "✗ ", word, class_="good" if good else "bad")


def table(
    caption: str,
    header: Sequence[Content],
    rows: Iterable[Sequence[Content]],
    numbers: Sequence[int] = (),
    total: Sequence[Content] | None = None,
    class_: str | None = None,
) -> Html:
    """A table whose first cell of each row is its heading.

    Args:
        caption: what it shows.
        header: one heading per column.
        rows: cells.
        numbers: columns that are aligned as numbers.
        total: a last row.
        class_: of the table.
    """
    names = (tag("th", name, scope="col", class_=_number(at, numbers)) for at, name in enumerate(header))
    head = tag("thead", tag("tr", *names))
    body = tag("tbody", *(_row(row, numbers) for row in rows))
    foot = tag("tfoot", _row(total, numbers)) if total else Html()
    inner = tag("table", tag("caption", caption), head, body, foot, class_=class_)
    return tag("div", inner, class_="scroll", tabindex=0, role="region", aria_label=caption)


def fold(summary: str, *content: Content) -> Html:
    """Detail that opens on demand; print shows it."""
    return tag("details", tag("summary", summary), *content)


def _row(row: Sequence[Content], numbers: Sequence[int]) -> Html:
    first, *rest = row
    cells = (tag("td", cell, class_=_number(at, numbers)) for at, cell in enumerate(rest, start=1))
    return tag("tr", tag("th", first, scope="row", class_=_number(0, numbers)), *cells)


def _number(column: int, numbers: Sequence[int]) -> str | None:
    return "number" if column in numbers else None
