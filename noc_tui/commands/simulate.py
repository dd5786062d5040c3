"""`noc simulate`: a recording of a simulated operation, and what was planted in it."""

import gzip
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, BinaryIO

import click
import msgspec

from noc_tui.commands import values
from noc_tui.commands.ending import BadInput
from noc_tui.commands.options import as_json, everywhere
from noc_tui.commands.output import output, say, show_json, whole_file
from noc_tui.commands.progress import Progress


@click.command("simulate")
@click.option("--sites", type=click.IntRange(1, 100_000), default=12, show_default=True, help="How many sites.")
@click.option("--days", type=click.IntRange(1, 3_660), default=7, show_default=True, help="How long.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another story.")
@click.option("--start", metavar="TIME", type=values.moment, help="When it begins; default: a Monday in 2026.")
@click.option("--hardness", type=click.FloatRange(0, 1), default=0.0, help="0 plain, 1 subtle and overlapping.")
@click.option("--out", metavar="FILE", required=True, help="The recording, gzipped when it ends in .gz; - for stdout.")
@click.option("--truth", metavar="FILE", help="What was planted, as JSON Lines.")
@as_json
@everywhere
def command(
    sites: int,
    days: int,
    seed: int,
    start: int | None,
    hardness: float,
    out: str,
    truth: str | None,
    as_json: bool,
    db: str | None,  # noqa: ARG001
    config: str | None,  # noqa: ARG001
) -> None:
    """Write a recording of a believable operation, and what was planted in it.

    The same options give the same file, byte for byte.
    """
    if truth in ("-", out):
        raise BadInput("--truth needs a file of its own")
    if as_json and out == "-":
        raise BadInput("--json and --out - would both print to standard output")
    from engine.sources.simulate import MONDAY, Operation, events

    operation = Operation(sites, days, seed, MONDAY if start is None else start, hardness)
    encode = msgspec.json.Encoder().encode
    count = planted = size = 0
    with ExitStack() as files, Progress("simulate", unit="events") as bar:
        recording = files.enter_context(_recording(out))
        book = files.enter_context(_recording(truth)) if truth else None

        def plant(row: dict[str, Any]) -> None:
            nonlocal planted
            planted += 1
            if book is not None:
                book.write(encode(row) + b"\n")

        for _, line in events(operation, plant=plant):
            recording.write(line + b"\n")
            count, size = count + 1, size + len(line) + 1
            if not count & 1023:
                bar.at(count)
    if as_json:
        show_json({"events": count, "planted": planted, "bytes": size, "out": out, "truth": truth})
    else:
        say(f"{count:,} events ({size / 1e6:,.1f} MB), {planted:,} planted")


@contextmanager
def _recording(path: str) -> Iterator[BinaryIO]:
    """A file whole or not at all, gzipped when its name says so; no time stamp inside, so that it repeats exactly."""
    if not path.endswith(".gz"):
        with output(path) as plain:
            yield plain
        return
    with whole_file(path) as file, gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
        yield packed  # type: ignore[misc]
