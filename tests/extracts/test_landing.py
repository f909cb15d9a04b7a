"""Landing: what is new, changed, unchanged and gone; once per input; encrypted; never half."""

import json
from datetime import date
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kempt.errors import SkipRecord, StopRun
from kempt.extracts import landing_sql
from kempt.extracts.landed import Counts
from tests.extracts.desk import Desk, connected, declared
from tests.sizes import size

MARCH = [date(2024, 3, day) for day in range(1, 10)]


def csv(*rows: str) -> str:
    return "\n".join(("id,email", *rows)) + "\n"


def counts(**some: int) -> Counts:
    return Counts(**{**dict.fromkeys(Counts.__slots__, 0), **some})


def test_a_snapshot_knows_new_changed_unchanged_and_deleted(desk: Desk):
    desk.put("people.csv", csv("1,a", "2,b", "3,c"))
    first = desk.land(day=MARCH[0])
    desk.put("people.csv", csv("1,a", "2,B", "4,d"))
    second = desk.land(day=MARCH[1], earlier=[first])

    assert first.counts == counts(rows=3, new=3)
    assert second.counts == counts(rows=3, new=1, changed=1, unchanged=1, deleted=1)


def test_a_record_that_comes_back_is_changed_and_was_deleted_once(desk: Desk):
    landed = []
    for day, rows in zip(MARCH, (("1,a", "2,b"), ("1,a",), ("1,a",), ("1,a", "2,b")), strict=False):
        desk.put("people.csv", csv(*rows))
        landed.append(desk.land(day=day, earlier=landed))

    assert [each.counts.deleted for each in landed] == [0, 1, 0, 0]
    assert landed[3].counts == counts(rows=2, changed=1, unchanged=1)


def test_a_delta_deletes_only_what_it_says(desk: Desk):
    declaration = declared(mode="delta", more="deleted: {column: gone, values: ['TRUE', '1']}\n")
    desk.put("people.csv", "id,email,gone\n1,a,\n2,b,\n")
    first = desk.land(declaration, day=MARCH[0])
    desk.put("people.csv", "id,email,gone\n2,b, true \n")
    second = desk.land(declaration, day=MARCH[1], earlier=[first])

    assert second.counts == counts(rows=1, changed=1, deleted=1)
    assert [row["_deleted"] for row in desk.rows(second)] == [True]


def test_a_row_set_aside_is_not_taken_for_deleted(desk: Desk):
    desk.put("people.csv", csv("1,a", "2,b"))
    first = desk.land(day=MARCH[0])
    desk.put("people.csv", csv("1,a", "2,b", "2,c"))
    second = desk.land(day=MARCH[1], earlier=[first])
    desk.put("people.csv", csv("1,a"))
    third = desk.land(day=MARCH[2], earlier=[first, second])

    assert (second.counts.quarantined, second.counts.deleted) == (2, 0)
    assert third.counts.deleted == 1


def test_nothing_is_taken_for_deleted_while_rows_without_a_key_were_set_aside(desk: Desk):
    desk.put("people.csv", csv("1,a", "2,b"))
    first = desk.land(day=MARCH[0])
    desk.put("people.csv", csv("1,a", "2"))
    second = desk.land(day=MARCH[1], earlier=[first])

    assert (second.deletions_known, second.counts.deleted) == (False, 0)
    assert first.deletions_known


def test_an_exact_repeat_is_written_once_and_still_accounted_for(desk: Desk):
    desk.put("people.csv", csv("1,a", "1,a", "1,a"))
    landed = desk.land()
    assert landed.counts == counts(rows=3, new=1, unchanged=2)
    assert [row["_row_number"] for row in desk.rows(landed)] == [1]


def test_without_an_id_rows_are_told_apart_by_what_a_person_would_call_equal(desk: Desk):
    declaration = declared(key="[name, email]")
    desk.put("people.csv", "name,email,note\nAda  Example,A@example.com,x\n,,y\nBo|b,,z\nBo,b,z\n")
    first = desk.land(declaration, day=MARCH[0])
    desk.put("people.csv", "note,email,name\nz,,Bo|b\nx,a@EXAMPLE.com, ada example\n")
    second = desk.land(declaration, day=MARCH[1], earlier=[first])

    assert [row["_source_key"] for row in desk.rows(first)] == ["ada example|a@example.com", "bo\\|b|", "bo|b"]
    assert desk.rules(first) == [(2, "no_key")]
    assert (second.counts.changed, second.counts.unchanged, second.counts.deleted) == (1, 1, 1)


def test_rows_that_cannot_be_told_apart_are_set_aside_and_say_so(desk: Desk):
    desk.put("people.csv", "name,note\nAda,x\nada,y\nBo,z\n")
    landed = desk.land(declared(key="[name]", mapped={"full_name": "name"}))
    assert desk.rules(landed) == [(1, "indistinguishable"), (2, "indistinguishable")]
    assert "cannot tell apart" in desk.quarantine(landed)[0]["reason"]


def test_an_empty_new_column_changes_no_row_and_column_order_neither(desk: Desk):
    desk.put("people.csv", "id,email\n1,a\n")
    first = desk.land(day=MARCH[0])
    desk.put("people.csv", "new,email,id\n,a,1\n")
    second = desk.land(day=MARCH[1], earlier=[first])
    assert second.counts.unchanged == 1


def test_the_order_in_which_days_land_does_not_matter(new_desk):
    contents = {MARCH[0]: csv("1,a", "2,b"), MARCH[1]: csv("2,c"), MARCH[2]: csv("2,c", "3,d", "3,e")}
    outcomes = []
    for order in (MARCH[:3], [MARCH[2], MARCH[0], MARCH[1]]):
        desk, landed = new_desk(), {}
        for day in order:
            desk.put("people.csv", contents[day])
            landed[day] = desk.land(day=day, earlier=[landed[known] for known in sorted(landed) if known < day])
        days = [landed[day] for day in MARCH[:3]]
        outcomes.append([(each.extract_id, desk.rows(each), desk.quarantine(each)) for each in days])
    assert outcomes[0] == outcomes[1]


def test_another_way_of_reading_is_another_extract_and_another_mapping_is_not(desk: Desk):
    desk.put("people.csv", "id,email\n1,a\n")
    first = desk.land()
    remapped = desk.land(declared(mapped={"full_name": "email"}))
    rekeyed = desk.land(declared(key="[email]"))
    assert first.extract_id == remapped.extract_id != rekeyed.extract_id


def test_what_landed_is_unreadable_without_the_key(desk: Desk):
    desk.put("people.csv", csv("1,secret-value"))
    landed = desk.land()
    path = str(desk.raw / landed.files["rows"])

    content = b"".join(file.read_bytes() for file in desk.raw.rglob("*") if file.is_file())
    assert b"secret-value" not in content
    assert content.count(b"PARE") >= 2
    with duckdb.connect() as plain, pytest.raises(duckdb.Error):
        plain.execute("select * from read_parquet(?)", [path])
    with connected("another-key-of-32-bytes-length!!") as other, pytest.raises(duckdb.Error):
        other.execute("select * from read_parquet(?, encryption_config = {footer_key: 'kempt'})", [path]).fetchall()


def test_the_manifest_says_what_landed_and_no_values(desk: Desk):
    desk.put("people.csv", csv("1,secret-value", "x"))
    landed = desk.land()
    text = (desk.raw / landed.files["manifest"]).read_text()

    manifest = json.loads(text)
    assert "secret-value" not in text
    assert (manifest["extract_id"], manifest["day"], manifest["counts"]["rows"]) == (landed.extract_id, "2024-03-01", 2)
    assert Path(landed.files["rows"]).parent.as_posix() == "acme/people/2024-03-01"


@pytest.mark.parametrize("step", range(1, 7))
def test_a_crash_while_writing_leaves_no_extract_and_the_next_try_lands_it(desk: Desk, monkeypatch, step: int):
    desk.put("people.csv", csv("1,a"))
    calls = 0

    def crash(path: Path) -> None:
        nonlocal calls
        calls += 1
        if calls == step:
            raise OSError("no space left")

    with monkeypatch.context() as patched:
        patched.setattr("kempt.extracts.landing.sync", crash)
        with pytest.raises(OSError, match="no space"):
            desk.land()
    whole = list(desk.raw.rglob("*.manifest.json"))
    assert not list(desk.raw.rglob(".landing-*"))
    assert len(whole) == (step > 4)

    landed = desk.land()
    assert desk.payloads(landed) == {"1": {"id": "1", "email": "a"}}


def test_rows_that_get_lost_stop_the_landing(desk: Desk, monkeypatch):
    desk.put("people.csv", csv("1,a", "2,b"))
    counted = landing_sql._COUNTS.replace("(select count(*) from landing_row where rule is null)", "count(outcome)")
    kept = landing_sql._REPEATS.replace("where rule is null", "where _row_number > 1")
    monkeypatch.setattr(landing_sql, "_COUNTS", counted)
    monkeypatch.setattr(landing_sql, "_REPEATS", kept)
    with pytest.raises(StopRun, match="2 rows were read but"):
        desk.land()
    assert not list(desk.raw.rglob("*.parquet"))


def test_a_failed_landing_leaves_no_tables_behind(desk: Desk):
    desk.put("people.csv", "name\nx\n")
    with pytest.raises(SkipRecord):
        desk.land(declared(mapped={"email": "name"}))
    left = desk.connection.execute("select count(*) from duckdb_tables() where table_name like 'landing_%'").fetchone()
    assert left == (0,)


ROWS = st.lists(st.tuples(st.sampled_from("1234"), st.sampled_from("ab")), max_size=6)


@given(st.lists(ROWS, min_size=1, max_size=4))
@settings(max_examples=size(15), deadline=None)
def test_every_day_accounts_for_every_row_like_a_plain_loop(new_desk, days):
    desk, landed, known, present = new_desk(), [], {}, set()
    for day, rows in zip(MARCH, days, strict=False):
        desk.put("people.csv", csv(*map(",".join, rows)))
        each = desk.land(day=day, earlier=landed)
        landed.append(each)

        values = {key: {value for other, value in rows if other == key} for key, _ in rows}
        good = {key: next(iter(found)) for key, found in values.items() if len(found) == 1}
        kept = sum(key in good for key, _ in rows)
        new = sum(key not in known for key in good)
        changed = sum(key in known and (known[key] != value or key not in present) for key, value in good.items())
        gone = {key for key in present if key not in values}
        assert each.counts == Counts(
            rows=len(rows), new=new, changed=changed, unchanged=kept - new - changed, deleted=len(gone),
            quarantined=len(rows) - kept,
        )  # fmt: skip
        known.update(good)
        present = {key for key in values if key in known}
