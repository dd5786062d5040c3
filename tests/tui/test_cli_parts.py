"""Parts of commands: values, progress, files that appear whole."""

import contextlib
import io
import math
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import times
from noc_tui.cli import program
from noc_tui.commands import values
from noc_tui.commands.output import whole_file
from noc_tui.commands.progress import Progress, amount, span


@pytest.mark.parametrize(
    ("text", "micros"),
    [("20s", 20), ("5m", 300), ("1h30m", 5400), ("2d", 172_800), ("90", 90), ("1.5h", 5400), ("500ms", 0.5)],
)
def test_durations(text: str, micros: float) -> None:
    assert values.duration(text) == micros * times.SECOND


@pytest.mark.parametrize("text", ["", "0", "-5s", "5 s", "s", "5x", "1h-5m", "m5"])
def test_no_durations(text: str) -> None:
    with pytest.raises(click.BadParameter):
        values.duration(text)


def test_moments_need_a_zone_or_are_a_day_in_utc() -> None:
    assert values.moment("2026-01-05") == values.moment("2026-01-05T05:30:00+05:30")
    for text in ("2026-01-05T00:00:00", "2026-13-05", "now"):
        with pytest.raises(click.BadParameter):
            values.moment(text)


def test_speeds() -> None:
    assert (values.speed("max"), values.speed("60"), values.speed("2.5x")) == (math.inf, 60.0, 2.5)
    for text in ("0", "-1", "nan", "fast"):
        with pytest.raises(click.BadParameter):
            values.speed(text)


@given(st.text())
def test_no_text_breaks_a_value(text: str) -> None:
    for convert in (values.duration, values.moment, values.speed, values.url):
        with contextlib.suppress(click.BadParameter):
            convert(text)


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_draws_on_a_terminal_and_wipes_its_line() -> None:
    screen, now = Screen(), [0.0]
    with Progress("replay", total=1000, stream=screen, clock=lambda: now[0]) as bar:
        now[0] = 1.0
        bar.at(250)
        now[0] = 1.05
        bar.at(900)  # too soon after the last
    drawn = screen.getvalue()
    assert "replay" in drawn
    assert " 25%  250 B of 1.0 kB  250 B/s  3s left" in drawn
    assert "90%" not in drawn
    assert drawn.endswith("\r")
    assert "\x1b" not in drawn


def test_no_progress_without_a_terminal() -> None:
    stream = io.StringIO()
    with Progress("replay", total=10, stream=stream, clock=iter(range(100)).__next__) as bar:
        bar.at(5)
    assert stream.getvalue() == ""


@given(st.integers(0, 1 << 50), st.integers(0, 1 << 50), st.floats(0, 1e7), st.integers(1, 200))
def test_a_line_never_runs_over_its_edge(done: int, total: int, elapsed: float, columns: int) -> None:
    line = Progress("export alerts", total or None, "rows").line(done, elapsed, columns)
    assert len(line) <= columns


def test_words_for_amounts_and_spans() -> None:
    assert (amount(12_345_678, "B"), amount(45_210, "rows")) == ("12.3 MB", "45,210 rows")
    assert (span(7), span(200), span(7500)) == ("7s", "3m20s", "2h05m")


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "out"
    with whole_file(path) as file:
        file.write(b"rows")
        assert not path.exists()
    assert path.read_bytes() == b"rows"
    with pytest.raises(TypeError), whole_file(path) as file:
        file.writelines([b"half", "no bytes"])  # type: ignore[list-item]
    assert path.read_bytes() == b"rows"
    assert list(tmp_path.iterdir()) == [path]


def test_a_device_is_written_as_it_is() -> None:
    with whole_file("/dev/null") as file:
        file.write(b"rows")


TALKS = {"noc", "engine", "wall", "token revoke", "views save", "views remove", "db backup", "db restore", "db upgrade",
         "config init", "oncall import", "oncall export"}  # fmt: skip
"""Commands that print no data, or data of a format of their own (a calendar)."""


def commands(group: click.Command, name: str = "noc") -> Iterator[tuple[str, click.Command]]:
    if isinstance(group, click.Group):
        ctx = click.Context(group)
        for word in group.list_commands(ctx):
            found = group.get_command(ctx, word)
            assert found is not None
            yield from commands(found, word if name == "noc" else f"{name} {word}")
    else:
        yield name, group


@pytest.mark.parametrize(("name", "command"), [pytest.param(*one, id=one[0]) for one in commands(program)])
def test_every_command_takes_the_options_that_work_everywhere(name: str, command: click.Command) -> None:
    known = {word for param in command.params for word in param.opts}
    assert {"--db", "--config"} <= known
    assert "--json" in known or name in TALKS
