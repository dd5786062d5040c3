"""Orders about tokens, as the command line gives them to a running engine, and what is committed for each."""

from typing import Any, Literal

import msgspec

from data.clean import clean_text
from data.records import DEFAULT_TENANT
from data.records.audit import AuditRow
from data.records.token import Token
from data.store import Commit
from engine.access.caller import ROLES
from engine.access.keyring import Keyring, ending, revoked, valid
from engine.views import Outcome


class Order(msgspec.Struct):
    """`op` create: `token` is it. revoke: `id` ends at once. rotate: `token` follows `id`, which ends at `until`."""

    op: Literal["create", "revoke", "rotate"]
    actor: str
    token: Token | None = None
    id: str = ""
    until: int | None = None


def decide(keys: Keyring, order: Order, now: int) -> tuple[Outcome, Commit | None, list[Token]]:
    """What to answer, what to commit, and the tokens that changed."""
    made = [order.token] if order.token is not None and order.op != "revoke" else []
    for token in made:
        problem = _problem(keys, token, now)
        if problem:
            return Outcome(False, problem, f"token/{token.id}"), None, []
    old: list[Token] = []
    if order.op != "create":
        known = keys.get(order.id)
        if known is None or not valid(known, now):
            why = "there is no such token" if known is None else "it is not valid any more"
            return Outcome(False, f"{order.id}: {why}", f"token/{order.id}"), None, []
        old = [revoked(known, now) if order.op == "revoke" else ending(known, order.until or now)]
    changed = [*old, *made]
    subject = changed[-1]
    words = {"create": "given out", "revoke": "revoked", "rotate": "follows " + order.id}[order.op]
    row = AuditRow(
        now, DEFAULT_TENANT, order.actor, f"token.{order.op}", f"token/{subject.id}", words, _about(subject), 0
    )
    return Outcome(True, words, f"token/{subject.id}"), Commit(tokens=changed, audit=[row]), changed


def _problem(keys: Keyring, token: Token, now: int) -> str:
    if token.role not in ROLES:
        return f"there is no role `{clean_text(token.role, 40)}`; there are {', '.join(ROLES)}"
    if keys.get(token.id) is not None:
        return f"there is a token {token.id} already"
    if token.expires_at is not None and token.expires_at <= now:
        return "it would have ended already"
    return ""


def _about(token: Token) -> dict[str, Any]:
    """What the audit keeps: everything but the fingerprint of the secret."""
    return {
        "name": token.name, "role": token.role, "tenants": token.tenants, "clients": token.clients, "pii": token.pii,
        "expires_at": token.expires_at,
    }  # fmt: skip
