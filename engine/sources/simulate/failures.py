"""Devices that decline and fail, decline and recover, or fail out of the blue; and sensors that lie."""

from typing import Final

from data.times import DAY, HOUR, MINUTE
from engine.sources.simulate.alarms import alarm
from engine.sources.simulate.devices import Device
from engine.sources.simulate.dice import between, dice
from engine.sources.simulate.event import line
from engine.sources.simulate.tickets import work_order
from engine.sources.simulate.weave import Actor
from engine.sources.simulate.world import Site, World

_CODES: Final = {
    "cam": ("E21", "image sensor"),
    "reader": ("E07", "fingerprint module"),
    "nvr": ("E90", "controller"),
    "disk": ("S197", "platter"),
    "sensor": ("E02", "cell"),
    "tablet": ("E11", "battery"),
    "tracker": ("E33", "antenna"),
}


def ills(world: World, site: Site) -> Actor:
    """What befalls the devices of a site: a decline every three days or so, a lying sensor every two weeks."""
    rng = dice(world.seed, "ills", site.id, world.begin)
    now = world.begin
    while True:
        now += between(rng, 2 * 3600, 6 * DAY / 1e6)
        yield now
        if rng.random() < 0.2:
            sensor = rng.choice(site.make("sensor"))
            if not sensor.lie and not sensor.down:
                world.loom.add(
                    lie(
                        world, site, sensor, rng.choice(("stuck", "drift", "spikes")), between(rng, 4 * 3600, 20 * 3600)
                    )
                )
            continue
        device = rng.choice([device for device in site.devices if device.make in _CODES])
        if device.wear_until or device.down or device.lie:
            continue
        luck = rng.random()
        if luck < 0.2:
            world.loom.add(recover(world, site, device, between(rng, 2 * 3600, 6 * 3600)))
        else:
            world.loom.add(fail(world, site, device, 0 if luck < 0.34 else between(rng, 1.5 * 3600, 8 * 3600)))


def _tell(site: Site, device: Device, verb: str, now: int, message: str) -> bytes:
    code, component = _CODES[device.make]
    data = {"device": device.id, "code": code, "component": component, "message": message}
    return line(f"iot/{site.id}", f"dv-{device.id}-{verb}-{now // 1000:x}", f"device.{verb}", now, data)


def _decline(
    site: Site, device: Device, now: int, until: int, world: World, errors: list[str], ailing: int = 0
) -> Actor:
    """Wear grows from `now` to `until`, less where it is hard, and with it the errors that it reports itself."""
    rng, hardness = dice(world.seed, "decline", device.id, now), world.hardness
    device.wear_from = now - ailing
    device.wear_until = now + int((until - now) / (1 - 0.6 * hardness))
    while True:
        now += between(rng, 500, 3400)
        if now >= until:
            return
        yield now
        if rng.random() < device.wear(now) ** 1.3:
            errors.append(f"dv-{device.id}-error-{now // 1000:x}")
            yield _tell(site, device, "error", now, "self-test out of range")


def fail(world: World, site: Site, device: Device, warning: int, ailing: int = 0) -> Actor:
    """Declines for `warning` microseconds (0 = without a sign), fails, alarms until it is repaired some hours later.

    It has been ailing for `ailing` microseconds before.
    """
    start = world.loom.now
    rng = dice(world.seed, "fail", device.id, start)
    now = start + warning
    row = world.ledger.open(
        "device_failure",
        start - ailing,
        now,
        site=site.id,
        entity=device.ref,
        detail={"warning_s": warning // 1_000_000},
    )
    if warning:
        yield from _decline(site, device, start, now, world, row["event_ids"], ailing)
    yield now
    device.down = device.failed = True
    row["event_ids"].append(f"dv-{device.id}-failed-{now // 1000:x}")
    yield _tell(site, device, "failed", now, "does not start any more")
    world.ledger.close(row)
    since = now + between(rng, 3, 40)
    yield since
    yield alarm(device.ref, "DEVICE_FAILED", since, site=site.id, value=rng.randrange(100), since=since)
    takes = between(rng, 1.5 * 3600, 7 * 3600)
    title = f"Replace {device.model}"
    world.loom.add(
        work_order(site, f"W{site.id[1:]}-{since // 1000 // 1000:x}f", title, takes, since + 5 * MINUTE),
        since + 5 * MINUTE,
    )
    back = since + takes
    yield back
    device.down = device.failed = False
    device.wear_from, device.wear_until, device.installed_at = 0, 0, back // DAY * DAY
    yield _tell(site, device, "maintained", back, "part replaced")
    yield _tell(site, device, "online", back, "in service")
    yield alarm(device.ref, "DEVICE_FAILED", back, site=site.id, value=0, since=since, resolved=True)


def recover(world: World, site: Site, device: Device, lasts: int) -> Actor:
    """Declines to about half and is well again: dust, cold, a loose plug."""
    now = world.loom.now
    row = world.ledger.open("honest:declined_device", now, now + lasts, site=site.id, entity=device.ref)
    for said in _decline(site, device, now, now + 2 * lasts, world, row["event_ids"]):
        if isinstance(said, int) and said >= now + lasts:
            break
        yield said
    yield now + lasts
    device.wear_from, device.wear_until = 0, 0
    row["event_ids"].append(f"dv-{device.id}-maintained-{(now + lasts) // 1000:x}")
    yield _tell(site, device, "maintained", now + lasts, "cleaned")
    world.ledger.close(row)


def lie(world: World, site: Site, sensor: Device, how: str, lasts: int) -> Actor:
    """A sensor reports nonsense for a while: one value for ever, a slow drift, or spikes."""
    now = world.loom.now
    sensor.lie, sensor.witness = how, []
    row = world.ledger.open(
        "sensor", now, now + lasts, site=site.id, entity=sensor.ref, event_ids=sensor.witness, detail={"how": how}
    )
    yield now + lasts
    sensor.lie = ""
    world.ledger.close(row)


def hiccups(world: World, site: Site) -> Actor:
    """Errors that mean nothing, and devices that are away for some minutes: about four a day and site."""
    rng = dice(world.seed, "hiccups", site.id, world.begin)
    now = world.begin
    while True:
        now += between(rng, 600, 11 * 3600)
        yield now
        device = rng.choice([device for device in site.devices if device.make in _CODES])
        if device.down or site.net_down:
            continue
        if rng.random() < 0.5:
            yield _tell(site, device, "error", now, "read retried")
        else:
            world.loom.add(_away(site, device, now, between(rng, 40, 700)))


def _away(site: Site, device: Device, now: int, lasts: int) -> Actor:
    device.down = True
    yield _tell(site, device, "offline", now, "no answer")
    yield now + lasts
    if device.down and not device.failed:
        device.down = False
        yield _tell(site, device, "online", now + lasts, "answers again")


def doomed(world: World, site: Site, minutes: int) -> Actor:
    """For the opening of a demo: a camera that has been ailing for an hour and fails in `minutes`."""
    device = site.make("cam")[0]
    yield world.begin
    world.loom.add(fail(world, site, device, minutes * MINUTE, HOUR))
