"""Messages go where the operator says, never in clear over a network, and no error repeats an address."""

import pytest

from kempt.errors import StopRun
from kempt.telling.addresses import mail_server, mailbox, webhook


def test_a_mail_server_is_read_from_its_address() -> None:
    found = mail_server("smtps://kempt%40example.com:p%3Ass@mail.example")

    assert (found.host, found.port, found.tls, found.user, found.password) == (
        "mail.example", 465, True, "kempt@example.com", "p:ss",
    )  # fmt: skip
    assert "p:ss" not in repr(found)
    assert mail_server("smtp://mail.example").port == 587


@pytest.mark.parametrize(
    "url", ["mail.example", "http://mail.example", "smtp://", "smtp://h:x", "smtp://h/a", "smtps://[::"]
)
def test_what_is_no_mail_server_is_refused(url: str) -> None:
    with pytest.raises(StopRun, match="KEMPT_SMTP_URL"):
        mail_server(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/secret", "https://user:pw@hooks.example/secret", "https:///secret", "file:///secret",
        "http://127.0.0.1.hooks.example/secret", "https://hooks.example\n/secret", "http://169.254.169.254/secret",
        "https://[::1/secret", "http://10.0.0.8/secret",
    ],
)  # fmt: skip
def test_a_webhook_is_https_or_on_this_machine(url: str) -> None:
    with pytest.raises(StopRun, match="KEMPT_SLACK_URL_ACME") as refused:
        webhook(url, name="KEMPT_SLACK_URL_ACME")

    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["https://hooks.example/x", "http://127.0.0.1:8/x", "http://localhost/x", "http://[::1]/x"]
)
def test_webhooks_that_are_fine(url: str) -> None:
    assert webhook(url, name="X") == url


@pytest.mark.parametrize("address", ["ines", "ines@", "a@b.example\nBcc: c@d.example", "Ines <a@b.example>"])
def test_what_is_no_mailbox_is_refused(address: str) -> None:
    with pytest.raises(StopRun, match="no e-mail address"):
        mailbox(address)
