from datetime import UTC, datetime

from kempt.ledger.history import Entry
from kempt.projections.inbox import Inbox


def entry(seq: int) -> Entry:
    return Entry(seq=seq, event_id=str(seq), type="t.v1", at=datetime(2025, 3, 3, tzinfo=UTC), body={})


def test_events_come_out_in_order_each_once_and_none_before_its_turn():
    inbox = Inbox()

    assert list(inbox.take([entry(2), entry(3)])) == []
    assert [each.seq for each in inbox.take([entry(1), entry(3), entry(5)])] == [1, 2, 3]
    assert [each.seq for each in inbox.take([entry(1), entry(4), entry(2)])] == [4, 5]
    assert list(inbox.take([entry(5)])) == []
