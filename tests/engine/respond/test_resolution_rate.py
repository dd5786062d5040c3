"""Playbooks resolve most of what a simulation plants; `python -m tests.support.resolution_rate` measures more of it."""

from tests.support.resolution_rate import measured


def test_most_planted_incidents_are_resolved_and_stay_so() -> None:
    found = measured(seed=31, sites=6, days=1)
    assert len(found.cases) >= 4
    assert found.rate >= 0.6, found.cases
