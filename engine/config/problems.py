"""What is wrong with a configuration, where, and what to do."""

import msgspec


class Problem(msgspec.Struct, frozen=True):
    """`line` is 1-based, 0 where there is none; `grave` False for what is only worth knowing."""

    file: str
    line: int
    name: str
    text: str
    remedy: str
    grave: bool = True

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {f'{self.name}: ' if self.name else ''}{self.text}; {self.remedy}"
