"""Which sites a warning is about: those near its point or outline, or in a town that it names."""

import re
from collections.abc import Iterator, Mapping
from math import cos, hypot, radians

import msgspec

from data.records.entity import Entity
from engine.geo import EARTH_M, distance_m
from engine.sources.threats.items import Item, Outline

_NAMED = 4  # letters that a town must have to be looked for in a text


class Near(msgspec.Struct, frozen=True):
    site: str
    km: float | None  # None: its town is named
    why: str


def near(item: Item, reach_km: float, sites: Mapping[str, Entity]) -> Iterator[Near]:
    """Sites within `reach_km` of the item, or, where it says no place, in a town that its text names."""
    text = f"{item.title} {item.place} {item.text}".casefold()
    for id, site in sorted(sites.items()):
        lat, lon = site.attributes.get("lat"), site.attributes.get("lon")
        if site.attributes.get("active") is False:
            continue
        if item.outlines:
            if isinstance(lat, int | float) and isinstance(lon, int | float):
                km = min(distance_km(outline, lat, lon) for outline in item.outlines)
                if km <= reach_km:
                    yield Near(id, km, "inside the area" if km == 0 else f"{km:.0f} km away")
            continue
        city = site.attributes.get("city")
        if isinstance(city, str) and len(city) >= _NAMED and re.search(rf"\b{re.escape(city.casefold())}\b", text):
            yield Near(id, None, f"it names {city}")


def distance_km(outline: Outline, lat: float, lon: float) -> float:
    """From a place to a point, or to an area: 0 inside. Edges are taken as straight on a map around the place, which
    is right to a percent within some hundred kilometres, and that is as far as anything reaches."""
    if len(outline) == 1:
        return distance_m(lat, lon, *outline[0]) / 1_000
    degree = radians(1) * EARTH_M / 1_000
    flat = [(_turned(b - lon) * degree * cos(radians(lat)), (a - lat) * degree) for a, b in outline]
    edges = list(zip(flat, [*flat[1:], flat[0]], strict=True))
    if len(outline) > 2 and sum(_crosses(*edge) for edge in edges) % 2:
        return 0.0
    return min(_from_origin(*edge) for edge in edges)


def _turned(degrees: float) -> float:
    """The short way round the earth."""
    return (degrees + 180) % 360 - 180


def _crosses(a: tuple[float, float], b: tuple[float, float]) -> bool:
    """Whether the edge crosses the way from the origin to the east."""
    if (a[1] > 0) == (b[1] > 0):
        return False
    return a[0] + (b[0] - a[0]) * -a[1] / (b[1] - a[1]) > 0


def _from_origin(a: tuple[float, float], b: tuple[float, float]) -> float:
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    part = 0.0 if length == 0 else min(1.0, max(0.0, -(a[0] * dx + a[1] * dy) / length))
    return hypot(a[0] + part * dx, a[1] + part * dy)
