"""A report on the screen: its sections, and what its rows are about to be opened."""

from collections.abc import Sequence

from data.store import Follower
from engine.query import parse_duration
from engine.reports.document import Part, made
from engine.reports.gathering import Span
from engine.reports.kinds import REPORTS
from engine.sheets.kind import Asked
from engine.views import Dossier, Fact, Section


def report(reader: Follower, asked: Asked, ref: str, span: str, begun: Dossier | None) -> Dossier:  # noqa: ARG001
    """Raises LookupError for a report that there is not, ValueError for a span that cannot be read."""
    name = ref.partition("/")[2]
    kind = REPORTS.get(name)
    scene = asked.scene
    if kind is None or scene is None:
        raise LookupError(f"there is no report `{name[:40]}`; there are: {', '.join(REPORTS)}")
    length = parse_duration(span) if span else kind.usual
    if length is None:
        raise ValueError(f"`{span[:20]}` is not a length of time such as 12h or 7d")
    of = Span(asked.tenant, asked.now - length, asked.now)
    found = made(lambda: kind.make(reader, scene.partition, of))
    sections = tuple(_section(part) for part in found.parts)
    return Dossier(
        0, ref, found.title, state=f"{found.since[:16]} to {found.until[:16]}", why=" ".join(found.summary),
        next_step=f"noc report {name} --format html --out FILE writes it; Markdown, text and CSV too",
        sections=sections,
    )  # fmt: skip


def _section(part: Part) -> Section:
    facts = [Fact("", line) for line in part.lines]
    if part.grid is not None:
        for place, row in enumerate(part.grid.rows):
            ref = part.grid.refs[place] if place < len(part.grid.refs) else ""
            facts.append(Fact(row[0], _told(part.grid.names[1:], row[1:]), ref=ref or None))
    return Section(part.title, tuple(facts) or (Fact("", part.none),))


def _told(names: Sequence[str], cells: Sequence[str]) -> str:
    """What it is stands without a name, whatever else is known with its own. Empty cells tell nothing."""
    named = zip(names, cells, strict=True)
    return "; ".join(text if name in ("", "what") else f"{name}: {text}" for name, text in named if text.strip())
