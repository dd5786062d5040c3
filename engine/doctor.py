"""What is wrong with this installation: one check a line, each with its state and what to do.

Nothing is changed by looking: no database is made, no lock is taken.
"""

import importlib.metadata
import locale
import os
import re
import shutil
import sqlite3
import stat
import sys
import zoneinfo
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from data import lock, times
from data.store import StoreBroken, StoreBusy
from engine import clock, settings

OK, WARN, FAIL = "ok", "warn", "fail"

OLDEST_PYTHON: Final = (3, 11)
OLDEST_SQLITE: Final = (3, 37, 0)
LEAST_ROOM: Final = 200 * 1_000_000  # bytes free under which a night's journal may not fit
SMALLEST: Final = (80, 24)

_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?\s*([^;]*)")


class Check(msgspec.Struct, frozen=True):
    """`state` is ok, warn (works, but) or fail (has to be done); `remedy` says what to do, empty for ok."""

    name: str
    state: str
    text: str
    remedy: str = ""


def examine(
    url: str, config: Path | None, *, environment: Mapping[str, str] = os.environ, terminal: bool | None = None
) -> list[Check]:
    """All checks. `config` None: the user's own configuration, where there is one. `terminal`: whether standard
    output is one (None: look)."""
    shown = sys.stdout.isatty() if terminal is None else terminal
    steps: list[Callable[[], Iterator[Check]]] = [
        _python,
        _packages,
        _sqlite,
        lambda: _terminal(environment, shown),
        lambda: _database(url),
        lambda: _config(config),
        _clock,
    ]
    return [found for step in steps for found in step()]


def _python() -> Iterator[Check]:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:
        yield Check("python", FAIL, version, "install Python 3.11 or newer")
    else:
        yield Check("python", OK, f"{version}, {sys.platform}")


def _packages() -> Iterator[Check]:
    try:
        requirements = importlib.metadata.requires("noc") or []
    except importlib.metadata.PackageNotFoundError:
        yield Check("packages", WARN, "noc itself is not installed, so its needs are not known", "run `make run`")
        return
    missing, wrong, count = [], [], 0
    for requirement in requirements:
        match = _REQUIREMENT.match(requirement)
        if match is None or "extra ==" in requirement or match[1].startswith("xgboost"):
            continue
        name, wanted, found, count = match[1], match[2].strip(), installed(match[1]), count + 1
        if found is None:
            missing.append(name)
        elif wanted.startswith("==") and found != wanted[2:]:
            wrong.append(f"{name} {found} instead of {wanted[2:]}")
    if missing or wrong:
        text = "; ".join([f"missing: {', '.join(missing)}"] * bool(missing) + wrong)
        yield Check("packages", FAIL, text, "run `make run`, which installs what the lock file says")
    else:
        yield Check("packages", OK, f"all {count}, textual {installed('textual')}")
    yield _xgboost()


def _xgboost() -> Check:
    found = [f"{name} {version}" for name in ("xgboost", "xgboost-cpu") if (version := installed(name))]
    if len(found) == 1:
        return Check("xgboost", OK, found[0])
    if found:
        remedy = "remove both, then install one: `pip uninstall xgboost xgboost-cpu`, then `make run`"
        return Check("xgboost", FAIL, f"two wheels hold the same module: {', '.join(found)}", remedy)
    return Check("xgboost", FAIL, "missing", "run `make run`")


def installed(name: str) -> str | None:
    """Its version, None where it is not installed."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _sqlite() -> Iterator[Check]:
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        least = ".".join(map(str, OLDEST_SQLITE))
        yield Check("sqlite", FAIL, sqlite3.sqlite_version, f"use a Python built with SQLite {least} or newer")
    else:
        yield Check("sqlite", OK, sqlite3.sqlite_version)


def _terminal(environment: Mapping[str, str], shown: bool) -> Iterator[Check]:
    encoding = locale.getpreferredencoding(do_setlocale=False)
    if encoding.upper().replace("-", "") != "UTF8":
        yield Check("locale", WARN, encoding, "set LANG to a UTF-8 locale such as C.UTF-8; until then noc draws ASCII")
    else:
        yield Check("locale", OK, encoding)
    if not shown:
        yield Check("terminal", OK, "standard output is none, so it was not looked at")
        return
    term, colour = environment.get("TERM", ""), environment.get("COLORTERM", "")
    if term in ("", "dumb", "unknown"):
        yield Check("terminal", WARN, f"TERM is {term or 'not set'}", "set TERM to what it is, such as xterm-256color")
    elif colour in ("truecolor", "24bit"):
        yield Check("terminal", OK, f"{term}, {colour}")
    else:
        yield Check("terminal", OK, f"{term}, COLORTERM not set: 256 colours or fewer")
    columns, rows = shutil.get_terminal_size()
    small = columns < SMALLEST[0] or rows < SMALLEST[1]
    remedy = f"make it {SMALLEST[0]}x{SMALLEST[1]} or larger" if small else ""
    yield Check("size", WARN if small else OK, f"{columns}x{rows}", remedy)


def _database(url: str) -> Iterator[Check]:
    from data.sqlite_file import path_of

    try:
        path = path_of(url)
    except StoreBroken as error:
        yield Check("database", FAIL, str(error), "name a database that this version can use with --db")
        return
    folder = path.parent
    if not path.exists():
        writable = os.access(_existing(folder), os.W_OK)
        remedy = "" if writable else "name another with --db, or let this user write there"
        yield Check("database", OK if writable else FAIL, f"{path} is not there yet; it is made when needed", remedy)
    else:
        yield from _file(path)
        yield _holder(path)
        yield _integrity(url)
        yield from _models(url)
    yield _room(_existing(folder))


def _existing(folder: Path) -> Path:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


def _file(path: Path) -> Iterator[Check]:
    size = f"{path} ({path.stat().st_size / 1e6:,.1f} MB)"
    mode = stat.S_IMODE(path.stat().st_mode)
    if not os.access(path, os.R_OK | os.W_OK):
        yield Check("database", FAIL, f"{size} cannot be read and written by this user", f"chown or chmod {path}")
    elif mode & 0o077:
        yield Check("database", WARN, f"{size} has mode {mode:04o}: others may read it", f"chmod 600 {path}")
    else:
        yield Check("database", OK, f"{size}, mode {mode:04o}")


def _holder(path: Path) -> Check:
    holder = lock.holder(path)
    if holder is None or not _alive(holder.pid):
        return Check("lock", OK, "nobody writes to it")
    return Check("lock", OK, f"held by pid {holder.pid} ({holder.command}) on {holder.host} since {holder.since}")


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _integrity(url: str) -> Check:
    from data.opening import check_database

    try:
        faults = check_database(url)
    except (StoreBroken, StoreBusy) as error:
        return Check("integrity", FAIL, str(error), "restore a backup: `noc db restore FILE`")
    if faults:
        return Check("integrity", FAIL, "; ".join(faults[:3]), "restore a backup: `noc db restore FILE`")
    return Check("integrity", OK, "sound")


def _models(url: str) -> Iterator[Check]:
    """Versions that are live and cannot work: rules decide in their place, which somebody ought to know."""
    from data.opening import open_reader
    from engine.models.library import LIVE
    from engine.models.scorer import fault_of

    try:
        reader = open_reader(url)
    except (StoreBroken, StoreBusy):
        return  # told above
    try:
        for one in reader.models():
            fault = fault_of(one) if one.status == LIVE else ""
            if fault:
                text = f"{one.kind} {one.version} is live and cannot be used ({fault}): rules decide"
                yield Check("models", WARN, text, f"noc train {one.kind}, or noc models rollback {one.kind}")
    except StoreBroken as error:
        yield Check("models", FAIL, str(error), "restore a backup: `noc db restore FILE`")
    finally:
        reader.close()


def _room(folder: Path) -> Check:
    free = shutil.disk_usage(folder).free
    if free < LEAST_ROOM:
        return Check("disk", WARN, f"{free / 1e6:,.0f} MB free at {folder}", "make room: a full disk stops the engine")
    return Check("disk", OK, f"{free / 1e9:,.1f} GB free at {folder}")


def _config(path: Path | None) -> Iterator[Check]:
    problems, usual = settings.check(path), settings.default_path()
    for problem in problems:
        place = f"{problem.file}:{problem.line}" if problem.line else problem.file
        yield Check(
            "config", FAIL if problem.grave else WARN, f"{place}: {problem.name} {problem.text}", problem.remedy
        )
    if not problems:
        there = path is not None or usual.is_file()
        yield Check(
            "config", OK, str(path or usual) if there else f"{usual} is not there: every setting has its default"
        )


def _clock() -> Iterator[Check]:
    now, built = clock.wall(), int(Path(__file__).stat().st_mtime * times.SECOND)
    if now < built - times.DAY:
        text = f"{times.text(now)} is before this program was installed"
        yield Check("clock", FAIL, text, "set the clock, and let NTP keep it")
    else:
        yield Check("clock", OK, times.text(now))
    try:
        zoneinfo.ZoneInfo("Asia/Kolkata")
    except zoneinfo.ZoneInfoNotFoundError:
        yield Check("time zones", FAIL, "the zone database is missing", "run `make run`, which installs tzdata")
