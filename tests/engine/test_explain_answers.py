"""Why it is hidden, why it is no incident, whom it called and why nobody."""

from typing import Any

import pytest

from data.records.audit import AuditRow
from data.records.incident import IncidentState
from data.times import MINUTE
from engine.explain import Explanation, UnknownRefError, explain
from engine.settings import Config
from engine.settings.oncall import EscalationSettings
from engine.settings.sections import IncidentSettings
from tests.engine.shelf import T0, Shelf, alert, cluster, incident

SILENCE = "silence/L-1"


def said(told: Explanation) -> str:
    return "\n".join(told.because)


def put(*records: Any) -> Any:
    return Shelf().put(*records)


def silenced() -> Any:
    params = {"matchers": 'site="S1"', "duration": "2h", "comment": "new switch"}
    row = AuditRow(T0, "default", "ann", "silence", SILENCE, "silence L-1 until 10:00", {"params": params}, 1)
    return put(row, alert(1, 1, muted="silence", muted_by="L-1"), alert(2, 1), cluster(1))


def test_a_silence_tells_who_asked_why_and_what_it_hides() -> None:
    told = explain(silenced(), SILENCE)
    assert ("matchers", 'site="S1"') in told.lines
    assert ("comment", "new switch") in told.lines
    assert ("hides now", "1 alerts") in told.lines
    assert "ann, add: silence L-1 until 10:00" in said(told)
    assert [label for label, _ in told.evidence] == ["alert/A-0000000001"]
    with pytest.raises(UnknownRefError) as wrong:
        explain(silenced(), "silence/L-2")
    assert wrong.value.nearest == [SILENCE]


def test_a_muted_alert_tells_by_what_and_whom() -> None:
    told = said(explain(silenced(), "alert/A-0000000001"))
    assert "Muted now by silence/L-1, asked for by ann (new switch): silence L-1 until 10:00" in told
    assert "Muted now" not in said(explain(silenced(), "alert/A-0000000002"))
    window = put(alert(1, 1, muted="maintenance", muted_by="nightly"), cluster(1))
    assert "by maintenance/nightly: a maintenance window covers it" in said(explain(window, "A-0000000001"))
    assert "may stand in the configuration" in said(explain(window, "maintenance/nightly"))
    behind = put(alert(1, 1, muted="dependency", muted_by="uplink"), cluster(1))
    assert "Muted now as dependency, by uplink" in said(explain(behind, "A-0000000001"))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"severity": 3, "members": 2}, "its severity MEDIUM is below HIGH; 2 alerts on "),
        ({"severity": 3, "kind": "background"}, "what is background is promoted by its severity only"),
        ({"severity": 4, "declined": 4}, "a person refused it at HIGH"),
    ],
)
def test_a_cluster_tells_what_it_lacks_to_be_an_incident(fields: dict[str, Any], words: str) -> None:
    told = said(explain(put(cluster(1, **fields)), "cluster/C-0000000001"))
    assert "Not promoted" in told
    assert words in told


def test_the_rules_are_those_of_the_configuration() -> None:
    shelf = put(cluster(1, severity=4, members=2))
    config = Config(incidents=IncidentSettings(numbers={"severity": 5}))
    assert "its severity HIGH is below CRITICAL" in said(explain(shelf, "C-0000000001", config))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"escalated": 3, "unanswered_at": T0 + 45 * MINUTE},
            "all 3 steps were taken by 2026-01-05T00:45:00Z and nobody",
        ),
        ({"escalated": 1}, "1 steps were taken; nobody has it yet"),
        (
            {"escalated": 1, "acknowledged_at": T0 + 20 * MINUTE, "acknowledged_by": "ann"},
            "1 steps were taken; then ann took it",
        ),
        ({"acknowledged_at": T0 + 2 * MINUTE, "acknowledged_by": "ann"}, "Not escalated: ann took it after 2 min"),
        ({"candidate": True}, "Not escalated: it waits for approval"),
        ({"severity": 1}, "Not escalated: INFO never calls anybody"),
        ({"state": IncidentState.RESOLVED}, "Not escalated: it was over before the wait of 15 min was"),
    ],
)
def test_an_incident_tells_whom_it_called_and_why_nobody(fields: dict[str, Any], words: str) -> None:
    given = {"severity": 5, "opened_at": T0, "state": IncidentState.NEW} | fields
    assert words in said(explain(put(incident(1, [], **given)), "I-0000000001"))


def test_a_cluster_tells_from_where_on_such_call_somebody() -> None:
    low = put(cluster(1, severity=2))
    assert "what is no incident calls somebody from HIGH on" in said(explain(low, "C-0000000001"))
    config = Config(escalation=EscalationSettings(clusters="LOW"))
    assert "calls somebody from" not in said(explain(low, "C-0000000001", config))
