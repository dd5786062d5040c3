"""Short forms and slips of the pen, mended before a question is read."""

import re
from collections.abc import Collection
from typing import Final

NEAR: Final = 84.0  # how alike (0-100) a word and one that means something must be to be taken for it
SHORT: Final = 5  # letters of a word below which a slip may be any word

_FORMS: Final = tuple(
    (re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])"), plain)
    for pattern, plain in (
        (r"crits?|criticals", "critical"),
        (r"(?:sev|severity|prio) ?1", "critical"),
        (r"(?:sev|severity|prio) ?2", "high"),
        (r"(?:sev|severity|prio) ?3", "medium"),
        (r"(?:sev|severity|prio) ?4", "low"),
        (r"hi(?= (?:and|or|&|prio|sev|alerts?|tickets?)|/|\+)", "high"),
        (r"med(?= (?:and|or|&|prio|sev|alerts?|tickets?)|/|\+)", "medium"),
        (r"prio", "priority"),
        (r"un-?ac?k(?:e?d)?", "unacknowledged"),
        (r"ac?ked", "acknowledged"),
        (r"whats", "what's"),
        (r"rn|atm|as we speak", "right now"),
        (r"hr", "hour"),
        (r"(\d{1,2}(?::\d\d)?) ?([ap])\.? ?m\.?", r"\1 \2m"),
        (r"(site|day|hour|client|severity|type|person|guard|device|priority|status)[- ]?wise", r"by \1"),
        (r"chec?k?ins?", "check-ins"),
        (r"goin", "going"),
        (r"nite", "night"),
        (
            r"(?:do not|don't|dont) (?:bother (?:me )?with|show(?: me)?|want|need|care (?:about|for)|list)|skip|leave out|never mind|minus",
            "without",
        ),
        (r"incs?", "incidents"),
        (r"tix|tkts?", "tickets"),
        (r"preds?", "predictions"),
        (r"y'?day|ystd", "yesterday"),
        (r"tdy", "today"),
        (r"wk", "week"),
        (r"(?:the )?first (?=of [a-z]+)", "1 "),
        (r"(?:a )?half (?:an )?hour|half-hour", "30 minutes"),
        (r"(?:a )?quarter of an hour", "15 minutes"),
        (r"(?:an|one) hour and a half", "90 minutes"),
        (r"(?:a|one) day and a half", "36 hours"),
        (r"(?:two|2) fortnights", "28 days"),
        (r"(?:a |one )?fortnight", "14 days"),
        (r"(?:a )?couple of (?=minutes|hours|days|weeks|months)", "2 "),
        (r"(?:a )?few (?=minutes|hours|days|weeks|months)", "3 "),
        (r"(?:a )?dozen (?=minutes|hours|days|alerts|incidents|tickets)", "12 "),
        (r"noon|midday|mid-day", "12:00"),
        (r"(?<=before )midnight|(?<=after )midnight|(?<=and )midnight|(?<=until )midnight|(?<=to )midnight", "00:00"),
    )
)
# ruff: noqa: E501 - a table of patterns, a meaning a line

# Words whose loss would change what is answered; others may be misspelt without harm.
_MEANING: Final = (
    "critical", "medium", "alerts", "alert", "alarms", "incidents", "incident", "tickets", "ticket", "fraud",
    "predictions", "predicted", "severity", "priority", "yesterday", "today", "tonight", "overnight", "unresolved",
    "resolved", "unacknowledged", "acknowledged", "unassigned", "assigned", "escalated", "suppressed", "breaches",
    "breached", "overdue", "hourly", "daily", "noisiest", "sites", "clients", "guards", "devices", "status", "minutes",
    "hours", "weeks", "months", "month", "average", "maximum", "minimum", "trends", "trend", "forecast", "staffing",
    "failures", "closed", "latest", "newest", "oldest", "weekend", "morning", "evening", "afternoon", "suspicious",
)  # fmt: skip
_SWAPPED: Final = {
    letters: [one for one in _MEANING if "".join(sorted(one)) == letters]
    for letters in {"".join(sorted(one)) for one in _MEANING}
}


def mended(text: str, known: Collection[str]) -> str:
    """`text` in lower case with short forms written out, and words that nobody knows but that are nearly ones that
    mean something here put right. `known` are words that mean something as they are: parts of names, idle words."""
    for pattern, plain in _FORMS:
        text = pattern.sub(plain, text)
    return " ".join(_right(word, known) for word in text.split(" "))


def _right(word: str, known: Collection[str]) -> str:
    if len(word) < SHORT or not word.isalpha() or word in known or word in _MEANING:
        return word
    from rapidfuzz import fuzz, process

    swapped = next((one for one in _SWAPPED.get("".join(sorted(word)), ()) if _neighbours_swapped(word, one)), None)
    if swapped is not None:
        return swapped
    found = process.extractOne(word, _MEANING, scorer=fuzz.ratio, score_cutoff=NEAR)
    # `server` is no slip for `severity`: a slip keeps the first letter and about the length.
    if found is None or found[0][0] != word[0] or abs(len(found[0]) - len(word)) > 2:
        return word
    return str(found[0])


def _neighbours_swapped(word: str, other: str) -> bool:
    """Whether one differs from the other by two neighbouring letters that changed places."""
    at = next(at for at, letter in enumerate(word) if letter != other[at])
    return word[at : at + 2] == other[at : at + 2][::-1] and word[at + 2 :] == other[at + 2 :]
