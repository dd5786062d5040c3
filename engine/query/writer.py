"""From tree to text: one canonical spelling, which parses to the same tree."""

from engine.query.nodes import AllOf, AnyOf, Comparison, Node, Not, Value, Word


def write(node: Node | None) -> str:
    if node is None:
        return ""
    if isinstance(node, AnyOf):
        return " or ".join(write(part) for part in node.parts)
    if isinstance(node, AllOf):
        return " ".join(f"({write(part)})" if isinstance(part, AnyOf) else write(part) for part in node.parts)
    if isinstance(node, Not):
        inner = write(node.part)
        return f"!({inner})" if isinstance(node.part, (AllOf, AnyOf)) else f"!{inner}"
    if isinstance(node, Comparison):
        return f"{node.field}{node.op}{','.join(map(write_value, node.values))}"
    assert isinstance(node, Word)
    return write_value(node.value)


def write_value(value: Value) -> str:
    return quote(value.text) if value.quoted else value.text


def quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
