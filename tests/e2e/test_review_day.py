"""A steward's day on the whole stack: approve, reject, apply, and the proof in the ledger."""

import json


def test_what_a_steward_decides_takes_effect_and_stays(demo_home):
    home = demo_home
    waiting = json.loads(home.kempt("review", "list", "--tenant", "northpeak", "--kind", "merge", "--json"))
    approved, rejected = waiting[0], waiting[1]
    entities = home.status()["northpeak"]["entities"]

    shown = home.kempt("review", "show", approved["proposal_id"][:8], "--tenant", "northpeak")
    home.kempt("review", "approve", approved["proposal_id"], "--tenant", "northpeak", "--by", "a.steward")
    home.kempt("review", "reject", rejected["proposal_id"], "--tenant", "northpeak", "--by", "a.steward")
    home.kempt("run", "--apply")
    home.kempt("run", "--tenant", "northpeak")

    assert "bits" in shown
    assert home.status()["northpeak"]["entities"] == entities - 1
    left = json.loads(home.kempt("review", "list", "--tenant", "northpeak", "--kind", "merge", "-n", "500", "--json"))
    assert {approved["proposal_id"], rejected["proposal_id"]}.isdisjoint(each["proposal_id"] for each in left)
    assert all(set(each["records"]) != set(rejected["records"]) for each in left)
    history = json.loads(home.kempt("ledger", "show", approved["records"][0], "--tenant", "northpeak", "--json"))
    assert {"proposal_approved.v1", "entity_redirected.v1"} & {event["type"] for event in history}
    assert "every one in place" in home.kempt("ledger", "verify", "--tenant", "northpeak")
    again = home.kempt("review", "approve", rejected["proposal_id"], "--tenant", "northpeak", ok=False)
    assert "cannot be decided again" in again
