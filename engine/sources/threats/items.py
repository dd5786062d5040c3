"""What a feed of warnings says, whatever its format: RSS and Atom with GeoRSS and CAP fields, or GeoJSON (RFC 7946)."""

import calendar
import hashlib
import io
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any, Final, TypeAlias

import msgspec

from data import times
from data.times import SECOND

MOST: Final = 500  # items of a feed that are read
_TEXT: Final = 2_000  # characters of a description
_VERTICES: Final = 2_000  # of all outlines of an item

Outline: TypeAlias = tuple[tuple[float, float], ...]  # (lat, lon) in degrees; a single one is a point


class Unreadable(ValueError):
    """The document is no feed that is known here."""


class Item(msgspec.Struct, frozen=True):
    """One warning. The words are those of the feed, empty where it has none; times in microseconds."""

    id: str
    title: str
    text: str = ""
    link: str = ""
    category: str = ""
    severity: str = ""
    certainty: str = ""
    place: str = ""
    at: int | None = None
    ends: int | None = None
    outlines: tuple[Outline, ...] = ()

    @property
    def key(self) -> str:
        """Short and the same for every fetch."""
        return hashlib.sha256(self.id.encode()).hexdigest()[:16]


def items_of(body: bytes) -> list[Item]:
    """The items in the order of the feed, those without a title left out. Raises Unreadable."""
    read = _features if body.lstrip()[:1] == b"{" else _entries
    return [item for item in read(body) if item.title][:MOST]


def _entries(body: bytes) -> Iterator[Item]:
    import feedparser  # only who follows such a feed pays for it

    # As a stream: a text could be taken for an address, and be fetched.
    parsed = feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
    if not parsed.get("version") and not parsed.entries:
        raise Unreadable("it is neither RSS, Atom nor GeoJSON")
    for entry in parsed.entries[:MOST]:
        told = {name: _text(entry.get(name)) for name in ("cap_severity", "cap_certainty", "cap_areadesc", "cap_event")}
        tags = [_text(tag.get("term")) for tag in entry.get("tags", ())]
        title = _bare(_text(entry.get("title")))
        yield Item(
            id=_text(entry.get("id")) or _text(entry.get("link")) or title,
            title=title,
            text=_bare(_text(entry.get("summary"))),
            link=_text(entry.get("link")),
            category=_text(entry.get("cap_category")) or (tags[0] if tags else ""),
            severity=told["cap_severity"],
            certainty=told["cap_certainty"],
            place=told["cap_areadesc"],
            at=_utc(entry.get("published_parsed") or entry.get("updated_parsed")),
            ends=_moment(entry.get("cap_expires")),
            outlines=_outlines(entry.get("where"), swapped=True) or _cap_outlines(_text(entry.get("cap_polygon"))),
        )


def _features(body: bytes) -> Iterator[Item]:
    try:
        whole = msgspec.json.decode(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"it is no JSON: {error}") from None
    features = whole.get("features") if isinstance(whole, dict) else None
    if not isinstance(features, list):
        raise Unreadable("it is no GeoJSON: there are no `features`")
    for feature in features[:MOST]:
        if not isinstance(feature, dict):
            continue
        told = feature.get("properties")
        told = told if isinstance(told, dict) else {}
        title = _first(told, "headline", "title", "event", "name")
        yield Item(
            id=_text(feature.get("id")) or _first(told, "id", "@id", "url") or title,
            title=title,
            text=_first(told, "description", "summary", "type")[:_TEXT],
            link=_first(told, "url", "link", "web"),
            category=_first(told, "category", "event", "type"),
            severity=_first(told, "severity", "alert"),
            certainty=_first(told, "certainty"),
            place=_first(told, "areaDesc", "place", "area"),
            at=_moment(told.get("onset") or told.get("sent") or told.get("time") or told.get("updated")),
            ends=_moment(told.get("ends") or told.get("expires")),
            outlines=_outlines(feature.get("geometry"), swapped=True),
        )


def _outlines(shape: Any, *, swapped: bool) -> tuple[Outline, ...]:
    """Of a geometry of GeoJSON: points as they are, of polygons the outer rings (longitude stands first there)."""
    if not isinstance(shape, dict):
        return ()
    kind, found = shape.get("type"), shape.get("coordinates")
    if kind == "GeometryCollection" and isinstance(shape.get("geometries"), list):
        return tuple(one for inner in shape["geometries"][:50] for one in _outlines(inner, swapped=swapped))
    outlines, left = [], _VERTICES
    for ring in _rings(kind, found):
        outline = tuple(place for pair in _list(ring)[:left] if (place := _place(pair, swapped)) is not None)
        left -= len(outline)
        if outline:
            outlines.append(outline)
    return tuple(outlines)


def _rings(kind: Any, found: Any) -> list[Any]:
    match kind:
        case "Point":
            return [[found]]
        case "MultiPoint":
            return [[one] for one in _list(found)]
        case "LineString":
            return [found]
        case "Polygon":
            return list(_list(found)[:1])
        case "MultiPolygon":
            return [polygon[0] for polygon in _list(found) if _list(polygon)]
    return []


def _cap_outlines(text: str) -> tuple[Outline, ...]:
    """CAP 1.2 writes `lat,lon lat,lon ...`."""
    pairs = [pair.split(",")[:2] for pair in text.split()[:_VERTICES]]
    outline = tuple(place for pair in pairs if (place := _place(pair, swapped=False)) is not None)
    return (outline,) if outline else ()


def _place(pair: Any, swapped: bool) -> tuple[float, float] | None:
    try:
        first, second = float(pair[0]), float(pair[1])
    except (TypeError, ValueError, IndexError, KeyError):
        return None
    lat, lon = (second, first) if swapped else (first, second)
    return (lat, lon) if -90 <= lat <= 90 and -180 <= lon <= 180 else None


def _list(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else []


def _first(told: dict[str, Any], *names: str) -> str:
    return next((text for name in names if (text := _text(told.get(name)))), "")


def _text(value: Any) -> str:
    return value.strip()[:_TEXT] if isinstance(value, str) else ""


class _Bare(HTMLParser):
    """Keeps what stands between the tags."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def _bare(text: str) -> str:
    """Without markup."""
    if "<" not in text and "&" not in text:
        return text
    reader = _Bare()
    reader.feed(text)
    reader.close()
    return " ".join("".join(reader.parts).split())


def _utc(parts: Any) -> int | None:
    """Of a `struct_time` in UTC, as feedparser gives it."""
    try:
        return calendar.timegm(parts) * SECOND if parts is not None else None
    except (TypeError, ValueError, OverflowError):
        return None


def _moment(value: Any) -> int | None:
    """RFC 3339, or milliseconds since 1970 as the USGS writes them."""
    if isinstance(value, int | float) and 0 < value < 1e14:
        return int(value * 1_000)
    try:
        return times.parse(value) if isinstance(value, str) else None
    except (ValueError, msgspec.ValidationError):
        return None
