"""`noc detect`: what it writes, and what it says of files that are no series."""

import csv
import io
import json
from pathlib import Path

import pytest

from noc_tui.cli import main

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))


def series(count: int = 400, level: float = 5.0) -> list[tuple[str, str]]:
    """A calm series with one jump at row 300, as texts."""
    rows = []
    for i in range(count):
        value = level + (i * 7919 % 13) / 13 + (50 if i == 300 else 0)
        rows.append((f"2026-01-{1 + i // 96:02d} {i % 96 // 4:02d}:{i % 4 * 15:02d}:00", f"{value:.3f}"))
    return rows


def write(path: Path, rows: list[tuple[str, ...]], head: str = "timestamp,value") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([head, *map(",".join, rows)]) + "\n")
    return path


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def detect(source: object, target: object, *more: str) -> int:
    return main(["detect", "--in", str(source), "--out", str(target), *more])


def test_one_row_out_for_each_row_in(tmp_path: Path, capsys: Captured) -> None:
    rows = series()
    rows[100] = (rows[100][0], "")
    rows[101] = (rows[100][0], "NaN")
    rows[200] = (rows[150][0], rows[200][1])
    out = tmp_path / "out.csv"
    assert detect(write(tmp_path / "in.csv", rows), out) == 0
    found = read(out)
    assert list(found[0]) == ["timestamp", "value", "anomaly_score", "is_anomaly"]
    assert [(row["timestamp"], row["value"]) for row in found] == rows
    assert all(0 <= float(row["anomaly_score"]) <= 1 for row in found)
    assert {row["is_anomaly"] for row in found} == {"0", "1"}
    assert [float(found[i]["anomaly_score"]) for i in (100, 101)] == [0, 0]
    assert found[300]["is_anomaly"] == "1"
    assert max(found, key=lambda row: float(row["anomaly_score"])) is found[300]
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "400 rows" in captured.err
    assert "\r" not in captured.err, "no progress bar where there is no terminal"


def test_what_comes_later_changes_nothing(tmp_path: Path) -> None:
    rows = series()
    assert detect(write(tmp_path / "a.csv", rows), tmp_path / "a.out") == 0
    assert detect(write(tmp_path / "b.csv", rows[:250]), tmp_path / "b.out") == 0
    assert (tmp_path / "a.out").read_text().startswith((tmp_path / "b.out").read_text())


def test_a_folder_is_done_file_by_file_each_as_if_alone(tmp_path: Path) -> None:
    write(tmp_path / "in/one.csv", series())
    write(tmp_path / "in/deep/two.csv", series(300, level=900))
    (tmp_path / "in/notes.txt").write_text("no series")
    assert detect(tmp_path / "in", tmp_path / "out") == 0
    assert sorted(str(p.relative_to(tmp_path / "out")) for p in (tmp_path / "out").rglob("*.*")) == [
        "deep/two.csv",
        "one.csv",
    ]
    assert detect(tmp_path / "in/deep/two.csv", tmp_path / "alone.csv") == 0
    assert (tmp_path / "alone.csv").read_bytes() == (tmp_path / "out/deep/two.csv").read_bytes()


def test_columns_are_chosen_by_name(tmp_path: Path) -> None:
    rows = [(value, "x", time) for time, value in series()]
    path = write(tmp_path / "in.csv", rows, head="load,note,when")
    assert detect(path, tmp_path / "out.csv", "--time", "when", "--value", "load") == 0
    assert detect(write(tmp_path / "plain.csv", series()), tmp_path / "same.csv") == 0
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "same.csv").read_bytes()


@pytest.mark.parametrize("form", ["{:%Y-%m-%dT%H:%M:%SZ}", "{:%Y-%m-%dT%H:%M:%S+00:00}", "{:%s}", "{:%s}000"])
def test_times_may_be_written_in_several_ways(tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import UTC, datetime

    rows = series()
    plain = [datetime.fromisoformat(time).replace(tzinfo=UTC) for time, _ in rows]
    texts = [form.replace("{:%s}", str(round(each.timestamp()))).format(each) for each in plain]
    assert detect(write(tmp_path / "a.csv", rows), tmp_path / "a.out") == 0
    assert (
        detect(write(tmp_path / "b.csv", list(zip(texts, (v for _, v in rows), strict=True))), tmp_path / "b.out") == 0
    )
    scores = [[row["anomaly_score"] for row in read(tmp_path / name)] for name in ("a.out", "b.out")]
    assert scores[0] == scores[1]
    assert [row["timestamp"] for row in read(tmp_path / "b.out")] == texts


def test_pipes_and_files_without_a_head(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = series()
    text = "\n".join(map(",".join, rows)).encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert detect("-", "-") == 0
    out = capsysbinary.readouterr().out
    assert detect(write(tmp_path / "in.csv", rows), tmp_path / "out.csv") == 0
    assert out == (tmp_path / "out.csv").read_bytes()


def test_the_summary_as_json(tmp_path: Path, capsys: Captured) -> None:
    rows = series()
    rows[5] = (rows[5][0], "null")
    assert detect(write(tmp_path / "in.csv", rows), tmp_path / "out.csv", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    flagged = sum(row["is_anomaly"] == "1" for row in read(tmp_path / "out.csv"))
    assert found == {"files": 1, "rows": 400, "missing": 1, "anomalies": flagged, "refused": 0}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "the file is empty"),
        (b"value\n1\n", "line 1"),
        (b"timestamp,value\n2026-01-01 00:00:00,5\nyesterday,5\n", "line 3: `yesterday` is no time"),
        (b"timestamp,value\n2026-01-01 00:00:00,5\n\n2026-01-01 00:05:00,high\n", "line 4: `high` is no number"),
        (b"timestamp,value\n2026-01-01 00:00:00\n", "line 2: 1 column"),
        (b"timestamp,value\n99999999999999999999,5\n", "line 2"),
        (b"timestamp,value\n2026-01-01 00:00:00,\x1b[2J\n", "line 2"),
        (b"timestamp,value\n2026-01-01 00:00:00,\xff\xfe\n", "UTF-8"),
        (b"timestamp,value\n\x00,1\n", "line 2"),
        (b'timestamp,value\n"' + b"x" * 200_000 + b'",1\n', "line 2"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, "broken.csv"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_leaves_nothing_behind(
    tmp_path: Path, capsys: Captured, text: bytes, words: str
) -> None:
    path = tmp_path / "broken.csv"
    path.write_bytes(text)
    assert detect(path, tmp_path / "out.csv") == 2
    err = capsys.readouterr().err
    assert words in err
    assert "broken.csv" in err
    assert "\x1b" not in err
    assert not (tmp_path / "out.csv").exists()
    assert list(tmp_path.glob(".*part")) == []


def test_a_bad_file_in_a_folder_does_not_keep_the_others_from_being_done(tmp_path: Path, capsys: Captured) -> None:
    for name in ("a", "b", "c", "d"):
        write(tmp_path / f"in/{name}.csv", series())
    (tmp_path / "in/c.csv").write_text("timestamp,value\n2026-01-01 00:00:00,1\n2026-01-01 00:05:00,one\n")
    assert detect(tmp_path / "in", tmp_path / "out", "--json") == 2
    captured = capsys.readouterr()
    assert "c.csv, line 3: `one` is no number" in captured.err
    assert json.loads(captured.out) | {"anomalies": 0} == {
        "files": 3, "rows": 1200, "missing": 0, "anomalies": 0, "refused": 1,
    }  # fmt: skip
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["a.csv", "b.csv", "d.csv"]


def test_only_a_head_is_an_empty_series(tmp_path: Path) -> None:
    assert detect(write(tmp_path / "in.csv", []), tmp_path / "out.csv") == 0
    assert (tmp_path / "out.csv").read_text() == "timestamp,value,anomaly_score,is_anomaly\n"


def test_bad_usage(tmp_path: Path, capsys: Captured) -> None:
    path = write(tmp_path / "in.csv", series())
    (tmp_path / "empty").mkdir()
    for source, target, more in (
        (tmp_path / "none.csv", tmp_path / "out.csv", ()),
        (path, path, ()),
        (path, tmp_path, ()),
        (tmp_path / "empty", tmp_path / "out", ()),
        (tmp_path, path, ()),
        (tmp_path, tmp_path, ()),
        (path, tmp_path / "nowhere" / "out.csv", ()),
        (path, tmp_path / "out.csv", ("--value", "load")),
        (path, tmp_path / "out.csv", ("--time", "value", "--value", "value")),
        (path, "-", ("--json",)),
    ):
        assert detect(source, target, *more) == 2, (source, target, more)
        assert capsys.readouterr().err.startswith("noc: ")
    assert path.read_text().startswith("timestamp,value\n")
    assert main(["detect", "--in", str(path)]) == 2


def test_a_full_disk_is_something_unavailable(tmp_path: Path, capsys: Captured) -> None:
    assert detect(write(tmp_path / "in.csv", series()), "/dev/full") == 3
    assert "No space" in capsys.readouterr().err
