"""What was decided takes effect, also when the run that carried it out died half-way."""

from collections.abc import Callable

import pytest

from kempt.usecases import apply_decided
from kempt.usecases.review import review_items
from tests.factory import LENE, MONDAY, Desk, person

VENDOR = f"email,phone,job_title,observed_on\n{LENE['mail']},+49 30 23125077,Buyer,2025-03-01\n"


def test_a_value_is_composed_after_a_run_that_died_when_it_was_recorded(
    open_desk: Callable[[], Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = open_desk()
    vendor = desk.settings.drop / desk.name / "enrichment" / "vendor.csv"
    vendor.parent.mkdir(parents=True)
    vendor.write_text(VENDOR)
    desk.drop("crm", MONDAY, [person("c3", **LENE)])
    desk.land(MONDAY)
    desk.run(whole=True)
    (phone,) = (item["proposal_id"] for item in review_items(desk.tenant, kind="field_change"))
    desk.decide(phone, "approve")

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(apply_decided, "compose_golden", die)
        with pytest.raises(KeyboardInterrupt):
            desk.apply()
    desk.apply()

    assert desk.golden("crm", "c3")["phone"] == "+493023125077"
    assert dict(desk.state()["review"])[phone] == "applied"
