from pathlib import Path

from engine.sources.files import Tail


def test_whole_lines_as_they_come(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    tail = Tail(path)
    assert tail.read(10) == [], "a file that is not there yet is no error"
    path.write_bytes(b"one\ntwo\nthr")
    assert tail.read(10) == [b"one", b"two"]
    with path.open("ab") as file:
        file.write(b"ee\n\nfour\n")
    assert tail.read(1) == [b"three"]
    assert tail.read(10) == [b"four"]
    assert tail.read(10) == []
    tail.close()


def test_a_replaced_or_cut_file_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"one\ntwo\n")
    tail = Tail(path)
    assert tail.read(10) == [b"one", b"two"]
    path.write_bytes(b"new\n")
    assert tail.read(10) == [b"new"]
    other = tmp_path / "other"
    other.write_bytes(b"rotated\n")
    other.replace(path)
    assert tail.read(10) == [b"rotated"]
    tail.close()


def test_an_endless_line_does_not_grow_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"x" * 600_000 + b"\nok\n")
    tail = Tail(path)
    lines = tail.read(10)
    assert lines[-1] == b"ok"
    assert max(map(len, lines)) <= 2 * 256 * 1024 + 4
    tail.close()
