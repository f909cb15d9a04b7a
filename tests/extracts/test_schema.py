"""Schema drift: what blocks a source until somebody approves, and what does not."""

import json
from datetime import date

from kempt.extracts.schema import Approved, Drift, check_schema, schema_fingerprint
from tests.extracts.desk import Desk, declared

APPROVED = Approved(columns={"id": "", "email": "", "Phone Number": "", "city": ""})


def columns(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, "")


def test_the_order_of_columns_is_no_drift():
    reordered = columns("city", "Phone Number", "id", "email")
    assert check_schema(reordered, APPROVED) is None
    assert schema_fingerprint(reordered) == schema_fingerprint(APPROVED.columns)
    assert schema_fingerprint(columns("id")) != schema_fingerprint({"id": "number"})


def test_added_removed_and_renamed_columns_are_told_apart():
    drift = check_schema(columns("id", "email", "phone_number", "zip code"), APPROVED)

    assert drift == Drift(added=("zip code",), removed=("city",), renamed=(("Phone Number", "phone_number"),))
    assert str(drift) == "renamed: Phone Number -> phone_number; added: zip code; removed: city"


def test_a_list_where_text_was_is_drift():
    assert check_schema({**APPROVED.columns, "email": "list"}, APPROVED) == Drift(retyped=("email",))


def test_the_first_schema_approves_itself_unless_a_needed_column_is_missing():
    assert check_schema(columns("id"), None, needed=("id",)) is None
    assert check_schema(columns("id"), None, needed=("id", "email")) == Drift(missing=("email",))


def test_a_needed_column_that_disappears_is_named_as_such():
    drift = check_schema(columns("id", "Phone Number", "city"), APPROVED, needed=("email",))
    assert drift == Drift(removed=("email",), missing=("email",))


def test_sparse_rows_need_not_name_every_column():
    assert check_schema(columns("id"), APPROVED, needed=("email",), sparse=True) is None
    assert check_schema(columns("id", "new"), APPROVED, sparse=True) == Drift(added=("new",))


def test_an_object_that_is_null_everywhere_is_no_drift():
    nested = Approved(columns=columns("id", "company.name"))
    assert check_schema({"id": "", "company": "null"}, nested, needed=("company.name",)) is None


def test_drift_blocks_the_extract_until_it_is_approved(desk: Desk):
    desk.put("people.csv", "id,email\n1,a\n")
    first = desk.land()
    desk.put("people.csv", "id,e-mail,extra\n1,b,x\n")

    blocked = desk.land(day=date(2024, 3, 2), earlier=[first], approved=first.columns)
    approved = desk.land(day=date(2024, 3, 2), earlier=[first], approved=blocked.columns)

    assert (blocked.status, approved.status) == ("blocked", "landed")
    assert blocked.drift == Drift(added=("extra",), renamed=(("email", "e-mail"),), missing=("email",))
    assert blocked.extract_id == approved.extract_id
    assert desk.payloads(blocked)["1"]["extra"] == "x"


def test_null_objects_and_missing_fields_of_a_json_change_do_not_block(desk: Desk):
    declaration = declared(mode="delta", mapped={"email": "email", "company_name": "company.name"})
    desk.put("people.jsonl", json.dumps({"id": 1, "email": "a", "company": {"name": "x"}}))
    first = desk.land(declaration)
    desk.put("people.jsonl", json.dumps({"id": 2, "company": None}))
    second = desk.land(declaration, day=date(2024, 3, 2), earlier=[first], approved=first.columns)
    desk.put("people.jsonl", json.dumps({"id": 2, "email": ["a", "b"]}))
    third = desk.land(declaration, day=date(2024, 3, 3), earlier=[first, second], approved=first.columns)

    assert second.status == "landed"
    assert (third.status, third.drift) == ("blocked", Drift(retyped=("email",)))
