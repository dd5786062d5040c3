"""Buttons in Slack messages (api.slack.com/reference/interaction-payloads/block-actions)."""

from typing import Any, Final
from urllib.parse import parse_qs

import msgspec

from engine.respond.callbacks.wanted import Unwanted, Wanted

PREFIX: Final = "noc:"
BUTTONS: Final = (("acknowledge", "Acknowledge"), ("assign", "I take it"), ("resolve", "Resolve"))


class _User(msgspec.Struct):
    id: str


class _Action(msgspec.Struct):
    action_id: str = ""
    value: str = ""
    action_ts: str = ""


class _Container(msgspec.Struct):
    channel_id: str = ""
    message_ts: str = ""


class Clicked(msgspec.Struct):
    """What Slack tells of a click; the rest of its payload is of no use here."""

    type: str
    user: _User
    actions: list[_Action] = []
    container: _Container = msgspec.field(default_factory=_Container)
    response_url: str = ""


def buttons(tenant: str, target: str) -> dict[str, Any]:
    """The block with a button for each deed; the value names what it is about."""
    elements = [
        {
            "type": "button",
            "action_id": f"{PREFIX}{deed}",
            "text": {"type": "plain_text", "text": words},
            "value": f"{tenant}|{target}"[:2000],
        }
        for deed, words in BUTTONS
    ]
    return {"type": "actions", "elements": elements}


def clicked(body: bytes) -> Clicked:
    """Raises Unwanted: 400 for what is no payload of Slack."""
    try:
        fields = parse_qs(body.decode(), strict_parsing=True, max_num_fields=10)
        return msgspec.json.decode(fields["payload"][0], type=Clicked)
    except (ValueError, KeyError) as error:
        raise Unwanted(400, f"no interaction of Slack: {error}") from None


def wanted(click: Clicked) -> Wanted | None:
    """None for buttons of somebody else, such as a link that was opened. Raises Unwanted for one that names nothing."""
    if click.type != "block_actions" or not click.actions or not click.actions[0].action_id.startswith(PREFIX):
        return None
    action = click.actions[0]
    deed = action.action_id.removeprefix(PREFIX)
    tenant, mark, target = action.value.partition("|")
    if deed not in [name for name, _ in BUTTONS] or not mark or "/" not in target:
        raise Unwanted(400, "the button is not one of ours")
    key = f"slack/{click.user.id}/{action.action_ts}/{deed}"
    return Wanted(deed, target, tenant, click.user.id, key)
