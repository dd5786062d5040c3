"""What other settings, silences, playbooks or models would have made of the history: how far that is, then the page."""

from collections.abc import Sequence
from typing import ClassVar, Final, Protocol

from textual.binding import Binding

from engine.backtest.difference import Compared, Difference
from engine.backtest.wish import Sweep
from engine.backtest.words import SWEPT, book_lines, score_lines, sweep_rows
from noc_tui.screens.page import PageScreen, page_css
from noc_tui.widgets.columns import Column
from noc_tui.widgets.section_view import Block, Entries, Gap, Heading, Paragraph

LOOK: Final = 0.25  # seconds between two looks at how far it is
RIGHT: Final = (
    "Right: what people confirmed, and warnings that came true. False: what they called false alarms. Work lost: "
    "incidents that people worked on and that would not have been seen."
)
COLUMNS: Final = (
    Column("", 16), Column("as it was", 11, align="right"), Column("changed", 11, align="right"),
    Column("gone", 8, align="right"), Column("new", 8, align="right"), Column("", 1, grows=1),
)  # fmt: skip


class Running(Protocol):
    """What is asked of a trial; `engine.backtest.trial.Trial` is the real one."""

    text: str
    done: int
    total: int
    found: Difference | None
    sweep: Sweep | None
    error: str

    @property
    def over(self) -> bool: ...
    def stop(self) -> None: ...


class TrialScreen(PageScreen[str]):
    """Esc gives up what still runs. Enter opens what is selected, and gives its reference."""

    KEYS: ClassVar = (("j k", "move"), ("Enter", "open what is gone"), ("Esc", "give up, close"))
    BINDINGS: ClassVar = [Binding("enter", "open", show=False)]
    CSS = page_css("TrialScreen", 116)

    def __init__(self, trial: Running) -> None:
        super().__init__()
        self.trial = trial

    def on_mount(self) -> None:
        super().on_mount()
        self._timer = self.set_interval(LOOK, self.look)
        self.look()

    def look(self) -> None:
        """Shows how far it is; once it is over, what it found."""
        self.view.show_blocks(blocks_of(self.trial), fresh=self.trial.over)
        if self.trial.over:
            self._timer.stop()

    def action_open(self) -> None:
        if self.view.ref:
            self.dismiss(self.view.ref)

    def action_close(self) -> None:
        if not self.trial.over:
            self.app.run_worker(self.trial.stop, thread=True, exit_on_error=False)
        self.dismiss("")


def blocks_of(trial: Running) -> list[Block]:
    """The page of a trial as it stands."""
    head = Heading("What it would have made of the history", trial.text)
    if trial.error:
        return [head, Paragraph(trial.error, "error")]
    if trial.sweep is not None:
        return [
            head,
            Gap(),
            _swept(trial.sweep),
            Gap(),
            Paragraph(RIGHT, "muted"),
            Gap(),
            Paragraph("Esc closes", "muted"),
        ]
    if trial.found is None:
        share = trial.done / trial.total if trial.total else 0.0
        bar = "#" * round(share * 40)
        return [
            head, Paragraph("Both histories are run, in memory and beside the engine; nobody is contacted.", "muted"),
            Gap(), Paragraph(f"{bar:-<40}  {share:4.0%}  {trial.done:,} of {trial.total:,} events"),
        ]  # fmt: skip
    return [head, *_found(trial.found)]


def _swept(sweep: Sweep) -> Entries:
    """Figures beside each other, one line each: values go across, so that they fit."""
    rows = sweep_rows(sweep)
    columns = (Column("", 12), *(Column("", 12, align="right") for _ in rows), Column("", 1, grows=1))
    first = tuple((row[0], "muted") for row in rows)
    lines = [((sweep.key.rpartition(".")[2], "muted"), *first, ("", "text"))]
    for at, name in enumerate(SWEPT, 1):
        now = rows[0][at]
        cells = ((row[at], "text" if row[at] == now else "strong") for row in rows)
        lines.append(((name, "text"), *cells, ("", "text")))
    return Entries(columns, tuple((line, None, "") for line in lines))


def _found(found: Difference) -> list[Block]:
    first = "Nothing would have been different." if found.same else f"{found.events:,} events, run twice."
    rows: list[tuple[str, int, int, int | None, int | None]] = [
        ("events seen", found.seen_before, found.seen_after, None, None),
        *((one.kind, one.before, one.after, one.gone, one.new) for one in found.compared),
        *((f"to {name}", before, after, None, None) for name, (before, after) in found.messages.items()),
    ]
    heads = tuple((column.title, "muted") for column in COLUMNS)
    cells = ((heads, None, ""), *((_row(*row), None, "") for row in rows))
    blocks: list[Block] = [Paragraph(first, "strong"), Entries(COLUMNS, cells)]
    truths = [one for one in found.truths if one.known]
    if truths or found.commands_lost:
        blocks += [Gap(), Heading("What is known to be true")]
    for truth in truths:
        role = "error" if truth.after < truth.before else "text"
        told = f"{truth.before} of {truth.known} told as it was, {truth.after} changed"
        blocks.append(Paragraph(told, role, truth.what))
        blocks += [Paragraph(f"no longer: {one.ref} {one.text}", ref=one.ref) for one in truth.lost]
    if found.commands_lost:
        blocks.append(Paragraph(f"{found.commands_lost} commands of people would have had nothing to act upon"))
    for title, lines in (
        ("Playbooks", [line for one in found.playbooks for line in book_lines(one)]),
        ("Scores", [line for one in found.scores for line in score_lines(one)]),
    ):
        if lines:
            blocks += [Gap(), Heading(title), *(Paragraph(line.strip()) for line in lines)]
    for one in found.compared:
        blocks += _samples(one)
    return [*blocks, *(Paragraph(f"Note: {note}", "muted") for note in found.notes)]


def _row(name: str, before: int, after: int, gone: int | None, new: int | None) -> tuple[tuple[str, str], ...]:
    role = "text" if before == after and not gone and not new else "strong"
    parts = ("" if one is None else f"{one:,}" for one in (gone, new))
    return ((name, "text"), (f"{before:,}", role), (f"{after:,}", role), *((one, role) for one in parts), ("", "text"))


def _samples(one: Compared) -> Sequence[Block]:
    """What is gone is there in this history, and opens; what is new is nowhere."""
    if not one.gone and not one.new:
        return ()
    gone = [Paragraph(f"{s.time[:16]} {s.text}", "text", "gone", "error", s.ref) for s in one.gone_samples]
    new = [Paragraph(f"{s.time[:16]} {s.text}", "text", "new", "accent") for s in one.new_samples]
    return (Gap(), Heading(one.kind.capitalize(), f"{one.gone:,} gone, {one.new:,} new"), *gone, *new)
