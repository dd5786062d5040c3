"""Accounts of predictions: what was right, how early, how sure, and what was prevented."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from data.records.prediction import Prediction
from data.times import DAY, HOUR, MINUTE
from engine.predict.accounts import Account, accounts
from engine.predict.sheets import MILLION, SCORES, Sheet
from noc_tui.cli import main
from tests.engine.predict.desk import desk, foreseen, play
from tests.support.recordings import T0

T = 1_767_600_000_000_000


def row(number: int, p: float, outcome: bool | None, *, kind: str = "sla_breach", **more: Any) -> Prediction:
    given: dict[str, Any] = {"alerted": p >= 0.6, "deadline": T + 4 * HOUR, "settled_at": T + 4 * HOUR} | more
    entity = {"sla_breach": "ticket", "device_failure": "device", "staffing_gap": "shift"}[kind]
    return Prediction(
        number, f"P{number}", "default", kind, f"{entity}/{number}", T, probability=p, outcome=outcome, **given
    )


def sheet(number: int, time: int, said: dict[str, float], kind: str = "sla_breach") -> Prediction:
    packed = Sheet(
        kind, time, None, list(said), [round(p * MILLION) for p in said.values()], [time + HOUR] * len(said),
        [None] * len(said), [],
    ).pack()  # fmt: skip
    return Prediction(10_000 + number, f"s{number}", "default", SCORES, kind, time, None, 0.0, False, sheet=packed)


def only(rows: list[Prediction], quiet_kept: float = 1.0) -> Account:
    (found,) = accounts(rows, "default", T + 100 * HOUR, quiet_kept)
    return found


def test_right_wrong_missed_and_untold_are_counted_apart() -> None:
    found = only([
        row(1, 0.9, True), row(2, 0.8, False), row(3, 0.2, True), row(4, 0.1, False), row(5, 0.7, None),
        row(6, 0.7, None, settled_at=None), row(7, 0.7, True, alerted=False, held_back=True),
    ])  # fmt: skip
    assert (found.warned, found.right, found.wrong, found.missed) == (2, 1, 1, 1)
    assert (found.quiet, found.held_back, found.untold, found.open) == (1, 1, 1, 1)
    assert found.precision == 0.5
    assert found.recall == 0.5
    assert found.base_rate == pytest.approx(3 / 5)


def test_quiet_predictions_of_which_a_share_is_kept_stand_for_the_others() -> None:
    rows = [
        row(1, 0.1, True, kind="device_failure"),
        *(row(n, 0.1, False, kind="device_failure") for n in range(2, 12)),
    ]
    assert only(rows, quiet_kept=0.1).quiet == pytest.approx(100)
    assert only(rows, quiet_kept=0.1).base_rate == pytest.approx(1 / 101)


def test_another_tenants_predictions_are_not_counted() -> None:
    other = row(1, 0.9, True)
    other.tenant = "elsewhere"
    assert accounts([other], "default", T + 9 * HOUR, 1.0) == []


def test_lead_times_end_at_the_deadline_of_a_ticket_and_at_the_failure_of_a_device() -> None:
    leads = only([row(1, 0.9, True, settled_at=T + 90 * HOUR)]).leads
    assert leads is not None
    assert leads.median == 240
    leads = only([row(1, 0.9, True, kind="device_failure", settled_at=T + 25 * MINUTE)]).leads
    assert leads is not None
    assert leads.median == 25


def test_calibration_takes_the_first_look_at_each_ticket() -> None:
    rows = [row(n, 0.8, n % 5 != 0) for n in range(100)]
    rows.append(sheet(1, T, {f"ticket/{n}": 0.8 for n in range(100)}))
    rows.append(sheet(2, T, {f"ticket/{n}": 0.1 for n in range(100)}))  # a second look at the same: not counted
    (band,) = only(rows).calibration
    assert (band.low, band.count) == (0.8, 100)
    assert band.happened == pytest.approx(0.8)
    assert only(rows).calibration_error == pytest.approx(0.0, abs=1e-9)


def test_calibration_of_devices_takes_every_look_with_its_own_window() -> None:
    rows = [row(1, 0.1, True, kind="device_failure", settled_at=T + 90 * MINUTE)]
    looks = [sheet(n, T + n * 30 * MINUTE, {"device/1": 0.95}, "device_failure") for n in range(3)]
    (band,) = only(rows + looks).calibration
    assert (band.count, band.happened) == (3, pytest.approx(2 / 3))  # the first hour ended before it failed


def harmful(seed: int, *, works: bool, held: bool, acted: int = 200, idle: int = 200) -> list[Prediction]:
    """A desk that acts on the gravest warnings first; acting helps in half of the cases, or not at all."""
    random = Random(seed)
    rows = []
    for number in range(acted + idle):
        mine = number < acted
        p = random.uniform(0.8, 1.0) if mine and random.random() < 0.7 else random.uniform(0.6, 1.0)
        true = random.random() < p and not (mine and works and random.random() < 0.5)
        more = {"alerted": False, "held_back": True} if held and not mine else {}
        rows.append(row(number, p, true, action_taken=mine, **more))
    return rows


@pytest.mark.parametrize("held", [True, False])
def test_what_was_prevented_is_told_against_a_control_group_only(held: bool) -> None:
    found = only(harmful(1, works=True, held=held)).prevented
    assert found.against == ("held back" if held else "nobody acted")
    assert found.share is not None
    assert found.low is not None
    assert found.high is not None
    assert found.low > 0.2
    assert found.low < 0.42 < found.high  # half of the 85 % that would have come true
    assert "were prevented" in found.text


@pytest.mark.parametrize("seed", range(5))
def test_a_desk_that_acts_on_the_gravest_is_neither_praised_nor_blamed_where_acting_does_nothing(seed: int) -> None:
    found = only(harmful(seed, works=False, held=False)).prevented
    assert found.low is not None
    assert found.low < 0 < (found.high or 0)
    assert "beyond chance" in found.text


def test_too_few_warnings_say_nothing() -> None:
    found = only(harmful(1, works=True, held=True, acted=19)).prevented
    assert found.share is None
    assert "too few" in found.text


def test_the_command_tells_the_accounts_of_a_database(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"sqlite:///{tmp_path}/noc.db"
    play(url, desk().lines, tmp_path / "desk.jsonl", until=T0 + 12 * DAY)
    assert main(["predictions", "--db", url, "--json"]) == 0
    (account,) = json.loads(capsys.readouterr().out)
    exported = [one for one in foreseen(url, kind="sla_breach") if one["outcome"] is not None and one["alerted"]]
    assert account["warned"] == len(exported) > 0
    assert account["right"] == sum(one["outcome"] for one in exported)
    assert main(["predictions", "--db", url, "--kind", "device_failure"]) == 1
    assert "nothing was predicted" in capsys.readouterr().err
