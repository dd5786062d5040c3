"""What keeps alerts from being shown: silences, and windows of planned work."""

from collections.abc import Sequence

from data.times import parse
from engine.alerts.muting.listing import SilenceRow, WindowRow, silence_rows, window_rows
from engine.query.schema import Field, Kind, Schema
from engine.query.schemas import field
from engine.sheets.kind import Kind as Sheets
from engine.sheets.kind import Scene
from engine.views import Fact, SheetColumn, SheetRow, Value

Mute = SilenceRow | WindowRow


def _mutes(scene: Scene) -> list[Mute]:
    muting = scene.partition.muting
    return [*silence_rows(muting, scene.now, expired=True), *window_rows(muting, scene.now)]


def _row(one: Mute, _: Scene) -> SheetRow:
    if isinstance(one, SilenceRow):
        doubt = "; ".join(one.warnings)
        cells: tuple[Value, ...] = (
            "silence",
            one.state,
            one.matchers,
            one.muting,
            parse(one.ends_at),
            one.author,
            doubt or one.comment,
        )
        ref = f"silence/{one.id}"
    else:
        until = one.closes_at if one.state == "open" else one.opens_at
        cells = ("window", one.state, f"{one.name}: {one.covers}", one.muting, parse(until) if until else None,
                 one.author, one.comment)  # fmt: skip
        ref, doubt = f"maintenance/{one.id}", ""
    over = one.state in ("expired", "over", "closed")
    return SheetRow(ref, 3 if doubt and not over else 1, cells, loud=bool(doubt) and not over, quiet=over)


def _figures(_: Scene, mutes: Sequence[Mute]) -> tuple[Fact, ...]:
    hidden = sum(one.muting for one in mutes)
    doubtful = sum(isinstance(one, SilenceRow) and bool(one.warnings) for one in mutes)
    return (
        Fact("hide now", f"{hidden} alerts"),
        Fact("silences", str(sum(isinstance(one, SilenceRow) and one.state == "active" for one in mutes))),
        Fact("windows open", str(sum(isinstance(one, WindowRow) and one.state == "open" for one in mutes))),
        Fact("doubtful", str(doubtful), 3 if doubtful else 0),
    )


MUTE_SHEET = Sheets(
    "mutes",
    "Silences",
    "Silences and windows of planned work: what each hides now, until when, and who asked. x ends the selected one.",
    (
        SheetColumn("what", 7, since=60),
        SheetColumn("state", 8, "state"),
        SheetColumn("covers", 20, "title", grows=3),
        SheetColumn("hides", 5, "count", sort="hides"),
        SheetColumn("turns in", 8, "left", sort="until"),
        SheetColumn("by", 10, since=80),
        SheetColumn("why, or what is doubtful", 20, grows=2, since=100),
    ),
    Schema(
        "silences",
        [
            field("state", Kind.NAME, "state"),
            field("hides", Kind.NUMBER, "muting"),
            field("author", Kind.NAME, "author", "by"),
            Field("kind", Kind.CHOICE, lambda one: "silence" if isinstance(one, SilenceRow) else "window",
                  values=("silence", "window")),
        ],
        lambda one: (one.id, one.author, one.comment, getattr(one, "matchers", ""), getattr(one, "covers", "")),
    ),
    _row,
    {
        "until": lambda one: (one.state in ("expired", "over"), _turns(one)),
        "hides": lambda one: (-one.muting, one.id),
    },
    ("Nothing is silenced", "S on an item silences its alerts for an hour; `noc silence add` takes any matchers."),
    live=_mutes,
    figures=_figures,
    filter_hint="state:active kind:window by:ann",
    rest=0.5,
)  # fmt: skip


def _turns(one: Mute) -> str:
    if isinstance(one, SilenceRow):
        return one.ends_at
    return (one.closes_at if one.state == "open" else one.opens_at) or "~"
