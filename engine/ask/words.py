"""The words of questions, and what they mean. Patterns are tried in order over the lower-cased question."""

# ruff: noqa: E501 - a table of patterns, a meaning a line

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple


class Meaning(NamedTuple):
    """What a phrase adds: terms of the filter by kind of row (`*` for any), or a field of the question. `kind` is the
    kind of row that it names; a filter with one means something only there."""

    pattern: re.Pattern[str]
    filter: tuple[str, Any] | None = None  # name in `filters`, value
    where: Mapping[str, str] = MappingProxyType({})  # export kind -> term
    kind: str = ""
    group: str = ""
    order: str = ""
    during: bool = False


def _of(pattern: str, **meaning: Any) -> Meaning:
    return Meaning(re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])"), **meaning)


_LEVELS: Final = ("INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL")
_OPEN: Final = {
    "alerts": "!status:RESOLVED", "incidents": "!state:RESOLVED,CLOSED", "predictions": "!settled_at>=2000-01-01",
    "tickets": "!status:RESOLVED,CLOSED,CANCELLED",
}  # fmt: skip
_OVER: Final = {
    "alerts": "status:RESOLVED", "incidents": "state:RESOLVED,CLOSED", "predictions": "settled_at>=2000-01-01",
    "tickets": "status:RESOLVED,CLOSED",
}  # fmt: skip
_GRAVE: Final = {"*": "severity>=HIGH", "tickets": "priority:HIGH,CRITICAL", "fraud": "level:HIGH,CRITICAL"}


def _level(level: str) -> dict[str, str]:
    return {"*": f"severity:{level}", "tickets": f"priority:{level}", "fraud": f"level:{level}"}


def _from(level: str) -> dict[str, str]:
    levels = ",".join(_LEVELS[_LEVELS.index(level) :])
    return {"*": f"severity>={level}", "tickets": f"priority:{levels}", "fraud": f"level:{levels}"}


# What is said of the future stays in the question: it tells which predictions are meant.
_BAD = r"(?:(?:probably|likely|soon|all|ever) )?(?:be )?(?:fail|breach|miss|short|understaffed|late|overdue|die|break|give out)"


def _but(*levels: str) -> dict[str, str]:
    others = ",".join(one for one in _LEVELS if one not in levels)
    return {"*": f"severity:{others}", "tickets": f"priority:{others}", "fraud": f"level:{others}"}


_NOT: Final = "(?:not|non|no|except|excluding|but not|other than|without)"
_THINGS: Final = "(?:alerts?|incidents?|tickets?)"
KINDS: Final = (
    _of(r"(?:trend(?:s|ing|ed)?|compar(?:e|ed|ing|ison)|versus|vs|over time|develop(?:ed|s|ment)?|timeline|(?:going|gone|went) (?:up|down)|rising|falling|increas(?:ed?|ing)|"
        r"decreas(?:ed?|ing))", kind="trends"),
    _of(r"(?:frauds?|fraudulent|cheat(?:ing|ed|s|ers?)?|flagged|suspicious(?: (?:check[- ]?ins?|attendance))?|"
        r"fraud scores?|(?:riskiest|shadiest|most suspicious)|(?:fake )?check[- ]?ins?|watch-?list|fiddl(?:es?|ed|ing)|looks? (?:faked?|fishy|dodgy|suspicious))", kind="fraud"),
    _of(r"(?:predict(?:ions?|ed|s)?|forecasts?|foresee|foreseen|expect(?:ed|s)?(?: to)?|likely to|at risk(?: of)?|"
        r"(?:risk|chances?|odds|danger|probability) (?:that|of (?=[\w-]+ [\w-]*ing\b))|"
        rf"(?:will|going to|about to)(?= (?:\w+ )?{_BAD}))", kind="predictions"),
    _of(r"(?:tickets?|service requests?)", kind="tickets"),
    _of(r"(?:anything|something|what|what's)(?: is)? (?:on fire|burning|broken|down)", kind="incidents"),
    _of(r"(?:anything|something)(?= (?:serious|bad|wrong|major))", kind="incidents"),
    _of(r"(?:what |which )?(?:needs? (?:my|our|some) attention|should (?:i|we) (?:look at|worry about|care about|do first|work on)|"
        r"(?:is )?worth looking at|(?:is )?most pressing)", kind="incidents", filter=("status", ["open"]), where=_OPEN),
    _of(r"(?:attendance )?anomal(?:y|ies)", kind="fraud", filter=("anomalies", "any"), where={"fraud": "anomalies:*"}),
    _of(r"what (?:did|have) (?:we|i) miss(?:ed)?", kind="alerts"),
    _of(r"(?:incidents?|outages?|what (?:went|is|was|has gone) wrong|what happened|what's wrong|what is going on|problems?|"
        r"issues?|trouble)", kind="incidents"),
    _of(r"(?:alerts?|alerting|alarm(?:s|ed|ing)?|went off|warnings?|notifications?)", kind="alerts"),
)  # fmt: skip

OPEN: Final = _of("open", filter=("status", ["open"]), where=_OPEN)
RESOLVED: Final = _of("resolved", filter=("status", ["resolved"]), where=_OVER)


def opposite(meaning: Meaning) -> Meaning | None:
    """What holds where this does not, if there is a word for it."""
    return {str(OPEN.filter): RESOLVED, str(RESOLVED.filter): OPEN}.get(str(meaning.filter))


FILTERS: Final = (
    _of(r"(?:about to|soon|nearly|almost) (?:breach|miss|blow|bust|break)(?:ing)? (?:(?:the|their|its|an?) )?(?:slas?|deadlines?)", filter=("sla_status", "approaching"),
        where={"tickets": "deadline>=NOW deadline<SOON"}, kind="tickets"),
    _of(r"(?:sla[- ]?breach(?:es|ed)?|breach(?:es|ed|ing)?(?: of)?(?: (?:the|their|its|any|an|our))? slas?|past (?:its |their )?due|"
        r"miss(?:ed|es|ing)? (?:(?:the|their|its|an?) )?(?:slas?|deadlines?)|overdue|late|sla violations?|violat\w+ (?:of )?(?:the |their )?slas?|"
        r"out of (?:the )?sla|(?:blown|blew|busted|exceed(?:ed|ing)?|over) (?:(?:the|their|its) )?(?:slas?|deadlines?)|past (?:(?:the|their) )?deadlines?|breach(?:es|ed|ing)?)", filter=("sla_status", "overdue"),
        where={"tickets": "deadline<NOW", "predictions": "kind:sla_breach", "alerts": "alert_type:SLA_BREACH*"}),
    _of(r"slas?(?= .*\b(?:miss|break|blow|bust)\b)", filter=("sla_status", "overdue"), where={"predictions": "kind:sla_breach"}),
    _of(r"(?:approaching (?:(?:the|their|its) )?(?:slas?|deadlines?)|(?:sla|deadline) (?:is )?approaching|due soon|nearly due|due (?:in|within) the next (?:two|2|couple of|few) hours?|(?:close to|near(?:ing)?) (?:(?:the|their|its) )?"
        r"(?:slas?|deadlines?)|running out of time)", filter=("sla_status", "approaching"), where={"tickets": "deadline>=NOW deadline<SOON"}),
    _of(r"(?:within (?:the )?sla|compliant|in time)", filter=("sla_status", "compliant"), where={"tickets": "deadline>=NOW"}),
    _of(r"(?:(?:device|equipment|hardware) failures?|fail(?:s|ing|ures?)?)", filter=("prediction", "device_failure"), where={"predictions": "kind:device_failure"}),
    _of(r"(?:break(?:s|ing)?(?: down)?|gives? out|die|dies)", filter=("prediction", "device_failure"), where={"predictions": "kind:device_failure"}, kind="predictions"),
    _of(r"(?:staff(?:ing)? (?:gaps?|shortfalls?|shortages?|holes?)|short[- ]handed|under-?manned|understaff\w*|missing guards?|short (?:of|on) (?:guards?|people|staff)|short[- ]staffed|gaps? in (?:the )?(?:shifts?|roster))",
        filter=("prediction", "staffing_gap"), where={"predictions": "kind:staffing_gap"}),
    *(_of(rf"{_NOT}[- ](?:{a.lower()},? (?:and|or|&|nor) {b.lower()}|{b.lower()},? (?:and|or|&|nor) {a.lower()})(?: ones| {_THINGS})?",
          filter=("severity", [one for one in _LEVELS if one not in (a, b)]), where=_but(a, b))
      for at, a in enumerate(_LEVELS) for b in _LEVELS[at + 1 :]),
    *(_of(rf"{_NOT}[- ]{level.lower()}(?: ones| {_THINGS})?",
          filter=("severity", [one for one in _LEVELS if one != level]), where=_but(level)) for level in _LEVELS),
    _of(r"(?:critical|sev(?:erity)? ?(?:1|5))(?:,? (?:and|or|&|\+) high|,? high)|high(?:,? (?:and|or|&|\+) critical|/critical)|"
        r"critical/high", filter=("severity", ["HIGH", "CRITICAL"]), where=_GRAVE),
    *(_of(rf"(?:(?:severity )?(?:>=|at least|from|minimum|min)? ?{level.lower()} (?:or|and) (?:above|worse|higher|more severe|up)|"
          rf"at least {level.lower()}(?: severity)?|above {_LEVELS[_LEVELS.index(level) - 1].lower()}|{level.lower()}\+)",
          filter=("severity", list(_LEVELS[_LEVELS.index(level) :])), where=_from(level))
      for level in ("LOW", "MEDIUM", "HIGH")),
    *(_of(rf"{a.lower()}(?:,? (?:and|or|&|\+) |/|, ){b.lower()}|{b.lower()}(?:,? (?:and|or|&|\+) |/|, ){a.lower()}",
          filter=("severity", [a, b]), where={"*": f"severity:{a},{b}", "tickets": f"priority:{a},{b}", "fraud": f"level:{a},{b}"})
      for at, a in enumerate(_LEVELS) for b in _LEVELS[at + 1 :]),
        _of(r"high[- ](?:[|\u00a6] )?(?:risk|scor(?:es?|ing))|risky|serious|grave|(?<!most )severe|major|(?<!most )(?:important|significant|urgent)", filter=("severity", ["HIGH", "CRITICAL"]), where=_GRAVE),
    *(_of(rf"{level.lower()}(?:[- ](?:severity|priority|level))?|(?:severity|priority|level)(?: of| is|:)? {level.lower()}",
          filter=("severity", [level]), where=_level(level)) for level in ("CRITICAL", "HIGH", "MEDIUM", "LOW")),
    _of(r"(?:info|informational)(?: severity)?", filter=("severity", ["INFO"]), where=_level("INFO")),
    _of(r"(?:(?:that )?(?:nobody|no one)(?: has)? (?:resolved|closed|fixed|solved)|(?:still )?going on|under way|in progress|unresolved|still open|(?:not|[a-z]+n't) (?:yet )?(?:been )?(?:resolved|closed|solved|fixed|finished|done|cleared|over)(?: yet)?|still (?:\u00a6|standing|up|there|unsolved|dealing with|working on)|"
        r"ongoing|active|unsolved|not done|outstanding|"
        r"(?:are|is|were|was) open|open(?:ed)? (?:right )?now|still (?:firing|active))", filter=("status", ["open"]), where=_OPEN),
    OPEN,
    _of(r"(?:resolved|solved|closed|finished|completed|fixed|(?:already )?cleared|over and done(?: with)?|did (?:we|they|i) (?:close|resolve|fix|solve|finish))", filter=("status", ["resolved"]), where=_OVER),
    _of(r"(?:un-?acknowledged|not (?:yet )?acknowledged|nobody (?:has )?(?:acknowledged|taken)|unanswered|new)",
        filter=("status", ["NEW"]), where={"alerts": "status:NEW", "incidents": "state:NEW", "tickets": "status:NEW"}),
    _of(r"(?:acknowledged|acked)", filter=("status", ["ACKNOWLEDGED"]),
        where={"alerts": "status:ACKNOWLEDGED", "incidents": "state:ACKNOWLEDGED"}),
    _of(r"(?:escalated)", filter=("escalation", True), where={"alerts": "status:ESCALATED", "incidents": "state:ESCALATED"}),
    _of(r"(?:suppressed|muted|silenced)", filter=("status", ["SUPPRESSED"]), where={"alerts": "status:SUPPRESSED"}),
    _of(r"(?:unassigned|not assigned|without (?:an )?(?:owner|assignee)|nobody(?:'s)?|no owner)", filter=("assignment", "unassigned"),
        where={"tickets": "!assignee:*", "alerts": "!assignee:*", "incidents": "!assignee:*"}),
    _of(r"(?:my|mine|assigned to me)(?! attention)", filter=("assignment", "my_tickets"),
        where={"tickets": "assignee:ME", "alerts": "assignee:ME", "incidents": "assignee:ME"}),
    _of(r"(?:confirmed)", filter=("status", ["CONFIRMED"]), where={"fraud": "status:CONFIRMED"}),
    _of(r"(?:came true|(?<=\u00a6 )that happened|correct|(?:that |which )?(?:were|was|proved|turned out)(?: to be)? right)", filter=("outcome", True), where={"predictions": "outcome:true"}),
    _of(r"(?:false alarms?|did not happen|(?:that |which )?(?:were|was|proved|turned out)(?: to be)? wrong|wrong ones)", filter=("outcome", False), where={"predictions": "outcome:false"}),
)  # fmt: skip

_BY = r"(?<!sorted )(?<!ordered )(?<!sort )(?<!order )(?:(?:group(?:ed)?|broken down|split|counted|summed|table|tabulated)? ?(?:by|per|for each|for every|(?:did|does|has|have|had) each|across) (?:the )?)"
_AND: Final = r"\|\s+(?:and|then|&|plus) (?:by |per )?"
_SHARES: Final = r"(?= (?:trends?|distribution|split|mix|breakdown|shares?))"
GROUPS: Final = (
    _of(r"(?<=riskiest )(?:guards|people|persons)|(?<=shadiest )(?:guards|people|persons)", group="person", order="count"),
    _of(r"(?<=suspicious )(?:guards|people|persons)", group="person", order="count"),
    _of(r"where (?:do|did|does)(?= .*\bcome\b)", group="site", order="count"),
    *(_of(word + _SHARES, group=group) for word, group in (
        ("severity", "severity"), ("status", "status"), ("site", "site"), ("client", "client"), ("type", "type"))),
    _of(r"(?:alert|alarm|incident|anomaly) (?:types|kinds|categories)", group="type", order="count"),
    _of(r"sites? by(?= (?:alerts?|alarms?|incidents?|tickets?|number|count))", group="site", order="count"),
    *(_of(rf"(?:{words}) by (?:the )?(?:number|count)(?: of(?= \u00a6))?", group=group, order="count") for words, group in (
        ("entit(?:y|ies)|devices?|hosts?|services?", "entity"), ("clients?|customers?", "client"), ("guards?|people", "person"))),
    *(_of(rf"(?:{_BY}|{_AND}){words}", group=group) for words, group in (
        (r"(?:sites?|locations?|places?|posts?)", "site"), (r"(?:person|people|guards?|employees?|officers?|staff)", "person"),
        (r"(?:severit(?:y|ies)|grade)", "severity"), (r"(?:status|states?)", "status"), (r"(?:clients?|customers?)", "client"),
        (r"(?:(?:alert |alarm |anomaly )?(?:types?|kinds?|categor(?:y|ies)))", "type"), (r"(?:hours?)", "hour"), (r"(?:days?|dates?)", "day"),
        (r"(?:devices?|hosts?|entit(?:y|ies)|services?)", "entity"), (r"(?:levels?|risk)", "level"),
        (r"(?:assignees?|owners?)", "assignee"), (r"(?:groups?|teams?)", "group"), (r"(?:priorit(?:y|ies))", "priority"),
    )),
    _of(r"(?:hourly|each hour|every hour|hour[- ]by[- ]hour)(?: counts?| breakdown)?", group="hour"),
    _of(r"(?:daily|each day|every day|day[- ]by[- ]day|by day)(?: counts?| breakdown)?", group="day"),
    _of(r"(?:sites?|locations?) with (?:the )?(?:fewest|least)|(?:least (?:noisy|busy)|quietest|calmest) (?:\d+ )?(?:sites?|locations?)",
        group="site", order="fewest"),
    _of(r"(?:(?:which|what) (?:sites?|locations?|places?)(?: (?:has|have|had|is|are|were|make|makes|gives?|produces?))?|"
        r"(?:top|noisiest|worst|loudest|busiest) (?:\d+ )?(?:sites?|locations?)|sites? with (?:the )?most)", group="site", order="count"),
    _of(r"(?:(?:which|what|who) (?:person|people|guards?|employees?)|who(?: has| have| had)?|(?:top|worst) (?:\d+ )?(?:people|guards?))",
        group="person", order="count"),
    _of(r"(?:(?:most )?(?:common|frequent)(?:est)?(?: (?:alert|alarm|anomaly))?(?: types?| kinds?)?|commonest(?: (?:alert|alarm))?(?: types?)?|"
        r"(?:which|what) (?:types?|kinds?)(?: of (?:alerts?|alarms?|incidents?))?|(?:top|main) (?:\d+ )?(?:alert |alarm )?types?)",
        group="type", order="count"),
    _of(r"(?:which|what) (?:clients?|customers?)", group="client", order="count"),
    _of(r"(?:which|what) devices?|(?:noisiest|worst|loudest|busiest) (?:\d+ )?(?:devices?|hosts?|things?)", group="entity", order="count"),
)  # fmt: skip

ORDERS: Final = (
    _of(r"(?:sorted |ordered |order |sort )?by (?:the )?(?:deadline|due date|due time)|(?:soonest|earliest) (?:deadline|due)", order="deadline"),
    _of(r"least(?: noisy| often)?|fewest|quietest|least affected", order="fewest"),
    _of(r"(?:oldest|earliest|first)(?: first)?", order="time"),
    _of(r"(?:newest|latest|most recent|recent|chronological)(?: first)?", order="-time"),
    _of(r"(?:(?:sorted |ordered |order |sort )?by severity|in (?:order of )?severity(?: order)?|most severe|gravest|worst|most serious)", order="severity"),
    _of(r"(?:(?:sorted |ordered |order |sort )by priority|in (?:order of )?priority(?: order)?|most urgent|highest priority|most important|most pressing)", order="priority"),
    _of(r"(?:(?:sorted |ordered |order |sort )?by (?:count|number)|noisiest|loudest|busiest|most often|the most|most)", order="count"),
    _of(r"(?:most (?:likely|probable)|by probability|highest (?:risk|probability|score))", order="probability"),
)  # fmt: skip


def said() -> Iterator[str]:
    """All patterns, for who wants to know which words mean something."""
    yield from (meaning.pattern.pattern for meanings in (KINDS, FILTERS, GROUPS, ORDERS) for meaning in meanings)
