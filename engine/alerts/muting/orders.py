"""Commands on silences and windows: add, edit, expire. Each says in words what became of it, and what takes it back."""

import msgspec

from data import ids
from data.records.silence import MutePhase, Schedule, Scope, Silence, Window
from data.times import text
from engine.alerts.muting.asked import Asked, Done, Refused, check_span
from engine.alerts.muting.fields import entity_of, site_of
from engine.alerts.muting.hygiene import too_broad, warnings_of
from engine.alerts.muting.indexes import Firing
from engine.alerts.muting.maintenance import Planned, Windows, scope_words
from engine.alerts.muting.matcher_syntax import Matcher
from engine.alerts.muting.matchers import Match, MatcherError, match_of, parse
from engine.alerts.muting.recurrence import ScheduleError
from engine.alerts.muting.silences import Silences

MOST_WINDOWS = 2_000
END = ("expire", "end")


class Orders:
    """Carries out commands of one partition; `touched` are the matches whose alerts must be judged anew."""

    def __init__(self, tenant: str, silences: Silences, windows: Windows, firing: Firing) -> None:
        self.tenant = tenant
        self.silences = silences
        self.windows = windows
        self.firing = firing
        self.touched: list[Match] = []

    def silence(self, asked: Asked, actor: str, note: str, target: str) -> Done:
        """Never raises; a refusal is a `Done` that is not `ok`."""
        op = asked.params.get("op") or "add"
        try:
            if op == "add":
                return self._add(asked, actor, note, target)
            silence = self.silences.open_or_refuse(asked.text("id") or target.partition("/")[2], asked.now)
            if op in END:
                return self._expire(silence, asked, actor)
            if op == "edit":
                return self._edit(silence, asked, actor, note)
            raise Refused(f"`{op}` is nothing that can be done with a silence: add, edit or expire")
        except MatcherError as error:
            return Done(False, f"these matchers cannot be used: {error}", target)
        except Refused as refused:
            return Done(False, str(refused), target)

    def _add(self, asked: Asked, actor: str, note: str, target: str) -> Done:
        matchers = asked.text("matchers")
        match = match_of(self._exactly(target)) if not matchers and target.startswith("alert/") else parse(matchers)
        self._guard(match, asked)
        start, end = asked.span()
        author = asked.text("author") or actor
        comment = asked.text("comment") or note
        new = Silence("", self.tenant, match.text, author, comment, asked.now, start, end)
        new.replaces = asked.text("replaces") or None
        silence = self.silences.add(new, asked.now)
        return self._said(silence, match, asked, {"op": "expire", "id": silence.id})

    def _exactly(self, target: str) -> list[Matcher]:
        """One alert: its type on what it is about, or at its site where it is about nothing in particular."""
        id = target.partition("/")[2]
        alert = next((one for one in self.firing.alerts.values() if one.id == id), None)
        if alert is None:
            raise Refused(f"{target} does not fire: there is nothing to silence")
        where = [Matcher(name, "=", of(alert)) for name, of in (("entity", entity_of), ("site", site_of)) if of(alert)]
        return [Matcher("alertname", "=", alert.alert_type), *where[:1]]

    def _guard(self, match: Match, asked: Asked) -> None:
        broad = too_broad(match)
        if broad and not asked.params.get("broad"):
            raise Refused(f"{broad}; name a site, a type or an entity, or say that you mean it (broad)")

    def _said(self, silence: Silence, match: Match, asked: Asked, undo: dict[str, object]) -> Done:
        """What a silence does now, in words."""
        self.touched.append(match)
        hidden = self.firing.matching(match)
        if hidden and not silence.matched and silence.phase(asked.now) is MutePhase.ACTIVE:
            silence.matched, silence.matched_at = len(hidden), asked.now
        if silence.starts_at > asked.now:
            words = f"from {text(silence.starts_at)} to {text(silence.ends_at)}; it would hide {len(hidden)} now"
        else:
            words = f"until {text(silence.ends_at)}; it hides {counted(len(hidden))}"
        warnings = warnings_of(silence, match, asked.now, len(hidden))
        return said(f"silence {silence.id} {words}", f"silence/{silence.id}", undo, warnings)

    def _expire(self, silence: Silence, asked: Asked, actor: str) -> Done:
        undo = {
            "op": "add", "matchers": silence.matchers, "ends_at": text(silence.ends_at), "author": silence.author,
            "comment": silence.comment, "replaces": silence.id, "broad": True,
        }  # fmt: skip
        if silence.starts_at > asked.now:
            undo["starts_at"] = text(silence.starts_at)
        self.touched.append(self.silences.match(silence))
        self.silences.expire(silence, asked.now, actor)
        return Done(True, f"silence {silence.id} expired", f"silence/{silence.id}", undo)

    def _edit(self, silence: Silence, asked: Asked, actor: str, note: str) -> Done:
        """Alertmanager's rule: other matchers, or another start of what has begun, make another silence."""
        now = asked.now
        match = parse(asked.text("matchers") or silence.matchers)
        start = asked.moment("starts_at")
        begun = silence.starts_at <= now
        start = silence.starts_at if start is None else start
        end, length = asked.moment("ends_at"), asked.length("duration")
        end = max(start, now) + length if length is not None else silence.ends_at if end is None else end
        check_span(start, end, now)
        comment = asked.text("comment", silence.comment) or note
        if match.text != silence.matchers or (begun and start != silence.starts_at):
            self._guard(match, asked)
            before = self._expire(silence, asked, actor)
            new = Silence("", self.tenant, match.text, actor, comment, now, max(start, now), end, replaces=silence.id)
            new.author = asked.text("author") or silence.author or actor
            return self._said(self.silences.add(new, now), match, asked, before.undo or {})
        undo: dict[str, object] = {
            "op": "edit", "id": silence.id, "starts_at": text(silence.starts_at), "ends_at": text(silence.ends_at),
            "comment": silence.comment,
        }  # fmt: skip
        self.silences.replace(silence, now, starts_at=start, ends_at=end, comment=comment)
        return self._said(silence, match, asked, undo)

    def maintenance(self, asked: Asked, actor: str, note: str, target: str) -> Done:
        """Never raises; a refusal is a `Done` that is not `ok`."""
        op = asked.params.get("op") or "add"
        try:
            if op == "add":
                return self._plan(asked, actor, note)
            planned = self._planned(asked.text("id") or target.partition("/")[2])
            if op in END:
                return self._end(planned, asked, actor)
            if op == "edit":
                return self._change(planned, asked, actor, note)
            raise Refused(f"`{op}` is nothing that can be done with a window: add, edit or end")
        except (MatcherError, ScheduleError) as error:
            return Done(False, f"this window cannot be used: {error}", target)
        except Refused as refused:
            return Done(False, str(refused), target)

    def _plan(self, asked: Asked, actor: str, note: str) -> Done:
        scope = scope_of(asked)
        if scope == Scope():
            raise Refused("it names nothing; name a site, client, entity or matchers")
        if scope.tenants and self.tenant not in scope.tenants:
            raise Refused(f"this is tenant {self.tenant}")
        if len(self.windows.all) >= MOST_WINDOWS:
            raise Refused(f"there are {MOST_WINDOWS} windows already; end some")
        schedule = schedule_of(asked, Schedule())
        name = asked.text("name") or note or asked.text("comment") or scope_words(scope)
        written = msgspec.json.encode((scope, schedule)).decode()
        id = ids.derive("M", self.tenant, written, name, str(asked.now))
        window = Window(id, self.tenant, name, scope, schedule, asked.text("author") or actor, origin="command")
        window.comment, window.created_at = asked.text("comment") or note, asked.now
        planned = self.windows.put(window, asked.now)
        if planned.open is None and planned.recurrence.following(asked.now) is None:
            self.windows.drop(id)
            raise Refused("it would never open: all its times are over, or there are none")
        return self._planned_words(planned, asked.now, {"op": "end", "id": id})

    def _planned_words(self, planned: Planned, now: int, undo: dict[str, object]) -> Done:
        self.touched.append(planned.match)
        window = planned.window
        hidden = len(self.firing.matching(planned.match))
        if planned.open is not None:
            if hidden and not window.matched:
                window.matched, window.matched_at = hidden, now
            words = f"is open until {text(planned.open[1])}; it hides {counted(hidden)}"
        else:
            words = f"opens {text(planned.next)}; it would hide {hidden} now"
        warnings = [] if window.comment else ["nobody will know why: give it a comment"]
        done = f"maintenance {window.id} of {scope_words(window.scope)} {words}"
        return said(done, f"maintenance/{window.id}", undo, warnings)

    def _planned(self, name: str) -> Planned:
        """By id, or by the name it has in the configuration. Raises Refused."""
        found = self.windows.all.get(name)
        named = [one for one in self.windows.all.values() if one.window.name == name]
        if found is None and len(named) == 1:
            found = named[0]
        if found is None:
            raise Refused(f"there is no window {name}" if not named else f"several windows are called {name}")
        if found.window.ended_at is not None:
            raise Refused(f"{found.window.id} ended {text(found.window.ended_at)}")
        return found

    def _end(self, planned: Planned, asked: Asked, actor: str) -> Done:
        """Ends the window for good; one of the configuration only for the occurrence that is on."""
        window = planned.window
        if window.origin == "config":
            if planned.open is None:
                raise Refused(f"{window.name} is not open; it stands in the configuration, where it can be removed")
            window.cut_until, words = planned.open[1], "closed for this time; it opens again as configured"
        else:
            window.ended_at, words = asked.now, "ended"
        window.ended_by = actor
        self.touched.append(planned.match)
        self.windows.settle(planned, asked.now)
        undo = {"op": "edit", "id": window.id, "reopen": True}
        return Done(True, f"maintenance {window.id} {words}", f"maintenance/{window.id}", undo)

    def _change(self, planned: Planned, asked: Asked, actor: str, note: str) -> Done:
        window = planned.window
        if asked.params.get("reopen"):
            window.cut_until = window.ended_at = window.ended_by = None
            self.windows.settle(planned, asked.now)
            return self._planned_words(planned, asked.now, {"op": "end", "id": window.id})
        if window.origin == "config":
            raise Refused(f"{window.name} stands in the configuration; change it there")
        before = msgspec.to_builtins(window.schedule) | {"op": "edit", "id": window.id, "comment": window.comment}
        schedule = schedule_of(asked, window.schedule)
        new = msgspec.structs.replace(window, schedule=schedule, comment=asked.text("comment", window.comment) or note)
        new.ended_by = actor if new.ended_by else None
        self.windows.drop(window.id)
        return self._planned_words(self.windows.put(new, asked.now), asked.now, before)


def counted(alerts: int) -> str:
    return f"{alerts} open alert{'' if alerts == 1 else 's'}"


def said(words: str, target: str, undo: dict[str, object], warnings: list[str]) -> Done:
    """A command that was carried out."""
    careful = f" (careful: {'; '.join(warnings)})" if warnings else ""
    return Done(True, words + careful, target, undo, tuple(warnings))


def scope_of(asked: Asked) -> Scope:
    """Raises Refused."""
    return Scope(
        sites=tuple(one.removeprefix("site/") for one in asked.texts("site")),
        clients=tuple(one.removeprefix("client/") for one in asked.texts("client")),
        entities=asked.texts("entity"),
        tenants=asked.texts("tenant"),
        match=asked.text("matchers"),
    )


def schedule_of(asked: Asked, before: Schedule) -> Schedule:
    """The schedule that the parameters tell, on top of `before`. Raises Refused."""
    values: dict[str, object] = {}
    for name in ("zone", "repeat", "first", "last", "start", "end"):
        if name in asked.params:
            values[name] = asked.text(name)
    for name in ("starts_at", "ends_at"):
        moment = asked.moment(name)
        if moment is not None:
            values["start" if name == "starts_at" else "end"] = text(moment)
    if asked.params.get("days"):
        values["days"] = asked.texts("days")
    if asked.params.get("month_days"):
        values["month_days"] = asked.numbers("month_days")
    if "every" in asked.params:
        values["every"] = asked.number("every", 1)
    length = asked.length("duration") or (asked.number("lasts", 0) if "lasts" in asked.params else 0)
    if length:
        values["lasts"], values["end"] = length, values.get("end", "")
    elif values.get("end"):
        values["lasts"] = 0
    schedule = msgspec.structs.replace(before, **values)
    if schedule.repeat == "once" and not schedule.start:
        schedule = msgspec.structs.replace(schedule, start=text(asked.now))
    return schedule
