"""A batch of changes for a channel, as Slack's blocks and as an Adaptive Card: counts and ids, no name, no value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

MOST_LINES = 20
"""More than a channel wants to read, and far below what Slack (50 blocks) and a card (28 kB) may hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Events of one kind: how many, and the ids of a few of them."""

    what: str
    ids: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What happened to one tenant between two positions of its ledger."""

    message_id: str
    tenant: str
    first_seq: int
    last_seq: int
    since: datetime
    until: datetime
    told: Sequence[Told]
    waiting: int
    audit: str
    """Where the same is read in full."""

    @property
    def events(self) -> int:
        """How many events it sums up."""
        return self.last_seq - self.first_seq + 1

    @property
    def title(self) -> str:
        """The first line, and what a telephone shows of it."""
        return f"Kempt, {self.tenant}: {self.events:,} {'event' if self.events == 1 else 'events'}"

    @property
    def footer(self) -> str:
        """When, where in the ledger, and which message: it may arrive twice."""
        return (
            f"{self.since:%d %b %H:%M} to {self.until:%d %b %H:%M} UTC, events {self.first_seq:,} to "
            f"{self.last_seq:,}. {self.waiting:,} waiting for a steward. Message {self.message_id[:8]}."
        )


def slack(batch: Batch) -> Mapping[str, Any]:
    """A message for Slack's incoming webhooks."""
    lines = [f"• {_mrkdwn(each.what)}{_mrkdwn_ids(each.ids)}" for each in batch.told[:MOST_LINES]]
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": batch.title[:150]}},
        # A section holds 3,000 characters.
        *(
            {"type": "section", "text": {"type": "mrkdwn", "text": "\n".join(lines[at : at + 10])[:3000]}}
            for at in range(0, len(lines), 10)
        ),
        {"type": "context", "elements": [{"type": "mrkdwn", "text": _mrkdwn(batch.footer)}]},
    ]
    link = {"type": "button", "text": {"type": "plain_text", "text": "Open the audit"}, "url": batch.audit}
    blocks.append({"type": "actions", "elements": [link]})
    return {"text": batch.title, "blocks": blocks}


def card(batch: Batch) -> Mapping[str, Any]:
    """A message with an Adaptive Card, as a Teams workflow takes it."""
    told = [
        {"type": "TextBlock", "wrap": True, "spacing": "Small", "text": f"{_plain(each.what)}{_card_ids(each.ids)}"}
        for each in batch.told[:MOST_LINES]
    ]
    content = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [
            {"type": "TextBlock", "size": "Medium", "weight": "Bolder", "wrap": True, "text": batch.title},
            *told,
            {"type": "TextBlock", "isSubtle": True, "size": "Small", "wrap": True, "text": batch.footer},
        ],
        "actions": [{"type": "Action.OpenUrl", "title": "Open the audit", "url": batch.audit}],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": content}
    return {"type": "message", "attachments": [attachment]}


def _mrkdwn(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _mrkdwn_ids(ids: Sequence[str]) -> str:
    return f"  {' '.join(f'`{_mrkdwn(each)}`' for each in ids)}" if ids else ""


def _plain(text: str) -> str:
    """Without the signs that a card would take for Markdown."""
    return "".join(f"\\{char}" if char in "\\*_[]()#`" else char for char in text)


def _card_ids(ids: Sequence[str]) -> str:
    return f" ({', '.join(_plain(each) for each in ids)})" if ids else ""
