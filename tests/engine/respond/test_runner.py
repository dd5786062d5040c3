"""Programs and calls of playbooks: nothing but what the configuration allows, whatever the parameters hold."""

import asyncio
import contextlib
import os
import stat
from pathlib import Path

import pytest

from engine.respond.playbooks.templates import TemplateError, problems, render
from engine.respond.runner import execute, refused

HOSTILE = [
    "; rm -rf /", "$(id)", "`id`", "a b", "-rf", "--help", "a\nb", "a\0b", "../../etc/passwd", "|cat", "&", "x" * 100,
    "\N{RIGHT-TO-LEFT OVERRIDE}x", "{{ alert.entity }}", "%s", "", "'", '"',
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_arguments_that_are_refused(text: str) -> None:
    assert refused([text], ["[A-Z0-9-]{1,20}"]) is not None


def test_arguments_that_are_taken() -> None:
    assert refused(["CAM-7"], ["[A-Z0-9-]{1,20}"]) is None
    assert refused(["CAM-7", "more"], ["[A-Z0-9-]{1,20}"]) is not None
    assert refused(["-CAM"], [".*"]) is not None, "never an option, whatever the pattern says"


def program(folder: Path, body: str) -> str:
    path = folder / "tool"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.mark.parametrize("text", [text for text in HOSTILE if "\0" not in text])
async def test_an_argument_reaches_the_program_as_it_is_and_no_shell(text: str, tmp_path: Path) -> None:
    came = await execute(program(tmp_path, 'shift; printf "%s|" "$#" "$1"'), [text])
    assert came.good
    shown = "".join(one if one.isprintable() or one == "\n" else "\N{REPLACEMENT CHARACTER}" for one in text)
    assert came.evidence["output"] == f"1|{shown}|"


async def test_a_program_has_no_environment_and_no_input(tmp_path: Path) -> None:
    os.environ["NOC_TEST_SECRET"] = "hush"
    try:
        came = await execute(program(tmp_path, "/usr/bin/env; read line || echo none"), [])
    finally:
        del os.environ["NOC_TEST_SECRET"]
    assert "hush" not in came.evidence["output"]
    assert came.evidence["output"].endswith("none\n")


async def test_a_time_out_ends_the_whole_group(tmp_path: Path) -> None:
    held = tmp_path / "held"
    os.mkfifo(held)
    pipe = os.open(held, os.O_RDONLY | os.O_NONBLOCK)
    # A child of the program holds the pipe for as long as it lives.
    body = f"(exec 3> {held}; echo here >&3; /bin/sleep 300) & /bin/sleep 300"
    running = asyncio.create_task(execute(program(tmp_path, body), []))
    try:
        assert await _read(pipe, end=False) == b"here\n"
        running.cancel()  # as a time-out does
        await asyncio.wait([running], timeout=20)
        assert running.cancelled()
        assert await _read(pipe, end=True) == b""  # the end: nobody holds it any more
    finally:
        os.close(pipe)


async def _read(pipe: int, *, end: bool) -> bytes:
    """The next words, or, with `end`, nothing once nobody holds the pipe any more."""
    async with asyncio.timeout(20):
        while True:
            with contextlib.suppress(BlockingIOError):  # somebody holds it and is silent
                got = os.read(pipe, 64)
                if end != bool(got):
                    return got
            await asyncio.sleep(0.005)


async def test_output_is_bounded_and_cannot_speak_to_a_terminal(tmp_path: Path) -> None:
    body = "i=0; while [ $i -lt 3000 ]; do printf '\\033]0;x\\007 and more of it'; i=$((i+1)); done"
    came = await execute(program(tmp_path, body), [])
    assert came.good
    assert len(came.evidence["output"]) <= 8192
    assert "\033" not in came.evidence["output"]


@pytest.mark.parametrize("path", ["sh", "relative/tool", "/no/such/program", "/etc/passwd"])
async def test_what_is_no_program_of_that_path_is_not_run(path: str) -> None:
    came = await execute(path, [])
    assert (came.good, came.text) == (False, "its path is not that of a program")


@pytest.mark.parametrize("fact", [*HOSTILE, "{{ site.id }}", "x" * 5000])
def test_a_fact_is_text_and_stays_in_its_place(fact: str) -> None:
    facts = {"alert": {"entity": fact}, "site": {"id": "S1"}}
    rendered = render(["a", "on {{ alert.entity }}!", {"k": "{{alert.entity}}"}], facts)
    assert rendered == ["a", f"on {fact[:500]}!", {"k": fact[:500]}]


def test_places_that_name_nothing() -> None:
    with pytest.raises(TemplateError):
        render("{{ nothing.here }}", {"alert": {}})
    assert render("{{ alert.site }}", {"alert": {}}) == "unknown"
    known = frozenset(("alert",))
    assert list(problems({"a": ["{{ alert.x }}"]}, known)) == []
    assert len(list(problems("{{ alert.x", known))) == 1
    assert len(list(problems("{{ a.b }} {{ 1+1 }}", known))) == 2
