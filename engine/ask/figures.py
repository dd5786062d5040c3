"""Numbers in a question: `probability over 70 %`, `sites with more than 10 alerts`, `older than 2 hours`, `lasting more
than 4 hours`, `in the next 2 hours`. Each is taken out of the question before anything else is."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from data import times
from data.times import DAY
from engine.ask.moments import NUMBER, UNIT, length
from engine.ask.words import Meaning

if TYPE_CHECKING:
    from engine.ask.reading import Reading

MOST_BACK: Final = 30 * DAY  # how far `older than` looks, or a day beyond the age that is named
_FROM: Final = (">=", "≥", "<=", "≤", "at least", "no less than", "at most", "no more than", "up to")
_LESS = r"<=?|≤|under|below|(?:less|lower|smaller|fewer) than|at most|no more than|up to"
_THAN = (
    r"(>=?|≥|over|above|beyond|(?:greater|more|higher|larger|bigger) than|exceed(?:s|ing)?|at least|no less than|"
    rf"{_LESS}) ?"
)
_VALUE = r"(\d+(?:\.\d+)?|\.\d+)( ?%| ?per ?cent)?"
_ODDS = r"(?:(?:fraud|risk|failure|breach) )?(?:probabilit(?:y|ies)|scores?|chances?|likelihood|odds|confidence|risk)"
_COUNT = r"(\d+|one|two|three|five|ten)"
_COUNTS: Final = {"once": 1, "twice": 2, "one": 1, "two": 2, "three": 3, "five": 5, "ten": 10}
_ROWS = r"((?:\w+ )?(?:alerts?|alarms?|incidents?|tickets?|predictions?|check[- ]?ins?|anomalies|breaches))"
_WHO: Final = (
    (r"sites?|locations?|places?", "site"), (r"guards?|people|persons?|employees?", "person"),
    (r"clients?|customers?", "client"), (r"devices?|hosts?|services?|cameras?|phones?", "entity"),
    (r"(?:alert |alarm )?types?|kinds?|categories", "type"),
)  # fmt: skip
_ANY: Final = re.compile("")


def _sign(words: str) -> str:
    return ("<" if re.fullmatch(_LESS, words) else ">") + ("=" if words in _FROM else "")


def _meant(name: str, told: str, *kinds: str, field: str = "") -> Meaning:
    """That a field of rows of these kinds is beyond a bound."""
    return Meaning(_ANY, (name, told), dict.fromkeys(kinds, f"{field or name}{told}"))


def _odds(reading: "Reading", match: re.Match[str]) -> str:
    number = float(match[2])
    told = f"{_sign(match[1])}{number / 100 if match[3] or number > 1 else number:g}"
    reading.terms.append(_meant("probability", told, "fraud", "predictions"))
    return "|"


def _bare(reading: "Reading", match: re.Match[str]) -> str:
    """A bound without a word of what: the odds of a prediction or check-in, else what is counted or measured."""
    if re.search(r"\b(?:predict|forecast|fraud|check[- ]?in|suspicious|likely)", reading.text):
        return _odds(reading, match)
    return _having(reading, match)


def _having(reading: "Reading", match: re.Match[str]) -> str:
    """Only groups that have so many, or of which so much was measured."""
    number = _COUNTS[match[2]] if match[2] in _COUNTS else float(match[2])
    reading.asked.having = f"{_sign(match[1])}{number:g}"
    group = _who(reading, match)
    if group and group not in reading.asked.group_by:
        reading.asked.group_by.append(group)
    return "|"


def _having_rows(reading: "Reading", match: re.Match[str]) -> str:
    _having(reading, match)
    return f"| {match[3]}"


def _who(reading: "Reading", match: re.Match[str]) -> str:
    """The group that stands before a bound."""
    before = reading.text[: match.start()]
    return next((group for words, group in _WHO if re.search(rf"\b(?:{words})\b", before)), "")


def _often(reading: "Reading", match: re.Match[str]) -> str:
    """`more than 3 times`: of people and places, how many rows they have; else how often an alert repeated."""
    if _who(reading, match):
        return _having(reading, match)
    number = _COUNTS[match[2]] if match[2] in _COUNTS else float(match[2])
    reading.terms.append(_meant("count", f"{_sign(match[1])}{number:g}", "alerts"))
    return "|"


def _alerts_in(reading: "Reading", match: re.Match[str]) -> str:
    reading.terms.append(_meant("alert_count", f"{_sign(match[2])}{match[3]}", "incidents"))
    return f"{match[1]} |"


def _priority(reading: "Reading", match: re.Match[str]) -> str:
    reading.terms.append(_meant("priority", f"{_sign(match[1])}{match[2]}", "alerts", "incidents"))
    return "|"


def _older(reading: "Reading", match: re.Match[str]) -> str:
    """What began before; a word of its state, which stands before the bound, stays."""
    *kept, number, unit = match.groups()
    until = reading.clock.now - length(number, unit)
    since = min(reading.clock.now - MOST_BACK, until - DAY)
    reading.asked.since, reading.asked.until, reading.ranged = since, until, True
    return f"{' '.join(kept)} |"


def _lasted(reading: "Reading", match: re.Match[str]) -> str:
    reading.asked.lasted = length(match[1], match[2])
    return "|"


def _ahead(reading: "Reading", match: re.Match[str]) -> str:
    """What is still to come: by the deadline."""
    if re.search(r"due (?:in|within) the next (?:two|2) hours", reading.text):
        return match[0]  # the state of its SLA that is called `approaching`
    clock = reading.clock
    since, until = clock.now, clock.now
    if match[0].endswith("tomorrow"):
        since, until = clock.midnight(-1), clock.midnight(-2)
    else:
        until += length(match[1] or "1", match[2])
    first, last = times.text(since), times.text(until)
    term = f'deadline>="{first}" deadline<"{last}"'
    reading.terms.append(Meaning(_ANY, ("ahead", [first, last]), {"predictions": term, "tickets": term}))
    return "|"


_FIRED = r"(?:fired|seen|repeated|happened|occurred|came|raised) "
_WITH = r"(?:(?:(?:that|which|who) )?(?:with|having|have|had|made|raised|got) )?"
_LONG = r"(?:that )?(?:longer|lasting|lasted|took|taking|went on|ran|running|going on)(?: for)?(?: longer| more)?"
_STATE = r"((?:still )?(?:open(?:ed)?|unresolved|unacknowledged|unassigned|waiting|active|ongoing|firing|new))"
Taken = Callable[["Reading", re.Match[str]], str]
READERS: Final[tuple[tuple[re.Pattern[str], Taken], ...]] = tuple(
    (re.compile(rf"(?<![\w.-])(?:{pattern})(?![\w-])"), taken)
    for pattern, taken in (
        (rf"(?:with |whose |where |having |(?:that|which) have )?(?:an? |the |its |their )?{_ODDS}"
         rf"(?: is| are| of| was)?(?: that is)? {_THAN}{_VALUE}", _odds),
        (rf"(?:(?:(?:that|which) )?are |with )?{_THAN}{_VALUE} (?:{_ODDS}|likely|certain|sure|probable)", _odds),
        (rf"(?:with |whose |where )?(?:an? |the )?priority(?: score)?(?: is| of| was)? {_THAN}(\d{{1,3}})", _priority),
        (rf"(incidents?|outages?|problems?) (?:with|having|of|that have|made of) {_THAN}(\d+) (?:alerts?|alarms?)",
         _alerts_in),
        (rf"(?:that (?:are|is) )?older than {NUMBER} ?{UNIT}", _older),
        (rf"{_STATE} (?:for |since )?(?:more than|longer than|over|at least) {NUMBER} ?{UNIT}", _older),
        (rf"(?:opened |raised |created |that started |from )?(?:more than|over) {NUMBER} ?{UNIT} (?:ago|old)", _older),
        (rf"{_LONG} (?:than|over|at least) {NUMBER} ?{UNIT}", _lasted),
        (rf"(?:{_FIRED})?{_THAN}{_COUNT} times", _often), (rf"(?:{_FIRED})?{_THAN}(once|twice)", _often),
        (rf"{_WITH}{_THAN}{_COUNT} {_ROWS}", _having_rows),
        (rf"(?:(?:due|ending|ends|end) )?(?:in |within |over |during |for )?(?:the )?(?:next|coming|following) "
         rf"(?:{NUMBER} ?)?{UNIT}", _ahead),
        (r"(?:for |of |due )?tomorrow", _ahead),
        (rf"(?:(?:that (?:are|is)|is|are|went|goes|was) )?{_THAN}{_VALUE}(?![:.\d])(?! ?{UNIT}\b)", _bare),
    )
)  # fmt: skip


def take(reading: "Reading") -> None:
    """Takes the numbers that are understood out of the question."""
    for pattern, taken in READERS:
        match = pattern.search(reading.text)
        if match is not None:
            put = taken(reading, match)
            reading.text = " ".join(f"{reading.text[: match.start()]} {put} {reading.text[match.end() :]}".split())
