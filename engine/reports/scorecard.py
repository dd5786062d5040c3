"""The seven pillars that are not negotiable (reference/original-system.md §4.11), as the engine judged them each day.

A pillar without data is unknown, never green.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from data import times
from data.records.severity import LEVELS
from data.store import Reader
from engine.reports.document import Grid, Part, Report
from engine.reports.gathering import Span

if TYPE_CHECKING:
    from engine.partition import Partition

TYPE: Final = "scorecard_updated"
MOST: Final = 40  # rows of violations
DAYS: Final = 14  # columns of the course

Card = dict[str, Any]


def scorecard(reader: Reader, partition: "Partition", of: Span) -> Report:
    """The newest card of each client that was made in the time, what was violated, and the course over its days."""
    del partition  # a card names its client as it was called then
    runs = reader.feed_back(of.since, of.until, partition=of.tenant, wanted=lambda raw: TYPE.encode() in raw)
    cards = [entry.data for _, _, entries in runs for entry in entries if entry.type == TYPE]
    newest: dict[str, Card] = {}
    for card in cards:  # the newest first
        newest.setdefault(card["client_id"], card)
    shown = sorted(newest.values(), key=_worst_first)
    pillars = shown[0]["pillars"] if shown else []
    names = ("client", "day", "overall", *(f"{one['pillar']} {one['name']}" for one in pillars))
    rows = tuple(
        (card["client_name"], card["date"], _mark(card["overall_score"], card["overall_status"]),
         *(_mark(one["score"], one["status"]) for one in card["pillars"]))
        for card in shown
    )  # fmt: skip
    refs = tuple(f"client/{card['client_id']}" for card in shown)
    return Report(
        "scorecard", "Scorecard of the seven pillars", times.text(of.since), times.text(of.until),
        (
            Part("Clients, the worst first", grid=Grid(names, rows, refs), none="No card was made in this time."),
            Part("Why", _reasons(shown), none="Every pillar that could be judged is green."),
            Part("Violated", grid=_violated(shown), none="Nothing was violated."),
            Part("Course", grid=_course(cards, shown), none="There is one day only."),
        ),
        (_summary(shown),) if shown else (),
    )  # fmt: skip


def _worst_first(card: Card) -> tuple[bool, int, str]:
    return card["overall_score"] is None, card["overall_score"] or 0, card["client_name"]


def _mark(score: int | None, status: str) -> str:
    return "unknown" if score is None else f"{score} {status}"


def _summary(shown: Sequence[Card]) -> str:
    counts = {status: sum(card["overall_status"] == status for card in shown) for status in ("RED", "AMBER", "GREEN")}
    told = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
    grave = sum(card["critical"] for card in shown)
    return (
        f"{len(shown)} clients: {told or 'none could be judged'}; {grave} critical violations. Unknown is never green."
    )


def _reasons(shown: Sequence[Card]) -> tuple[str, ...]:
    return tuple(
        f"{card['client_name']}, {one['pillar']} {one['name']}: {_mark(one['score'], one['status'])}; {one['reason']}"
        for card in shown
        for one in card["pillars"]
        if one["status"] != "GREEN"
    )


def _violated(shown: Sequence[Card]) -> Grid:
    found = [
        (detail["severity"], card["client_name"], f"{one['pillar']} {one['name']}", detail["about"], detail["text"])
        for card in shown
        for one in card["pillars"]
        for detail in one["details"]
    ]
    found.sort(key=lambda row: -LEVELS.get(row[0], 0))
    return Grid(("severity", "client", "pillar", "about", "what"), tuple(found[:MOST]))


def _course(cards: Sequence[Card], shown: Sequence[Card]) -> Grid:
    """Overall, day by day; the newest day last."""
    by = {(card["client_id"], card["date"]): card for card in reversed(cards)}
    days = sorted({day for _, day in by})[-DAYS:]
    if len(days) < 2:
        return Grid((), ())
    rows = []
    for card in shown:
        mine = [by.get((card["client_id"], day)) for day in days]
        cells = ("" if one is None else _mark(one["overall_score"], one["overall_status"]) for one in mine)
        rows.append((card["client_name"], *cells))
    return Grid(("client", *days), tuple(rows))
