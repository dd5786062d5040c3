"""Phrases that steer a question without being part of a filter: limits, figures of metrics, wishes to change something,
and words that mean nothing.
"""

# ruff: noqa: E501 - a table of patterns, a meaning a line

import re
from typing import Final

from engine.ask.idle import IDLE

HERE: Final = "\u00a6"  # where the kind of thing was named
BEFORE_NAMES: Final = frozenset(
    ("at", "in", "of", "for", "from", "on", "by", "with", "about", "near", "site", "client", "called")
)
BEFORE_TIMES: Final = frozenset(("since", "until", "till", "before", "after", "past", "last", "during"))
NUMBERS: Final = {
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "twenty": 20,
}


def count(text: str) -> int:
    """A number in digits or as a word."""
    return NUMBERS.get(text) or int(text)


_NUMBER: Final = r"(\d{1,4}|" + "|".join(NUMBERS) + ")"
LIMIT: Final = re.compile(
    r"(?<![\w-])(?:(?:top|first|last|latest|newest|oldest|most recent|worst|noisiest|loudest|busiest|limit(?: to)?|max(?:imum)?|at most|only|show(?: me)?|list(?: the)?|give me|the) "
    + _NUMBER
    + r"(?! ?(?:minutes?|mins?|hours?|hrs?|h|days?|d|weeks?|months?|years?)\b)|"
    + _NUMBER
    + r" (?:most|worst|newest|latest|oldest|noisiest|gravest|loudest))(?![\w-])"
)
ONE: Final = re.compile(
    r"(?<![\w-])(?:the )?(?:very )?(?:last|latest|newest|oldest|earliest|most recent|worst|gravest) (?:\w+ )?(?:alert|incident|ticket|outage|prediction|check-in|one)(?![\w-])"
)
AGGREGATES: Final = (
    (re.compile(r"\b(?:average|avg|mean|typical)\b"), "avg"),
    (re.compile(r"\b(?:max(?:imum)?|highest|peak|how high)\b"), "max"),
    (re.compile(r"\b(?:min(?:imum)?|lowest|how low)\b"), "min"), (re.compile(r"\b(?:sum|total)\b"), "sum"),
    (re.compile(r"\b(?:median|p50)\b"), "p50"), (re.compile(r"\bp95\b|\b95th(?: percentile)?\b"), "p95"),
    (re.compile(r"\bp99\b|\b99th(?: percentile)?\b"), "p99"), (re.compile(r"\b(?:latest|current|last)\b"), "last"),
)  # fmt: skip
DURING: Final = re.compile(
    r"(?:that (?:were|was) )?(?<![\w-])(?:open|ongoing|going on|under way|running|active) "
    r"(?:at (?:some|any) (?:point|time) |at all )?(?=(?:during|at (?=\d)|between|on (?!\|)|in (?!\|)|last night|yesterday)\b)"
)
EARLIER: Final = re.compile(
    r"(?<![\w-])(?:no matter when|whenever|regardless of when) (?:they|it) (?:started|began|begun|opened)|"
    r"(?:including|also|even) (?:the )?(?:ones|those|any)?(?: (?:that|which))? ?(?:(?:had )?(?:began|begun|started|opened)) (?:earlier|before)(?! \d)"
)  # what was open then counts, also where it began before
DENIED: Final = re.compile(r"(?<![\w-])(?:not|never|no longer|[a-z]+n't)(?: (?:yet|been|being|be|really|ever|also))* $")
FIGURES: Final = re.compile(
    r"\b(?:average|avg|mean|max(?:imum)?|min(?:imum)?|peak|lowest|median|p95|p99)\b"
)  # of a metric
METRICS: Final = re.compile(
    r"(?<![\w-])(?:metrics?|measurements?|values?|readings?|levels?|usage|utili[sz]ation|strength|percentage|average|mean|avg|"
    r"max(?:imum)?|min(?:imum)?|highest|lowest|peak|median|p50|p95|p99|how (?:high|low|hot|cold|full))(?![\w-])"
)
OF_METRICS: Final = re.compile(
    r"(?<![\w-])(?:levels?|strength|usage|utili[sz]ation|percentage|readings?|values?|measurements?|metrics?)(?![\w-])"
)
ABOUT: Final = re.compile(
    r"(?:about|regarding|concerning|mentioning|mention|mentions|containing|contain|contains|related to|relating to|involving|saying|"
    r"(?:with|that have|having) (?:the )?(?:words?|text|title|message))(?: (?:the|a|an|any|some))*$"
)
BEFORE_THING: Final = (
    r"(?:site|client|guard|person|device|switch|camera|phone|tablet|host|server|service|router|sensor|tracker|disk)[ /]"
)

# Before a name: all but that one.
BUT: Final = re.compile(
    r"(?:^| )(?:(?:all |everything |anything )?(?:except|excluding|besides|other than|apart from|but not|but|not|outside|without))"
    r"(?: (?:for|those|the ones|that are|any|of|alerts?|incidents?|tickets?|at|from|on|in|by|site|client|\|))*$"
)

HOSTILE: Final = re.compile(r"<\s*/?\s*script|javascript:|\bunion\s+select\b|;\s*--|\x00|\bon\w+\s*=")
OUTSIDE: Final = re.compile(
    r"\b(?:weather|joke|poem|recipe|capital of|stock|football|who are you|write (?:me )?(?:a|an)|translate|"
    r"ignore (?:all |the )?(?:previous|above)|mean time (?:to|between)|mtt[ar]|mtbf|"
    r"in charge of|who is in charge|phone number|system prompt|password|meaning of life|news|write code)\b"
)
# A wish to change something: it is told so, and nothing happens.
CHANGES: Final = re.compile(
    r"^(?:please |can you |could you |would you |now |then |go and |i want (?:you )?to |i'd like (?:you )?to )*"
    r"(?:acknowledge|ack|resolve|close|assign|escalate|silence|mute|snooze|delete|drop|remove|erase|create|open a|add|insert|update|"
    r"set|restart|reboot|stop|start|run|execute|approve|reject|cancel|reopen|merge|split|send|notify|call|disable|enable|kill|truncate|"
    r"change|edit|reset|turn (?:on|off)|switch (?:on|off)|shut|unlock|lock|open (?:the|a))\b"
)


def names(before: list[str]) -> bool:
    """Whether a word behind these is the name of something, or of a time, that must not be dropped."""
    articles = ("the", "a", "an", "this", "our")
    plain = [word for word in before[-3:] if word not in articles]
    return bool(before) and (before[-1] in BEFORE_NAMES or (bool(plain) and plain[-1] in BEFORE_TIMES))


def strange(word: str) -> bool:
    """A word that means nothing here, and is not known to be idle."""
    plain = word.strip("-:/()'")
    return bool(plain) and word not in ("|", HERE) and not {word, plain} & IDLE and not word.isdigit()
