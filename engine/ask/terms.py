"""How what was asked for is written in the filter language, by kind of row."""

import re
from typing import Final

from data import times

TEXTS: Final = {
    "alerts": '(message~"WORD" or alert_type~"WORD")', "incidents": 'title~"WORD"', "tickets": 'title~"WORD"',
}  # fmt: skip


def about(said: list[str]) -> dict[str, str]:
    """That a row speaks of all of these words, by kind of row."""
    return {
        rows: " ".join(template.replace("WORD", word.rstrip("s")) for word in said) for rows, template in TEXTS.items()
    }


def time(micros: int) -> str:
    return f'"{times.text(micros)}"'


def quoted(value: str) -> str:
    return value if re.fullmatch(r"[\w./*-]+", value) else '"' + value.replace('"', "") + '"'


def term(rows: str, field: str, values: list[str]) -> str:
    """That a row is of one of these."""
    if field == "person" and rows == "alerts":
        values = [f"person/{value}" for value in values]
    if rows == "incidents" and field in ("person", "entity"):  # its title names what it is about
        return f'title~"{values[0].partition("/")[2] or values[0]}"'
    return f"{column(rows, field)}:{','.join(map(quoted, values))}"


def column(rows: str, field: str) -> str:
    columns: dict[tuple[str, str], str] = {
        ("alerts", "type"): "alert_type", ("incidents", "site"): "sites", ("fraud", "type"): "anomalies",
        ("incidents", "type"): "title", ("alerts", "person"): "entity", ("predictions", "site"): "site",
    }  # fmt: skip
    return columns.get((rows, field), field)
