"""What playbooks came to: counts per playbook and per action, and how much of what they resolved stayed resolved."""

import msgspec


class PlaybookCounts(msgspec.Struct):
    """`held` tells what was held back, by reason. `resolved` counts runs that ended their target, `reopened` those of
    them whose target came back within the reopen window."""

    matched: int = 0
    proposed: int = 0
    begun: int = 0
    resolved: int = 0
    reopened: int = 0
    ended: dict[str, int] = {}
    held: dict[str, int] = {}


class ActionCounts(msgspec.Struct):
    states: dict[str, int] = {}
    retried: int = 0


class Counts(msgspec.Struct):
    playbooks: dict[str, PlaybookCounts] = {}
    actions: dict[str, ActionCounts] = {}
    errors: dict[str, int] = {}  # playbook -> expressions that could not be answered

    def of(self, playbook: str) -> PlaybookCounts:
        return self.playbooks.setdefault(playbook, PlaybookCounts())

    def held(self, playbook: str, why: str) -> None:
        held = self.of(playbook).held
        held[why] = held.get(why, 0) + 1

    def ended(self, playbook: str, state: str) -> None:
        ended = self.of(playbook).ended
        ended[state] = ended.get(state, 0) + 1

    def step(self, action: str, state: str) -> None:
        states = self.actions.setdefault(action, ActionCounts()).states
        states[state] = states.get(state, 0) + 1

    def retried(self, action: str) -> None:
        self.actions.setdefault(action, ActionCounts()).retried += 1
