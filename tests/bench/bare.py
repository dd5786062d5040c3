"""The least that Textual can be: what the console's first paint is measured beside."""

from textual.app import App, ComposeResult
from textual.widgets import Static


class Bare(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("Feed")


if __name__ == "__main__":
    Bare().run()
