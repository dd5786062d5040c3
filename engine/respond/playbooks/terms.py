"""Expressions in CEL (cel.dev): declared variables only, compiled when they are checked, bounded when they run.

Google's implementation: typed, without loops other than over what it is given, with a limit of iterations, and RE2 for
patterns. An expression that fails for a thing (a label that is not there) does not hold for it.
"""

from functools import cache
from typing import Any

from data.records.severity import LEVELS

LONGEST = 2_000  # letters
MAPS = ("alert", "finding", "incident", "prediction", "site", "entity", "labels", "evidence", "run", "state")
TEXTS = ("kind", "target", "tenant")  # `type` is a word of CEL itself
NUMBERS = ("severity",)


class TermError(ValueError):
    """The expression cannot be used; the text says why and where."""


class Term:
    """One compiled expression that is true or false. Raises TermError."""

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST:
            raise TermError(f"is over {LONGEST} letters")
        self.text = text
        try:
            self._compiled = _environment().compile(text)
        except RuntimeError as error:
            raise TermError(said(str(error))) from None
        if self._compiled.return_type().name() not in ("BOOL", "DYN"):
            raise TermError(f"is no question: it gives a {self._compiled.return_type().name()}")

    def holds(self, facts: dict[str, Any]) -> bool:
        """False also where it cannot be answered."""
        return self.answer(facts) is True

    def answer(self, facts: dict[str, Any]) -> bool | str:
        """True, False, or why it cannot be answered; never raises, since it runs in the pipeline."""
        try:
            value = self._compiled.eval(data={**_CONSTANTS, **facts}).plain_value()
        except Exception as error:  # over the limit of iterations, or a fact that it does not take
            return said(str(error))
        return value if isinstance(value, bool) else str(value)


_CONSTANTS: dict[str, int] = dict(LEVELS)


@cache
def compiled(text: str) -> Term:
    return Term(text)


@cache
def _environment() -> Any:
    # A tenth of a second, and only where there is an expression.
    from cel_expr_python import cel  # type: ignore[import-untyped]

    kind = cel.Type
    maps = kind.Map(kind.STRING, kind.DYN)
    variables = {
        **dict.fromkeys(MAPS, maps),
        **dict.fromkeys(TEXTS, kind.STRING),
        **dict.fromkeys((*NUMBERS, *_CONSTANTS), kind.INT),
    }
    return cel.NewEnv(variables=variables)


def said(text: str) -> str:
    """Their first line, without their ornament: `undeclared reference to 'foo' (character 1)`."""
    first = text.partition("\n")[0].replace("INVALID_ARGUMENT: ", "")
    _, mark, rest = first.partition("<input>:")
    if not mark:
        return first[:200]
    place, _, words = rest.partition(": ")
    column = place.split(":")[1] if ":" in place else place
    return f"{words.replace(chr(32) + '(in container ' + chr(39) * 2 + ')', '')} at character {column}"
