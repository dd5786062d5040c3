"""Tests that the documentation names are there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"`([\w/]+\.py)::(test_\w+)`")


def test_every_test_that_the_terminals_table_names_is_there() -> None:
    named = NAMED.findall((ROOT / "docs" / "terminal.md").read_text())
    assert len(named) >= 67
    lost = []
    for file, name in named:
        path = ROOT / "tests" / file
        if not path.exists() or not re.search(rf"^(async )?def {name}\(", path.read_text(), re.MULTILINE):
            lost.append(f"{file}::{name}")
    assert lost == []


def test_the_table_is_whole_and_each_row_is_held() -> None:
    rows = re.findall(r"^\| (\d+) \|.*\| ([MS]) \|.*\|$", (ROOT / "docs" / "terminal.md").read_text(), re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 68))
    text = (ROOT / "docs" / "terminal.md").read_text().splitlines()
    assert [line for line in text if re.match(r"\| \d+ ", line) and not NAMED.search(line)] == []
