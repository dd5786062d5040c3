"""Faces: one that does not convince, and thirty days that look like a machine's."""

from data.payloads import Face
from data.records import severity
from data.times import DAY, MINUTE
from engine.detect.attendance.evidence import Evidence
from engine.detect.attendance.presence import Presence
from engine.detect.attendance.sure import beyond, several
from engine.settings.attendance import AttendanceSettings

KIND = "BIOMETRIC_ANOMALY"
KEPT = 60  # newest verifications of a person that the pattern is taken from
_WINDOW = 30 * DAY // MINUTE
_ENOUGH = 10
_FEW_MINUTES, _MANY_LOW, _LOW = 0.3, 0.3, 50  # the original's pattern (original-system.md §4.6)


def face_evidence(face: Face | None, limits: AttendanceSettings) -> list[Evidence]:
    """What one look tells. A dark gatehouse makes a face unsure, not lifeless: a low confidence alone is weak."""
    if face is None:
        return []
    parts: list[tuple[float, str]] = []
    if face.liveness is not None:
        parts.append((0.95 * beyond(limits.min_liveness + 0.05, face.liveness, 0.04), f"liveness {face.liveness}"))
    if face.confidence is not None:
        low = 0.75 * beyond(limits.min_face_confidence, face.confidence, 0.04)
        parts.append((low, f"the face matches with {face.confidence}"))
    if face.verified is False:
        parts.append((0.7, "the face was not verified"))
    sure = several(each for each, _ in parts)
    numbers = {"match": face.confidence, "liveness": face.liveness, "verified": face.verified}
    text = "; ".join(words for each, words in parts if each >= 0.3) or "; ".join(words for _, words in parts)
    return [Evidence(KIND, severity.MEDIUM, sure, text, numbers)] if sure >= 0.02 else []


def note_proof(presence: Presence, time: int, confidence: float | None) -> None:
    """Remembers one verification."""
    proofs = presence.proofs
    proofs.append((time // MINUTE, -1 if confidence is None else round(confidence * 100)))
    if len(proofs) > KEPT:
        del proofs[0]


def pattern_evidence(presence: Presence, time: int, limits: AttendanceSettings) -> list[Evidence]:
    """The verifications of 30 days, ten at least. Told when the pattern begins, not at every check-in of it."""
    first = time // MINUTE - _WINDOW
    proofs = [proof for proof in presence.proofs if proof[0] >= first]
    if len(proofs) < _ENOUGH:
        return []
    minutes = len({minute % 1440 for minute, _ in proofs}) / len(proofs)
    told = [confidence for _, confidence in proofs if confidence >= 0]
    mean = sum(told) / len(told) if told else 100.0
    low = sum(confidence < _LOW for confidence in told) / max(1, len(told))
    signs = []
    if minutes < _FEW_MINUTES:
        signs.append((0.6, f"{minutes:.0%} of {len(proofs)} verifications have a minute of the day of their own"))
    if len(told) >= _ENOUGH and mean < 100 * limits.min_biometric:
        signs.append((0.5, f"the mean match of {len(told)} verifications is {mean / 100:.2f}"))
    if len(told) >= _ENOUGH and low > _MANY_LOW:
        signs.append((0.5, f"{low:.0%} of {len(told)} verifications match with less than 0.5"))
    begins = bool(signs) and not presence.pattern
    presence.pattern = bool(signs)
    if not begins:
        return []
    numbers = {"distinct_minutes": round(minutes, 2), "mean_match": round(mean / 100, 3), "share_low": round(low, 2)}
    text = "over 30 days " + "; ".join(words for _, words in signs)
    return [Evidence(KIND, severity.MEDIUM, several(sure for sure, _ in signs), text, numbers)]
