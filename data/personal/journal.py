"""A person taken out of journalled events. Position, time, type and tenant of an event stay what they were."""

import json
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from data import ids, journal
from data.personal.rewriting import CONTACTS, Rewriter
from data.personal.who import UPSERTED
from data.records import DEFAULT_TENANT
from data.references import bare
from data.store import Segment

_ENVELOPE: Final = ("specversion", "type", "time", "tenant")
_object: Final = msgspec.json.Decoder(dict[str, Any])
_FIX, _BIOMETRIC = "noc.location.fix", "noc.biometric.verified"
_BODILY: Final = ("confidence", "liveness", "verified")
Places = Mapping[str, tuple[float, float]]


class Events:
    """`places` are the centres of sites: a fix must have a position, and gets that of its site, else whole degrees."""

    def __init__(self, rewriter: Rewriter, places: Places) -> None:
        self._rewriter, self._places = rewriter, places
        self._needles = rewriter.needles
        self._person = rewriter.needles.person

    def segment(self, segment: Segment) -> int:
        """Changes the lines that name the person, and the identities that follow from them; how many."""
        text = b"\n".join(segment.lines)
        if not (self._needles.maybe(text) or self._needles.hidden(text) or self._by_device(text)):
            return 0
        changed = 0
        for place, line in enumerate(segment.lines):
            if not (self._needles.maybe(line) or self._needles.hidden(line) or self._by_device(line)):
                continue
            found = self.line(line)
            if found is not line:
                changed += 1
                segment.lines[place] = found
                segment.identities[place] = self._identity(line, found, segment.identities[place])
        return changed

    def _by_device(self, line: bytes) -> bool:
        return any(device.encode() in line for device in self._person.devices)

    def line(self, line: bytes) -> bytes:
        """The same object where nothing in it is theirs."""
        event = _object.decode(line)
        if (event.get("tenant") or DEFAULT_TENANT) != self._person.tenant:
            return line
        new = self.event(event)
        if new == event:
            return line
        try:
            return msgspec.json.encode(new)
        except (OverflowError, ValueError):  # a number that only Python reads
            return json.dumps(new, ensure_ascii=False, separators=(",", ":")).encode()

    def event(self, event: dict[str, Any]) -> dict[str, Any]:
        """A whole CloudEvent."""
        data = event.get("data")
        data = data if isinstance(data, dict) else {}
        kind = event.get("type")
        own = kind == UPSERTED and bare(str(data.get("id"))) == self._person.id
        theirs = own or event.get("subject") == self._person.ref or self._rewriter.about(data)
        new: dict[str, Any] = {
            key: value if key in _ENVELOPE else self._rewriter.value(value, theirs=theirs)
            for key, value in event.items()
        }
        if kind == UPSERTED and not own and data:
            self._rewriter.keep_others(data, new["data"])
        if isinstance(event.get("data"), dict):
            self._settle(str(kind), own, theirs, data, new["data"])
        return new

    def _settle(self, kind: str, own: bool, theirs: bool, before: dict[str, Any], data: dict[str, Any]) -> None:
        """What the type itself says about its fields."""
        if own:
            for field in ("name", *CONTACTS):
                data.pop(field, None)
        if not theirs:
            return
        if kind == _BIOMETRIC:
            for field in _BODILY:
                data.pop(field, None)
        if kind == _FIX:
            place = self._places.get(bare(str(before.get("site"))) or "")
            lat, lon = place or (float(round(before.get("lat") or 0)), float(round(before.get("lon") or 0)))
            data |= {"lat": lat, "lon": lon}

    def _identity(self, line: bytes, found: bytes, known: int) -> int:
        """That of an event whose own id or source named the person follows from what they are now."""
        old, new = journal.head(line), journal.head(found)
        if (old.source, old.id) == (new.source, new.id) or new.type.startswith(journal.ENGINE):
            return known
        return ids.fingerprint(new.tenant or DEFAULT_TENANT, new.source, new.id)
