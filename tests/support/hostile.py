"""Text that attacks a terminal, and the grammar of what our own program may send to one."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final, NamedTuple

# What attackers have put into logs, names, commit messages and traps, and the shapes of it that filters forget.
CORPUS: Final[tuple[str, ...]] = (
    "\x1b[31mred\x1b[0m",
    "\x1b[2J\x1b[H",
    "\x1b[1;1HFAKE PROMPT root@host#",
    "\x1b[?1049l\x1b[?25h",
    "\x1b]0;owned title\x07",
    "\x1b]2;owned title\x1b\\",
    "\x1b]52;c;cm0gLXJmIC8K\x07",
    "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "\x1b]1337;File=inline=1:AAAA\x07",
    "\x1bP+q544e\x1b\\",
    "\x1bP$qm\x1b\\",
    "\x1b_Gi=1,a=T;AAAA\x1b\\",
    "\x1b^privacy\x1b\\",
    "\x1bXstring\x1b\\",
    "\x1bc\x1b#8",
    "\x1b[6n\x1b[c\x1b[>c\x1b[21t",
    "\x1b(0lqqk\x1b(B",
    "\x9b31mC1 red\x9b0m",
    "\x9d52;c;AAAA\x9c",
    "\x90+q\x9c\x9e\x9f",
    "\x07\x07\x07bell",
    "over\bwrite\rFAKE",
    "shift\x0eout\x0fin",
    "del\x7fete",
    "null\x00byte",
    "two\nlines\r\nand\ttabs\x0b\x0c",
    "pay\u202egnp.exe",
    "\u2066isolate\u2069\u2067x\u2069\u202a\u202c",
    "zero\u200bwidth\u200d\u2060\ufeff",
    "tag\U000e0041\U000e0042\U000e007f",
    "heart \u2764\ufe0f keycap 1\ufe0f\u20e3",
    "family \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "private \ue0b0 \U000f0000",
    "half \ud83d pair \udc00",
    "line\u2028sep\u2029end\u0085nel",
    "zalgo " + "\u0301\u0316\u0489" * 40,
    "[/nope] [bold]x[/bold] [@click=app.quit]q[/] [link=http://evil.example]l[/link] [",
    "$(reboot) `id` %s %n {0} {{7*7}}",
    "=cmd|' /C calc'!A0",
    "\x1b[" + "9" * 500 + "m",
    "\x1b]" + "A" * 3_000,
    "long " + "x" * 5_000,
    "東京\x1b[5m駅",
    "\xad\u061c\u180e\u115f\u3164",
)


class Token(NamedTuple):
    kind: str  # text, csi, osc, string (DCS, SOS, PM, APC), esc, c0, c1
    text: str


_TOKEN: Final = re.compile(
    r"(?P<csi>\x1b\[[0-?]*[ -/]*[@-~])"
    r"|(?P<osc>\x1b\][^\x07\x1b]*(?:\x07|\x1b\\))"
    r"|(?P<string>\x1b[PX^_].*?\x1b\\)"
    r"|(?P<esc>\x1b[ -/]*[0-~]?)"
    r"|(?P<c0>[\x00-\x1a\x1c-\x1f\x7f])"
    r"|(?P<c1>[\x80-\x9f])"
    r"|(?P<text>[^\x00-\x1f\x7f-\x9f]+)",
    re.DOTALL,
)
_MODES: Final = {1000, 1003, 1004, 1006, 1015, 1016, 1049, 2004, 2026, 2048, 25, 7}
_ALLOWED_CSI: Final = re.compile(
    r"\x1b\[(?:[0-9;:]*m|[0-9]+;[0-9]+H|2J|\?(?P<mode>[0-9]+)[hl]|>[0-9]+u|<u|\?(?:2026|2048)\$p|2[23];2t)"
)


def tokens(output: str) -> Iterator[Token]:
    for found in _TOKEN.finditer(output):
        assert found.lastgroup is not None
        yield Token(found.lastgroup, found.group())


def violations(
    output: bytes, title: str | None = None, copied: frozenset[str] = frozenset(), bells: int = 0
) -> list[str]:
    """What in `output` is not of our own making.

    `title` is the window title we set, `copied` our OSC 52 payloads, `bells` how often we may have rung.
    """
    text = output.decode("utf-8")
    found: list[str] = []
    for kind, piece in tokens(text):
        if kind == "csi":
            match = _ALLOWED_CSI.fullmatch(piece)
            good = match is not None and (match["mode"] is None or int(match["mode"]) in _MODES)
        elif kind == "osc":
            good = (
                piece == "\x1b]22;default\x07"  # Textual: the shape of the mouse pointer
                or (title is not None and piece == f"\x1b]2;{title}\x07")
                or piece in {f"\x1b]52;c;{payload}\x07" for payload in copied}
            )
        elif kind == "text":
            good = not any(unicodedata.category(c) in ("Cf", "Co", "Cs", "Zl", "Zp") or c == "\ufe0f" for c in piece)
        else:
            good = kind == "c0" and (piece == "\n" or (piece == "\x07" and bells > 0))
            bells -= piece == "\x07"
        if not good:
            found.append(f"{kind} {piece[:40]!r}")
    return found


def modes_left_on(output: bytes) -> set[str]:
    """Terminal modes that were switched on and not off again."""
    on: set[str] = set()
    for kind, piece in tokens(output.decode("utf-8", "replace")):
        if kind != "csi":
            continue
        if piece.startswith("\x1b[?") and piece[-1] in "hl":
            number = piece[3:-1]
            resting = number in ("25", "7")  # on in a terminal at rest
            (on.discard if (piece[-1] == "h") == resting else on.add)(number)
        elif piece.startswith("\x1b[>") and piece[-1] == "u":
            on.add("kitty keys")
        elif piece == "\x1b[<u":
            on.discard("kitty keys")
    return on


def color_codes(output: bytes) -> set[str]:
    """The kinds of colour in all SGR sequences: `16`, `256`, `truecolor`."""
    kinds: set[str] = set()
    for kind, piece in tokens(output.decode("utf-8", "replace")):
        if kind != "csi" or piece[-1] != "m":
            continue
        codes = [int(code or 0) for code in re.split("[;:]", piece[2:-1])]
        while codes:
            code = codes.pop(0)
            if code in (38, 48) and codes:
                depth = codes.pop(0)
                kinds.add({5: "256", 2: "truecolor"}.get(depth, "unknown"))
                del codes[: 1 if depth == 5 else 3]
            elif 30 <= code <= 37 or 40 <= code <= 47 or 90 <= code <= 97 or 100 <= code <= 107:
                kinds.add("16")
    return kinds
