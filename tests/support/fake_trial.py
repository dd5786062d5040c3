"""A trial that goes where a test says."""

from engine.backtest.difference import Compared, Difference, Sample, Truth
from engine.backtest.wish import Sweep

OTHERS = ("incidents", "findings", "anomalies", "predictions", "outbox", "runs")


class FakeTrial:
    """Stands where `engine.backtest.trial.Trial` would."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.done = self.total = 0
        self.found: Difference | None = None
        self.sweep: Sweep | None = None
        self.error = ""
        self.stopped = False

    @property
    def over(self) -> bool:
        return self.found is not None or self.sweep is not None or bool(self.error)

    def stop(self) -> None:
        self.stopped = True

    def end(self, ref: str) -> None:
        """It found that one alert would be gone, and that people had confirmed it."""
        gone = Sample(ref, "2026-01-05T07:50:00Z", "UPLINK_DOWN: no carrier")
        others = (Compared(name, 12, 12, 0, 0, [], []) for name in OTHERS)
        self.found = Difference(
            "2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z", 79_976, [self.text], False, 900, 406, 342,
            [Compared("alerts", 886, 885, 1, 0, [gone], []), *others],
            {"desk": (12, 11)}, [Truth("confirmed by people", 4, 4, 3, [gone]),
             Truth("incidents that people worked on", 9, 9, 8, [])], 0, [], [], [],
        )  # fmt: skip
