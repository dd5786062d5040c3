"""A trial beside a console: its words, how far it is, what it found, and what is left when it is given up."""

import time
from pathlib import Path

import pytest

from engine.backtest.asked import read
from engine.backtest.trial import Trial
from engine.backtest.tried import Refused
from engine.settings import Config
from noc_tui.cli import main
from tests.support.recordings import rows, simulated, write

HOUR = 3_600_000_000


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("trial")
    found = f"sqlite:///{path}/noc.db"
    assert main(["replay", str(write(path / "a.jsonl", simulated())), "--db", found]) == 0
    return found


def ended(trial: Trial) -> Trial:
    until = time.monotonic() + 60
    while not trial.over and time.monotonic() < until:
        time.sleep(0.02)
    return trial


def test_words_become_what_is_tried(tmp_path: Path) -> None:
    now = Config()
    wish = read("alerts.expire_after=3h --silence 'site=\"S 1\"' --model fraud=rules --over 24h", now, 100 * HOUR)
    assert wish.changed.alerts.expire_after == 3 * HOUR
    assert wish.changed.incidents == now.incidents
    assert (wish.silences, wish.models, wish.since) == (('site="S 1"',), ("fraud=rules",), 76 * HOUR)
    (tmp_path / "one.yaml").write_text("playbook: one\n")
    for text, word in (
        ("alerts.expir=3h", "no such setting"), ("", "say what"), ("--over 24h", "say what"), ("a", "not understood"),
        ("--silence", "needs a value"), ("--silence site", "site"), ("alerts.expire_after=3h --over x", "length"),
        ("--nothing x", "not understood"), ("'", "quotation"), (f"--playbooks {tmp_path}", "one.yaml"),
    ):  # fmt: skip
        with pytest.raises(Refused, match=word):
            read(text, now, 0)


def test_it_finds_what_the_command_finds(url: str) -> None:
    site = max(one["site"] or "" for one in rows(url, "alerts"))
    trial = ended(Trial(f"--silence 'site=\"{site}\"'", url, Config(), "default"))
    assert trial.error == ""
    assert trial.found is not None
    assert trial.found.seen_after < trial.found.seen_before


def test_several_values_are_tried_at_once(url: str) -> None:
    trial = ended(Trial("--sweep alerts.reopen_within=5m,40m", url, Config(), "default"))
    assert (trial.error, trial.found) == ("", None)
    assert trial.sweep is not None
    assert [one.same for one in trial.sweep.found] == [True, False]


def test_what_cannot_be_tried_is_said(url: str, tmp_path: Path) -> None:
    assert "no such setting" in ended(Trial("alerts.expir=1m", url, Config(), "default")).error
    assert ended(Trial("alerts.expire_after=1m", f"sqlite:///{tmp_path}/none.db", Config(), "default")).error


def test_given_up_it_leaves_nothing_behind(url: str) -> None:
    trial = Trial("alerts.expire_after=1m", url, Config(), "default")
    trial.stop()
    assert trial._beside.process.poll() is not None
    assert trial.error == "given up"
