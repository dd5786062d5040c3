"""Settings of mappings: what JSON of other systems, and events of foreign types, become."""

from typing import Annotated

import msgspec

from engine.settings.meta import about


class Rule(msgspec.Struct, frozen=True):
    """What an item becomes, if `when` holds. All but `type` are CEL expressions over `item` (the item) and `payload`
    (all of what came); one that gives null leaves its field out."""

    type: Annotated[str, about("type of the event", example="noc.alert.firing")]
    when: Annotated[
        str, about("CEL: whether this rule is for an item; empty: for all", example="item.state == 'UP'")
    ] = ""
    id: Annotated[str, about("CEL: id of the event; empty: made from way, arrival and ordinal")] = ""
    time: Annotated[
        str, about("CEL: RFC 3339, or seconds since 1970, above 10^11 milliseconds; empty: the arrival")
    ] = ""
    source: Annotated[str, about("CEL: source of the event; empty: the name of the source")] = ""
    subject: Annotated[str, about("CEL: reference of what the event is about")] = ""
    tenant: Annotated[str, about("CEL: tenant; empty: that of the source or of its token")] = ""
    data: Annotated[dict[str, str], about("CEL: fields of its data by their names")] = {}


class TypeRule(msgspec.Struct, frozen=True):
    """What events of a type outside `noc.` become. Identity, time and tenant stay those of the event."""

    match: Annotated[str, about("types that are mapped; `*` stands for anything", example="com.acme.*")]
    type: Annotated[str, about("type that they get", example="noc.alert.firing")]
    when: Annotated[str, about("CEL over `event` and its `data`: whether this rule is for an event")] = ""
    subject: Annotated[str, about("CEL: reference of what the event is about; empty: as it was")] = ""
    data: Annotated[dict[str, str], about("CEL over `event` and its `data`: fields of its data by their names")] = {}
