"""Finds a person in texts: by the id as a word of its own, by names, phones and addresses however they are written."""

import re
import unicodedata
from typing import Final

from data.personal.who import KIND, SHORTEST, Person, distinct

GONE: Final = "(erased)"  # what stands in the place of a phone or an address
_LEFT, _RIGHT = r"(?<![^\W_])", r"(?![^\W_])"  # an underscore parts words too
_SEPARATOR: Final = r"[ ()./\-\u2011]*"
_DIGITS: Final = 6  # of a phone number that is looked for


class Needles:
    """`text` gives a text with `pseudonym` for the id and the names. An id that is a plain number, very short, or a
    word of the trade is found only where it stands alone or behind `person/`: as a word it may mean anything."""

    def __init__(self, person: Person, pseudonym: str = "") -> None:
        self.person, self.pseudonym = person, pseudonym
        id = person.id
        self.distinct = distinct(id)
        names = [one for name in (*person.names, *person.words) if len(name) >= SHORTEST for one in _spellings(name)]
        names = [name for name in dict.fromkeys(names) if name != id]
        phones = [one for phone in person.phones if (one := _phone(phone))]
        parts = {
            "keep": [re.escape(other) for other in sorted(person.like, key=len, reverse=True)],
            "contact": [*(f"(?i:{re.escape(one)})" for one in person.emails), *phones],
            "name": [_name(name) for name in sorted(names, key=len, reverse=True)],
            "id": [f"(?i:{re.escape(id)})" if self.distinct else rf"(?<={KIND}/){re.escape(id)}"],
        }
        listed = [f"(?P<{name}>{'|'.join(of)})" for name, of in parts.items() if of]
        self._pattern = re.compile(f"{_LEFT}(?:{'|'.join(listed)}){_RIGHT}")
        only = [f"(?P<{name}>{'|'.join(parts[name])})" for name in ("keep", "id") if parts[name]]
        self._ids = re.compile(f"{_LEFT}(?:{'|'.join(only)}){_RIGHT}")
        rough = [re.escape(id), *parts["contact"], *(_name(name) for name in names)]
        self._rough = re.compile("|".join(rough), re.IGNORECASE)

    def maybe(self, raw: bytes) -> bool:
        """Whether the person may be named in these bytes; never a false no where texts stand in them as UTF-8."""
        return self._rough.search(raw.decode("utf-8", "ignore")) is not None

    def found(self, text: str, *, ids: bool = False) -> bool:
        """`ids`: by the id only."""
        if text == self.person.id:
            return True
        pattern = self._ids if ids else self._pattern
        return any(match.lastgroup != "keep" for match in pattern.finditer(text))

    def text(self, text: str, *, ids: bool = False) -> str:
        """Gives the same object where nothing was found. `ids`: names and contacts stay, they are somebody else's."""
        if text == self.person.id:
            return self.pseudonym
        changed = (self._ids if ids else self._pattern).sub(self._instead, text)
        return text if changed == text else changed

    def _instead(self, found: re.Match[str]) -> str:
        if found.lastgroup == "keep":
            return found[0]
        return GONE if found.lastgroup == "contact" else self.pseudonym


def _spellings(name: str) -> list[str]:
    """Composed and decomposed."""
    return [unicodedata.normalize(form, name) for form in ("NFC", "NFD")]


def _name(name: str) -> str:
    """Several words in any case; one word only as it is written: `May` is no month. Spaces may be of any width."""
    words = name.split()
    joined = r"\s+".join(map(re.escape, words))
    return joined if len(words) == 1 else f"(?i:{joined})"


def _phone(phone: str) -> str:
    digits = [sign for sign in phone if sign.isdigit()]
    return r"\+?" + _SEPARATOR.join(digits) if len(digits) >= _DIGITS else ""
