"""How well devices are, from what they say of themselves, and sensors that cannot be believed.

Health is 100 less what ails a device: an empty battery 45, a weak signal 20, heat 25, poor positions 15, errors up to
40. Below a limit it is a finding, named by the worst ailment; one device is one finding, and ends ten points above it.

Sensors that cannot be believed (`engine.detect.sensors`) are findings of their own.
"""

from collections.abc import Mapping

import msgspec

from data.payloads import Telemetry
from data.records import severity
from data.references import bare
from data.times import DAY, HOUR
from data.wire import Event
from engine.detect.report import Found, Over, Report
from engine.detect.room import Handler, Untimed
from engine.detect.sensors import Sensor, drift, fault
from engine.registry import Registry
from engine.settings.activity import HealthSettings
from engine.settings.places import Places

_NOTHING: list[Report] = []
SURE_AGAIN = 12  # readings without a fault that make a sensor believable again
EASED = 10.0  # points of health above the limit at which a finding ends
TOLD = 6 * HOUR


class Condition(msgspec.Struct):
    """A device as its telemetry and its errors show it; None: never said, or nothing to say while it is well."""

    battery: float | None = None
    signal: float | None = None
    heat: float | None = None
    gps_m: float | None = None
    errors: list[int] = []
    temperature: Sensor = msgspec.field(default_factory=Sensor)
    found: str = ""  # the finding about its health, if any
    told_at: int = 0
    broken: str = ""  # what is wrong with its readings, in words
    ails: bool = False  # something was not as it should be at the last look
    group: str = ""  # the site, of a sensor: others there are its neighbours

    def read(self, data: Telemetry) -> None:
        """Takes the readings; a weak signal and poor positions count when they last."""
        self.battery = self.battery if data.battery_pct is None else data.battery_pct
        self.heat = self.heat if data.temperature_c is None else data.temperature_c
        signal, gps = data.signal_pct, data.gps_accuracy_m
        if signal is not None:
            self.signal = signal if self.signal is None else self.signal + 0.3 * (signal - self.signal)
        if gps is not None:
            self.gps_m = gps if self.gps_m is None else self.gps_m + 0.2 * (gps - self.gps_m)


class DeviceHealth(Untimed):
    """The devices of one partition that send telemetry."""

    def __init__(self, tenant: str, places: Places, registry: Registry) -> None:
        self.tenant = tenant
        self.places = places
        self.registry = registry
        self.devices: dict[str, Condition] = {}
        self._groups: dict[str, dict[str, Condition]] = {}  # site -> its sensors
        rules = places.config.health
        # Limits that are the same at every place let most readings pass without a look.
        self._fixed = None if places.config.overrides else rules

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "noc.device.telemetry": self.telemetry,
            "noc.device.error": self.error,
            "noc.device.maintained": self.mended,
            "noc.device.online": self.mended,
            "noc.device.offline": self.retired,
            "noc.device.upserted": self.told,
        }

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(self.devices)

    def load(self, body: bytes) -> None:
        self.devices = msgspec.msgpack.decode(body, type=dict[str, Condition])
        self._groups = {}
        for device, one in self.devices.items():
            if one.group:
                self._groups.setdefault(one.group, {})[device] = one

    # Events.

    def telemetry(self, event: Event) -> list[Report]:
        data: Telemetry = event.data
        one = self.devices.get(data.device) or self._known(data.device)
        rules = self._fixed or self._rules(data.device)
        heat = data.temperature_c
        wrong = ""
        if heat is not None:
            wrong = fault(one.temperature, heat, rules)
            if one.group:
                apart = drift(one.temperature, heat, self._beside(one), event.time, rules)
                wrong = wrong or apart
            if wrong or one.broken:
                one.read(data)
                return [*self._sensor(event, data.device, one, wrong), *self._health(event, data.device, one, rules)]
        battery, signal, gps = data.battery_pct, data.signal_pct, data.gps_accuracy_m
        if (
            not one.ails
            and (battery is None or battery >= rules.battery_good)
            and (signal is None or signal >= 2 * rules.signal_low)
            and (heat is None or heat <= rules.hot - 10)
            and (gps is None or gps <= rules.gps_poor_m)
        ):
            return _NOTHING  # as nearly always
        one.read(data)
        return self._health(event, data.device, one, rules)

    def error(self, event: Event) -> list[Report]:
        device = bare(event.data.device) or ""
        one = self._known(device)
        one.errors = [*one.errors[-50:], event.time]
        return self._health(event, device, one, self._rules(device))

    def mended(self, event: Event) -> list[Report]:
        """Back in service: its errors are those of the past, what its readings mean is learned anew."""
        device = bare(event.data.device) or ""
        one = self.devices.get(device)
        if one is None:
            return _NOTHING
        if event.type == "noc.device.maintained":
            reports = self._end(event.time, device, one, "maintained")
            self._drop(device)
            return reports
        return self._health(event, device, one, self._rules(device))

    def retired(self, event: Event) -> list[Report]:
        device = bare(event.data.device) or ""
        if event.data.code != "REMOVED":
            return _NOTHING
        one = self._drop(device)
        return _NOTHING if one is None else self._end(event.time, device, one, "taken out of service")

    def told(self, event: Event) -> list[Report]:
        """Taken out of service, or moved to another site."""
        device = bare(event.data.id) or ""
        if event.data.active is not False:
            known = self.devices.get(device)
            if known is not None and known.group and known.group != self.registry.site_of(f"device/{device}"):
                self._group(device, known)
            return _NOTHING
        one = self._drop(device)
        return _NOTHING if one is None else self._end(event.time, device, one, "taken out of service")

    # Rules.

    def health(self, device: str, now: int) -> float | None:
        """0-100; None for a device that has said nothing."""
        one = self.devices.get(device)
        return None if one is None else max(0.0, 100.0 - sum(self._ails(one, now, self._rules(device)).values()))

    def _ails(self, one: Condition, now: int, rules: HealthSettings) -> dict[str, float]:
        """Points off, by ailment."""
        found: dict[str, float] = {}
        if one.battery is not None and one.battery < rules.battery_good:
            span = max(1.0, rules.battery_good - rules.battery_low)
            found["battery"] = 30.0 * min(1.0, (rules.battery_good - one.battery) / span)
            if one.battery < rules.battery_low:
                found["battery"] += 25.0
        if one.signal is not None and one.signal < 2 * rules.signal_low:
            found["signal"] = 20.0 * min(1.0, 2 - one.signal / max(1.0, rules.signal_low))
        if one.heat is not None and one.heat > rules.hot - 10:
            found["heat"] = 25.0 * min(1.0, (one.heat - rules.hot + 10) / 10)
        if one.gps_m is not None and one.gps_m > rules.gps_poor_m:
            found["positions"] = 15.0
        if one.errors:
            one.errors = [at for at in one.errors if at > now - DAY]
            if one.errors:
                found["errors"] = 40.0 * min(1.0, len(one.errors) / rules.errors)
        return found

    def _health(self, event: Event, device: str, one: Condition, rules: HealthSettings) -> list[Report]:
        device = bare(device) or device
        ails = self._ails(one, event.time, rules)
        one.ails = bool(ails or one.found)
        if not one.ails:
            one.battery = one.signal = one.heat = one.gps_m = None
            return _NOTHING
        score = max(0.0, 100.0 - sum(ails.values()))
        low = one.battery is not None and one.battery < rules.battery_low
        if one.found:
            well = score >= rules.poor + EASED and not (one.found == "DEVICE_BATTERY_LOW" and "battery" in ails)
            if well:
                one.found, one.ails = "", bool(ails)
                return [Over(f"DEVICE_HEALTH/{device}", event.time, f"health {score:.0f} again")]
            if event.time - one.told_at < TOLD:
                return _NOTHING
        elif score >= rules.poor and not low:
            return _NOTHING
        one.found = one.found or (
            "DEVICE_BATTERY_LOW" if low and score + ails["battery"] >= rules.poor else "DEVICE_HEALTH_POOR"
        )
        one.told_at = event.time
        worst = max(ails, key=lambda name: (ails[name], name), default="nothing more")
        words = (
            f"battery at {one.battery:.0f} %"
            if one.found == "DEVICE_BATTERY_LOW"
            else f"health {score:.0f} of 100, mostly {worst}"
        )
        evidence = {
            "health": round(score),
            "points_off": {name: round(points) for name, points in ails.items()},
            "battery_pct": one.battery,
            "signal_pct": None if one.signal is None else round(one.signal),
            "temperature_c": one.heat,
            "errors_today": len(one.errors),
        }
        return [self._found(f"DEVICE_HEALTH/{device}", one.found, event, device, words, evidence)]

    def _sensor(self, event: Event, device: str, one: Condition, wrong: str) -> list[Report]:
        device, sensor = bare(device) or device, one.temperature
        if wrong:
            sensor.good = 0
            if one.broken:
                return _NOTHING
            one.broken = wrong
            evidence = {"fault": wrong, "reading": sensor.last, "usual_step": round(sensor.step, 3)}
            return [
                self._found(
                    f"SENSOR_BROKEN/{device}", "SENSOR_BROKEN", event, device, f"temperature: {wrong}", evidence
                )
            ]
        sensor.good += 1
        if sensor.good < SURE_AGAIN:
            return _NOTHING
        one.broken = ""
        return [Over(f"SENSOR_BROKEN/{device}", event.time, f"{SURE_AGAIN} believable readings")]

    def _end(self, now: int, device: str, one: Condition, why: str) -> list[Report]:
        ended: list[Report] = []
        if one.found:
            ended.append(Over(f"DEVICE_HEALTH/{device}", now, why))
        if one.broken:
            ended.append(Over(f"SENSOR_BROKEN/{device}", now, why))
        return ended

    def _found(self, key: str, kind: str, event: Event, device: str, title: str, evidence: dict[str, object]) -> Found:
        ref = f"device/{device}"
        return Found(
            key, kind, "DEVICE_HEALTH", severity.MEDIUM, event.time, title, evidence,
            site=self.registry.site_of(ref), entity=ref,
        )  # fmt: skip

    def _known(self, device: str) -> Condition:
        device = bare(device) or device
        one = self.devices.get(device)
        if one is None:
            one = self.devices[device] = Condition(errors=[])
            self._group(device, one)
        return one

    def _group(self, device: str, one: Condition) -> None:
        """Which sensors are its neighbours; other devices have none."""
        if one.group:
            self._groups[one.group].pop(device, None)
        thing = self.registry.of("device", device)
        sensor = thing is not None and thing.attributes.get("kind") == "sensor"
        one.group = (self.registry.site_of(f"device/{device}") or "") if sensor else ""
        if one.group:
            self._groups.setdefault(one.group, {})[device] = one

    def _beside(self, one: Condition) -> list[Sensor]:
        return [other.temperature for other in self._groups[one.group].values() if not other.broken]

    def _drop(self, device: str) -> Condition | None:
        one = self.devices.pop(device, None)
        if one is not None and one.group:
            self._groups[one.group].pop(device, None)
        return one

    def _rules(self, device: str) -> HealthSettings:
        if self._fixed is not None:
            return self._fixed
        site = self.registry.site_of(f"device/{bare(device)}")
        return self.places.at(self.tenant, self.registry.client_of(site), site).health
