"""The session comes back, and never keeps the console from starting."""

import stat
from pathlib import Path

from noc_tui.session import Session, load, save


def test_it_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "session.json"
    session = Session(theme="light", focus="feed", zoom=1, board_filter="severity>=high", order="oldest")
    assert save(session, path)
    assert load(path) == session
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_broken_or_missing_files_are_passed_over(tmp_path: Path) -> None:
    assert load(tmp_path / "none.json") == Session()
    for content in (b"", b"\xff\x00", b"[]", b'{"zoom": "x"}'):
        path = tmp_path / "session.json"
        path.write_bytes(content)
        assert load(path) == Session()


def test_a_disk_that_will_not_is_told_not_raised(tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("x")
    assert save(Session(), blocker / "session.json") is False
