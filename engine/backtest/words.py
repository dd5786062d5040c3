"""The difference in words: figures first, then samples of what differs."""

from collections.abc import Iterator
from typing import Final

from engine.backtest.acts import Acts, BookChange
from engine.backtest.difference import Difference
from engine.backtest.scores import Quality, ScoreChange
from engine.backtest.wish import Sweep


def lines(found: Difference) -> list[str]:
    """For people, as lines."""
    told = [f"{found.events:,} events, as it was and with {'; '.join(found.changes)}"]
    if found.same:
        told.append("nothing would have been different")
    told.append(f"{'':<14} {'as it was':>10} {'changed':>10} {'gone':>7} {'new':>7}")
    told.append(f"{'seen events':<14} {found.seen_before:>10,} {found.seen_after:>10,}")
    for one in found.compared:
        told.append(f"{one.kind:<14} {one.before:>10,} {one.after:>10,} {one.gone:>7,} {one.new:>7,}")
    for name, (before, after) in found.messages.items():
        told.append(f"to {name:<11} {before:>10,} {after:>10,}")
    for book in found.playbooks:
        told += book_lines(book)
    for score in found.scores:
        told += score_lines(score)
    told += _truths(found)
    for one in found.compared:
        told += [f"  - {sample.ref} {sample.time[:16]} {sample.text[:100]}" for sample in one.gone_samples[:5]]
        told += [f"  + {sample.ref} {sample.time[:16]} {sample.text[:100]}" for sample in one.new_samples[:5]]
    return [*told, *(f"note: {note}" for note in found.notes)]


def _truths(found: Difference) -> Iterator[str]:
    for truth in found.truths:
        if truth.known:
            yield f"{truth.what}: {truth.before} of {truth.known} told as it was, {truth.after} changed"
            yield from (f"    no longer: {one.ref} {one.text}" for one in truth.lost[:5])
    if found.commands_lost:
        yield f"{found.commands_lost} commands of people would have had nothing to act upon"


def book_lines(book: BookChange) -> Iterator[str]:
    """What one playbook would have done otherwise; nothing where it is the same."""
    if book.before == book.after and not book.new and not book.gone:
        return
    yield f"playbook {book.playbook}: {_acts(book.before)}; changed {_acts(book.after)}"
    yield from (f"  - {text[:110]}" for text in book.gone)
    yield from (f"  + {text[:110]}" for text in book.new)


def _acts(acts: Acts) -> str:
    done = ", ".join(f"{count} {action}" for action, count in acts.actions.items())
    return f"{acts.runs} runs, {acts.asked} ask leave, {acts.begun} begun" + (f" ({done})" if done else "")


def score_lines(score: ScoreChange) -> Iterator[str]:
    """How one kind of score would have been different; nothing where it is the same."""
    if not score.differ and score.before == score.after:
        return
    yield (
        f"score {score.kind}: {score.differ:,} of {score.both:,} otherwise, by {score.mean:.3f} on average "
        f"(at most {score.largest:.3f}); truth known of {score.known:,}, {score.positive:,} true"
    )
    yield f"    as it was: {_quality(score.before)}"
    yield f"    changed:   {_quality(score.after)}"
    yield from (f"    {text}" for text in score.samples)


def _quality(one: Quality) -> str:
    def figure(value: float | None) -> str:
        return "-" if value is None else f"{value:.3f}"

    return (
        f"{one.told:,} told, precision {figure(one.precision)}, recall {figure(one.recall)}, "
        f"PR-AUC {figure(one.pr_auc)}, AUC {figure(one.auc)}"
    )


SWEPT: Final = ("seen", "alerts", "incidents", "findings", "anomalies", "warnings", "messages", "runs", "right kept",
                "false kept", "work lost")  # fmt: skip
"""Columns of a sweep. Right: what people confirmed and warnings that came true; false: what they called false alarms;
work: incidents that people worked on and that would not have been seen."""


def sweep_rows(sweep: Sweep) -> list[tuple[str, ...]]:
    """A row as it was, then one a value; cells are for `SWEPT`, behind the value."""
    first = sweep.found[0]
    rows = [(f"{sweep.now} (now)", *_figures(first, before=True))]
    return [
        *rows,
        *((value, *_figures(one, before=False)) for value, one in zip(sweep.values, sweep.found, strict=True)),
    ]


def _figures(one: Difference, *, before: bool) -> tuple[str, ...]:
    counts = {each.kind: each.before if before else each.after for each in one.compared}
    truths = {each.what: each for each in one.truths}

    def kept(*names: str) -> str:
        mine = [truths[name] for name in names if name in truths]
        return f"{sum(each.before if before else each.after for each in mine)} of {sum(each.known for each in mine)}"

    worked = truths["incidents that people worked on"]
    lost = 0 if before else worked.before - worked.after
    kinds = ("alerts", "incidents", "findings", "anomalies", "predictions", "outbox", "runs")
    return (
        f"{one.seen_before if before else one.seen_after:,}", *(f"{counts[kind]:,}" for kind in kinds),
        kept("confirmed by people", "warnings that came true"), kept("called false by people"), str(lost),
    )  # fmt: skip


def sweep_lines(sweep: Sweep) -> list[str]:
    """A table for people."""
    rows = [(sweep.key, *SWEPT), *sweep_rows(sweep)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    padded = ((row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])) for row in rows)
    return ["  ".join(row) for row in padded]
