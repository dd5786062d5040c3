"""docs/settings.md against the program: what it names is there, is shown with its origin, and is read."""

import re
from pathlib import Path

import pytest

from engine.settings import Config, show
from noc_tui.cli import main

ROOT = Path(__file__).resolve().parents[2]
TABLE = (ROOT / "docs" / "settings.md").read_text()
ROWS = [line for line in TABLE.splitlines() if line.startswith("| ") and not line.startswith(("| #", "| original"))]
NAMED = sorted(set(re.findall(r"`([a-z]\w*(?:\.\w+)+)`", "\n".join(ROWS))))
SOURCES = [
    (path.relative_to(ROOT).parts, path.read_text())
    for folder in ("engine", "data", "noc_tui")
    for path in (ROOT / folder).rglob("*.py")
]


def test_every_setting_of_the_original_has_a_line_with_a_setting_or_a_reason() -> None:
    numbered = [[cell.strip() for cell in row.strip("|").split("|")] for row in ROWS if re.match(r"\| \d", row)]
    assert [int(row[0]) for row in numbered] == list(range(1, 19))
    for _, _, _, here, _, why in numbered:
        assert here.startswith("`") or why, here


@pytest.mark.parametrize("name", NAMED)
def test_it_is_shown_and_read(name: str) -> None:
    assert name in {row.key for row in show(Config())}
    word = re.compile(rf"\.{name.rpartition('.')[2]}\b")
    readers = [parts for parts, text in SOURCES if parts[:2] != ("engine", "settings") and word.search(text)]
    assert readers, f"nothing reads {name}"


def test_defaults_are_as_the_table_says(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["config", "show", "--origin", "--config", str(_file(tmp_path))]) == 0
    shown = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line.strip()}
    for row in ROWS:
        found = re.match(r"\| \d+ \|[^|]*\|[^|]*\| `([\w.]+)` \| ([^|]+) \|", row)
        if found:
            assert all(part in shown[found[1]] for part in found[2].strip().split(", ")), shown[found[1]]
    assert "default" in shown["retention.feed"]
    assert "noc.yaml" in shown["correlation.within"]


def _file(folder: Path) -> Path:
    path = folder / "noc.yaml"
    path.write_text("correlation: {within: 15m}\n")
    return path
