"""Nothing that a terminal acts upon survives; everything that people write does."""

import json
import sys
import timeit
import unicodedata

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from data.clean import _VIRAMA, REPLACEMENT, clean_bytes, clean_line, clean_text, is_clean

EVERY_CODE_POINT = [chr(code) for code in range(sys.maxunicode + 1)]
HOSTILE_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
BIDI = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

any_text = st.text(st.characters(), max_size=80)  # surrogates, controls, everything
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | any_text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(any_text, inner, max_size=4),
    max_leaves=12,
)


def is_hostile(character: str) -> bool:
    if character == "\u200c":  # allowed in context, where it has no width and no effect on its neighbours' order
        return False
    code = ord(character)
    return (
        unicodedata.category(character) in HOSTILE_CATEGORIES
        or character in BIDI
        or code & 0xFFFE == 0xFFFE
        or 0xFDD0 <= code <= 0xFDEF
        or 0xFE00 <= code <= 0xFE0F
        or 0xE0000 <= code <= 0xE0FFF
    )


def strings_in(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in strings_in(part)]
    return [text for part in value for text in strings_in(part)] if isinstance(value, list) else []


def test_no_code_point_of_unicode_passes_hostile() -> None:
    cleaned = clean_text("".join(EVERY_CODE_POINT), None)
    assert [hex(ord(c)) for c in set(cleaned) if is_hostile(c)] == []
    assert "\u200c" not in cleaned
    cleaned.encode()


def test_every_ordinary_code_point_survives() -> None:
    ordinary = "".join(
        c
        for c in EVERY_CODE_POINT
        if unicodedata.category(c)[0] in "LNPS" and not is_hostile(c) and c not in "\u115f\u1160\u3164\uffa0"
    )
    assert len(ordinary) > 130_000
    assert clean_text(ordinary, None) is ordinary


@given(any_text)
@example("\u094d\u200c\u200c\u200d\u094d")
@example("\u0628\u200c\u200c\u0628")
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = clean_text(text)
    assert clean_text(once) is once
    assert not any(map(is_hostile, once))
    assert is_clean(once)
    assert is_clean(text) is (clean_text(text.replace("\u200c", ""), None) == text.replace("\u200c", ""))
    assert len(once) <= len(text)


@pytest.mark.parametrize(
    "text",
    [
        "Zürich", "Łódź", "東京駅 3番", "विक्रम नगर", "கோயம்புத்தூர்", "می\u200cخواهم", "क\u094d\u200cष", "Ελλάδα",
        "שלום", "مرحبا", "a\u0301", "50 °C → 60 °C", "naïve\u00a0text", "🔥 fire", "ශ්\u0dbb\u0dd3",
    ],
)  # fmt: skip
def test_what_people_write_survives(text: str) -> None:
    assert clean_text(text) is text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
        ("\x1b]52;c;AAAA\x07", "␛]52;c;AAAA␇"),
        ("a\tb\nc", "a b c"),
        ("a\x7fb\x9b31m", "a\ufffdb\ufffd31m"),
        ("pay\u202egnp.exe", "pay\ufffdgnp.exe"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("❤\ufe0f", "❤"),
        ("👩\u200d🚒", "👩🚒"),
        ("tag\U000e0041\U000e007f", "tag"),
        ("half \ud83d pair", "half \ufffd pair"),
        ("private \ue0b0", "private \ufffd"),
        ("ab\u200ccd", "abcd"),
        ("line\u2028end", "line end"),
    ],
)
def test_what_attackers_write_is_disarmed(text: str, shown: str) -> None:
    assert clean_text(text) == shown


def test_a_long_text_is_cut_with_an_ellipsis() -> None:
    assert clean_text("abcdef", 4) == "abc…"
    assert clean_text("abcd", 4) == "abcd"
    assert clean_text("abc", 1) == "…"
    assert clean_text("abc", 0) == ""
    assert len(clean_text("x" * 9_999)) == 4_000


def test_kept_joiners_stand_beside_real_viramas() -> None:
    assert {unicodedata.combining(c) for c in _VIRAMA} == {9}


def test_the_quick_check_of_a_line_misses_no_code_point() -> None:
    dirty = [c for c in EVERY_CODE_POINT if c == "\u200c" or not is_clean(c)]
    clean = "".join(sorted(set(EVERY_CODE_POINT) - set(dirty) - {'"', "\\"}))
    line = f'"{clean}"'.encode()
    assert clean_line(line) is line
    line = json.dumps("".join(c for c in clean if c <= "\uffff")).encode()
    assert clean_line(line) is line
    # Long runs (surrogates, private use, empty planes) are tried at their edges.
    for code in [
        ord(c) for a, c, b in zip(dirty, dirty[1:], dirty[2:], strict=False) if c < "\u3000" or ord(b) - ord(a) > 2
    ]:
        if not 0xD800 <= code <= 0xDFFF and code >= 0x20:
            raw = f'"{chr(code)}"'.encode()
            assert clean_line(raw) != raw, hex(code)
        for form in (b'"\\u%04x"', b'"\\u%04X"') if code <= 0xFFFF else ():
            assert clean_line(form % code) != form % code, hex(code)


@given(json_values, st.booleans())
def test_a_line_is_cleaned_in_every_string_and_nowhere_else(value: object, ascii_only: bool) -> None:
    line = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    if not ascii_only and any("\ud800" <= c <= "\udfff" for text in strings_in(value) for c in text):
        with pytest.raises(ValueError, match="not UTF-8"):
            clean_line(line)
        return
    cleaned = clean_line(line)
    texts = strings_in(json.loads(cleaned))
    # What JSON joins from two escapes is one character, so the round trip through JSON is the reference.
    assert not any(is_hostile(c) for text in texts for c in text)
    if len(set(texts)) == len(texts):
        expected = [clean_text(text, None) for text in strings_in(json.loads(line))]
        assert len(texts) <= len(expected)
        assert set(texts) <= set(expected)
    assert clean_line(cleaned) is cleaned
    cleaned.decode()


@given(st.binary(max_size=60))
@example(b'"\\')
@example(b'{"a":"\\u001b')
@example(b'\x7f"a"\x7f"\x7f"')
def test_what_is_not_json_is_left_to_the_decoder(line: bytes) -> None:
    try:
        cleaned = clean_line(line)
    except ValueError:
        with pytest.raises(UnicodeDecodeError):
            line.decode()
        return
    try:
        value = json.loads(cleaned)
    except ValueError:
        return
    assert not any(is_hostile(c) for text in strings_in(value) for c in text)


@pytest.mark.parametrize(
    "line",
    [
        b'{"a": 1.50, "b": "plain"}',
        '{"name": "Zürich"}'.encode(),
        rb'{"name": "Z\u00fcrich", "path": "C:\\u001b", "quote": "\"", "slash": "\/"}',
        b'{"broken": "\\ud83',
        b'{"outside": 1}\x7f',
    ],
)
def test_a_clean_line_comes_back_as_it_was(line: bytes) -> None:
    assert clean_line(line) is line


def test_numbers_and_order_stay_as_written() -> None:
    line = b'{"z": 1.10, "big": 123456789012345678901234567890, "a": "x\\u001by", "a2": 1E5 }'
    assert clean_line(line) == '{"z": 1.10, "big": 123456789012345678901234567890, "a": "x␛y", "a2": 1E5 }'.encode()


def test_keys_are_cleaned_too() -> None:
    assert msgspec.json.decode(clean_line(b'{"labels": {"k\\u202e": "\\ud800"}}')) == {
        "labels": {f"k{REPLACEMENT}": REPLACEMENT}
    }


def test_invalid_utf8_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match=r"^not UTF-8: byte 0xff at position 6 \(invalid start byte\)$"):
        clean_line(b'{"a":"\xff"}')


def test_bytes_of_unknown_origin_become_clean_text() -> None:
    assert clean_bytes(b"\xff\x1b[2J\x9b") == "\ufffd␛[2J\ufffd"
    assert clean_bytes(b"x" * 5_000, 4) == "xxx…"


def test_no_input_takes_quadratic_time() -> None:
    for line in (b'"' + b'\\"' * 130_000, b'"\\n' * 80_000, b'"' + b"\\u001b" * 43_000 + b'"', b"\\n" * 130_000):
        assert timeit.timeit("clean_line(line)", globals={"clean_line": clean_line, "line": line}, number=1) < 1.0
