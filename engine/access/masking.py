"""Names, phones, e-mail and coordinates taken out of what a caller without the capability `pii` is shown.

A person stays recognisable as the same one by its id, which takes the place of the name, also within sentences. Names
that were ever known stay masked after a change.
"""

import re
from collections.abc import Iterable
from typing import Any, Final

from data.records.entity import Entity

MASKED: Final = "•••"
_DROPPED: Final = frozenset(("phone", "email", "e_mail", "mobile", "lat", "lon", "latitude", "longitude", "lng"))
_PLACES: Final = frozenset(("coordinates", "position", "gps", "location", "path", "track", "centre", "center"))
_NAMES: Final = ("person_name", "owner_name", "assignee_name", "guard_name")
_WORD: Final = re.compile(r"\w+")
_EMAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PAIR: Final = re.compile(r"-?\d{1,3}\.\d{3,}\s*[,;/ ]\s*-?\d{1,3}\.\d{3,}")
_PHONE: Final = re.compile(r"\+?\d[\d ()./-]{5,18}\d")


class Mask:
    """What is personal in one tenant."""

    def __init__(self) -> None:
        self._names: dict[str, list[tuple[str, str]]] = {}  # first word -> whole names, longest first, and their ids
        self._phones: set[str] = set()
        self._known: dict[str, str] = {}  # id -> name, as last learned

    def learn(self, entities: Iterable[Entity]) -> None:
        for entity in entities:
            if not entity.ref.startswith("person/"):
                continue
            name = entity.name
            if name and self._known.get(entity.id) != name:
                self._known[entity.id] = name
                self._add(name, entity.id)
            phone = entity.attributes.get("phone")
            if isinstance(phone, str):
                self._phones.add(_digits(phone))

    def _add(self, name: str, id: str) -> None:
        folded = " ".join(name.split()).casefold()
        first = _WORD.search(folded)
        if first is None:
            return
        listed = self._names.setdefault(first[0], [])
        listed.append((folded[first.start() :], id))
        listed.sort(key=lambda entry: -len(entry[0]))

    def text(self, text: str) -> str:
        """The text with ids for names, and without what leads to a person."""
        if self._names:
            text = self._without_names(text)
        if "@" in text:
            text = _EMAIL.sub(MASKED, text)
        if any(sign.isdigit() for sign in text):
            text = _PAIR.sub(MASKED, text)
            text = _PHONE.sub(self._phone, text)
        return text

    def document(self, value: Any) -> Any:
        """Plain JSON values, masked at any depth; what is given stays as it is."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {name: self._field(name, inner, value) for name, inner in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.document(inner) for inner in value]
        return value

    def _field(self, name: Any, value: Any, around: dict[Any, Any]) -> Any:
        if name in _DROPPED or (name in _PLACES and not isinstance(value, str)):
            return None
        if name in _NAMES:
            person = around.get("person_id") or around.get("person")
            return person if isinstance(person, str) else None if value is None else MASKED
        return self.document(value)

    def _without_names(self, text: str) -> str:
        parts: list[str] = []
        done = 0
        for word in _WORD.finditer(text):
            if word.start() < done:
                continue
            for name, id in self._names.get(word[0].casefold(), ()):
                end = word.start() + len(name)
                if text[word.start() : end].casefold() == name and not text[end : end + 1].isalnum():
                    parts += (text[done : word.start()], id)
                    done = end
                    break
        return "".join((*parts, text[done:])) if parts else text

    def _phone(self, found: re.Match[str]) -> str:
        return MASKED if found[0].startswith("+") or _digits(found[0]) in self._phones else found[0]


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())
