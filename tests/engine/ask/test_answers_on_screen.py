"""Questions asked in the console: the answer is a thing in full, with what was understood and rows that open."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from data.opening import open_store
from engine.link import Watch
from engine.publisher import Publisher
from engine.sheets.kind import Asker
from engine.views import Dossier, Fact
from tests.support.recordings import Script, at, play, started


def world() -> Script:
    script = Script()
    for site, client, name in (("S1", "C1", "Harbour Gate"), ("S2", "C2", "Northfield")):
        script.add("site.upserted", at(0), {"id": site, "client": client, "name": name})
    script.add("person.upserted", at(0), {"id": "P1", "site": "S1", "name": "Anna Berg"})
    for minute, site, severity in ((1, "S1", "CRITICAL"), (2, "S1", "LOW"), (3, "S2", "CRITICAL")):
        script.fire(at(minute), f"DOOR_{minute}", severity, entity=f"device/D{minute}", site=site)
        script.add("metric.sampled", at(minute), {"name": "load", "site": site, "value": float(minute)})
    return script


def answers(folder: Path, *questions: str, asker: Asker | None = None) -> list[Dossier]:
    async def work() -> list[Dossier]:
        url = f"sqlite:///{folder / 'noc.db'}"
        engine = await started(await open_store(url, "test"))
        await play(engine, world().lines)
        publisher, pages = Publisher(engine, "default", url), []
        for question in questions:
            watch: Watch[Dossier] = Watch(lambda: None)
            publisher.watch_dossier(watch, f"ask/{question}", "", asker)
            async with asyncio.timeout(10):
                while watch.page is None:
                    assert watch.error is None, watch.error
                    await asyncio.sleep(0.01)
            pages.append(watch.page)
        publisher.end()
        await engine.close()
        return pages

    return asyncio.run(work())


def facts(page: Dossier, title: str) -> tuple[Fact, ...]:
    return next(section.facts for section in page.sections if section.title == title)


def test_rows_open_and_what_was_understood_can_be_asked_again(tmp_path: Path) -> None:
    (page,) = answers(tmp_path, "critical alerts at harbour gate today")
    (row,) = facts(page, "Rows")
    assert row.ref is not None
    assert row.ref.startswith("alert/A-")
    assert (row.label, row.severity) == ("DOOR_1", 5)
    (meant,) = facts(page, "Understood as")
    assert meant.text.startswith("alerts severity:CRITICAL site:S1 since:")
    assert meant.ref == f"ask/{meant.text}"
    assert page.why.startswith("1 alert ")


def test_a_refinement_keeps_what_it_does_not_change(tmp_path: Path) -> None:
    first, second, third = answers(
        tmp_path, "critical alerts today", "critical alerts today >> at S2", "critical alerts today >> at S2 >> by type"
    )
    assert len(facts(first, "Rows")) == 2
    assert [row.label for row in facts(second, "Rows")] == ["DOOR_3"]
    assert [(row.label, row.text) for row in facts(third, "Rows")] == [("DOOR_3", "1")]


def test_groups_and_figures_lead_to_what_they_are_of(tmp_path: Path) -> None:
    groups, figures = answers(tmp_path, "alerts by site today", "maximum load by site today")
    assert [(row.text, row.ref) for row in facts(groups, "Rows")] == [("2", "site/S1"), ("1", "site/S2")]
    assert {(row.text, row.ref) for row in facts(figures, "Rows")} == {("2", "site/S1"), ("3", "site/S2")}


def test_what_is_not_understood_is_told_with_questions_to_take(tmp_path: Path) -> None:
    (page,) = answers(tmp_path, "delete all alerts")
    assert page.state == "not answered: read only"
    assert all(row.ref and row.ref.startswith("ask/") for row in facts(page, "You may ask"))


def test_who_sees_some_sites_gets_no_rows_of_others_and_no_names(tmp_path: Path) -> None:
    only: Callable[[str | None], bool] = lambda site: site == "S2"  # noqa: E731
    alerts, person = answers(
        tmp_path, "critical alerts today", "fraud of Anna Berg", asker=Asker("guest", only, veiled=True)
    )
    assert [row.label for row in facts(alerts, "Rows")] == ["DOOR_3"]
    assert person.state == "not answered: unknown name"
