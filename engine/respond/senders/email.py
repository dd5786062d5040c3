"""E-mail: text and HTML in one message, the messages of one group in one thread. The mail is handed over by SMTP in a
thread of its own, to an address that was looked at before; where the server offers encryption it is used."""

import asyncio
import html
import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from typing import Final

from data.records.severity import NAMES
from data.times import SECOND
from engine.respond.addresses import Resolve, pinned, resolve
from engine.respond.callbacks import links
from engine.respond.senders.files import secret
from engine.respond.senders.parcel import Fate, Parcel, Result
from engine.respond.senders.words import headline, line, lines, plain
from engine.settings.notify import Notify, Receiver

REFUSED = range(550, 555)  # what SMTP answers to a message or an address that it will never take
NO_LINKS: Final[Mapping[str, str]] = {}
DOMAIN = "noc.invalid"  # of message ids; nobody answers to them
SUBJECT = 200
_STYLE = {
    True: "border-left:4px solid #c0392b;padding-left:8px",
    False: "border-left:4px solid #27ae60;padding-left:8px",
}


class Email:
    """Implements `parcel.Sender`."""

    digests = True

    def __init__(self, receiver: Receiver, notify: Notify, lookup: Resolve = resolve) -> None:
        self._receiver = receiver
        self._callbacks = notify.callbacks.rstrip("/")
        self._allow = notify.allow
        self._lookup = lookup

    async def send(self, parcel: Parcel) -> Result:
        receiver = self._receiver
        host, _, port = receiver.smtp.rpartition(":")
        host = host.strip("[]")
        address = await pinned(host, int(port), self._allow, self._lookup)
        account = secret(receiver.token_file) if receiver.token_file else ""
        mail = written(parcel, receiver, self._links(parcel))
        seconds = receiver.timeout / SECOND
        return await asyncio.to_thread(_hand_over, mail, receiver.to, host, (address, int(port)), account, seconds)

    async def close(self) -> None:
        """Nothing is kept open."""

    def _links(self, parcel: Parcel) -> dict[str, str]:
        """By what they are called: addresses that acknowledge, take or resolve what the mail is about."""
        receiver = self._receiver
        if not (self._callbacks and receiver.secret_file and parcel.target):
            return {}
        key, until = secret(receiver.secret_file), parcel.made_at + links.GOOD_FOR
        found = {}
        for action, words in links.WORDS.items():
            link = links.Link(receiver.name, parcel.tenant, parcel.target, action, parcel.id, until)
            found[words] = f"{self._callbacks}/act/{links.token_of(link, key)}"
        return found


def written(parcel: Parcel, receiver: Receiver, acts: Mapping[str, str] = NO_LINKS) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = _one_line(headline(parcel))[:SUBJECT]
    mail["From"] = receiver.sender or f"noc@{DOMAIN}"
    mail["To"] = ", ".join(receiver.to)
    mail["Message-ID"] = f"<{parcel.id}@{DOMAIN}>"
    if parcel.handle:
        mail["In-Reply-To"] = mail["References"] = parcel.handle["thread"]
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Noc-Notification"] = parcel.id
    told = "".join(f"\n{words}: {address}" for words, address in acts.items())
    mail.set_content(plain(parcel) + (f"\n\n{parcel.console}\n" if parcel.console else "\n") + told)
    made = parcel.document
    if made is None or made.html:
        mail.add_alternative(made.html if made is not None else page(parcel, acts), subtype="html")
    return mail


def page(parcel: Parcel, acts: Mapping[str, str] = NO_LINKS) -> str:
    items = "".join(
        f'<li style="{_STYLE[one.firing]}">{html.escape(line(one))}</li>' for one in parcel.alerts[:100]
    ) or "".join(f"<li>{html.escape(text)}</li>" for text in lines(parcel))
    link = ""
    if parcel.console.startswith(("http://", "https://")):
        link = f'<p><a href="{html.escape(parcel.console)}">Open the console</a></p>'
    link += "".join(
        f'<p><a href="{html.escape(address)}">{html.escape(words)}</a></p>' for words, address in acts.items()
    )
    more = len(parcel.alerts) - 100
    rest = f"<p>and {more} more</p>" if more > 0 else ""
    return (
        f"<html><body><h2>{html.escape(headline(parcel))}</h2><p>{NAMES[parcel.severity]}, "
        f"{html.escape(parcel.group)}</p><ul>{items}</ul>{rest}{link}</body></html>"
    )


def _one_line(text: str) -> str:
    """Nor an encoded word (RFC 2047), which the library would take apart, line ends and all."""
    return " ".join(text.split()).replace("=?", "= ?")


def _hand_over(
    mail: EmailMessage, to: tuple[str, ...], host: str, address: tuple[str, int], account: str, seconds: float
) -> Result:
    handle = {"thread": mail["References"] or mail["Message-ID"]}
    try:
        with smtplib.SMTP(timeout=seconds) as server:
            server._host = host  # type: ignore[attr-defined]  # what the certificate has to name
            server.connect(*address)
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
                server.ehlo()
            if account:
                user, _, password = account.partition(":")
                server.login(user, password)
            refused = server.send_message(mail, to_addrs=list(to))
    except smtplib.SMTPRecipientsRefused as error:
        codes = {code for code, _ in error.recipients.values()}
        return Result(Fate.REFUSED if codes <= set(REFUSED) else Fate.FAILED, f"all addresses were refused: {codes}")
    except smtplib.SMTPResponseException as error:
        said = error.smtp_error.decode("utf-8", "replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        return Result(Fate.REFUSED if error.smtp_code in REFUSED else Fate.FAILED, f"SMTP {error.smtp_code}: {said}")
    text = f"taken, but not for {', '.join(sorted(refused))}" if refused else "taken"
    return Result(Fate.DELIVERED, text, handle=handle)
