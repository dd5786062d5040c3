"""What is wrong with a configuration: where, what, and what to do about it."""

import msgspec

ERROR = "error"
WARNING = "warning"


class Problem(msgspec.Struct, frozen=True):
    """`file` may be the name of an environment variable; `line` counts from 1, 0 where there is none; `severity` is
    `error` (the configuration cannot be used) or `warning`."""

    file: str
    line: int
    severity: str
    text: str
    remedy: str
    key: str = ""

    @property
    def grave(self) -> bool:
        return self.severity == ERROR

    @property
    def name(self) -> str:
        return self.key

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {f'{self.key}: ' if self.key else ''}{self.text}; {self.remedy}"


class ConfigError(ValueError):
    """The configuration cannot be used. `problems` holds everything that was found, warnings too."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems if problem.grave))
        self.problems = problems
