"""What people call the things that the engine itself reports, and the types of alerts that are meant."""

# ruff: noqa: E501 - a table of patterns, a meaning a line

import re
from typing import Final

_WHO = r"(?:guards?|people|persons?|employees?|officers?|staff|who|anyone|anybody|someone)"
_TABLE: Final = (
    (r"no[- ]?shows?|(?:(?:did not|didn't|never|failed to) (?:show|turn) up)|skipp(?:ed|ing) (?:(?:their|a|the|his|her) )?shifts?|"
     r"missed (?:(?:their|a|the|his|her) )?shifts?|absent(?:ees?)?|absences?|(?:did not|didn't) check in", "NO_SHOW"),
    (rf"late (?:arrivals?|check[- ]?ins?)|(?<=late )(?:guards|people)|{_WHO}(?: (?:who|that))? (?:were|was|came|are|is|arrived) late|"
     rf"(?:arrived|came|checked in|showed up|arriving) late|(?:(?:has|have|did|is|are|was|were) not |not )(?:been )?(?:check(?:ed|ing)?[ -]in|arriv(?:e|ed|ing)|show(?:ed|ing)? up) on time|late (?=guards|people|staff)", "LATE_ARRIVAL"),
    (r"(?:silent|inactive|sleeping|idle|asleep|dozing) (?:guards?|people)|guards? (?:who (?:were|was|are) )?(?:asleep|sleeping|inactive|silent|idle)|"
     r"(?:night|guard|phone) inactivity|(?:fell|falling) asleep", "GUARD_INACTIVITY"),
    (r"(?:missed|skipped|incomplete|late|overdue|abandoned|unfinished) (?:tours?|rounds?|patrols?)|"
     r"(?:tours?|rounds?|patrols?) (?:(?:that|which) )?(?:(?:were|was|are) )?(?:missed|skipped|not done|not completed|incomplete|overdue|late|abandoned)",
     "TOUR_*"),
    (r"(?:missed|skipped|low|missing) checkpoints?(?: coverage)?|checkpoints? (?:(?:were|was|are) )?(?:missed|skipped)", "CHECKPOINT_*"),
    (r"(?:fake|faked|spoofed) (?:gps|locations?|positions?)(?: fix(?:es)?)?|(?:gps|location) (?:spoof(?:ing|ed|ers?|s)?|fak(?:e|ed|ing))",
     "GPS_SPOOFING"),
    (r"(?:outside|left|beyond|out of) (?:(?:the|their|his|her|of) )*(?:geo-?)?fence|geo-?fence (?:violations?|breach(?:es)?|alerts?)",
     "GEOFENCE_*"),
    (r"wrong (?:persons?|guards?|people)(?: (?:at|on) (?:the )?(?:site|post))?", "WRONG_PERSON*"),
    (r"over-?time(?: violations?)?|worked too long", "OVERTIME_*"),
    (r"buddy[- ]punch(?:ing|ers?|es)?|proxy (?:attendance|punch(?:ing|es)?)", "BUDDY_PUNCHING"),
    (r"(?:gone|went|go(?:es|ing)?|dropp(?:ed|ing)|been|fell|fallen) offline|(?:offline|dead|unreachable|disconnected) devices?|devices? (?:(?:that|which) )?(?:(?:are|were|is|was|went|go|gone) )?"
     r"(?:offline|down|unreachable|disconnected)", "DEVICE_OFFLINE"),
)  # fmt: skip
HAPPENINGS: Final = tuple((re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])"), type) for pattern, type in _TABLE)


def happenings(text: str) -> tuple[list[str], str]:
    """The types that a question speaks of, and what is left of it."""
    found: list[str] = []
    for pattern, type in HAPPENINGS:
        match = pattern.search(text)
        if match is not None:
            found.append(type)
            who = next((word for word in ("guards", "who", "people") if re.search(rf"\b{word}\b", match[0])), "")
            text = " ".join(f"{text[: match.start()]} {who} | {text[match.end() :]}".split())
    return found, text
