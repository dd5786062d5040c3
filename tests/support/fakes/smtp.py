"""A mail server that speaks enough SMTP (RFC 5321) to take a message, or to refuse it."""

import asyncio
from email import message_from_bytes
from email.message import Message
from email.policy import default


class MailServer:
    """Use as an async context. `refuse` maps a word (MAIL, RCPT, DATA) to the answer it gets."""

    def __init__(self) -> None:
        self.refuse: dict[str, str] = {}
        self.got: list[tuple[list[str], Message]] = []
        self.port = 0

    async def __aenter__(self) -> "MailServer":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to: list[str] = []
        writer.write(b"220 fake ESMTP\r\n")
        try:
            while line := (await reader.readline()).decode().strip():
                word = line.split(" ")[0].split(":")[0].upper()
                if word in self.refuse:
                    writer.write(f"{self.refuse[word]}\r\n".encode())
                elif word == "EHLO":
                    writer.write(b"250-fake\r\n250 SIZE 1000000\r\n")
                elif word == "RCPT":
                    to.append(line.partition("<")[2].rstrip(">"))
                    writer.write(b"250 OK\r\n")
                elif word == "DATA":
                    writer.write(b"354 go on\r\n")
                    await writer.drain()
                    body = await reader.readuntil(b"\r\n.\r\n")
                    self.got.append((to, message_from_bytes(body[:-3], policy=default)))  # type: ignore[arg-type]
                    to = []
                    writer.write(b"250 OK\r\n")
                elif word == "QUIT":
                    writer.write(b"221 bye\r\n")
                    break
                else:
                    writer.write(b"250 OK\r\n")
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
