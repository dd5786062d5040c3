"""The difference in words: figures first, then samples of what differs."""

from collections.abc import Iterator

from engine.backtest.acts import Acts, BookChange
from engine.backtest.difference import Difference
from engine.backtest.scores import Quality, ScoreChange


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
