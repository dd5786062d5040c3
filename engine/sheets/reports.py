"""The reports there are, as a list: each is opened in full."""

from typing import NamedTuple

from engine.query.schema import Field, Kind, Schema
from engine.reports.kinds import REPORTS
from engine.sheets.kind import Kind as Sheets
from engine.sheets.kind import Scene
from engine.views import SheetColumn, SheetRow


class Named(NamedTuple):
    name: str
    about: str
    usual: int


def _row(one: Named, _: Scene) -> SheetRow:
    return SheetRow(f"report/{one.name}", 1, (one.name, one.about, one.usual))


REPORT_SHEET = Sheets(
    "reports",
    "Reports",
    "Reports that write themselves; the handover is what the next shift has to know. `noc report` writes each as text, "
    "Markdown, HTML or CSV, for any time.",
    (
        SheetColumn("report", 12, "title"),
        SheetColumn("tells", 24, grows=2),
        SheetColumn("back", 6, "span"),
    ),
    Schema("reports", [Field("name", Kind.NAME, lambda one: one.name)], lambda one: (one.name, one.about)),
    _row,
    {"name": lambda one: list(REPORTS).index(one.name)},
    ("There are no reports", ""),
    live=lambda _: [Named(name, kind.about, kind.usual) for name, kind in REPORTS.items()],
    filter_hint="handover",
    rest=30.0,
)
