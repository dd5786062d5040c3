"""The vocabulary of alerts, and one alert's life as a source tells it: firing, repeats, resolved."""

from typing import Any, Final

from engine.sources.simulate.event import line, stamp

# alert type: (severity, message with {e} for the entity and {v} for a number)
ALARMS: Final[dict[str, tuple[str, str]]] = {
    "UPLINK_DOWN": ("CRITICAL", "{e}: no answer from the carrier gateway for {v} s"),
    "CARRIER_DEGRADED": ("HIGH", "{e}: {v} circuits without light in the region"),
    "LINK_DOWN": ("HIGH", "{e}: port state changed to down"),
    "HIGH_PACKET_LOSS": ("MEDIUM", "{e}: packet loss {v} % over 2 min"),
    "HIGH_LATENCY": ("LOW", "{e}: round trip {v} ms"),
    "DEVICE_OFFLINE": ("MEDIUM", "{e} has not been heard from for {v} s"),
    "CAMERA_STREAM_LOST": ("MEDIUM", "{e}: no video for {v} s"),
    "READER_UNREACHABLE": ("HIGH", "{e}: door reader does not answer"),
    "SENSOR_SILENT": ("LOW", "{e}: no reading for {v} s"),
    "NVR_UNREACHABLE": ("HIGH", "{e}: recorder does not answer"),
    "HOST_UNREACHABLE": ("HIGH", "{e}: ping failed {v} times"),
    "POWER_LOSS": ("CRITICAL", "{e}: mains voltage is gone"),
    "UPS_BATTERY_LOW": ("CRITICAL", "{e}: {v} % battery left"),
    "SWITCH_DOWN": ("CRITICAL", "{e}: switch does not answer SNMP"),
    "COOLING_FAILED": ("HIGH", "{e}: compressor stopped, code {v}"),
    "TEMPERATURE_HIGH": ("HIGH", "{e}: {v} °C"),
    "THERMAL_THROTTLING": ("MEDIUM", "{e}: clock reduced at {v} °C"),
    "DISK_FULL": ("HIGH", "{e}: volume /archive is {v} % full"),
    "RECORDING_STOPPED": ("HIGH", "{e}: recorder cannot write"),
    "RECORDING_GAP": ("MEDIUM", "{e}: {v} s of video missing"),
    "HOST_DOWN": ("CRITICAL", "{e}: host is down"),
    "SERVICE_DOWN": ("CRITICAL", "{e}: health check failed {v} times in a row"),
    "SERVICE_ERRORS_HIGH": ("HIGH", "{e}: {v} % of requests fail"),
    "SERVICE_LATENCY_HIGH": ("MEDIUM", "{e}: p95 at {v} ms"),
    "CONNECTIONS_EXHAUSTED": ("HIGH", "{e}: {v} clients wait for a connection"),
    "SYNC_DEGRADED": ("MEDIUM", "{e}: {v} punches not synchronised"),
    "QUEUE_BACKLOG": ("MEDIUM", "{e}: {v} messages waiting"),
    "DEVICE_FAILED": ("HIGH", "{e}: self-test failed with code {v}"),
    "LOW_BATTERY": ("LOW", "{e}: battery at {v} %"),
    "WEAK_SIGNAL": ("LOW", "{e}: signal at {v} %"),
    "DOOR_HELD_OPEN": ("LOW", "{e}: door open for {v} s"),
    "MOTION_AFTER_HOURS": ("MEDIUM", "{e}: motion in zone {v}"),
    "LOGIN_FAILURES": ("LOW", "{e}: {v} failed sign-ins in 5 min"),
    "CLOCK_SKEW": ("INFO", "{e}: clock off by {v} ms"),
    "HIGH_CPU": ("LOW", "{e}: processor at {v} %"),
    "BACKUP_SLOW": ("INFO", "{e}: nightly backup runs for {v} min"),
    "CERTIFICATE_EXPIRES": ("LOW", "{e}: certificate ends in {v} days"),
    "LENS_OBSTRUCTED": ("LOW", "{e}: picture is {v} % dark"),
}


def ident(entity: str, alert_type: str, now: int, resolved: bool = False) -> str:
    """An id that tells what and when, and nothing of why."""
    return f"al-{entity.partition('/')[2]}-{alert_type.lower()}-{now // 1000:x}{'r' if resolved else ''}"


def alarm(
    entity: str, alert_type: str, now: int, *, site: str | None, value: int, since: int, resolved: bool = False
) -> bytes:
    """One `alert.firing` or `alert.resolved`; alerts of a site come from its monitor, others from the platform's."""
    severity, message = ALARMS[alert_type]
    data: dict[str, Any] = {"alert_type": alert_type, "severity": severity, "entity": entity}
    if site:
        data["site"] = site
    data["message"] = message.format(e=entity.partition("/")[2], v=value)
    data["labels"] = {"kind": entity.partition("/")[0], "job": "probe" if site else "platform"}
    data["starts_at"] = stamp(since)
    if resolved:
        data["ends_at"] = stamp(now)
    source = f"monitor/{site}" if site else "monitor/platform"
    return line(
        source, ident(entity, alert_type, now, resolved), "alert.resolved" if resolved else "alert.firing", now, data
    )
