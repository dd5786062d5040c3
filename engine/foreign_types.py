"""Events of types outside `noc.` become others by rules of the configuration, before they are journalled: what is
replayed or recovered is what they became, whatever the rules are then."""

import logging
from collections.abc import Callable

from data.wire import BadEvent, Event
from engine.meters import Meters
from engine.settings import Config

_log = logging.getLogger("noc")


def types_of(config: Config, meters: Meters) -> Callable[[Event], Event] | None:
    """None where nothing is mapped. An event that its rule cannot be followed for stays as it came, and is counted."""
    if not config.foreign.types:
        return None
    from engine.sources.foreign.mapped import BadPayload  # CEL is for those who map only
    from engine.sources.foreign.mapping import Types

    types = Types(config.foreign.types, config.foreign)

    def mapped(event: Event) -> Event:
        try:
            return types.mapped(event)
        except (BadPayload, BadEvent) as error:
            meters.unmapped += 1
            if meters.unmapped == 1:
                _log.warning("an event of type %s stays as it came: %s", event.type, error)
            return event

    return mapped
