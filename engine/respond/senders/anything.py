"""The long tail (Matrix, Telegram, SMS gateways and a hundred more) through the library apprise, where it is there."""

import asyncio
import importlib

from engine.respond.senders.parcel import Fate, Parcel, Result
from engine.respond.senders.words import headline, lines
from engine.settings.notify import Receiver


class Anything:
    """Implements `parcel.Sender`."""

    digests = True

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver

    async def send(self, parcel: Parcel) -> Result:
        try:
            apprise = importlib.import_module("apprise")
        except ImportError:
            return Result(Fate.FAILED, "the library apprise is not installed: pip install apprise")
        told = apprise.Apprise()
        if not told.add(self._receiver.url):
            return Result(Fate.FAILED, "apprise does not know this address")
        done = await asyncio.to_thread(told.notify, "\n".join(lines(parcel)), headline(parcel))
        return Result(Fate.DELIVERED, "taken") if done else Result(Fate.FAILED, "apprise could not deliver it")

    async def close(self) -> None:
        """Nothing is kept open."""
