"""What the console writes for its operator: rows as CSV, the screen as SVG. Into the folder it was started in."""

import csv
import io
import os
import re
from collections.abc import Sequence
from pathlib import Path

from data import times


def name_for(title: str, now: int) -> str:
    """`noc-alerts-20260107-231502`, by event time."""
    stamp = re.sub(r"[-:]", "", times.text(now)[:19]).replace("T", "-")
    return f"noc-{re.sub(r'[^a-z0-9]+', '-', title.lower()).strip('-')}-{stamp}"


def write_csv(name: str, rows: Sequence[Sequence[str]]) -> str:
    """Gives the path. Cells that a spreadsheet would take for a formula are quoted as text. Raises OSError."""
    text = io.StringIO()
    csv.writer(text).writerows([[_tame(cell) for cell in row] for row in rows])
    return write_text(f"{name}.csv", text.getvalue())


def _tame(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@") and not re.fullmatch(r"[-+]?[\d.]+%?", cell) else cell


def write_text(name: str, text: str) -> str:
    """Never over a file that is there: a number is put behind the name. Raises OSError."""
    path = Path.cwd() / name
    for number in range(2, 1000):
        try:
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                file.write(text)
            return str(path)
        except FileExistsError:
            path = Path.cwd() / f"{Path(name).stem}-{number}{Path(name).suffix}"
    raise FileExistsError(f"there are too many files called {name}")
