"""What is not granted, with its status and a reason in words."""


class Refusal(Exception):
    """Answered as `{"error": reason}` with this HTTP status, to a WebSocket handshake too; with `suggestions`, where
    something near is known."""

    def __init__(
        self, status: int, reason: str, headers: dict[str, str] | None = None, suggestions: list[str] | None = None
    ) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.headers = headers or {}
        self.suggestions = suggestions or []
