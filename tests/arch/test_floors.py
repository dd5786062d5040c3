"""The house: imports go down only, and nothing heavy is loaded before it is needed."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def loaded_by(statement: str) -> set[str]:
    """Top-level modules in a fresh interpreter after `statement`."""
    code = f"{statement}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(run.stdout.split())


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import data.store, data.wire, data.opening", {"engine", "noc_tui", "textual", "rich"}),
        ("import engine.run, engine.runtime, engine.embedded", {"noc_tui", "textual", "rich", "sklearn", "xgboost"}),
        ("import noc_tui.cli", {"textual", "sqlalchemy", "numpy", "sklearn", "xgboost"}),
        ("import noc_tui.app", {"sqlalchemy", "alembic", "sklearn", "xgboost", "numpy"}),
    ],
)
def test_loads_nothing_from_above_and_nothing_heavy(statement: str, absent: set[str]) -> None:
    assert not loaded_by(statement) & absent


def sources() -> list[Path]:
    return [path for floor in ("data", "engine", "noc_tui") for path in (ROOT / floor).rglob("*.py")]


def test_files_stay_short() -> None:
    long = {
        str(path.relative_to(ROOT)): lines for path in sources() if (lines := len(path.read_text().splitlines())) > 400
    }
    assert not long


def test_only_the_clock_reads_the_wall() -> None:
    """Decisions are a function of events; the screen and the measuring parts may look at the wall."""
    guilty = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "engine").rglob("*.py")
        if path.name != "clock.py"
        for line in path.read_text().splitlines()
        if "time.time(" in line or "datetime.now(" in line or "time.monotonic(" in line
    ]
    assert not guilty


def test_no_sql_above_the_ground_floor() -> None:
    guilty = [
        str(path)
        for floor in ("engine", "noc_tui")
        for path in (ROOT / floor).rglob("*.py")
        if "sqlalchemy" in path.read_text()
    ]
    assert not [path for path in guilty if not path.endswith("doctor.py")]


def test_live_panes_use_no_stock_widgets_that_cost() -> None:
    guilty = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in (ROOT / "noc_tui").rglob("*.py")
        for name in ("DataTable(", "RichLog(", "Footer(", " Log(")
        if name in path.read_text()
    ]
    assert not guilty


def test_no_two_test_files_share_a_name() -> None:
    """pytest imports them by their bare name: a second one of the same name is not collected at all."""
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(set(names)) == sorted(names)
