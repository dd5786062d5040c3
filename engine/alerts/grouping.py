"""Alerts into clusters, clusters into incidents: the one door that the life cycle of alerts knows.

`clusters` decides what belongs together and `incidents` what people work on; here their decisions are counted,
written down for the batch, and told to the feed.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from data.records.alert import Alert
from data.records.cluster import Cluster
from data.records.incident import Incident, IncidentState, Note
from engine.alerts.clusters import Clustering
from engine.alerts.incidents import Incidents
from engine.decisions import Numbers, Teller
from engine.registry import Registry
from engine.topology import Topology


class Item(msgspec.Struct):
    """What a person has to look at: an incident, a cluster without one, or a lone alert, with its live alerts."""

    ref: str
    title: str
    alerts: list[Alert]
    cluster: Cluster | None = None
    incident: Incident | None = None
