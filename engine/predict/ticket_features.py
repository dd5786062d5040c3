"""The features of `sla`: one code for serving and training, all of it known at the moment.

The first eight are the original system's, with its names. The others are the ticket's own course so far, the clock, how
busy its desk is, and how things of the same group, assignee, category, label ... ended lately, *as against* all things:
differences keep their meaning when the whole operation gets slower or faster. What a source does not send is a gap.

    breach:X   log odds of a missed deadline among those of the same X, less that of all
    late:X     the same of those resolved in the last days, whatever became of them later
    combined_odds  what all names of its opening say together, by a running regression, without the level of all
    minutes:X  log minutes until the end, less that of all;   known:X  how many endings that rests on
"""

from math import exp, log
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from data.times import MINUTE
from engine.models.table import Table
from engine.predict.local import Zones
from engine.predict.tickets import Desk, Ticket, desk_names

PRIORITY: Final = {"LOW": 1, "MEDIUM": 2, "NORMAL": 3, "HIGH": 4, "CRITICAL": 5}
STATUS: Final = {"NEW": 0, "OPEN": 1, "ASSIGNED": 2, "IN_PROGRESS": 3, "ONHOLD": 4, "RESOLVED": 5}
NO_DEADLINE: Final = 999_999.0
USUAL: Final = 240.0  # minutes until the end, where nothing is known
TIMED: Final = (
    "current_age_minutes", "time_until_sla_deadline_minutes", "business_hours", "hour", "weekday", "is_holiday",
    "minutes_since_update", "minutes_in_group", "age_share", "site_current_workload", "assignee_current_workload",
    "group_current_workload",
)  # fmt: skip
"""Those that change by time or by other tickets."""
OWN: Final = (
    "priority_level", "assigned_status", "historical_avg_resolution_time", "status", "updates", "reassignments",
    "reopened", "moves", "allowed_minutes", "told_after_minutes", "combined_odds",
)  # fmt: skip
FAR: Final = 1 << 62
Ints = NDArray[np.int64]


class _Columns(msgspec.Struct):
    """By slot, in microseconds: what the features of time are worked out from; and codes of site, assignee, group."""

    opened: Ints
    deadline: Ints
    changed: Ints
    moved: Ints
    places: Ints
    zones: Ints


class TicketFeatures:
    """One row for each ticket that is scored as time goes on."""

    def __init__(self, desk: Desk, zones: Zones) -> None:
        self.desk = desk
        self.zones = zones
        self.table = Table((*TIMED, *OWN))
        self._codes: tuple[dict[str, int], ...] = ({}, {}, {})
        self._loads: list[list[int]] = [[0], [0], [0]]
        self._zones: dict[str, int] = {}
        none = np.zeros(0, np.int64)
        self._columns = _Columns(none, none, none, none, np.zeros((0, 3), np.int64), none)

    def put(self, ticket: Ticket, now: int) -> int:
        """Writes all that is known of it at `now`; gives its slot."""
        slot = self._place(ticket)
        self._own(ticket, slot)
        self._moment(ticket, slot, now)
        return slot

    def drop(self, id: str) -> None:
        slot = self.table.slots.get(id)
        if slot is not None:
            self._count(slot, -1)
            self.table.remove(id)

    def refresh(self, slots: NDArray[np.intp], now: int) -> None:
        """Writes what moves with time, and with all the others, for many at once."""
        columns, matrix = self._columns, self.table.matrix
        opened, deadline = columns.opened[slots], columns.deadline[slots]
        endless = deadline == FAR
        hours, days, holidays = self.zones.clocks(columns.zones[slots], list(self._zones), now)
        age = (now - opened) / MINUTE
        allowed = np.maximum(1.0, (deadline - opened) / MINUTE)
        block = (
            age, np.where(endless, NO_DEADLINE, (deadline - now) / MINUTE), (hours >= 8) & (hours < 18), hours, days,
            holidays, (now - columns.changed[slots]) / MINUTE, (now - columns.moved[slots]) / MINUTE,
            np.where(endless, np.nan, age / allowed), *self._workloads(columns.places[slots]),
        )  # fmt: skip
        for place, values in enumerate(block):
            matrix[slots, place] = values

    def _moment(self, ticket: Ticket, slot: int, now: int) -> None:
        """The same as `refresh` for one."""
        hour, day, holiday = self.zones.clock(ticket.site, now)
        age, deadline = (now - ticket.opened_at) / MINUTE, ticket.deadline
        row = self.table.matrix[slot]
        codes = self._columns.places[slot].tolist()
        loads = (float(self._loads[place][code]) if code else float("nan") for place, code in enumerate(codes))
        row[: len(TIMED)] = (
            age, NO_DEADLINE if deadline is None else (deadline - now) / MINUTE, float(8 <= hour < 18), hour, day,
            holiday, (now - ticket.changed_at) / MINUTE, (now - ticket.group_since) / MINUTE,
            float("nan") if deadline is None else age / max(1.0, (deadline - ticket.opened_at) / MINUTE), *loads,
        )  # fmt: skip

    def _workloads(self, places: Ints) -> list[NDArray[np.float64]]:
        out = []
        for place in range(3):
            loads = np.array(self._loads[place], np.float64)
            loads[0] = np.nan
            out.append(loads[places[:, place]])
        return out

    def _place(self, ticket: Ticket) -> int:
        known = self.table.slots.get(ticket.id)
        if known is not None:
            self._count(known, -1)
        slot = self.table.add(ticket.id)
        self._grow(len(self.table.matrix))
        columns = self._columns
        columns.opened[slot], columns.changed[slot] = ticket.opened_at, ticket.changed_at
        columns.deadline[slot] = FAR if ticket.deadline is None else ticket.deadline
        columns.moved[slot] = ticket.group_since
        for place, name in enumerate((ticket.site, ticket.assignee, ticket.group)):
            codes = self._codes[place]
            code = 0 if not name else codes.setdefault(name, len(codes) + 1)
            if code == len(self._loads[place]):
                self._loads[place].append(0)
            columns.places[slot, place] = code
        zone = self.zones.name(ticket.site)
        columns.zones[slot] = self._zones.setdefault(zone, len(self._zones) + 1)
        self._count(slot, 1)
        return slot

    def _count(self, slot: int, more: int) -> None:
        for place, code in enumerate(self._columns.places[slot].tolist()):
            self._loads[place][code] += more

    def _own(self, ticket: Ticket, slot: int) -> None:
        endings, quick, table = self.desk.endings, self.desk.quick, self.table
        usual = endings.log_minutes("priority", ticket.priority)
        deadline = float("nan") if ticket.deadline is None else (ticket.deadline - ticket.opened_at) / MINUTE
        values = {
            "priority_level": float(PRIORITY.get(ticket.priority or "", 3)),
            "assigned_status": 1.0 if ticket.assignee else 0.0,
            "historical_avg_resolution_time": exp(usual) - 1 if usual == usual else USUAL,
            "status": float(STATUS.get(ticket.status, 6)),
            "updates": float(ticket.updates),
            "reassignments": float(ticket.reassignments),
            "reopened": float(ticket.reopened),
            "moves": float(ticket.moves),
            "allowed_minutes": deadline,
            "told_after_minutes": (ticket.created_at - ticket.opened_at) / MINUTE,
            "combined_odds": self.desk.linear.margin(ticket.opening),
        }
        shares, minutes = log_odds(endings.share("", None)), endings.log_minutes("", None)
        for family, name in ticket.names.items():
            values[f"breach:{family}"] = log_odds(endings.share(family, name)) - shares
            values[f"known:{family}"] = endings.weight(family, name)
            values[f"minutes:{family}"] = endings.log_minutes(family, name) - minutes
        shares, minutes = log_odds(quick.share("", None)), quick.log_minutes("", None)
        for family, name in desk_names(ticket).items():
            values[f"late:{family}"] = log_odds(quick.share(family, name)) - shares
            values[f"quick:{family}"] = quick.log_minutes(family, name) - minutes
        places = [table.column(name) for name in values]
        row = table.matrix[slot]
        row[len(TIMED) :] = np.nan
        if min(places) < 0:
            values = {name: value for name, value in values.items() if table.column(name) >= 0}
            places = [place for place in places if place >= 0]
        row[places] = list(values.values())

    def _grow(self, size: int) -> None:
        more = size - len(self._columns.opened)
        if more > 0:
            self._columns = _wider(self._columns, more)

    def dump(self) -> bytes:
        return self.table.dump()

    def load(self, body: bytes) -> None:
        """Takes up the rows as they stood; what they hang on is in the tickets."""
        saved = Table()
        saved.load(body)
        self.__init__(self.desk, self.zones)  # type: ignore[misc]
        self.table = Table(saved.names)
        for id, slot in saved.slots.items():
            self.table.row(self._place(self.desk.open[id]))[:] = saved.row(slot)


def _wider(old: _Columns, more: int) -> _Columns:
    parts = (getattr(old, name) for name in _Columns.__struct_fields__)
    return _Columns(*(np.concatenate((part, np.zeros((more, *part.shape[1:]), np.int64))) for part in parts))


def log_odds(share: float) -> float:
    """Of a share that is kept away from 0 and 1; a gap stays one."""
    return log((share + 1e-3) / (1.001 - share))
