"""`noc replay` and files as they come: cut off, binary, empty, with other line ends, with bad lines among good ones."""

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data.wire import MAX_EVENT
from noc_tui.cli import main
from tests.support.recordings import Script, at, rows

Captured = pytest.CaptureFixture[str]
Run = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    return f"sqlite:///{tmp_path}/noc.db"


@pytest.fixture
def run(url: str, tmp_path: Path, capsys: Captured) -> Run:
    """Replays files of these contents: (exit code, report)."""

    def replay(*bodies: bytes) -> tuple[int, dict[str, Any]]:
        names = []
        for number, body in enumerate(bodies):
            (tmp_path / f"{number}.jsonl").write_bytes(body)
            names.append(str(tmp_path / f"{number}.jsonl"))
        code = main(["replay", *names, "--db", url, "--json"])
        return code, json.loads(capsys.readouterr().out or "{}")

    return replay


def good(count: int = 3, **more: Any) -> list[bytes]:
    script = Script(**more)
    for number in range(count):
        script.fire(at(number), entity=f"host/{number}")
    return script.lines


def letters(url: str) -> list[tuple[int, str]]:
    return [(row["line"], row["reason"]) for row in rows(url, "dead-letters")]


def test_good_and_bad_lines_mixed(run: Run, url: str) -> None:
    one, two, three = good()
    wrong = one.replace(b'"MEDIUM"', b'"SEVERE"').replace(b'"e1"', b'"x1"')
    code, report = run(b"\n".join([one, b"not json", two, b"", b'{"specversion":"1.0"}', wrong, three, b'{"id":']))
    assert (code, report["events"], report["rejected"]) == (0, 3, 4)
    told = letters(url)
    assert [line for line, _ in told] == [2, 5, 6, 8]
    assert "severity" in told[2][1]
    assert all(reason for _, reason in told)


@pytest.mark.parametrize("end", [b"\r\n", b"\n\n", b"\n"], ids=["crlf", "blank lines", "lf"])
def test_line_ends(end: bytes, run: Run, url: str) -> None:
    code, report = run(end.join(good()) + end)
    assert (code, report["events"], report["rejected"]) == (0, 3, 0)
    assert letters(url) == []


def test_a_byte_order_mark_is_no_part_of_the_first_event(run: Run) -> None:
    code, report = run(b"\xef\xbb\xbf" + b"\n".join(good()))
    assert (code, report["events"], report["rejected"]) == (0, 3, 0)


def test_a_recording_that_was_cut_off_is_used_up_to_there(run: Run, url: str) -> None:
    lines = [line.replace(b"port 4", os.urandom(200).hex().encode()) for line in good(400)]
    packed = gzip.compress(b"\n".join(lines))
    code, report = run(packed[: len(packed) // 2])
    assert code == 0
    assert 0 < report["events"] < 400
    [(line, reason)] = letters(url)
    assert line in (report["events"] + 1, report["events"] + 2)
    assert "cannot be read on" in reason


def test_damage_in_the_middle_of_a_gzip_is_told_and_what_came_before_is_used(run: Run, url: str) -> None:
    lines = [line.replace(b"port 4", os.urandom(200).hex().encode()) for line in good(400)]
    packed = bytearray(gzip.compress(b"\n".join(lines)))
    packed[len(packed) // 2 : len(packed) // 2 + 40] = b"\x00" * 40
    code, report = run(bytes(packed))
    assert code == 0
    assert 0 < report["events"] < 400
    told = letters(url)
    assert told, "the damage is told"
    assert all(line > report["events"] for line, _ in told)


def test_an_empty_recording_is_a_quiet_night(run: Run) -> None:
    for body in (b"", b"\n\n\r\n", gzip.compress(b"")):
        code, report = run(body)
        assert (code, report["events"], report["rejected"]) == (0, 0, 0)


@pytest.mark.parametrize(
    "body",
    [
        bytes(range(256)) * 40,
        b"\x1f\x8b\x08\x00rubbish",
        b"\xff\xfe" + "{}".encode("utf-16-le"),
        b"x" * (3 * MAX_EVENT),
        b"[" * 100_000,
        b"null\n7\n[]\n",
    ],
    ids=["binary", "no gzip", "utf-16", "one huge line", "deep", "no objects"],
)
def test_nothing_that_can_be_used_is_bad_input(body: bytes, run: Run, url: str) -> None:
    code, report = run(body)
    assert code == 2
    assert report["events"] == 0
    assert letters(url)[0][0] == 1
    assert all(reason for _, reason in letters(url))


def test_a_huge_line_costs_only_itself(run: Run, url: str) -> None:
    one, two, three = good()
    code, report = run(b"\n".join([one, b'{"id":"' + b"y" * (2 * MAX_EVENT), two, three]))
    assert (code, report["events"]) == (0, 3)
    [(line, reason)] = letters(url)
    assert line == 2
    assert "256 KiB" in reason
    [row] = rows(url, "dead-letters")
    assert len(row["head"]) <= 4096


def test_the_largest_event_that_fits_is_taken(run: Run) -> None:
    script = Script()
    script.fire(at(0), message="")
    room = MAX_EVENT - len(script.lines[0])
    assert run(script.lines[0].replace(b'"message":""', b'"message":"' + b"m" * room + b'"'))[1]["events"] == 1
    assert run(script.lines[0].replace(b'"message":""', b'"message":"' + b"m" * (room + 1) + b'"'))[0] == 2


def test_bad_input_beside_what_is_there_already_is_no_failure(run: Run) -> None:
    lines = good()
    assert run(b"\n".join(lines))[0] == 0
    code, report = run(b"\n".join([*lines, b"not json"]))
    assert (code, report["duplicates"], report["rejected"]) == (0, 3, 1)


def test_several_files_are_merged_by_time(run: Run, url: str) -> None:
    one, other = Script(source="a"), Script(source="b")
    for number in range(0, 6, 2):
        one.fire(at(number))
        other.fire(at(number + 1))
    late = Script(source="c")
    late.fire(at(4), alert="Same")
    code, report = run(b"\n".join(one.lines), b"\n".join([b"rubbish", *other.lines]), b"\n".join(late.lines))
    assert (code, report["events"], report["late"]) == (0, 7, 0)
    events = [(row["source"], row["time"]) for row in rows(url, "events")]
    assert [source for source, _ in events] == ["a", "b", "a", "b", "a", "c", "b"], "equal times in order of the files"
    assert [row["reason"] for row in rows(url, "assignments")].count("duplicate") == 5


def test_bounds_are_half_open(run: Run, url: str, tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "all.jsonl").write_bytes(b"\n".join(good(6)))
    words = ["replay", str(tmp_path / "all.jsonl"), "--db", url, "--json"]
    assert main([*words, "--to", "2026-01-05T00:02:00Z"]) == 0
    assert json.loads(capsys.readouterr().out)["events"] == 2
    assert main([*words, "--from", "2026-01-05T00:02:00Z"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["events"], report["duplicates"]) == (4, 0)
