"""Half a handset: used, but without a position; or moving, while the app is dead. Only for people who send both."""

from data.times import MINUTE
from engine.detect.patterns.view import SiteView
from engine.detect.report import Found


def device_failure(view: SiteView) -> list[Found]:
    rules, now = view.rules, view.now
    least, after = rules.device_events, rules.device_after
    found = []
    for guard in view.guards:
        if not guard.phone_at or not guard.fix_at or guard.since > now - after:
            continue
        if guard.phones >= least and guard.fix_at <= now - after and view.clear("location", after):
            minutes = (now - guard.fix_at) // MINUTE
            title = f"the phone of {guard.person} was used {guard.phones} times without a position for {minutes} min"
            evidence = {"phone_events": guard.phones, "minutes": minutes}
            kind = "DEVICE_GPS_FAILURE"
        elif (
            guard.fixes >= least
            and guard.phone_at <= now - after
            and guard.moved_at > now - after
            and view.clear("phone", after)
        ):
            minutes = (now - guard.phone_at) // MINUTE
            title = f"the handset of {guard.person} moves, but its app was silent for {minutes} min"
            evidence = {"positions": guard.fixes, "minutes": minutes}
            kind = "DEVICE_PHONE_FAILURE"
        else:
            continue
        found.append(
            view.found(kind, "DEVICE_HEALTH", "HIGH", title, evidence, about=guard.person, person=guard.person)
        )
    return found
