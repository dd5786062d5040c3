"""What playbooks would have done: runs, leave that would have been asked, and actions, playbook by playbook."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

import msgspec

from data.records.run import EXPIRED, Run
from engine.backtest.tried import Tried
from engine.respond.playbooks.runs import AUTO

SAMPLES: Final = 5


class Acts(msgspec.Struct):
    """Of one playbook. `asked`: runs that waited for a person's leave; `unanswered`: of them those for which nobody
    said anything in time; `begun`: runs of which at least one step was taken. A step that left the engine counts,
    though what would have come of it is known only where it was taken then, too."""

    runs: int = 0
    asked: int = 0
    unanswered: int = 0
    begun: int = 0
    resolved: int = 0
    actions: dict[str, int] = {}


class BookChange(msgspec.Struct):
    """`new` and `gone` tell some of the runs that differ, by what they are about."""

    playbook: str
    before: Acts
    after: Acts
    new: list[str]
    gone: list[str]


def book_changes(first: Tried, second: Tried, since: int, until: int) -> list[BookChange]:
    """Of every playbook that would have run in either."""
    then, now = (_by_playbook(run, since, until) for run in (first, second))
    return [
        BookChange(name, _acts(then.get(name, {})), _acts(now.get(name, {})),
                   _only(now.get(name, {}), then.get(name, {})), _only(then.get(name, {}), now.get(name, {})))
        for name in sorted(then | now)
    ]  # fmt: skip


def same_runs(runs: Iterable[Run]) -> dict[str, Run]:
    """By what makes a run the same one in another history: playbook, target, and which of several it is. Its own id is
    a count of all runs, and another one there."""
    found: dict[str, Run] = {}
    counts: Counter[tuple[str, str]] = Counter()
    for run in sorted(runs, key=lambda run: run.number):
        counts[run.playbook, run.target] += 1
        found[f"{run.playbook} {run.target} {counts[run.playbook, run.target]}"] = run
    return found


def _by_playbook(tried: Tried, since: int, until: int) -> dict[str, dict[str, Run]]:
    found: dict[str, dict[str, Run]] = {}
    for key, run in same_runs(tried.records["runs"].values()).items():
        if since <= run.made_at < until:
            found.setdefault(run.playbook, {})[key] = run
    return found


def _acts(runs: dict[str, Run]) -> Acts:
    listed = list(runs.values())
    actions = Counter(step.action for run in listed for step in run.steps if step.begun_at is not None)
    asked = [run for run in listed if run.approved_by != AUTO]
    return Acts(
        len(listed), len(asked), sum(run.state == EXPIRED for run in asked),
        sum(run.started_at is not None for run in listed), sum(run.resolved for run in listed),
        dict(sorted(actions.items())),
    )  # fmt: skip


def _only(these: dict[str, Run], others: dict[str, Run]) -> list[str]:
    only = sorted((run for id, run in these.items() if id not in others), key=lambda run: run.made_at)
    return [f"{run.target}: {run.title}" for run in only[:SAMPLES]]
