"""What a column is taken for."""

import pytest

from kempt.matching.profile.roles import Profile, read_column, read_columns


def profile(name, values, *, rows=None, distinct=None):
    values = tuple(values)
    return Profile(
        name=name, rows=rows or len(values), given=len(values), distinct=distinct or len(set(values)), sample=values
    )


@pytest.mark.parametrize(
    ("name", "values", "role"),
    [
        ("mail", [f"person{n}@example.com" for n in range(50)], "email"),
        ("contact", [f"person{n}@example.com" for n in range(50)], "email"),
        ("dob", [f"1980-01-{n:02}" for n in range(1, 29)], "date"),
        ("born", [f"198001{n:02}" for n in range(1, 29)], "date"),
        ("since", [f"{n}/12/82" for n in range(1, 13)] * 3, "date"),
        ("link", [f"https://example.com/{n}" for n in range(50)], "url"),
        ("phone", [f"20255501{n:02}" for n in range(50)], "phone"),
        ("line", [f"(202) 555-01{n:02}" for n in range(50)], "phone"),
        ("passport", [f"2025550{n:03}" for n in range(50)], "number"),
        ("ssn", [f"521-21-{n}" for n in range(2000, 2050)], "number"),
        ("tax_id", [f"84-12345{n}" for n in range(10, 60)], "number"),
        ("badge", [f"N1234{n} q12" for n in range(10, 60)], "number"),
        ("zip", [f"{n:05}" for n in range(100, 150)], "number"),
        ("first_name", ["Ada", "Bo", "Cy"] * 20, "given_name"),
        ("PRIMARY_NAME_LAST", ["Ada", "Bo", "Cy"] * 20, "family_name"),
        ("surname", ["Ada", "Bo", "Cy"] * 20, "family_name"),
        ("customer_type", ["firm", "person"] * 40, "category"),
        ("address_country", ["NO", "CL"] * 40, "category"),
        ("state", ["NY", "CA", "TX"] * 40, "category"),
        ("town", [f"Town{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(80)], "word"),
        ("postcode", [f"L{n} {n}AB" for n in range(80)], "code"),
        ("firm", [f"{a} {b} Works" for a in "abcdefgh" for b in "ijklmnop"], "text"),
    ],
)
def test_a_column_is_read_from_its_name_and_values(name, values, role):
    assert read_column(profile(name, values)).role == role


@pytest.mark.parametrize(
    ("name", "values", "rows", "why"),
    [
        ("empty", [], 100, "empty"),
        ("same", ["A"] * 100, 100, "one value"),
        ("rare", ["a b c", "d e f"], 1000, "2 of 1,000"),
        ("created_at", [f"2020-01-{n:02}" for n in range(1, 29)], 28, "kept"),
        ("PHONE_TYPE", ["home", "work"] * 25, 50, "what kind"),
        ("Email Address Type", ["home", "work"] * 25, 50, "what kind"),
        ("addr_kind", ["home", "work"] * 25, 50, "what kind"),
        ("passport_country", ["NO", "CL"] * 25, 50, "what kind"),
        ("drivers_license_state", ["NY", "CA"] * 25, 50, "what kind"),
        ("src_file", [f"file {n} of them" for n in range(50)], 50, "kept"),
    ],
)
def test_what_tells_no_records_apart_is_left_out_with_its_reason(name, values, rows, why):
    reading = read_column(profile(name, values, rows=rows))

    assert reading.role == "nothing"
    assert why in reading.why


def test_what_the_user_told_stands_above_what_is_read():
    (reading,) = read_columns([profile("mail", [f"p{n}@example.com" for n in range(50)])], {"mail": "text"})

    assert (reading.role, reading.why) == ("text", "told so")
