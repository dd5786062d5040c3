"""Why something has its priority: what each feature added, from the vector that was kept with the record."""

from data.records.alert import Alert
from data.records.cluster import Cluster
from data.records.incident import Incident
from engine.score.priority import Factor, Formula, priority, read

Ranked = Alert | Cluster | Incident
FORMULA = Formula()


def factors_of(record: Ranked) -> list[Factor]:
    """Heaviest first; empty for a record of a version that kept none."""
    seen = read(record.features)
    return FORMULA.factors(seen) if seen is not None else []


def ranked(record: Ranked) -> list[str]:
    """Lines that add up to its priority."""
    seen = read(record.features)
    if seen is None:
        return []
    listed = [told(factor) for factor in FORMULA.factors(seen)]
    if priority(seen, FORMULA) == record.priority:
        return [f"Priority {record.priority} of 100 is the sum of: {'; '.join(listed)}"]
    return [f"Priority {record.priority} of 100, by a learned model; it was given: {'; '.join(listed)}"]


def told(factor: Factor) -> str:
    """`40 of 40 for severity (severity 5 of 5)`."""
    return f"{factor.points:.1f} of {factor.most} for {factor.name} ({factor.words})"
