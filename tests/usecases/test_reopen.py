"""An approval holds for what was seen; what people decided can be taken along as labels."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kempt.errors import StopRun
from kempt.usecases.export_labels import export_labels
from kempt.usecases.review import review_item, review_items
from tests.factory import LENE, MONDAY, OTTO, TUESDAY, UNMASK, Desk, person
from tests.ledger.factory import NOW

VENDOR = f"email,phone,job_title,observed_on\n{LENE['mail']},+49 30 23125077,Buyer,2025-03-01\n"
CRM = (person("c2", **OTTO, mail="otto.z@holzkontor.example"), person("c3", **LENE))
SHOP = (person("s2", **OTTO, mail="ozirbel@freigeist.example"),)


@pytest.fixture(scope="module")
def moved(open_desk: Callable[[], Desk]) -> tuple[Desk, str, str]:
    """A merge and a number, approved on Monday; on Tuesday one Otto has moved away, and Lene's source has a number."""
    desk = open_desk()
    vendor = desk.settings.drop / desk.name / "enrichment" / "vendor.csv"
    vendor.parent.mkdir(parents=True)
    vendor.write_text(VENDOR)
    desk.drop("crm", MONDAY, CRM)
    desk.drop("shop", MONDAY, SHOP)
    desk.land(MONDAY)
    desk.run(whole=True)
    (pair,) = desk.questions().values()
    (phone,) = (item["proposal_id"] for item in review_items(desk.tenant, kind="field_change"))
    for proposal in (pair, phone):
        desk.decide(proposal, "approve", seen=review_item(desk.tenant, proposal, now=NOW)["seen"])
    desk.drop("crm", TUESDAY, [CRM[0], person("c3", **LENE, phone="+49 30 23125099", changed="2025-03-04 08:00:00")])
    desk.drop("shop", TUESDAY, [SHOP[0] | {"street": "Mohnweg 1", "changed": "2025-03-04 08:00:00"}])
    desk.land(TUESDAY)
    desk.run()
    desk.apply()
    return desk, pair, phone


def state(desk: Desk, proposal: str) -> tuple[Any, ...]:
    return desk.sql("select state, why from kempt.review_item where proposal_id = %s", proposal)[0]


def test_a_merge_of_records_that_moved_is_asked_again_before_it_counts(moved: tuple[Desk, str, str]) -> None:
    desk, pair, _ = moved

    assert state(desk, pair) == ("pending", "what it rests on moved, by adjudicator")
    assert desk.entity_of("crm", "c2") != desk.entity_of("shop", "s2")
    assert desk.state()["constraints"] == []
    shown = {
        row["field"]: (row["left"], row["right"])
        for row in review_item(desk.tenant, pair, now=NOW, unmask=UNMASK)["evidence"]["records"]
    }
    assert "Mohnweg 1" in shown["street"]


def test_a_value_for_a_place_that_was_filled_meanwhile_is_asked_again(moved: tuple[Desk, str, str]) -> None:
    desk, _, phone = moved

    assert state(desk, phone)[0] == "pending"
    assert desk.golden("crm", "c3")["phone"] == "+493023125099"
    assert review_item(desk.tenant, phone, now=NOW, unmask=UNMASK)["evidence"]["stands"] == "+493023125099"


def test_what_is_approved_on_what_stands_now_is_applied(moved: tuple[Desk, str, str], tmp_path: Path) -> None:
    desk, pair, phone = moved
    for proposal in (pair, phone):
        desk.decide(proposal, "approve", seen=review_item(desk.tenant, proposal, now=NOW)["seen"])
    applied = desk.apply()

    assert (applied.reopened, applied.refused, applied.values, applied.merges) == (0, 0, 1, 1)
    assert desk.golden("crm", "c3")["phone"] == "+493023125077"
    assert desk.entity_of("crm", "c2") == desk.entity_of("shop", "s2")
    _labels_hold(desk, tmp_path)


def _labels_hold(desk: Desk, folder: Path) -> None:
    plain, prompt, full = folder / "labels.jsonl", folder / "prompt.jsonl", folder / "full.jsonl"
    assert export_labels(desk.tenant, plain) == 2
    export_labels(desk.tenant, prompt, format="prompt")
    export_labels(desk.tenant, full, values=True)
    rows = [json.loads(line) for line in plain.read_text().splitlines()]

    assert {row["kind"]: row["label"] for row in rows} == {"merge": "approve", "field_change": "approve"}
    assert all(0 <= row["features"]["confidence"] <= 1 and row["seen"] for row in rows)
    assert next(row["compared"] for row in rows if row["kind"] == "merge")
    for value in ("Zirbelwald", "23125077", "lene@", "Lindengasse", "ines"):
        assert value not in plain.read_text() + prompt.read_text()
    assert "23125077" in full.read_text()
    said = [json.loads(line)["messages"] for line in prompt.read_text().splitlines()]
    assert {each[-1]["content"] for each in said} == {"approve"}
    with pytest.raises(StopRun, match="is there already"):
        export_labels(desk.tenant, plain)
    with pytest.raises(StopRun, match="no format"):
        export_labels(desk.tenant, folder / "x", format="csv")
