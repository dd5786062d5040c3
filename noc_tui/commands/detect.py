"""`noc detect`: the streaming detector over CSV files."""

import csv
import io
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

import click
import msgspec

from engine.detect.series.layout import THRESHOLD
from noc_tui.commands.columns import Columns, Row
from noc_tui.commands.ending import BadInput
from noc_tui.commands.options import as_json, everywhere
from noc_tui.commands.output import output, say, show_json
from noc_tui.commands.progress import Progress

TOGETHER = 64  # files that are read side by side: the detector works on many series at once
HEADER = ("timestamp", "value", "anomaly_score", "is_anomaly")


class Done(msgspec.Struct):
    """What came of it."""

    files: int = 0
    rows: int = 0
    missing: int = 0
    anomalies: int = 0
    refused: int = 0


class Job(msgspec.Struct):
    """One file while it is worked on."""

    columns: Columns
    out: BinaryIO
    row: int


@click.command("detect")
@click.option(
    "--in", "source", metavar="FILE.csv|DIR", required=True, help="A series, or a folder of them; - for stdin."
)
@click.option("--out", "target", metavar="FILE.csv|DIR", required=True, help="Where the scores go; - for stdout.")
@click.option("--time", metavar="COLUMN", help="Name of the column with the time.")
@click.option("--value", metavar="COLUMN", help="Name of the column with the number.")
@as_json
@everywhere
def command(
    source: str,
    target: str,
    time: str | None,
    value: str | None,
    as_json: bool,
    db: str | None,  # noqa: ARG001
    config: str | None,  # noqa: ARG001
) -> None:
    """Score a series of numbers row by row, never looking ahead.

    The output has the columns timestamp, value, anomaly_score (0-1) and is_anomaly, one row for each row of the input.
    A folder is done file by file, each under its own name; what cannot be read is told and the others are done.
    """
    if as_json and target == "-":
        raise BadInput("--json and --out - would both print to standard output")
    if source != "-" and not Path(source).exists():
        raise BadInput(f"there is no file {source}")
    done = Done()
    if source != "-" and Path(source).is_dir():
        problems = _folder(Path(source), Path(target), time, value, done)
    else:
        _file(source, target, time, value, done)
        problems = []
    if as_json:
        show_json(done)
    else:
        files = "1 file" if done.files == 1 else f"{done.files:,} files"
        say(f"{files}, {done.rows:,} rows, {done.anomalies:,} anomalies")
    if problems:
        raise BadInput("\n".join(problems))


def _file(source: str, target: str, time: str | None, value: str | None, done: Done) -> None:
    if target != "-" and Path(target).is_dir():
        raise BadInput(f"{target} is a folder, {source} is a file")
    if "-" not in (source, target) and Path(target).exists() and Path(source).samefile(target):
        raise BadInput("--out would overwrite --in")
    with ExitStack() as files, Progress("detect", unit="rows") as bar:
        name = "standard input" if source == "-" else source
        columns = Columns(files.enter_context(_text(source)), name, time, value)
        out = files.enter_context(output(target))
        _score([Job(columns, out, 0)], done, bar)


def _folder(source: Path, target: Path, time: str | None, value: str | None, done: Done) -> list[str]:
    """Every CSV below the folder; the problems of those that cannot be read."""
    if str(target) == "-" or (target.exists() and not target.is_dir()):
        raise BadInput(f"{source} is a folder, so --out has to be one")
    if target.exists() and target.samefile(source):
        raise BadInput("--out would overwrite --in")
    found = _tables(source, target)
    if not found:
        raise BadInput(f"there is no CSV file in {source}")
    problems: list[str] = []
    with Progress("detect", unit="rows") as bar:
        for start in range(0, len(found), TOGETHER):
            group = found[start : start + TOGETHER]
            bad = _together(source, target, group, time, value, done, bar)
            problems += bad
    done.refused = len(problems)
    return problems


def _together(
    source: Path, target: Path, names: list[Path], time: str | None, value: str | None, done: Done, bar: Progress
) -> list[str]:
    """Side by side; where one of them cannot be read, the good ones are done again without it."""
    try:
        with ExitStack() as files:
            jobs = []
            for row, name in enumerate(names):
                columns = Columns(files.enter_context(_text(str(source / name))), str(source / name), time, value)
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                jobs.append(Job(columns, files.enter_context(output(str(target / name))), row))
            made = Done(files=done.files, rows=done.rows, missing=done.missing, anomalies=done.anomalies)
            _score(jobs, made, bar)
    except (BadInput, OSError) as error:
        if isinstance(error, OSError) and error.errno in _FULL:
            raise
        if len(names) == 1:
            words = error.message if isinstance(error, BadInput) else f"{source / names[0]}: {error.strerror}"
            return [words]
        half = len(names) // 2
        first = _together(source, target, names[:half], time, value, done, bar)
        return first + _together(source, target, names[half:], time, value, done, bar)
    done.files, done.rows, done.missing, done.anomalies = made.files, made.rows, made.missing, made.anomalies
    return []


_FULL = (5, 28, 122)  # input/output error, no space, over quota: no other file will do better


def _tables(source: Path, target: Path) -> list[Path]:
    """CSV files below `source` by their names in it; not those in `target`."""
    found = []
    for folder, inner, names in os.walk(source):
        here = Path(folder)
        inner[:] = sorted(name for name in inner if (here / name).resolve() != target.resolve())
        found += [(here / name).relative_to(source) for name in names if name.lower().endswith(".csv")]
    return sorted(found)


def _score(jobs: list[Job], done: Done, bar: Progress) -> None:
    """Reads all files block by block, side by side, and writes what the detector says of each row."""
    import numpy as np

    from engine.detect.series.bank import Bank

    bank = Bank(len(jobs))
    for job in jobs:
        job.out.write((",".join(HEADER) + "\n").encode())
    open_jobs = jobs
    while open_jobs:
        blocks = [(job, rows) for job in open_jobs if (rows := job.columns.block())]
        open_jobs = [job for job, _ in blocks]
        if not blocks:
            break
        which = np.concatenate([np.full(len(rows), job.row) for job, rows in blocks])
        moments = np.array([row.time for _, rows in blocks for row in rows], np.int64)
        values = np.array([row.value for _, rows in blocks for row in rows], np.float64)
        scores = bank.score(which, moments, values).score.round(6)
        start = 0
        for job, rows in blocks:
            own = scores[start : start + len(rows)].tolist()
            start += len(rows)
            job.out.write(_lines(rows, own).encode())
            done.anomalies += sum(score >= THRESHOLD for score in own)
            done.missing += sum(row.value != row.value for row in rows)
        done.rows += len(which)
        bar.at(done.rows)
    done.files += len(jobs)


def _lines(rows: list[Row], scores: list[float]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row, score in zip(rows, scores, strict=True):
        writer.writerow((row.time_text, row.value_text, f"{score:.6f}", int(score >= THRESHOLD)))
    return text.getvalue()


@contextmanager
def _text(source: str) -> Iterator[TextIO]:
    """The text of a file or of standard input; a byte order mark is no part of it."""
    if source == "-":
        yield io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig", newline="")
        return
    with Path(source).open(encoding="utf-8-sig", newline="") as file:
        yield file
