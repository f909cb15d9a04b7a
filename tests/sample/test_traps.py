"""Each hard case is in the rows what its name says."""

import re
from collections import defaultdict
from itertools import combinations

from kempt.sample.sources import DAYS
from kempt.sample.spelling import without_diacritics
from tests.sample.conftest import Sample
from tests.sample.reading import Row

FREE_MAIL = {"gmail.com", "outlook.com", "yahoo.com", "mail.example", "gmx.de", "orange.fr", "wp.pl"}


def contacts(sample: Sample, *kinds: str, day: int = 0) -> list[tuple[str, Row]]:
    """(cluster, row) of the CRM people of these kinds, with names in `first` and `last`."""
    names = {"hubspot": ("firstname", "lastname"), "salesforce": ("FirstName", "LastName")}
    found = []
    for line in sample.truth:
        first, last = names.get(line["system"], ("", ""))
        row = sample.keyed(day, line["system"], line["object"]).get(line["source_key"]) if first else None
        if row and line["object"] != "company" and (not kinds or line["kind"] in kinds):
            lowered = {name.lower(): str(value) for name, value in row.items()}
            found.append((line["cluster_id"], lowered | {"first": row[first].strip(), "last": row[last].strip()}))
    return found


def pairs_of_two(sample: Sample, kind: str, *same: str) -> list[tuple[Row, Row]]:
    """Pairs of different people of a kind who agree on these columns."""
    groups = defaultdict(list)
    for cluster, row in contacts(sample, kind):
        values = tuple(row.get(name, "").lower() for name in same)
        if all(values):
            groups[values].append((cluster, row))
    return [(a, b) for group in groups.values() for (x, a), (y, b) in combinations(group, 2) if x != y]


def test_father_and_son_share_name_and_town_but_not_their_birthday(sample: Sample) -> None:
    pairs = [(a, b) for a, b in pairs_of_two(sample, "father_son", "first") if _core(a) == _core(b)]

    assert pairs
    assert all(_birth(a) != _birth(b) for a, b in pairs if _birth(a) and _birth(b))
    assert any(re.search(r"[SJ]r\.$", row["last"]) for pair in pairs for row in pair)


def _core(row: Row) -> str:
    return re.sub(r" [SJ]r\.$", "", row["last"]).lower()


def _birth(row: Row) -> str:
    return row.get("date_of_birth") or row.get("birthdate") or ""


def test_twins_share_a_birthday_but_not_their_given_name(sample: Sample) -> None:
    people = contacts(sample, "twins")
    pairs = [
        (a, b)
        for (x, a), (y, b) in combinations(people, 2)
        if x != y and _birth(a) and _birth(a) == _birth(b) and _core(a) == _core(b)
    ]

    assert pairs
    assert all(a["first"].lower() != b["first"].lower() for a, b in pairs)


def test_namesakes_share_a_name_and_no_mailbox(sample: Sample) -> None:
    pairs = pairs_of_two(sample, "namesake", "first", "last")

    assert pairs
    assert all(a["email"].strip().lower() != b["email"].strip().lower() for a, b in pairs if a["email"])


def test_a_role_mailbox_belongs_to_several_people(sample: Sample) -> None:
    assert pairs_of_two(sample, "role_mailbox", "email")


def test_a_household_shares_its_address(sample: Sample) -> None:
    streets = [
        row.get("address") or row.get("mailingstreet") or row.get("street") for _, row in contacts(sample, "household")
    ]

    assert len({street for street in streets if street}) < len([street for street in streets if street])


def test_disguised_records_still_have_a_plain_one(sample: Sample) -> None:
    for kind in ("nickname", "initial", "typo", "swapped_names", "old_job"):
        clusters = {line["cluster_id"] for line in sample.of_kind(kind)}
        others = {line["cluster_id"] for line in sample.truth if line["kind"] != kind}
        assert clusters & others, kind


def test_diacritics_are_lost_and_names_transliterated(sample: Sample) -> None:
    lost = [row["first"] + row["last"] for _, row in contacts(sample, "diacritics_lost")]
    respelt = [row["first"] + row["last"] for _, row in contacts(sample, "transliterated")]

    assert lost
    assert all(name == without_diacritics(name) for name in lost)
    assert any(re.search(r"ae|oe|ue", name) for name in respelt)
    assert any(re.search(r"[\u4e00-\u9fff]", name) for name in respelt)


def test_names_come_in_both_scripts(sample: Sample) -> None:
    scripts = defaultdict(set)
    for cluster, row in contacts(sample):
        scripts[cluster].add(bool(re.search(r"[\u4e00-\u9fff]", row["last"] + row["first"])))

    assert any(len(found) == 2 for found in scripts.values())


def test_a_job_change_keeps_the_key_and_changes_the_address(sample: Sample) -> None:
    for line in sample.of_kind("job_change"):
        mails = [
            row.get("Email") or row.get("email")
            for day in range(len(DAYS))
            if (row := sample.keyed(day, line["system"], line["object"]).get(line["source_key"]))
        ]
        assert len(set(mails)) == 2, line["record_key"]


def test_a_recycled_phone_moves_to_somebody_else(sample: Sample) -> None:
    moved = 0
    lines = sample.of_kind("recycled_phone")
    for giver, taker in combinations(lines, 2):
        for one, other in ((giver, taker), (taker, giver)):
            old = sample.keyed(0, one["system"], one["object"])[one["source_key"]]
            late = [sample.keyed(day, other["system"], other["object"]).get(other["source_key"]) for day in (1, 2)]
            moved += one["cluster_id"] != other["cluster_id"] and any(row and _tel(row) == _tel(old) for row in late)

    assert moved >= 2


def _tel(row: Row) -> str:
    return next(str(row[name]) for name in ("phone", "Phone", "Tel") if name in row)


def test_rows_deleted_at_the_source_are_absent_or_marked_on_the_third_day(sample: Sample) -> None:
    lines = sample.of_kind("deleted_at_source")
    last = [sample.keyed(2, line["system"], line["object"]).get(line["source_key"]) for line in lines]

    assert None in last
    assert all(row.get("IsDeleted", row.get("archived", "")).lower() == "true" for row in last if row)
    assert all(sample.keyed(1, line["system"], line["object"])[line["source_key"]] for line in lines)


def test_a_corrected_row_is_right_on_the_second_day(sample: Sample) -> None:
    for line in sample.of_kind("corrected"):
        before = sample.keyed(0, line["system"], line["object"]).get(line["source_key"])
        after = sample.keyed(1, line["system"], line["object"])[line["source_key"]]
        assert before != after
        assert not after.get("_ragged")
        assert "N/A" not in after.values()


def test_about_one_row_in_a_hundred_changes_each_day(sample: Sample) -> None:
    for day in (1, 2):
        changed = 0
        for place in sample.days[day]:
            before, after = sample.keyed(day - 1, *place), sample.keyed(day, *place)
            if place[0] == "support":
                changed += len(after)
            else:
                changed += sum(before.get(key) != after.get(key) for key in {*before, *after})
        assert 0.007 < changed / sum(len(rows) for rows in sample.days[0].values()) < 0.014


def test_mail_goes_to_invented_domains_or_to_numbered_free_mail(sample: Sample) -> None:
    for rows in sample.days[2].values():
        for row in rows:
            email = str(row.get("email") or row.get("Email") or row.get("E-mail") or "").strip().lower()
            local, at, domain = email.partition("@")
            if at:
                assert domain.endswith(".example") or domain in FREE_MAIL
                assert domain not in FREE_MAIL or re.search(r"\.\d{6}$", local)


def test_north_american_numbers_are_the_fictional_ones(sample: Sample) -> None:
    if sample.tenant == "northpeak":
        for rows in sample.days[0].values():
            for row in rows:
                digits = re.sub(r"\D", "", _tel(row))
                assert not digits or re.fullmatch(r"1?\d{3}55501\d\d", digits)


def test_subsidiaries_share_a_domain_and_namesakes_a_name_only(sample: Sample) -> None:
    kinds = {line["source_key"]: line for line in sample.truth if line["object"] == "company"}
    accounts = [
        (
            line["cluster_id"],
            line["kind"],
            re.sub(r"^(https?://)?(www\.)?", "", row["Website"]),
            row["Name"].split()[:2],
        )
        for row in sample.days[0]["salesforce", "company"]
        if row["Website"] and (line := kinds.get(row["_key"])) and line["kind"] != "malformed"
    ]
    pairs = [(one, two) for one, two in combinations(accounts, 2) if one[0] != two[0]]

    assert any(one[2] == two[2] and "subsidiary" in (one[1], two[1]) for one, two in pairs)
    assert all("subsidiary" in (one[1], two[1]) for one, two in pairs if one[2] == two[2])
    assert any(one[3] == two[3] and one[1] == two[1] == "company_namesake" for one, two in pairs)


def test_whoever_is_well_formed_can_be_reached(sample: Sample) -> None:
    malformed = {line["source_key"] for line in sample.of_kind("malformed")}
    for system, kind in (("hubspot", "contact"), ("salesforce", "contact"), ("salesforce", "lead"), ("sales", "lead")):
        for row in sample.days[0][system, kind]:
            email = str(row.get("email") or row.get("Email") or row.get("E-mail") or "")
            assert row.get("_ragged") or row["_key"] in malformed | {""} or email.strip() or _tel(row)
