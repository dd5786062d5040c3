"""A version of a model, a setting, an entry of the audit."""

from typing import Any

from data import times
from data.store import Follower
from engine.models.about import Scores, about_of
from engine.settings.printing import rows_of
from engine.sheets.kind import Asked, Scene
from engine.views import Dossier, Fact, Section

FEATURES = 10


def version(reader: Follower, asked: Asked, ref: str, span: str, begun: Dossier | None) -> Dossier:  # noqa: ARG001
    """Where it came from, how good it was beside rules and a trivial rule, how well it is calibrated. Raises
    LookupError."""
    number = ref.partition("/")[2]
    found = next((one for one in reader.models() if str(one.number) == number and one.tenant == asked.tenant), None)
    if found is None:
        raise LookupError(f"there is no {ref}")
    about = about_of(found)
    rules = [("model", about.model), ("rules", about.rules), (about.trivial_rule, about.trivial)]
    if about.live is not None:
        rules.append((f"live then ({(about.live_version or '')[:8]})", about.live))
    gates = tuple(Fact("passed" if gate.passed else "FAILED", f"{gate.name}: {gate.text}", 0 if gate.passed else 4)
                  for gate in about.gates)  # fmt: skip
    data = (
        Fact("rows", f"{about.rows:,} of {about.entities:,} things, {about.positives:,} positive"),
        Fact("from", f"{times.text(about.since)[:16]} to {times.text(about.until)[:16]}"),
        Fact("judged on", f"{about.judged:,} rows ({about.judged_by}), base rate {about.base_rate:.1%}"),
        Fact("trees", f"{about.trees}, depth {about.depth}"),
    )
    curve = tuple(Fact(f"says {said:.0%}", f"came true {came:.0%} of {count:,}") for said, came, count in about.curve)
    weights = tuple(Fact(f"{share:.0%}", name) for name, share in about.importances[:FEATURES])
    return Dossier(
        0, ref, f"{found.kind}, version {found.version}", 0 if found.status != "REFUSED" else 4, found.status,
        deeds=("rollback",) if found.status == "LIVE" else (),
        sections=(Section("How good", tuple(_scores(name, scores) for name, scores in rules)), Section("Gates", gates),
                  Section("Data", data), Section("Calibration", curve), Section("What weighs", weights)),
    )  # fmt: skip


def _scores(name: str, scores: Scores) -> Fact:
    told = (("AUC", scores.auc), ("PR-AUC", scores.pr_auc), ("precision", scores.precision), ("recall", scores.recall),
            ("calibration error", scores.calibration_error))  # fmt: skip
    return Fact(name, ", ".join(f"{label} {value:.3f}" for label, value in told if value == value) or "cannot be said")


def setting(scene: Scene, id: str, span: str) -> Dossier | None:  # noqa: ARG001
    found = next((one for one in rows_of(scene.running.pipeline.config) if one.key == id), None)
    if found is None:
        return None
    env = "NOC__" + found.key.upper().replace(".", "__")
    facts = (Fact("value", _shown(found.value)), Fact("from", found.origin), Fact("as a variable", env))
    return Dossier(0, f"setting/{id}", id, why=found.doc, sections=(Section("Setting", facts),))


def audit(reader: Follower, asked: Asked, ref: str, span: str, begun: Dossier | None) -> Dossier:  # noqa: ARG001
    place = ref.partition("/")[2]
    found = next(
        (row for row in reader.audit(None, None) if row.tenant == asked.tenant and str(row.place or row.seq) == place),
        None,
    )
    if found is None:
        raise LookupError(f"there is no {ref}")
    facts = (
        Fact("when", times.text(found.time)), Fact("who", found.actor), Fact("did", found.action),
        Fact("to", found.target, ref=found.target), Fact("outcome", found.outcome),
        Fact("place in the chain", str(found.place)), Fact("hash", found.hash), Fact("before it", found.previous),
    )  # fmt: skip
    detail = tuple(Fact(name, _shown(value)) for name, value in found.detail.items())
    more = (Section("Detail", detail),) if detail else ()
    return Dossier(0, ref, f"{found.actor}: {found.action} {found.target}", sections=(Section("Entry", facts), *more))


def _shown(value: Any) -> str:
    import msgspec

    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
