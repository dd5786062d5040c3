"""The vocabulary of alerts, and one alert's life as a source tells it: firing, repeats, resolved."""

from typing import Any, Final

from engine.sources.simulate.event import line, stamp

# alert type: (severity, message with {e} for the entity and {v} for a number, from, to)
ALARMS: Final[dict[str, tuple[str, str, int, int]]] = {
    "UPLINK_DOWN": ("CRITICAL", "{e}: no answer from the carrier gateway for {v} s", 10, 90),
    "CARRIER_DEGRADED": ("HIGH", "{e}: {v} circuits without light in the region", 12, 240),
    "LINK_DOWN": ("HIGH", "{e}: port state changed to down", 1, 24),
    "HIGH_PACKET_LOSS": ("MEDIUM", "{e}: packet loss {v} % over 2 min", 6, 38),
    "HIGH_LATENCY": ("LOW", "{e}: round trip {v} ms", 180, 900),
    "DEVICE_OFFLINE": ("MEDIUM", "{e} has not been heard from for {v} s", 60, 300),
    "CAMERA_STREAM_LOST": ("MEDIUM", "{e}: no video for {v} s", 10, 60),
    "READER_UNREACHABLE": ("HIGH", "{e}: door reader does not answer", 1, 2),
    "SENSOR_SILENT": ("LOW", "{e}: no reading for {v} s", 300, 900),
    "NVR_UNREACHABLE": ("HIGH", "{e}: recorder does not answer", 1, 2),
    "HOST_UNREACHABLE": ("HIGH", "{e}: ping failed {v} times", 3, 9),
    "POWER_LOSS": ("CRITICAL", "{e}: mains voltage is gone", 0, 1),
    "UPS_BATTERY_LOW": ("CRITICAL", "{e}: {v} % battery left", 6, 19),
    "SWITCH_DOWN": ("CRITICAL", "{e}: switch does not answer SNMP", 0, 1),
    "COOLING_FAILED": ("HIGH", "{e}: compressor stopped, code {v}", 11, 64),
    "TEMPERATURE_HIGH": ("HIGH", "{e}: {v} °C", 31, 44),
    "THERMAL_THROTTLING": ("MEDIUM", "{e}: clock reduced at {v} °C", 84, 97),
    "DISK_FULL": ("HIGH", "{e}: volume /archive is {v} % full", 97, 100),
    "RECORDING_STOPPED": ("HIGH", "{e}: recorder cannot write", 0, 1),
    "RECORDING_GAP": ("MEDIUM", "{e}: {v} s of video missing", 20, 400),
    "HOST_DOWN": ("CRITICAL", "{e}: host is down", 0, 1),
    "SERVICE_DOWN": ("CRITICAL", "{e}: health check failed {v} times in a row", 3, 12),
    "SERVICE_ERRORS_HIGH": ("HIGH", "{e}: {v} % of requests fail", 6, 71),
    "SERVICE_LATENCY_HIGH": ("MEDIUM", "{e}: p95 at {v} ms", 900, 7800),
    "CONNECTIONS_EXHAUSTED": ("HIGH", "{e}: {v} clients wait for a connection", 40, 400),
    "SYNC_DEGRADED": ("MEDIUM", "{e}: {v} punches not synchronised", 3, 60),
    "QUEUE_BACKLOG": ("MEDIUM", "{e}: {v} messages waiting", 2000, 48000),
    "DEVICE_FAILED": ("HIGH", "{e}: self-test failed with code {v}", 11, 97),
    "LOW_BATTERY": ("LOW", "{e}: battery at {v} %", 4, 15),
    "WEAK_SIGNAL": ("LOW", "{e}: signal at {v} %", 8, 29),
    "DOOR_HELD_OPEN": ("LOW", "{e}: door open for {v} s", 45, 400),
    "MOTION_AFTER_HOURS": ("MEDIUM", "{e}: motion in zone {v}", 1, 8),
    "LOGIN_FAILURES": ("LOW", "{e}: {v} failed sign-ins in 5 min", 5, 40),
    "CLOCK_SKEW": ("INFO", "{e}: clock off by {v} ms", 600, 5000),
    "HIGH_CPU": ("LOW", "{e}: processor at {v} %", 91, 100),
    "BACKUP_SLOW": ("INFO", "{e}: nightly backup runs for {v} min", 50, 180),
    "CERTIFICATE_EXPIRES": ("LOW", "{e}: certificate ends in {v} days", 3, 21),
    "LENS_OBSTRUCTED": ("LOW", "{e}: picture is {v} % dark", 40, 95),
}


def ident(entity: str, alert_type: str, now: int, resolved: bool = False) -> str:
    """An id that tells what and when, and nothing of why."""
    return f"al-{entity.partition('/')[2]}-{alert_type.lower()}-{now // 1000:x}{'r' if resolved else ''}"


def alarm(
    entity: str, alert_type: str, now: int, *, site: str | None, value: int, since: int, resolved: bool = False
) -> bytes:
    """One `alert.firing` or `alert.resolved`; `value` from 0 to 99 is how bad.

    Alerts of a site come from its monitor, others from the platform's.
    """
    severity, message, low, high = ALARMS[alert_type]
    data: dict[str, Any] = {"alert_type": alert_type, "severity": severity, "entity": entity}
    if site:
        data["site"] = site
    name = entity.partition("/")[2]
    data["message"] = (
        f"{name}: as it should be" if resolved else message.format(e=name, v=low + (high - low) * value // 100)
    )
    data["labels"] = {"kind": entity.partition("/")[0], "job": "probe" if site else "platform"}
    data["starts_at"] = stamp(since)
    if resolved:
        data["ends_at"] = stamp(now)
    source = f"monitor/{site}" if site else "monitor/platform"
    return line(
        source, ident(entity, alert_type, now, resolved), "alert.resolved" if resolved else "alert.firing", now, data
    )
