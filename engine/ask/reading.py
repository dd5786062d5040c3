"""A question in plain words becomes an `Asked`, or is refused with a reason. By rule: the same words mean the same.

What is understood is taken out of the question, phrase by phrase: the range, the limit, filters, grouping, order. What
is left must be names, or words that mean nothing here; anything else is told back, with names that are near.
"""

import re
from typing import Any, Final, NoReturn

from data.times import DAY
from engine.ask import figures, filters, phrases, terms, words
from engine.ask.asked import LASTING, MOST, USUAL, Asked, NotUnderstood
from engine.ask.happenings import happenings
from engine.ask.idle import IDLE
from engine.ask.moments import NOW, Clock, find
from engine.ask.names import Name, Names
from engine.ask.spelling import mended
from engine.ask.words import Meaning

_STANDS: Final = frozenset(("status", "assignment", "sla_status", "escalation"))  # how things are, not when they began
_TREND: Final = ("hour", "day")
FREE: Final = 2  # words that nobody knows and that are in no place of a name
_SAID: Final = IDLE | frozenset(re.findall(r"[a-z]{5,}", " ".join((*words.said(), phrases.CHANGES.pattern))))


class Reading:
    """One question being read. `last` is the question before, which this one may refine."""

    def __init__(self, question: str, names: Names, clock: Clock, me: str, last: Asked | None) -> None:
        self.names, self.clock, self.me, self.last = names, clock, me, last
        self.text = re.sub(
            r"\s+", " ", re.sub(r"[?!.,;:]+(?=\s|$)|[\"“”]|(?<!\S)\(|\)(?!\S)", " ", question.lower().replace("’", "'"))
        ).strip()
        self.text = mended(self.text, self.names.words | _SAID)
        self.asked = Asked("alerts", clock.now - DAY, clock.now + 1, limit=USUAL)
        self.terms: list[Meaning] = []
        self.kind = ""
        self.found: list[Name] = []
        self.without: list[Name] = []
        self.ranged = self.now = self.topped = False

    def read(self) -> Asked:
        """Raises NotUnderstood."""
        if phrases.HOSTILE.search(self.text):
            raise NotUnderstood("invalid", "this is no question")
        if phrases.CHANGES.search(self.text):
            raise NotUnderstood("read_only", "asking changes nothing; use the console or `noc` commands for that",
                                ["which alerts are open?"])  # fmt: skip
        if phrases.OUTSIDE.search(self.text):
            raise self._outside()
        figures.take(self)
        types, self.text = happenings(self.text)
        self.found += self._states()
        self.found += [Name("alert_type", one, one) for one in types]
        self._names(exact=True)
        self._limit()
        for pattern in (phrases.DURING, phrases.EARLIER):
            if (during := pattern.search(self.text)) is not None:
                self.asked.during = True
                self._cut(during.start(), during.end(), "")
        self.now = re.search(rf"(?<![\w-])(?:{NOW})(?![\w-])", self.text) is not None
        found, self.text = find(self.text, self.clock)
        if found is not None:
            self.asked.since, self.asked.until, self.ranged = found.since, found.until, True
        self._metric()
        self._take(words.GROUPS)
        self._take(words.GROUPS)  # `by severity and site`: the second is one only behind the first
        self._kinds()
        self._take(words.FILTERS)
        self._take(words.ORDERS)
        self._names(exact=False)
        self._settle()
        return self.asked

    def _states(self) -> list[Name]:
        """Kinds of alerts that are told in a sentence: `which links are down` are those of LINK_DOWN."""
        for one, pattern in self.names.states:
            match = pattern.search(self.text)
            if match is not None and match[0] not in self.names.by_text:  # which `_names` finds, beside others
                things = match[0].split()[0]
                self._cut(match.start(), match.end(), f"{things} |" if things in IDLE else "|")
                return [one]
        return []

    def _outside(self) -> NotUnderstood:
        told = "questions are about alerts, incidents, metrics, fraud, trends, predictions and tickets"
        return NotUnderstood("out_of_scope", told, ["critical alerts in the last 24 hours", "open incidents"])

    def _limit(self) -> None:
        match = phrases.LIMIT.search(self.text)
        if match is not None:
            self.asked.limit = max(1, min(MOST, phrases.count(match[1] or match[2])))
            self.topped = match[0].startswith("top")
            order = re.search(r"newest|latest|oldest|most recent|worst|noisiest|gravest|loudest|busiest|top", match[0])
            self._cut(match.start(), match.end(), order[0] if order else "|")
            return
        match = phrases.ONE.search(self.text)
        if match is not None:
            self.asked.limit = 1

    def _cut(self, start: int, end: int, put: str = " | ") -> None:
        self.text = " ".join(f"{self.text[:start]} {put} {self.text[end:]}".split())

    def _metric(self) -> None:
        """A metric that is named, with what is to be made of it."""
        named = [one for one in self.found if one.field == "metric"]
        if not named and not phrases.METRICS.search(self.text):
            if any(one.pattern.search(self.text) for one in (*words.KINDS, *words.FILTERS)):
                return
            named = [] if any(one.field == "alert_type" for one in self.found) else self._stem() or self._misspelt("_")
            if not named:
                return
        named = named or self._stem() or self._misspelt()
        if named:
            self.kind = "metrics"
            self.asked.metric = named[0].value
            self._aggregate()
        else:
            match = re.search(r"\bmetrics?\b", self.text)
            if match is not None:
                self.kind = "metrics"
                self._cut(match.start(), match.end())

    def _stem(self) -> list[Name]:
        """A metric that is called without its unit, and perhaps as what it is: `battery level`, `signal strength`."""
        for text in sorted(self.names.stems, key=len, reverse=True):
            match = re.search(rf"(?<![\w-]){re.escape(text)}(?![\w-])", self.text)
            if match is not None:
                self._cut(match.start(), match.end())
                named = phrases.OF_METRICS.search(self.text)
                if named is not None:
                    self._cut(named.start(), named.end())
                value = self.names.stems[text]
                return [Name("metric", value, value)]
        return []

    def _aggregate(self) -> None:
        for pattern, aggregate in phrases.AGGREGATES:
            match = pattern.search(self.text)
            if match is not None:
                self.asked.aggregate = aggregate
                self.text = pattern.sub(" ", self.text)
                return

    def _misspelt(self, holding: str = "") -> list[Name]:
        """A metric that was named with a slip of the pen, in a question that is about one. `holding`: only words with
        this in them."""
        for word in self.text.split():
            if len(word) >= 3 and word not in IDLE and holding in word:
                near = [one for one in self.names.near(word) if one.field == "metric"]
                if near:
                    self.found += near[:1]
                    self.text = re.sub(rf"(?<!\S){re.escape(word)}(?!\S)", "|", self.text)
                    return near
        return []

    def _kinds(self) -> None:
        """The first kind of thing that is named; a trend is of another one."""
        for meaning in words.KINDS:
            match = meaning.pattern.search(self.text)
            if match is None or (match[0].startswith("compar") and self.asked.group_by):  # groups beside each other
                continue
            if match[0].startswith("about to") and "ticket" in self.text:  # what is due soon, not what is foreseen
                continue
            put = f" {phrases.HERE} " if meaning.kind != "trends" else " | "
            self.text = " ".join(meaning.pattern.sub(put, self.text).split())
            if meaning.kind == "trends":
                self.kind = "trends"
            elif self.kind == "trends":
                self.asked.of = self.asked.of or meaning.kind
            elif not self.kind:
                self.kind = meaning.kind
            if meaning.filter is not None and meaning.kind in (self.kind, self.asked.of):
                self.terms.append(meaning)

    def _take(self, meanings: tuple[Meaning, ...]) -> None:
        for meaning in meanings:
            match = meaning.pattern.search(self.text)
            if match is None or (meaning.kind and meaning.kind != self.kind):
                continue
            told, before = match[0], self.text[: match.start()]
            self._cut(match.start(), match.end())
            if told == "new" and self.ranged:  # `new since midnight`: what came then, not what nobody has seen
                continue
            if meaning.filter is not None and phrases.DENIED.search(before):
                meaning = self._denied(meaning, told)
            if meaning.group in ("severity", "priority") and self.topped:  # `the top 5 by severity`
                self.asked.order_by = meaning.group
            elif meaning.group and meaning.group not in self.asked.group_by:
                self.asked.group_by.append(meaning.group)
            if meaning.order:
                self.asked.order_by = meaning.order
            if meaning.during:
                self.asked.during = True
            if meaning.filter is not None and not any(one.filter == meaning.filter for one in self.terms):
                if meaning.filter[0] == "severity" and any(
                    one.filter and one.filter[0] == "severity" for one in self.terms
                ):
                    continue
                self.terms.append(meaning)

    def _denied(self, meaning: Meaning, told: str) -> Meaning:
        """What is left when a filter is denied: never what was denied. Raises NotUnderstood where that has no name."""
        assert meaning.filter is not None
        name, value = meaning.filter
        other = words.opposite(meaning)
        if other is not None:
            return other
        if meaning.where and all(" " not in term and term[0] != "!" for term in meaning.where.values()):
            denied = {rows: f"!{term}" for rows, term in meaning.where.items()}
            return meaning._replace(filter=(name, {"not": value}), where=denied)
        raise NotUnderstood("invalid", f"what is not `{told}` cannot be asked for; say what it is instead")

    def _names(self, *, exact: bool) -> None:
        """Names in what is left, the longest first. Raises NotUnderstood for a word that is neither name nor idle."""
        tokens = self.text.split()
        at = 0
        kept: list[str] = []
        while at < len(tokens):
            before = len(self.found)
            taken = self._named(tokens, at, exact=exact)
            if taken:
                kept = self._all_but(kept) if len(self.found) > before else kept
                kept.append("|")
                at += taken
            else:
                kept.append(tokens[at])
                at += 1
        self.text = " ".join(kept)
        if not exact:
            kept = self._about(kept)
            self._leftovers([one for one in kept if one not in ("|", phrases.HERE)])

    def _all_but(self, kept: list[str]) -> list[str]:
        """The name that was just found is one to leave out, when the words before it say so; they are taken away."""
        before = " ".join(kept)
        match = phrases.BUT.search(before)
        if match is None:
            return kept
        self.without.append(self.found.pop())
        return before[: match.start()].split()

    def _named(self, tokens: list[str], at: int, *, exact: bool) -> int:
        """How many tokens from `at` on are a name."""
        for size in range(min(self.names.longest, len(tokens) - at, 6), 0, -1):
            part = tokens[at : at + size]
            if "|" in part or phrases.HERE in part:
                continue
            text = " ".join(part).removesuffix("'s")
            if size == 1 and (text in IDLE or (len(text) < 3 and not any(c.isdigit() for c in text))):
                continue
            found = self.names.exact(text) or self.names.exact(re.sub(f"^{phrases.BEFORE_THING}", "", text))
            if not found and not exact and size <= 3 and len(text) >= 4 and not text.isdigit():
                found = self.names.near(text) or self._partly(tokens, at, text)
            if found:
                self._note(text, found)
                return size
        return 0

    def _partly(self, tokens: list[str], at: int, text: str) -> list[Name]:
        """Things that are called by a part of their name, where a name would stand."""
        return self.names.holding(text) if at and tokens[at - 1] in phrases.BEFORE_NAMES else []

    def _note(self, text: str, found: list[Name]) -> None:
        fields = {one.field for one in found}
        values = {(one.field, one.value) for one in found}
        meant = [one for one in found if re.search(rf"(?<![\w-]){re.escape(one.value.lower())}(?![\w-])", self.text)]
        if len(meant) == 1:  # `Mill Lane S4`: it is said which
            found = meant
        elif len(values) > 1 and not (len(fields) > 1 and "metric" in fields):
            told = sorted(f"{one.told} ({one.field} {one.value})" for one in found)
            raise NotUnderstood("ambiguous", f"`{text}` may be {' or '.join(told)}", [one.value for one in found])
        self.found.append(found[0])

    def _about(self, kept: list[str]) -> list[str]:
        """Words that say what rows are about: those right before the kind of thing (`camera alerts`), and those behind
        `about`. They are looked for in what rows say."""
        for at, one in enumerate(kept):
            if one == phrases.HERE and self.kind in terms.TEXTS:
                begin = at
                while begin and phrases.strange(kept[begin - 1]):
                    begin -= 1
                said = kept[begin:at]
                if said and all(word.rstrip("s") in self.names.vocabulary for word in said):
                    return self._speaks_of(said, kept[:begin] + kept[at:])
                if said:
                    self._unknown(said)
            if not self.kind and phrases.strange(one) and one.rstrip("s") in self.names.vocabulary:
                self.kind = "alerts"
                self.terms = [term for term in self.terms if term.filter and term.filter[0] != "prediction"]
                return self._speaks_of([one], kept[:at] + kept[at + 1 :])
            if (
                phrases.strange(one)
                and phrases.ABOUT.search(" ".join(kept[:at]))
                and (self.kind or "alerts") in terms.TEXTS
            ):
                end = next((n for n in range(at, len(kept)) if not phrases.strange(kept[n])), len(kept))
                return self._speaks_of(kept[at:end], kept[:at] + kept[end:])
        return kept

    def _speaks_of(self, said: list[str], kept: list[str]) -> list[str]:
        self.terms.append(Meaning(re.compile(""), ("text", " ".join(said)), terms.about(said)))
        return kept

    def _unknown(self, told: list[str]) -> NoReturn:
        text = " ".join(told)
        near = self.names.suggestions(text) or [one for word in told for one in self.names.suggestions(word)]
        raise NotUnderstood("unknown_name", f"nobody knows `{text}`", near[:5])

    def _leftovers(self, left: list[str]) -> None:
        strange = [at for at, one in enumerate(left) if phrases.strange(one)]
        if not strange:
            return
        figure = phrases.FIGURES.search(self.text) is not None
        grouped = any(one != "person" for one in self.asked.group_by)  # `who` alone asks about anything
        if not (self.kind or self.terms or self.found or self.last or grouped or figure):
            raise self._outside()
        # A word or two around the question may be any; where a name would stand, or with a digit, it is one.
        named = [at for at in strange if any(c.isdigit() for c in left[at]) or phrases.names(left[:at])]
        said = self.kind or self.terms or self.found or self.last
        if said and not named and len(strange) <= FREE and not figure:
            return
        self._unknown([left[at] for at in strange])

    def _settle(self) -> None:
        """What was said becomes the question; what was not is as usual, or as in the question before."""
        asked = self.asked
        if self.last is not None and not self.kind:
            self._refine(self.last)
        if not self.kind:
            self.kind = self._guess()
        if not self.kind:
            told = "what is asked for: alerts, incidents, metrics, fraud, predictions or tickets?"
            raise NotUnderstood("invalid", told, ["open incidents", "critical alerts today"])
        if self.kind == "metrics" and not asked.metric:
            known = sorted({name.value for of in self.names.by_text.values() for name in of if name.field == "metric"})
            raise NotUnderstood("ambiguous", "which metric?", known[:5])
        if self.kind != "metrics" and any(one in asked.group_by for one in _TREND):
            asked.of, self.kind = asked.of or (self.kind if self.kind != "trends" else "alerts"), "trends"
        if "tickets" in (self.kind, asked.of):
            asked.group_by = ["category" if one == "type" else one for one in asked.group_by]
        asked.kind = self.kind  # type: ignore[assignment]
        if asked.kind == "trends":
            asked.of = asked.of or "alerts"
            if not asked.group_by:
                asked.group_by = ["hour" if asked.until - asked.since <= 2 * DAY else "day"]
        stated = any(one.filter and one.filter[0] == "status" for one in self.terms)
        if self.now and not stated and asked.rows in LASTING:
            self.terms.append(words.OPEN)
        filters.put(self)
        self._order()
        if not self.ranged and asked.kind in LASTING and _STANDS & asked.filters.keys():
            asked.during = True  # `open incidents` are all that are open, also those of the day before
        asked.check()

    def _guess(self) -> str:
        """The kind that goes without saying."""
        names = {one.filter[0] for one in self.terms if one.filter}
        if "sla_status" in names or "assignment" in names:
            return "tickets"
        if "prediction" in names:
            return "predictions"
        if any(one.field == "alert_type" for one in self.found) or "severity" in names:
            return "alerts"
        if any(one.field in ("site", "client", "entity") for one in (*self.found, *self.without)):
            return "incidents"
        if self.asked.group_by or "status" in names or self.ranged:
            return "alerts"
        return ""

    def _refine(self, last: Asked) -> None:
        """What the question before said stays where this one says nothing else."""
        self.kind, self.asked.of, self.asked.metric = last.kind, last.of, last.metric
        if not self.ranged:
            self.asked.since, self.asked.until = last.since, last.until
        if not self.asked.group_by:
            self.asked.group_by = list(last.group_by)
        self.asked.having, self.asked.lasted = self.asked.having or last.having, self.asked.lasted or last.lasted
        said = {one.filter[0] for one in self.terms if one.filter} | {one.field for one in self.found}
        self.asked.filters = {name: value for name, value in last.filters.items() if name not in said}
        self.asked.where = [
            term for name, terms in last.filters.get("_terms", {}).items() if name not in said for term in terms
        ]

    def _order(self) -> None:
        asked = self.asked
        if asked.group_by and asked.order_by == "-time":
            asked.order_by = "time" if asked.group_by[0] in _TREND else "count"
        if asked.order_by == "count" and not asked.group_by:
            asked.group_by = ["type"] if asked.kind in ("alerts", "incidents") else ["site"]


def read(question: str, names: Names, clock: Clock, me: str = "", last: Asked | None = None) -> Asked:
    """Raises NotUnderstood."""
    plain: Any = question.strip()
    if not 3 <= len(plain) <= 1_000:
        raise NotUnderstood("invalid", "a question has 3 to 1,000 characters")
    return Reading(plain, names, clock, me, last).read()
