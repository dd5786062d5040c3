"""From text to tree. `or` binds loosest, then juxtaposition (`and`), then `not` / `!` / `-`."""

from engine.query.errors import QueryError
from engine.query.lexer import CONJUNCTIONS, DISJUNCTIONS, NEGATIONS, Lexer
from engine.query.nodes import AllOf, AnyOf, Comparison, Node, Not, Place, Value, Word

MAX_DEPTH = 64  # nested parentheses and negations
MAX_TERMS = 512  # words and values

_LONELY = frozenset("=<>~:,")


class Parser:
    __slots__ = ("depth", "lexer", "terms")

    def __init__(self, text: str) -> None:
        self.lexer = Lexer(text)
        self.depth = 0
        self.terms = 0

    def parse(self) -> Node | None:
        """The tree, or None for an empty text (which matches everything)."""
        if not self.lexer.skip():
            return None
        node = self.any_of()
        if self.lexer.skip() == ")":
            raise QueryError("')' without '('", self.lexer.at, "remove it, or open a '(' before")
        return node

    def any_of(self) -> Node:
        parts: list[Node] = []
        while True:
            part = self.all_of()
            parts.extend(part.parts if isinstance(part, AnyOf) else (part,))
            if not self.keyword(DISJUNCTIONS):
                return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def all_of(self) -> Node:
        parts: list[Node] = []
        while True:
            part = self.term()
            parts.extend(part.parts if isinstance(part, AllOf) else (part,))
            if self.keyword(CONJUNCTIONS):
                continue
            if self.lexer.skip() in ("", ")") or self.lexer.word().lower() in DISJUNCTIONS:
                return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def keyword(self, words: frozenset[str]) -> bool:
        self.lexer.skip()
        word = self.lexer.word()
        if word.lower() not in words:
            return False
        self.lexer.at += len(word)
        return True

    def term(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise QueryError(f"nested more than {MAX_DEPTH} deep", self.lexer.at, "use fewer parentheses or negations")
        node = self.bare_term()
        self.depth -= 1
        return node

    def bare_term(self) -> Node:
        lexer = self.lexer
        here = lexer.skip()
        if here == "(":
            return self.group()
        if here == "!" or (here == "-" and not self.is_dash()):
            lexer.at += 1
            return Not(self.term())
        if here == '"':
            start = Place(lexer.at)
            return Word(self.count(Value(lexer.quoted(), True, start)))
        start = Place(lexer.at)
        name = lexer.field()
        if name is not None:
            op = lexer.operator()
            return Comparison(name, op, self.values(op), start)
        return self.word(here, start)

    def is_dash(self) -> bool:
        """A '-' by itself is a word: in pasted text it separates, it does not negate."""
        after = self.lexer.peek(1)
        return not after or after.isspace() or after == ")"

    def word(self, here: str, start: Place) -> Node:
        if not here or here == ")":
            what = "the end" if not here else "')'"
            raise QueryError(
                f"expected a term, found {what}", start, "for example severity>=high or a word to look for"
            )
        if here in _LONELY:
            raise QueryError(
                f"expected a field before '{here}'", start, "for example site:S014; quote text to look for it"
            )
        word = self.lexer.word()
        if word.lower() in CONJUNCTIONS | DISJUNCTIONS:
            raise QueryError(
                f"expected a term before '{word}'", start, f'write "{word}" in quotes to look for the word'
            )
        self.lexer.at += len(word)
        if word.lower() in NEGATIONS:
            return Not(self.term())
        return Word(self.count(Value(word, False, start)))

    def group(self) -> Node:
        opened = self.lexer.at
        self.lexer.at += 1
        if self.lexer.skip() == ")":
            raise QueryError("nothing between '(' and ')'", opened, "remove them, or write a term inside")
        node = self.any_of()
        if self.lexer.skip() != ")":
            raise QueryError("the '(' opened here is not closed", opened, "add a ')'")
        self.lexer.at += 1
        return node

    def values(self, op: str) -> tuple[Value, ...]:
        """`S014`, `S014,S015` or `(S014 or S015)`."""
        if self.lexer.skip() == "(":
            return self.grouped_values(op)
        values = [self.count(self.lexer.value(op))]
        while self.lexer.peek() == ",":
            self.lexer.at += 1
            values.append(self.count(self.lexer.value(",")))
        return tuple(values)

    def grouped_values(self, op: str) -> tuple[Value, ...]:
        opened = self.lexer.at
        self.lexer.at += 1
        values = [self.count(self.lexer.value(op))]
        while (here := self.lexer.skip()) != ")":
            if not here:
                raise QueryError("the '(' opened here is not closed", opened, "add a ')'")
            if self.lexer.word().lower() in CONJUNCTIONS | NEGATIONS:
                raise QueryError("only 'or' may stand between values", self.lexer.at, "for example site:(S014 or S015)")
            if here == ",":
                self.lexer.at += 1
            else:
                self.keyword(DISJUNCTIONS)
            values.append(self.count(self.lexer.value("(")))
        self.lexer.at += 1
        return tuple(values)

    def count(self, value: Value) -> Value:
        self.terms += 1
        if self.terms > MAX_TERMS:
            raise QueryError(f"more than {MAX_TERMS} terms", value.at, "make the filter shorter")
        return value
