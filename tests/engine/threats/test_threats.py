"""Feeds of warnings: what is read of them, how it is judged, and which sites it is about."""

from math import cos, radians

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import times
from data.records.entity import Entity
from engine.settings.sources import Source
from engine.sources.threats.area import distance_km, near
from engine.sources.threats.feed import alerts
from engine.sources.threats.items import Item, Unreadable, items_of
from engine.sources.threats.judging import judge

NOW = times.parse("2026-03-02T10:00:00Z")
HARBOUR = (53.54, 9.99)

CAP = b"""<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:cap="urn:oasis:names:tc:emergency:cap:1.2"
      xmlns:georss="http://www.georss.org/georss">
<entry><id>urn:oid:2.49.0.1.276.0.1</id><title>Severe storm surge</title>
<summary>&lt;b&gt;Water&lt;/b&gt; rises.</summary>
<published>2026-03-02T08:00:00Z</published><cap:category>Met</cap:category><cap:severity>Severe</cap:severity>
<cap:certainty>Likely</cap:certainty><cap:expires>2026-03-02T18:00:00Z</cap:expires>
<cap:areaDesc>Hamburg</cap:areaDesc>
<cap:polygon>53.4,9.8 53.4,10.2 53.7,10.2 53.7,9.8 53.4,9.8</cap:polygon></entry>
<entry><id>2</id><title>Market day</title><georss:point>53.54 9.99</georss:point></entry>
</feed>"""
RSS = b"""<rss version="2.0"><channel><title>News</title>
<item><guid>n1</guid><title>Violent riot in Hamburg, police injured at protest</title>
<description>Unrest spreads</description><pubDate>Mon, 02 Mar 2026 09:00:00 GMT</pubDate></item>
<item><guid>n2</guid><title>Strike ended long ago in Hamburg: riot protest unrest warning</title>
<pubDate>Mon, 02 Feb 2026 09:00:00 GMT</pubDate></item></channel></rss>"""


def site(id: str, lat: float | None = None, lon: float | None = None, city: str | None = None) -> Entity:
    told = {"lat": lat, "lon": lon, "city": city}
    return Entity(
        f"site/{id}", "default", 0, 0, attributes={name: value for name, value in told.items() if value is not None}
    )


SITES = {one.id: one for one in (site("S1", *HARBOUR, "Hamburg"), site("S2", 52.52, 13.40, "Berlin"), site("S3"))}
WATCH = Source("weather", "threats", url="https://alerts.example/feed")


def raised(body: bytes, source: Source = WATCH) -> list[dict[str, object]]:
    return [one.data for one in alerts(items_of(body), source, SITES, NOW)]


def test_a_warning_of_cap_becomes_an_alert_at_the_sites_inside_its_area() -> None:
    (alert,) = raised(CAP)
    assert (alert["alert_type"], alert["severity"], alert["site"]) == ("THREAT_WEATHER", "HIGH", "S1")
    assert alert["message"] == "Severe storm surge (inside the area)"
    assert alert["starts_at"] == "2026-03-02T08:00:00Z"
    assert alert["ends_at"] == "2026-03-02T12:30:00Z"  # two and a half fetches: the feed has to say it again
    assert alert["annotations"]["text"] == "Water rises."  # type: ignore[index]  # no markup reaches anybody


def test_news_without_a_place_are_about_the_town_that_they_name_and_end_after_two_days() -> None:
    (alert,) = raised(RSS)
    assert (alert["alert_type"], alert["site"], alert["severity"]) == ("THREAT_POLITICAL", "S1", "HIGH")
    assert str(alert["message"]).endswith("(it names Hamburg)")


def test_what_is_over_not_grave_or_not_sure_enough_raises_nothing() -> None:
    assert raised(CAP.replace(b"2026-03-02T18", b"2026-03-02T09")) == []
    assert raised(CAP.replace(b">Severe<", b">Minor<")) == []
    assert raised(CAP.replace(b">Likely<", b">Unlikely<")) == []
    assert raised(CAP, msgspec.structs.replace(WATCH, categories=("CRIME",))) == []
    assert len(raised(CAP.replace(b">Severe<", b">Minor<"), msgspec.structs.replace(WATCH, min_severity="LOW"))) == 1


def quake(**more: object) -> bytes:
    told = {"title": "M 6.1 - earthquake, severe damage, landslide", "time": NOW // 1000, "alert": "orange", **more}
    shape = {"type": "Point", "coordinates": [9.0, 53.54, 10.0]}
    return msgspec.json.encode(
        {"type": "FeatureCollection", "features": [{"id": "q", "properties": told, "geometry": shape}]}
    )


def test_geojson_of_an_earthquake_reaches_as_far_as_it_is_grave() -> None:
    (alert,) = raised(quake())  # 65 km away; HIGH reaches 100 km
    assert (alert["severity"], alert["site"]) == ("HIGH", "S1")
    assert "65 km away" in str(alert["message"]) or "66 km away" in str(alert["message"])
    assert raised(quake(alert="green"), msgspec.structs.replace(WATCH, min_severity="LOW", margin_km=0)) == []


def test_confidence_grows_with_the_words_and_is_believed_where_it_is_told() -> None:
    assert judge(Item("1", "nothing of note")).confidence == pytest.approx(0.3)
    few, more = judge(Item("1", "a flood")), judge(Item("1", "storm, flood, hail: severe"))
    assert 0.3 < few.confidence < more.confidence <= 1
    assert judge(Item("1", "a flood", certainty="Observed")).confidence == 1
    assert judge(Item("1", "ransomware", severity="Extreme")).reach_km == 0  # of no place
    assert judge(Item("1", "skill rally", severity="x")).category == "POLITICAL"
    assert judge(Item("1", "discoursing")).category == "OTHER"  # no word inside a word


@pytest.mark.parametrize("body", [b"", b"hello", b"{}", b'{"features": 3}', b"{" * 5000, b"\xff\xfe<x"])
def test_what_is_no_feed_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable):
        items_of(body)


def test_entities_are_not_expanded_to_anything() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    body = bomb + b"<rss version='2.0'><channel><item><guid>1</guid><title>t &b; &f;</title></item></channel></rss>"
    try:
        found = items_of(body)
    except Unreadable:
        found = []
    assert all("root:" not in item.title and len(item.title) < 100 for item in found)


NAMES = ["type", "coordinates", "geometries", "properties", "id", "title", "time", "ends", "geometry"]
SHAPES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(NAMES), inner),
)


@given(SHAPES)
def test_no_geojson_however_wrong_breaks_the_reading(feature: object) -> None:
    body = msgspec.json.encode({"features": [feature, {"properties": {"title": "x"}, "geometry": feature}]})
    for item in items_of(body):
        judge(item)
        list(near(item, 50, SITES))


@given(st.floats(-60, 60), st.floats(-179.9, 179.9), st.floats(1, 200))
def test_a_place_beside_an_area_is_as_far_as_its_edge(lat: float, lon: float, km: float) -> None:
    """A square of one degree whose western edge lies `km` to the east, also across the date line."""
    west = lon + km / (111.195 * cos(radians(lat)))
    square = tuple((lat + y, (west + x + 180) % 360 - 180) for y, x in ((-1, 0), (-1, 1), (1, 1), (1, 0)))
    assert distance_km(square, lat, lon) == pytest.approx(km, rel=0.01)
    assert distance_km(square, lat, west + 0.5) == 0
