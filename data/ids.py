"""Ids derived from what they name: the same recording gives the same ids on every machine."""

import xxhash

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: nothing that reads like another


def fingerprint(*parts: str) -> int:
    """64 bits that stand for `parts`; parts are kept apart, so ("a", "bc") is not ("ab", "c")."""
    return xxhash.xxh3_64_intdigest("\x1f".join(parts).encode("utf-8", "surrogatepass"))


def derive(prefix: str, *parts: str) -> str:
    """A short readable id such as `A-4t9x02kd7q`: `prefix` and 50 bits of the fingerprint of `parts`."""
    value = fingerprint(*parts)
    letters = []
    for _ in range(10):
        letters.append(_ALPHABET[value & 31])
        value >>= 5
    return f"{prefix}-{''.join(letters)}"


def of_alert(alert_type: str, entity: str | None, site: str | None) -> int:
    """The identity of an alert whose source gives no fingerprint."""
    return fingerprint("alert", alert_type, entity or "", site or "")


def of_series(tenant: str, name: str, entity: str | None, site: str | None, labels: tuple[tuple[str, str], ...]) -> int:
    """The number of a metric series. It follows from what makes the series, `labels` in order; positive, since SQL's
    integers have a sign."""
    told = "\x1f".join(f"{key}={value}" for key, value in labels)
    return fingerprint(tenant, name, entity or "", site or "", told) >> 1
