"""Words to systemd, where it started us: ready, stopping, and alive (`sd_notify(3)`)."""

import asyncio
import os
import socket
from contextlib import suppress


def notify(text: str) -> None:
    """Tells the service manager; nothing where there is none."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
        line.connect("\0" + address[1:] if address.startswith("@") else address)
        line.sendall(text.encode())


async def watchdog() -> None:
    """A sign of life at half the interval that the unit asks for, from the loop that does the work."""
    micros = os.environ.get("WATCHDOG_USEC", "")
    if not micros.isdigit():
        return
    while True:
        notify("WATCHDOG=1")
        await asyncio.sleep(int(micros) / 2_000_000)
