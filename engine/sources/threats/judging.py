"""Of which kind a warning is, how grave, how sure that is, and how far it reaches.

What the feed says itself counts first (the words of CAP 1.2: severity, certainty, category). Otherwise words of its
text are looked for, and confidence grows with how many are there: min(0.3 + 0.7 n / 5, 1), as in the system before.
"""

import re
from typing import Final, get_args

import msgspec

from engine.settings.sources import Danger as Category
from engine.settings.sources import Severity
from engine.sources.threats.items import Item

CATEGORIES: Final[tuple[Category, ...]] = get_args(Category)

# How far one of MEDIUM severity reaches, in km, and how much farther a graver one.
_REACH: Final[dict[Category, float]] = {
    "POLITICAL": 2, "WEATHER": 50, "CYBER": 0, "TERRORISM": 5, "CRIME": 1, "INFRASTRUCTURE": 10, "HEALTH": 20,
    "OTHER": 5,
}  # fmt: skip
_FARTHER: Final[dict[Severity, float]] = {"CRITICAL": 3, "HIGH": 2, "MEDIUM": 1.5, "LOW": 1, "INFO": 0.5}

_WORDS: Final[dict[Category, str]] = {
    "TERRORISM": "terror* bomb* explosive* hostage* attack* militant* gunm?n shoot* ied threat",
    "CRIME": "robber* burgl* theft* stolen murder* assault* stabb* gang* arson* police shoot* vandal* loot*",
    "POLITICAL": "protest* strike* riot* unrest demonstrat* election* curfew* coup march* rally rallies blockade*",
    "WEATHER": "storm* flood* cyclone* hurricane* tornado* typhoon* rain* wind* snow* ice heat* lightning thunder* "
    "earthquake* tsunami* wildfire* landslide* avalanche* fog* frost* hail*",
    "CYBER": "cyber* ransomware malware phishing hack* breach* ddos vulnerabilit* exploit*",
    "INFRASTRUCTURE": "outage* blackout* power bridge* road* rail* pipeline* water collapse* closure* derail* fire* "
    "gas",
    "HEALTH": "outbreak* virus* epidemic* pandemic* disease* contaminat* poison* toxic hazmat chemical* quarantine*",
}
_GRAVE: Final[dict[Severity, str]] = {
    "CRITICAL": "extreme catastroph* mass* deadly killed fatal* evacuat* emergency shooter explosion*",
    "HIGH": "severe major violent* serious warning injur* dangerous destroy* widespread",
    "MEDIUM": "moderate watch disrupt* delay* alert warn* expected risk*",
    "LOW": "minor advisory light small statement isolated",
}
_SEVERITIES: Final[dict[str, Severity]] = {
    "extreme": "CRITICAL", "severe": "HIGH", "moderate": "MEDIUM", "minor": "LOW",  # CAP
    "red": "CRITICAL", "orange": "HIGH", "yellow": "MEDIUM", "green": "LOW",  # USGS PAGER, Meteoalarm
    "critical": "CRITICAL", "high": "HIGH", "medium": "MEDIUM", "low": "LOW", "info": "INFO",
}  # fmt: skip
_CERTAIN: Final = {"observed": 1.0, "likely": 0.8, "possible": 0.5, "unlikely": 0.2}
_CATEGORIES: Final[dict[str, Category]] = {
    "met": "WEATHER", "geo": "WEATHER", "fire": "INFRASTRUCTURE", "security": "CRIME", "health": "HEALTH",
    "env": "HEALTH", "transport": "INFRASTRUCTURE", "infra": "INFRASTRUCTURE", "cbrne": "TERRORISM",
    **{name.casefold(): name for name in CATEGORIES},
}  # fmt: skip


class Judged(msgspec.Struct, frozen=True):
    category: Category
    severity: Severity
    confidence: float  # 0 to 1
    reach_km: float
    words: tuple[str, ...]  # of the text, by which it was judged


def judge(item: Item) -> Judged:
    text = f"{item.title} {item.category} {item.text}".casefold()
    found = {category: _matches(pattern, text) for category, pattern in _PATTERNS.items()}
    told = _CATEGORIES.get(item.category.casefold())
    best = max(found, key=lambda category: len(found[category]))
    category: Category = told or (best if found[best] else "OTHER")
    words = found.get(category, [])
    severity, gravely = _severity(item, text)
    count = len(words) + len(gravely) + (told is not None)
    confidence = _CERTAIN.get(item.certainty.casefold(), min(0.3 + 0.7 * count / 5, 1.0))
    return Judged(category, severity, confidence, _REACH[category] * _FARTHER[severity], (*words, *gravely))


def _severity(item: Item, text: str) -> tuple[Severity, list[str]]:
    """And the words for it. The gravest that has a word; MEDIUM where nothing is said."""
    told = _SEVERITIES.get(item.severity.casefold())
    if told is not None:
        return told, [item.severity.casefold()]
    for severity, pattern in _GRAVELY.items():
        if words := _matches(pattern, text):
            return severity, words
    return "MEDIUM", []


def _pattern(words: str) -> re.Pattern[str]:
    """Whole words; `*` stands for any ending."""
    parts = [re.escape(word).replace(r"\*", r"\w*").replace(r"\?", r"\w") for word in words.split()]
    return re.compile(rf"\b(?:{'|'.join(parts)})\b")


def _matches(pattern: re.Pattern[str], text: str) -> list[str]:
    return sorted(set(pattern.findall(text)))


_PATTERNS: Final = {category: _pattern(words) for category, words in _WORDS.items()}
_GRAVELY: Final = {severity: _pattern(words) for severity, words in _GRAVE.items()}
