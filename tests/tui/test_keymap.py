"""The registry feeds keys, help and palette; no two actions share a key."""

from noc_tui.actions import ACTIONS, BY_NAME, GROUPS, Danger, Need, offered
from noc_tui.keymap import Keymap, sign
from noc_tui.screens.help import help_blocks
from noc_tui.text import UNICODE
from noc_tui.widgets.section_view import lay_out

PROMISED = {
    "down": {"j", "down"},
    "up": {"k", "up"},
    "first": {"g"},
    "last": {"G"},
    "next_pane": {"tab"},
    "open": {"enter"},
    "back": {"escape"},
    "filter": {"slash"},
    "palette": {"colon", "ctrl+p"},
    "help": {"question_mark"},
    "pause": {"space", "p"},
    "acknowledge": {"a"},
    "acknowledge_marked": {"A"},
    "undo": {"u"},
    "mark": {"m"},
    "zoom": {"z"},
    "copy": {"y"},
    "quit": {"q", "ctrl+c"},
    "repaint": {"ctrl+l"},
}


def test_the_promised_keys_do_what_is_promised() -> None:
    keymap = Keymap()
    assert keymap.complaints == []
    for name, keys in PROMISED.items():
        assert keys <= set(keymap.keys(BY_NAME[name]))


def test_keys_survive_every_terminal() -> None:
    keys = [key for action in ACTIONS for key in action.keys]
    assert not [key for key in keys if key.startswith(("alt+", "super+", "ctrl+shift+"))]


def test_changed_keys_are_taken_and_clashes_are_told() -> None:
    keymap = Keymap({"acknowledge": ["x"], "nonsense": ["n"], "undo": ["j"]})
    assert keymap.signs(BY_NAME["acknowledge"]) == ["x"]
    assert any("nonsense" in told for told in keymap.complaints)
    assert any("j is both down and undo" in told for told in keymap.complaints)
    assert keymap.keys(BY_NAME["undo"]) == ()


def test_whatever_changes_something_needs_writing_and_can_be_undone() -> None:
    for action in ACTIONS:
        if action.danger is not Danger.NONE:
            assert Need.WRITE in action.needs


def test_help_names_every_action_and_its_keys() -> None:
    keymap = Keymap()
    for room in (76, 104):
        lines = lay_out(help_blocks("Board", "about", keymap, UNICODE, room), room)
        page = "\n".join("".join(text for text, _ in line.cells) for line in lines)
        for action in ACTIONS:
            assert action.title in page
            assert sign(action.keys[0]) in page
        assert all(group in page for group in GROUPS)


def test_each_pane_offers_what_it_can_do() -> None:
    assert [action.name for action in offered("board")][:4] == ["help", "open", "acknowledge", "undo"]
    assert "mark" not in [action.name for action in offered("feed")]
