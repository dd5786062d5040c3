"""Data to standard output or to a file, whole or not at all; talk to standard error."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import click
import msgspec


def say(text: str) -> None:
    """Talk: what a person wants to know and a script does not."""
    click.echo(text, err=True)


def show_json(document: object) -> None:
    """One JSON document on standard output."""
    click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())


def show_table(rows: Mapping[str, Any]) -> None:
    """Names and values in two columns on standard output."""
    width = max(map(len, rows), default=0)
    for name, value in rows.items():
        click.echo(f"{name.replace('_', ' '):<{width}}  {_cell(value)}")


def _cell(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "-"}[value]
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    return str(value)


@contextmanager
def whole_file(path: str | Path) -> Iterator[BinaryIO]:
    """A file that appears under its name only when everything is in it; on any error nothing is left behind.

    It is written beside its place and renamed, mode 0600. A device or pipe (`/dev/stdout`) is written directly.
    """
    target = Path(path)
    if target.exists() and not target.is_file():
        with target.open("wb") as device:
            yield device
        return
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except BaseException:
        with suppress(FileNotFoundError):
            draft.unlink()
        raise


@contextmanager
def output(path: str | None) -> Iterator[BinaryIO]:
    """Where data goes: `path`, or standard output for None and `-`."""
    if path is None or path == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with whole_file(path) as file:
        yield file
