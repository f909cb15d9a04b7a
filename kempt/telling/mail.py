"""Sending letters by SMTP. A letter's Message-ID is the same however often it is sent, so that copies are known."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.utils import format_datetime

from kempt.errors import Retry, SkipRecord, StopRun
from kempt.telling.addresses import MailServerAddress, mailbox
from kempt.telling.letter import Written

SECONDS = 10.0
"""What a server has for each answer."""


class MailServer:
    """One mail server. What it refuses for good is told apart from what may work later."""

    def __init__(self, address: MailServerAddress, *, sender: str, seconds: float = SECONDS) -> None:
        self._address = address
        self._sender = mailbox(sender)
        self._seconds = seconds

    def send(self, message_id: str, recipient: str, letter: Written) -> None:
        """Hands one letter over. Retry: the server is not to be reached; SkipRecord: it refuses this letter."""
        message = written(message_id, self._sender, recipient, letter)
        with self._session() as session:
            try:
                session.send_message(message, self._sender, [recipient])
            except smtplib.SMTPRecipientsRefused as refused:
                codes = sorted({code for code, _ in refused.recipients.values()})
                raise SkipRecord(f"the mail server refused the recipient ({codes[0]})") from None
            except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as refused:
                raise SkipRecord(f"the mail server refused the letter ({refused.smtp_code})") from None
            except smtplib.SMTPNotSupportedError:
                raise SkipRecord("the mail server takes no address like this one") from None

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        # What servers answer may quote the letter: of their errors, only the kind and the code are told.
        try:
            session = self._connected()
        except (OSError, smtplib.SMTPException) as problem:
            raise Retry(f"the mail server is not to be reached ({type(problem).__name__})") from None
        try:
            yield session
        except (OSError, smtplib.SMTPException) as problem:
            raise Retry(f"the mail server broke off ({type(problem).__name__})") from None
        else:
            # The letter is theirs by now: a farewell that fails changes nothing.
            with suppress(OSError, smtplib.SMTPException):
                session.quit()
        finally:
            session.close()

    def _connected(self) -> smtplib.SMTP:
        where, context = self._address, ssl.create_default_context()
        session: smtplib.SMTP
        if where.tls:
            session = smtplib.SMTP_SSL(where.host, where.port, timeout=self._seconds, context=context)
        else:
            session = smtplib.SMTP(where.host, where.port, timeout=self._seconds)
        try:
            session.ehlo()
            if not where.tls and (session.has_extn("starttls") or not where.local):
                # Raises where the server offers none: a letter never travels in clear.
                session.starttls(context=context)
                session.ehlo()
            if where.user is not None:
                session.login(where.user, where.password or "")
        except smtplib.SMTPAuthenticationError:
            session.close()
            raise StopRun("KEMPT_SMTP_URL: the mail server does not take this user and password.") from None
        except BaseException:
            session.close()
            raise
        return session


def written(message_id: str, sender: str, recipient: str, letter: Written) -> EmailMessage:
    """A letter as a message: plain text first, the same as HTML beside it."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = f"Kempt <{sender}>", recipient, letter.subject
    message["Date"] = format_datetime(letter.made_at)
    message["Message-ID"] = f"<{message_id}@{sender.rpartition('@')[2]}>"
    # Nobody is there to read an answer, and none is wanted from machines (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message
