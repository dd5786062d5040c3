"""The figures of the operation equal what the lists, the engine's health and the exports tell."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data.opening import open_store
from engine.link import Watch
from engine.publisher import Publisher
from engine.sheets.observe import AREAS, FIGURES
from tests.support.recordings import play, rows, simulated, started


class Night:
    """A simulated morning that an engine has seen."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder / 'noc.db'}"

    def pages(self, only: Callable[[str | None], bool] | None = None) -> dict[str, Any]:
        """Every figure, by what it refers to; every list that is referred to; the health."""
        return asyncio.run(self._pages(only))

    async def _pages(self, only: Callable[[str | None], bool] | None) -> dict[str, Any]:
        engine = await started(await open_store(self.url, "test"))
        await play(engine, simulated(6, 14))
        publisher = Publisher(engine, "default", self.url)
        found: dict[str, Any] = {"observe": await self._sheet(publisher, "observe", "", only)}
        for figure in FIGURES:
            found[figure.ref] = await self._sheet(publisher, figure.kind, figure.where, only)
        health: Watch[Any] = Watch(lambda: None)
        publisher.watch_health(health)
        found["health"] = health.page
        publisher.end()
        await engine.close()
        return found

    async def _sheet(self, publisher: Publisher, kind: str, where: str, only: Any) -> Any:
        watch: Watch[Any] = Watch(lambda: None)
        publisher.watch_sheet(watch, kind, where, 5_000, "", only)
        for _ in range(1_000):
            if watch.page is not None or watch.error is not None:
                break
            await asyncio.sleep(0.01)
        assert watch.error is None
        return watch.page


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    return Night(tmp_path_factory.mktemp("night"))


def numbers(pages: dict[str, Any]) -> dict[str, Any]:
    return {row.ref: row.cells[3] for row in pages["observe"].rows}


def test_each_figure_is_the_number_of_rows_of_the_list_that_it_leads_to(night: Night) -> None:
    pages = night.pages()
    told = numbers(pages)
    assert list(told) == [figure.ref for figure in FIGURES]
    for figure in FIGURES:
        assert told[figure.ref] == pages[figure.ref].matched, figure
    assert sum(number > 0 for number in told.values()) > 12  # the night was not empty
    assert {row.cells[1] for row in pages["observe"].rows} == set(AREAS)


def test_figures_equal_health_and_exports(night: Night) -> None:
    pages = night.pages()
    told = numbers(pages)
    assert told["list/alerts?firing"] == pages["health"].open_alerts
    exported = [row for row in rows(night.url, "alerts") if row["ended_at"] is None]
    assert told["list/alerts?firing"] == len(exported)
    assert told["list/sources?"] == len(pages["health"].sources)
    assert told["list/fraud?"] == len(rows(night.url, "fraud"))


def test_hours_add_up_to_what_began_within_the_day(night: Night) -> None:
    pages = night.pages()
    row = next(row for row in pages["observe"].rows if row.ref == "list/alerts?firing")
    assert sum(map(int, row.cells[4].split())) == row.cells[3]


def test_who_sees_one_site_is_told_its_numbers_only(night: Night) -> None:
    one = night.pages(lambda site: site == "S001")
    told, every = numbers(one), numbers(night.pages())
    for figure in FIGURES:
        assert told[figure.ref] == one[figure.ref].matched
    assert 0 < told["list/devices?"] < every["list/devices?"]
    assert told["list/settings?changed"] == 0
