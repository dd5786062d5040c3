"""The webhook body is Alertmanager's version 4: a program that reads theirs reads ours."""

from engine.respond.senders.webhook import common, version_4
from tests.engine.respond.test_senders import parcel, told

THEIRS = {
    "version", "groupKey", "truncatedAlerts", "status", "receiver", "groupLabels", "commonLabels", "commonAnnotations",
    "externalURL", "alerts",
}  # fmt: skip
EACH = {"status", "labels", "annotations", "startsAt", "endsAt", "generatorURL", "fingerprint"}


def test_every_field_of_theirs_is_there_with_its_type() -> None:
    body = version_4(parcel(told(1), told(2, ends=5)))
    assert set(body) >= THEIRS
    assert body["version"] == "4"
    assert body["truncatedAlerts"] == 0
    for alert in body["alerts"]:
        assert set(alert) >= EACH
        assert all(isinstance(value, str) for value in (*alert["labels"].values(), *alert["annotations"].values()))
    assert [alert["status"] for alert in body["alerts"]] == ["firing", "resolved"]
    assert body["status"] == "firing"


def test_the_labels_of_a_sender_win_over_ours() -> None:
    body = version_4(parcel(told(1, labels={"severity": "page", "job": "node"})))
    assert body["alerts"][0]["labels"]["severity"] == "page"
    assert body["alerts"][0]["labels"]["alertname"] == "DEVICE_OFFLINE"


def test_common_labels_are_those_that_all_have_alike() -> None:
    assert common([{"a": "1", "b": "2"}, {"a": "1", "b": "3"}, {"a": "1"}]) == {"a": "1"}
    assert common([]) == {}
