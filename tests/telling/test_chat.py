"""Messages for channels keep to their limits and take nothing that they are given for markup."""

import json
from datetime import UTC, datetime

from kempt.telling.chat import MOST_LINES, Batch, Told, card, slack

AT = datetime(2025, 3, 10, 6, tzinfo=UTC)
MANY = [Told(what=f"{n} <!channel> *things*", ids=["per_abcdefgh"] * 3) for n in range(60)]


def batch(**changes: object) -> Batch:
    told = {
        "message_id": "0a1b2c3d-0000", "tenant": "acme", "first_seq": 11, "last_seq": 20, "since": AT, "until": AT,
        "told": [Told(what="3 proposals approved", ids=["524ef476"])], "waiting": 4,
        "audit": "https://kempt.example/t/acme/audit",
    }  # fmt: skip
    return Batch(**{**told, **changes})  # type: ignore[arg-type]


def test_slack_gets_blocks_and_a_line_for_telephones() -> None:
    made = slack(batch())

    assert made["text"] == "Kempt, acme: 10 events"
    assert [block["type"] for block in made["blocks"]] == ["header", "section", "context", "actions"]
    assert made["blocks"][1]["text"]["text"] == "• 3 proposals approved  `524ef476`"
    assert "events 11 to 20. 4 waiting for a steward. Message 0a1b2c3d." in made["blocks"][2]["elements"][0]["text"]


def test_teams_gets_a_card() -> None:
    made = card(batch())

    (attachment,) = made["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    body = attachment["content"]["body"]
    assert body[0]["text"] == "Kempt, acme: 10 events"
    assert body[1]["text"] == "3 proposals approved (524ef476)"
    assert attachment["content"]["actions"][0]["url"] == "https://kempt.example/t/acme/audit"


def test_a_long_batch_keeps_to_the_limits_and_calls_nobody() -> None:
    text, made = json.dumps(card(batch(told=MANY))), slack(batch(told=MANY))

    assert len(text) < 28_000
    assert len(made["blocks"]) < 50
    sections = [block["text"]["text"] for block in made["blocks"] if block["type"] == "section"]
    assert all(len(each) <= 3000 for each in sections)
    assert sum(each.count("•") for each in sections) == MOST_LINES
    assert "<!channel>" not in json.dumps(made)
    assert "\\*things\\*" in json.loads(text)["attachments"][0]["content"]["body"][1]["text"]
