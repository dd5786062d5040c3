"""The screens there are: their keys, their names, and the lists that each shows."""

from typing import Final, NamedTuple


class Place(NamedTuple):
    """`lists` are names of `engine.sheets.kinds` with what they are called; the live screen has none."""

    name: str
    key: str
    title: str
    about: str
    lists: tuple[tuple[str, str], ...] = ()


PLACES: Final = (
    Place("live", "1", "Live", "board, item, feed and heat map"),
    Place("incidents", "2", "Incidents", "open ones and those of the last 30 days", (("incidents", "Incidents"),)),
    Place("alerts", "3", "Alerts", "every alert, and silences", (("alerts", "Alerts"), ("mutes", "Silences"))),
    Place("fraud", "4", "Fraud", "check-ins and people", (("fraud", "Check-ins"), ("watchlist", "Watch-list"))),
    Place(
        "predictions", "5", "Predictions", "what may happen, and what became of it",
        (("predictions", "Predictions"), ("settled", "Settled")),
    ),
    Place(
        "playbooks", "6", "Playbooks", "runs that wait for you, the library, what was sent",
        (("runs", "Runs"), ("playbooks", "Playbooks"), ("notifications", "Notifications")),
    ),
    Place("sites", "7", "Sites", "every site as it is now", (("sites", "Sites"),)),
    Place("metrics", "8", "Metrics", "every series of numbers, as charts", (("metrics", "Metrics"),)),
    Place(
        "observe", "f3", "Observe", "everything in figures; each leads to what it counts",
        (("observe", "Figures"), ("work", "Work"), ("devices", "Devices")),
    ),
    Place("search", "f5", "Feed", "90 days of it, searched", (("feed", "Feed"),)),
    Place("reports", "f2", "Reports", "the handover, and what the time was like", (("reports", "Reports"),)),
    Place(
        "engine", "9", "Engine", "sources, models, settings, audit, what was refused",
        (("sources", "Sources"), ("models", "Models"), ("jobs", "Jobs"), ("settings", "Settings"), ("audit", "Audit"),
         ("dead-letters", "Refused")),
    ),
)  # fmt: skip
BY_NAME: Final = {place.name: place for place in PLACES}
BY_LIST: Final = {kind: place for place in PLACES for kind, _ in place.lists}
