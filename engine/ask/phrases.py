"""Phrases that steer a question without being part of a filter: limits, figures of metrics, wishes to change something,
and words that mean nothing.
"""

# ruff: noqa: E501 - a table of patterns, a meaning a line

import re
from typing import Final

HERE: Final = "\u00a6"  # where the kind of thing was named
BEFORE_NAMES: Final = frozenset(
    ("at", "in", "of", "for", "from", "on", "by", "with", "about", "near", "site", "client", "called")
)
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
    r"(?:that (?:were|was) )?(?<![\w-])open (?=(?:during|at (?=\d)|between|on (?!\|)|in (?!\|)|last night|yesterday)\b)"
)
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

# A wish to change something: it is told so, and nothing happens.
CHANGES: Final = re.compile(
    r"^(?:please |can you |could you |would you |now |then |go and |i want (?:you )?to |i'd like (?:you )?to )*"
    r"(?:acknowledge|ack|resolve|close|assign|escalate|silence|mute|snooze|delete|drop|remove|erase|create|open a|add|insert|update|"
    r"set|restart|reboot|stop|start|run|execute|approve|reject|cancel|reopen|merge|split|send|notify|call|disable|enable|kill|truncate|"
    r"change|edit|reset|turn (?:on|off)|switch (?:on|off)|shut|unlock|lock|open (?:the|a))\b"
)
# Said around a question, and meaning nothing in it.
IDLE: Final = frozenset(
    [
        "a",
        "all",
        "also",
        "am",
        "an",
        "and",
        "any",
        "anything",
        "are",
        "as",
        "at",
        "be",
        "been",
        "being",
        "between",
        "both",
        "by",
        "can",
        "could",
        "did",
        "display",
        "do",
        "does",
        "during",
        "ever",
        "every",
        "few",
        "find",
        "for",
        "from",
        "fetch",
        "get",
        "give",
        "gives",
        "given",
        "got",
        "had",
        "happen",
        "happened",
        "happening",
        "has",
        "have",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "just",
        "know",
        "let",
        "list",
        "look",
        "looking",
        "lot",
        "lots",
        "many",
        "me",
        "more",
        "most",
        "much",
        "my",
        "need",
        "number",
        "of",
        "off",
        "on",
        "one",
        "only",
        "or",
        "our",
        "out",
        "over",
        "please",
        "pull",
        "quick",
        "raised",
        "reported",
        "report",
        "return",
        "see",
        "seen",
        "show",
        "shown",
        "so",
        "some",
        "stuff",
        "tell",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "thing",
        "things",
        "this",
        "those",
        "to",
        "today's",
        "top",
        "wrong",
        "bad",
        "total",
        "up",
        "us",
        "want",
        "wanted",
        "was",
        "we",
        "were",
        "what",
        "what's",
        "whats",
        "when",
        "where",
        "which",
        "while",
        "who",
        "whose",
        "will",
        "with",
        "within",
        "would",
        "you",
        "your",
        "currently",
        "count",
        "counts",
        "details",
        "detailed",
        "summary",
        "summarise",
        "summarize",
        "table",
        "overview",
        "breakdown",
        "occurred",
        "occur",
        "occurring",
        "fired",
        "firing",
        "triggered",
        "trigger",
        "came",
        "come",
        "coming",
        "made",
        "make",
        "makes",
        "new",
        "details",
        "info",
        "about",
        "against",
        "each",
        "here",
        "result",
        "results",
        "row",
        "rows",
        "record",
        "records",
        "entries",
        "entry",
        "events",
        "event",
        "site",
        "sites",
        "location",
        "locations",
        "place",
        "severity",
        "status",
        "priority",
        "type",
        "types",
        "client",
        "clients",
        "person",
        "people",
        "guard",
        "guards",
        "customer",
        "customers",
        "device",
        "devices",
        "hi",
        "hello",
        "hey",
        "thanks",
        "thank",
        "noc",
        "data",
        "view",
        "per",
        "having",
        "created",
        "opened",
        "recorded",
        "logged",
        "generated",
        "us",
        "ok",
        "okay",
        "case",
        "cases",
        "sla",
        "slas",
        "deadline",
        "deadlines",
        "number",
        "numbers",
        "really",
        "exactly",
        "actually",
        "kind",
        "kinds",
        "sort",
        "sorted",
        "order",
        "ordered",
        "grouped",
        "group",
        "s",
        "re",
        "shift",
        "shifts",
        "night",
        "day",
        "week",
        "hour",
        "hours",
        "days",
        "compared",
        "compare",
        "level",
        "levels",
        "score",
        "scores",
        "risk",
        "probability",
        "still",
        "yet",
        "everything",
        "ones",
        "root",
        "cause",
        "causes",
        "why",
        "last",
        "among",
        "plot",
        "draw",
        "chart",
        "graph",
        "visualise",
        "visualize",
        "since",
        "fresh",
        "current",
        "actual",
        "various",
        "individual",
        "relevant",
        "interesting",
        "main",
        "entire",
        "complete",
        "full",
        "whole",
        "raw",
        "additional",
        "other",
        "similar",
        "real",
        "single",
        "particular",
        "specific",
        "certain",
        "known",
        "existing",
        "remaining",
        "their",
        "his",
        "her",
        "tonight's",
        "yesterday's",
    ]
)


def strange(word: str) -> bool:
    """A word that means nothing here, and is not known to be idle."""
    plain = word.strip("-:/()'")
    return bool(plain) and word not in ("|", HERE) and word not in IDLE and not word.isdigit()
