"""Sites whose own place seems wrong: when nearly all who check in are outside the fence, it is the fence that is off.

That is one finding of the site, not an accusation of everybody who works there.
"""

import msgspec

from data.records import severity
from engine.detect.report import Found, Over, Report

_KEPT = 12  # newest check-ins of a site with a credible position
_FEWEST, _PEOPLE = 8, 3
_DOUBTFUL, _CREDIBLE = 0.7, 0.4  # share of them outside


class Fence(msgspec.Struct):
    """The newest check-ins at one site: who, and whether outside."""

    latest: list[tuple[str, bool]] = []
    doubtful: bool = False

    def note(self, site: str, person: str, time: int, *, outside: bool) -> list[Report]:
        """One more check-in; tells when doubt begins or ends."""
        self.latest.append((person, outside))
        del self.latest[:-_KEPT]
        share = sum(out for _, out in self.latest) / len(self.latest)
        many = len(self.latest) >= _FEWEST and len({who for who, out in self.latest if out}) >= _PEOPLE
        key = f"SITE_LOCATION_DOUBTFUL/{site}"
        if not self.doubtful and many and share >= _DOUBTFUL:
            self.doubtful = True
            title = f"{share:.0%} of the last {len(self.latest)} check-ins lie outside the fence: is its place right?"
            evidence = {"share_outside": round(share, 2), "check_ins": len(self.latest)}
            return [
                Found(
                    key, "SITE_LOCATION_DOUBTFUL", "OPERATIONAL", severity.MEDIUM, time, title, evidence, site=site,
                    source="noc/attendance",
                )
            ]  # fmt: skip
        if self.doubtful and share <= _CREDIBLE:
            self.doubtful = False
            return [Over(key, time, f"only {share:.0%} of the last check-ins lie outside by now")]
        return []
