"""Letters and posts against servers on this machine: what fails for now is told apart from what is refused."""

from datetime import UTC, datetime
from email import message_from_bytes

import pytest

from kempt.errors import Retry, SkipRecord
from kempt.telling.addresses import mail_server
from kempt.telling.letter import Written
from kempt.telling.mail import MailServer
from kempt.telling.webhook import Channel
from tests.telling.servers import FakeChannel, FakeMailServer, certificate

LETTER = Written(subject="A week", text="text\n.dot\n", html="<p>html</p>", made_at=datetime(2025, 3, 10, tzinfo=UTC))
TO = "ines@quendel.example"


def send(server, *, to=TO, seconds=2.0, message="m-1"):
    MailServer(mail_server(server.url), sender="kempt@mail.example", seconds=seconds).send(message, to, LETTER)


@pytest.fixture
def trusted(tmp_path, monkeypatch):
    made = certificate(tmp_path / "mail.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(made))
    return made


def test_a_letter_arrives_whole():
    with FakeMailServer() as server:
        send(server)

    ((recipients, text),) = server.letters
    assert recipients == [TO]
    message = message_from_bytes(text)
    assert message["Message-ID"] == "<m-1@mail.example>"
    assert ".dot" in message.get_payload()[0].get_payload()


@pytest.mark.parametrize("tls", [True, False])
def test_where_the_server_can_the_letter_travels_encrypted(trusted, tls):
    with FakeMailServer(certificate=trusted, tls=tls) as server:
        send(server)

    assert server.encrypted == [True]


@pytest.mark.parametrize("tls", [True, False])
def test_a_server_that_cannot_prove_who_it_is_gets_nothing(tmp_path, tls):
    strange = certificate(tmp_path / "strange.pem")
    with (
        FakeMailServer(certificate=strange, tls=tls) as server,
        pytest.raises(Retry, match="SSLCertVerificationError"),
    ):
        send(server)

    assert server.letters == []


def test_nothing_travels_in_clear_over_a_network(monkeypatch):
    monkeypatch.setattr("kempt.telling.addresses.is_loopback", lambda host: False)
    with FakeMailServer() as server, pytest.raises(Retry, match="SMTPNotSupportedError"):
        send(server)

    assert server.letters == []


@pytest.mark.parametrize("mode", ["stalls", "busy", "loses"])
def test_a_server_in_trouble_is_tried_again(mode):
    with FakeMailServer() as server:
        server.mode = mode
        with pytest.raises(Retry, match="mail server"):
            send(server, seconds=0.3)


def test_a_refused_recipient_is_no_trouble_of_the_server():
    with FakeMailServer() as server:
        server.refused = {TO}
        with pytest.raises(SkipRecord, match=r"refused the recipient \(550\)") as refused:
            send(server)

    assert "ines" not in str(refused.value)


def test_a_post_arrives_with_its_id():
    with FakeChannel() as channel:
        Channel(channel.url).post("m-1", {"text": "x"})

    assert channel.posts == [("m-1", {"text": "x"})]


def test_a_channel_that_is_busy_is_tried_twice_then_later():
    with FakeChannel() as channel:
        channel.mode = 503
        with pytest.raises(Retry, match="503"):
            Channel(channel.url, first_wait=0.01).post("m-1", {})

    assert channel.asked == 2


def test_a_channel_that_stalls_holds_nobody_up_for_long():
    with FakeChannel() as channel:
        channel.mode = "stalls"
        with pytest.raises(Retry, match="ReadTimeout"):
            Channel(channel.url, seconds=0.2, first_wait=0.01).post("m-1", {})


@pytest.mark.parametrize("status", [302, 400, 404, 410])
def test_a_refusal_is_told_and_no_redirect_is_followed(status):
    with FakeChannel() as channel:
        channel.mode = status
        with pytest.raises(SkipRecord, match=str(status)) as refused:
            Channel(channel.url, first_wait=0.01).post("m-1", {})

    assert channel.asked == 1
    assert "hook" not in str(refused.value)
