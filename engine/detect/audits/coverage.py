"""The deep look at tours: too few of a day's checkpoints were scanned in time."""

from data.times import DAY
from engine.detect.patterns.view import SiteView
from engine.detect.report import Found


def coverage_low(view: SiteView) -> list[Found]:
    work = view.config.work
    past = [one for one in view.tours.past.get(view.site, ()) if view.now - DAY <= one.due < view.now and one.of]
    if len(past) < work.coverage_tours:
        return []
    done, of = sum(one.done for one in past), sum(one.of for one in past)
    if done >= work.tour_coverage * of:
        return []
    title = f"{done} of {of} checkpoints of {len(past)} tours scanned in a day: {done / of:.0%}"
    evidence = {"done": done, "of": of, "tours": len(past), "missed": sum(one.missed for one in past)}
    return [
        view.found("CHECKPOINT_COVERAGE_LOW", "SECURITY", "MEDIUM", title, evidence, since=min(one.due for one in past))
    ]
