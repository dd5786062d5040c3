"""Finds a person in texts: by the id as a word of its own, by names, phones and addresses however they are written."""

import re
import unicodedata
from typing import Final

from data.personal.who import KIND, SHORTEST, Person, distinct

GONE: Final = "(erased)"  # what stands in the place of a phone or an address
_LEFT, _RIGHT = r"(?<![^\W_])", r"(?![^\W_])"  # an underscore parts words too
_SEPARATOR: Final = r"[ ()./\-\u2011]*"
_SEPARATORS, _HYPHEN = b" ()./-", "\u2011".encode()
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
        looked = [id, *person.emails, *(max(name.split(), key=len) for name in names)]
        self._words = tuple({one.lower().encode() for one in looked if one.isascii()})
        self._digits = tuple({_only_digits(phone).encode() for phone in person.phones if _phone(phone)})
        others = [re.escape(one) for one in looked if not one.isascii()]
        self._others = re.compile("|".join(others), re.IGNORECASE) if others else None
        self._escapes = b"\\" if any(sign in one for one in looked for sign in '"/\\') else b"\\u"

    def maybe(self, raw: bytes) -> bool:
        """Whether the person may be named in these bytes; never a false no where texts stand in them as UTF-8. Most
        bytes do not name them, so this is quicker than the patterns."""
        low = raw.lower()
        if any(word in low for word in self._words):
            return True
        if self._digits:
            close = raw.translate(None, _SEPARATORS).replace(_HYPHEN, b"")
            if any(digits in close for digits in self._digits):
                return True
        return self._others is not None and self._others.search(raw.decode("utf-8", "ignore")) is not None

    def hidden(self, line: bytes) -> bool:
        """Whether a line of JSON may name them in a spelling that `maybe` does not know."""
        return self._escapes in line

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


def _only_digits(phone: str) -> str:
    return "".join(sign for sign in phone if sign.isdigit())


def _phone(phone: str) -> str:
    digits = _only_digits(phone)
    return r"\+?" + _SEPARATOR.join(digits) if len(digits) >= _DIGITS else ""
