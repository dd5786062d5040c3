"""The feed as a list that is searched: what it finds is what a plain look at all entries finds, newest first."""

import asyncio
import json
from pathlib import Path
from typing import Any

from data.opening import open_reader, open_store
from engine.link import Watch
from engine.pages import feed_row
from engine.publisher import Publisher
from engine.sheets import feed
from engine.sheets.kind import Asked
from noc_tui.cli import main
from tests.support.recordings import Script, at, play, started

DAY = 24 * 60


def world() -> Script:
    """Forty days, a few alerts each; one word is in one of them only."""
    script = Script()
    for day in range(40):
        for number in range(3):
            word = "needle" if (day, number) == (7, 1) else "hay"
            minute = day * DAY + number * 60
            script.fire(at(minute), f"TYPE_{number}", "HIGH", entity=f"device/D{day}", site=f"S{number}", message=word)
            script.clear(at(minute + 5), f"TYPE_{number}", "HIGH", entity=f"device/D{day}", site=f"S{number}")
    return script


def looked(folder: Path, *filters: str, only: Any = None) -> list[Any]:
    async def work() -> list[Any]:
        url = f"sqlite:///{folder / 'noc.db'}"
        engine = await started(await open_store(url, "test"))
        await play(engine, world().lines)
        publisher, pages = Publisher(engine, "default", url), []
        for where in filters:
            watch: Watch[Any] = Watch(lambda: None)
            if "/" in where:
                publisher.watch_dossier(watch, where, "")
            else:
                publisher.watch_sheet(watch, "feed", where, 500, "", only)
            async with asyncio.timeout(10):
                while watch.page is None:
                    assert watch.error is None, watch.error
                    await asyncio.sleep(0.01)
            pages.append(watch.page)
        publisher.end()
        await engine.close()
        return pages

    return asyncio.run(work())


def test_a_word_of_weeks_ago_is_found_and_opened(tmp_path: Path) -> None:
    (found,) = looked(tmp_path, "needle")
    assert found.rows
    assert all("needle" in row.cells[4] for row in found.rows)
    (page,) = looked(tmp_path, found.rows[0].ref)
    about = next(fact for fact in page.sections[0].facts if fact.label == "about")
    assert about.ref == about.text
    assert about.ref.partition("/")[0] in ("alert", "cluster", "incident")


def test_it_finds_what_a_plain_look_finds_newest_first(tmp_path: Path) -> None:
    (found, none) = looked(tmp_path, "site:S1 hay", "nothing_like_it")
    reader = open_reader(f"sqlite:///{tmp_path / 'noc.db'}")
    try:
        rows = [feed_row(entry) for entry in reader.feed(None, None)]
    finally:
        reader.close()
    wanted = [f"feed/{row.sequence}" for row in rows if row.site == "S1" and "hay" in row.text]
    assert [row.ref for row in found.rows] == wanted[::-1]
    assert none.rows == ()


def test_it_stops_when_it_found_enough(tmp_path: Path, monkeypatch: Any) -> None:
    looked(tmp_path, "hay")
    monkeypatch.setattr(feed, "FOUND", 7)
    reader = open_reader(f"sqlite:///{tmp_path / 'noc.db'}")
    try:
        rows = list(feed._searched(reader, Asked("default", at(40 * DAY))))
        whole = [entry.sequence for entry in reader.feed(None, None)]
    finally:
        reader.close()
    assert [row.sequence for row in rows] == whole[:-8:-1]


def test_entries_of_other_sites_are_not_shown(tmp_path: Path) -> None:
    (found,) = looked(tmp_path, "hay", only=lambda site: site == "S2")
    assert found.rows
    assert {row.cells[3] for row in found.rows} == {"S2"}


def test_the_command_finds_it_page_by_page(tmp_path: Path, capsys: Any) -> None:
    url = f"sqlite:///{tmp_path / 'noc.db'}"
    looked(tmp_path, "hay")
    capsys.readouterr()

    def asked(*words: str) -> Any:
        assert main(["feed", "search", *words, "--json", "--db", url]) == 0
        return json.loads(capsys.readouterr().out)

    whole = asked("site:S1 hay", "--limit", "1000")
    assert whole["next"] is None
    rows, before = [], None
    while True:
        page = asked("site:S1 hay", "--limit", "7", *(("--before", str(before)) if before else ()))
        rows += page["rows"]
        before = page["next"]
        if before is None:
            break
    assert rows == whole["rows"]
    assert main(["feed", "search", "nothing_like_it", "--db", url]) == 1
    assert main(["feed", "search", "colour:red", "--db", url]) == 2
    assert "colour" in capsys.readouterr().err
