"""Records as they stood at a position of the journal, from what a machine decided on its way."""

import pytest

from data.store import Commit
from engine.past.ledger import Ledger
from tests.engine.shelf import T0, alert


def taken(*ends: tuple[int, int, int]) -> Ledger:
    """One alert; (before, after, its count then) of each batch."""
    ledger = Ledger(1)
    for before, after, count in ends:
        ledger.take(before, after, Commit(alerts=[alert(1, count=count)]))
    return ledger


def counts(ledger: Ledger, *positions: int) -> list[list[int]]:
    return [[one.count for one in ledger.rows("alerts", seq, None, T0 + 10)] for seq in positions]


def test_a_record_stands_as_it_stood_behind_each_position() -> None:
    ledger = taken((0, 5, 1), (5, 9, 2), (9, 12, 3))
    assert counts(ledger, 4, 5, 8, 9, 11, 12, 99) == [[], [1], [1], [2], [2], [3], [3]]


def test_what_is_decided_again_in_other_batches_changes_nothing() -> None:
    ledger = taken((0, 5, 1), (5, 10, 3), (5, 7, 2), (7, 10, 3))
    assert counts(ledger, 5, 6, 7, 9, 10) == [[1], [1], [2], [2], [3]]
    size = ledger.bytes
    ledger.take(5, 10, Commit(alerts=[alert(1, count=3)]))
    assert ledger.bytes == size


def test_behind_a_gap_nobody_knows_and_the_row_stands_as_it_is() -> None:
    ledger = taken((0, 5, 1), (50, 55, 7))
    assert ledger.complete == 5
    now = alert(1, count=9)
    assert [ledger.then(now, seq).count for seq in (5, 50, 55, 60)] == [1, 9, 7, 7]
    assert ledger.then(now, 4) is None


def test_too_much_is_let_go_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.past.ledger.BYTES", 5_000)
    ledger = Ledger(1)
    for number in range(1, 40):
        ledger.take(number - 1, number, Commit(alerts=[alert(number)]))
    assert ledger.complete < 0
    assert ledger.then(alert(3), 2) == alert(3)
