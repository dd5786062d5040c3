"""What was found in a question becomes the filter of its rows."""

import re
from typing import TYPE_CHECKING, Final

from data.times import HOUR
from engine.ask import terms
from engine.ask.asked import NotUnderstood

if TYPE_CHECKING:
    from engine.ask.reading import Reading

_FIELDS: Final = {"site": "site", "person": "person", "client": "client", "entity": "entity", "alert_type": "type"}
_BY_SITE: Final = ("incidents", "fraud", "predictions")  # rows that know their site, but not its client
_CALLED: Final = {"ahead": "what is to come", "text": "a text"}


def put(reading: "Reading") -> None:
    """Raises NotUnderstood for what rows of the kind cannot be asked for."""
    asked = reading.asked
    found: dict[str, list[str]] = dict(asked.filters.pop("_terms", {}))
    _meanings(reading, found)
    _names(reading, found)
    if reading.without:
        if asked.rows == "metrics" or any(one.field not in _FIELDS for one in reading.without):
            raise NotUnderstood("invalid", "of metrics nothing can be left out; name what is wanted instead")
        asked.filters["without"] = [name.value for name in reading.without]
        found["without"] = ["!" + terms.term(asked.rows, _FIELDS[one.field], [one.value]) for one in reading.without]
    asked.where = [term for each in found.values() for term in each]
    asked.filters["_terms"] = found


def _meanings(reading: "Reading", found: dict[str, list[str]]) -> None:
    asked, rows, now = reading.asked, reading.asked.rows, reading.clock.now
    stands = {"NOW": terms.time(now), "SOON": terms.time(now + 2 * HOUR), "ME": reading.me or "nobody"}
    for meaning in reading.terms:
        assert meaning.filter is not None
        name, value = meaning.filter
        term = meaning.where.get(rows) or meaning.where.get("*") if rows != "metrics" else None
        if term is None:
            told = f"{rows} cannot be asked for {_CALLED.get(name, name).replace('_', ' ')}"
            raise NotUnderstood("invalid", told, [])
        for word, stand in stands.items():
            term = re.sub(rf"\b{word}\b", stand, term)
        found[name] = term.split(" ")
        asked.filters[name] = value


def _names(reading: "Reading", found: dict[str, list[str]]) -> None:
    asked, rows = reading.asked, reading.asked.rows
    for name in reading.found:
        if name.field != "metric":
            values = asked.filters.setdefault("type" if name.field == "alert_type" else name.field, [])
            if name.value not in values:
                values.append(name.value)
    for field in ("site", "person", "client", "entity", "type"):
        values = asked.filters.get(field)
        if values and field == "client" and rows in _BY_SITE:
            sites = [site for client in values for site in reading.names.sites_of.get(client, ())] or ["-"]
            found[field] = [f"{terms.column(rows, 'site')}:{','.join(map(terms.quoted, sites))}"]
        elif values:
            found[field] = [terms.term(rows, field, values)]
