"""Copying through the terminal itself (OSC 52), which works over SSH where no clipboard program can."""

import base64
from typing import Final

MAX_BASE64: Final = 74_994  # what xterm takes; others take more
_SCREEN_CHUNK: Final = 700  # GNU screen passes on at most 768 bytes in one string


def copy_sequence(text: str, multiplexer: str | None) -> str:
    """The sequence that puts `text` on the clipboard of the terminal at the far end.

    In tmux it goes twice: as it is (taken where `set-clipboard` is `on`) and wrapped (passed on where
    `allow-passthrough` is `on`). In GNU screen it goes wrapped and in chunks. Raises ValueError if it is too long.
    """
    encoded = base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")
    if len(encoded) > MAX_BASE64:
        raise ValueError(f"too long to copy through a terminal: {len(text):,} characters")
    plain = f"\x1b]52;c;{encoded}\x07"
    if multiplexer == "tmux":
        return plain + "\x1bPtmux;" + plain.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    if multiplexer == "screen":
        chunks = (plain[at : at + _SCREEN_CHUNK] for at in range(0, len(plain), _SCREEN_CHUNK))
        return "".join(f"\x1bP{chunk}\x1b\\" for chunk in chunks)
    return plain
