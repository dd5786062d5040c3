"""Which key runs which action: the registry's defaults, changed by what the user wants."""

from collections.abc import Mapping, Sequence
from typing import Final

from textual.binding import Binding

from noc_tui.actions import ACTIONS, BY_NAME, Action

_SIGNS: Final = {
    "slash": "/",
    "colon": ":",
    "question_mark": "?",
    "plus": "+",
    "underscore": "_",
    "semicolon": ";",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "equals_sign": "=",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "escape": "Esc",
    "enter": "Enter",
    "tab": "Tab",
    "shift+tab": "Shift-Tab",
    "space": "Space",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "home": "Home",
    "end": "End",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "f1": "F1",
    "f2": "F2",
    "f3": "F3",
    "f5": "F5",
    "ctrl+space": "Ctrl-Space",
    "ctrl+@": "Ctrl-Space",  # what most terminals send for it
}
_PRIORITY: Final = frozenset(("ctrl+c", "ctrl+q", "ctrl+l"))  # work while text is typed too


def sign(key: str) -> str:
    """A key as people read it: `/`, `Esc`, `Ctrl-L`."""
    if key in _SIGNS:
        return _SIGNS[key]
    if key.startswith("ctrl+"):
        return f"Ctrl-{key[5:].upper()}"
    return key


class Keymap:
    """`changes` maps an action's name to its keys. What it gets wrong is told in `complaints`, never raised."""

    def __init__(self, changes: Mapping[str, Sequence[str]] | None = None) -> None:
        self.complaints: list[str] = []
        self._keys = {action.name: action.keys for action in ACTIONS}
        for name, keys in (changes or {}).items():
            if name in BY_NAME:
                self._keys[name] = tuple(keys)
            else:
                self.complaints.append(f"no action is called {name!r}")
        taken: dict[str, str] = {}
        for name, keys in self._keys.items():
            for key in keys:
                if key in taken:
                    self.complaints.append(f"{sign(key)} is both {taken[key]} and {name}")
                taken.setdefault(key, name)
        self._taken = taken

    def keys(self, action: Action) -> tuple[str, ...]:
        return tuple(key for key in self._keys[action.name] if self._taken[key] == action.name)

    def signs(self, action: Action) -> list[str]:
        return list(dict.fromkeys(sign(key) for key in self.keys(action)))

    def bindings(self) -> list[Binding]:
        return [
            Binding(
                key,
                f"perform('{action.name}')",
                action.title,
                show=False,
                priority=key in _PRIORITY,
                id=f"{action.name}.{key}",
            )
            for action in ACTIONS
            for key in self.keys(action)
        ]
