"""Whatever attackers write into alerts, names and playbooks: it is run, called or said for them nowhere."""

import pytest

from engine.respond.playbooks.terms import Term
from tests.engine.respond.house import BOOK, House
from tests.support import hostile_acts, hostile_texts


def test_no_argument_becomes_another_or_an_option() -> None:
    tried = hostile_acts.try_commands()
    assert tried.through == []
    assert tried.count > 500


async def test_no_address_leads_inside() -> None:
    tried = await hostile_acts.try_urls()
    assert tried.through == []
    assert tried.count > 300


def test_no_expression_raises_or_goes_on_for_long() -> None:
    tried = hostile_acts.try_terms()
    assert tried.through == []
    assert tried.count > 50


def test_no_fact_leaves_its_place() -> None:
    tried = hostile_acts.try_templates()
    assert tried.through == []
    assert tried.count > 500


def test_no_message_says_more_than_text() -> None:
    tried = hostile_acts.try_messages()
    assert tried.through == []
    assert tried.count > 500


@pytest.mark.parametrize("text", [hostile_texts.nested(6, "exists"), hostile_texts.nested(7, "map")])
async def test_an_expression_over_its_limit_does_not_stop_the_engine(text: str, tmp_path: object) -> None:
    assert "budget" in str(Term(text).answer({}))
    house = await House(tmp_path, BOOK.replace("alert.site == 'S1'", text.replace("'x'", "alert.site"))).start()
    await house.fire(0)
    assert house.runs() == []
    assert house.room.counts.errors == {"try": 1}
