"""A report as a document: sections of text, figures and tables, written as text, Markdown, HTML or CSV.

Whatever comes from outside is escaped by the writer; a report itself knows of no markup.
"""

import csv
import html
import io
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from engine.exports.formats import cell
from engine.reports import markdown


class Grid(msgspec.Struct, frozen=True):
    """A table. `refs` name, row by row, what a row is about and can be opened ("": nothing)."""

    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    refs: tuple[str, ...] = ()


class Part(msgspec.Struct, frozen=True):
    """A section. `none` stands where there is no line and no row."""

    title: str
    lines: tuple[str, ...] = ()
    grid: Grid | None = None
    none: str = "Nothing."

    @property
    def empty(self) -> bool:
        return not self.lines and (self.grid is None or not self.grid.rows)


class Report(msgspec.Struct, frozen=True):
    """`kind` names it, `since` and `until` (RFC 3339) bound what it tells of."""

    kind: str
    title: str
    since: str
    until: str
    parts: tuple[Part, ...]
    summary: tuple[str, ...] = ()


def as_text(report: Report) -> str:
    lines = [report.title, f"{report.since} to {report.until}", *report.summary]
    for part in report.parts:
        lines += ["", part.title.upper(), *(f"  {line}" for line in part.lines)]
        if part.empty:
            lines.append(f"  {part.none}")
        if part.grid is not None and part.grid.rows:
            lines += [f"  {line}" for line in _columns(part.grid)]
    return "\n".join(lines) + "\n"


def _columns(grid: Grid) -> list[str]:
    rows = [grid.names, *grid.rows]
    sizes = [min(60, max(len(row[place]) for row in rows)) for place in range(len(grid.names))]
    return ["  ".join(text[:60].ljust(size) for text, size in zip(row, sizes, strict=True)).rstrip() for row in rows]


def as_markdown(report: Report) -> str:
    plain = markdown.plain
    lines = [f"# {plain(report.title)}", "", f"{report.since} to {report.until}", ""]
    lines += [f"{plain(line)}  " for line in report.summary]
    for part in report.parts:
        lines += ["", f"## {plain(part.title)}", ""]
        lines += markdown.bullets(map(plain, part.lines))
        if part.empty:
            lines.append(part.none)
        if part.grid is not None and part.grid.rows:
            lines += ["", *markdown.table(part.grid.names, part.grid.rows)]
    return "\n".join(lines).rstrip() + "\n"


_STYLE: Final = (
    "body{font-family:sans-serif;max-width:70em;margin:2em auto;padding:0 1em}table{border-collapse:collapse}"
    "td,th{text-align:left;padding:.2em .8em;border-bottom:1px solid #ccc;vertical-align:top}"
)


def as_html(report: Report) -> str:
    """One file that needs nothing else."""
    safe = html.escape
    body = [f"<h1>{safe(report.title)}</h1><p>{safe(report.since)} to {safe(report.until)}</p>"]
    body += [f"<p>{safe(line)}</p>" for line in report.summary]
    for part in report.parts:
        body.append(f"<h2>{safe(part.title)}</h2>")
        if part.lines:
            body.append("<ul>" + "".join(f"<li>{safe(line)}</li>" for line in part.lines) + "</ul>")
        if part.empty:
            body.append(f"<p>{safe(part.none)}</p>")
        if part.grid is not None and part.grid.rows:
            head = "".join(f"<th>{safe(name)}</th>" for name in part.grid.names)
            rows = "".join(
                "<tr>" + "".join(f"<td>{safe(text)}</td>" for text in row) + "</tr>" for row in part.grid.rows
            )
            body.append(f"<table><tr>{head}</tr>{rows}</table>")
    head = f'<meta charset="utf-8"><title>{safe(report.title)}</title><style>{_STYLE}</style>'
    return f"<!doctype html><html><head>{head}</head><body>{''.join(body)}</body></html>\n"


def as_csv(report: Report) -> str:
    """Every table, its section in the first column; cells that a spreadsheet would take for formulas are text."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for part in report.parts:
        writer.writerows([cell(part.title), "", cell(line)] for line in part.lines)
        if part.grid is not None:
            writer.writerow([cell(part.title), *map(cell, part.grid.names)])
            writer.writerows([cell(part.title), *map(cell, row)] for row in part.grid.rows)
    return text.getvalue()


WRITERS: Final[dict[str, Callable[[Report], str]]] = {
    "text": as_text, "md": as_markdown, "html": as_html, "csv": as_csv,
}  # fmt: skip


def made(make: Callable[[], Report], tries: int = 5) -> Report:
    """A report of the working state, made beside it: the engine goes on, and now and then something changes under our
    hands. Raises RuntimeError when it does so each time."""
    for _ in range(tries - 1):
        try:
            return make()
        except RuntimeError:  # a dictionary changed its size
            continue
    return make()


def masked(report: Report, hide: Callable[[str], str] | None) -> Report:
    """Every text as `hide` leaves it."""
    if hide is None:
        return report
    found: Any = _masked(msgspec.to_builtins(report), hide)
    return msgspec.convert(found, Report)


def _masked(value: Any, hide: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, dict):
        return {name: inner if name == "refs" else _masked(inner, hide) for name, inner in value.items()}
    return [_masked(inner, hide) for inner in value] if isinstance(value, Sequence) else value
