"""Which rows of standardized contacts, leads and companies may go on.

The suite reads quality flags and dates, not names or addresses: what it never sees it cannot leak.
"""

from datetime import date
from typing import Any

from expectations.gate import GateResult, Rule, failures, judge, outcomes
from kempt.records.model import ENTITY_OF, EntityType, ObjectType

FIRST_BIRTH_DATE = date(1900, 1, 1)
_NAMES: dict[EntityType, tuple[str, ...]] = {
    "person": ("full_name", "given_name", "family_name"),
    "company": ("company_name",),
}
_UNUSABLE = ["missing", "invalid"]


def evaluate_rows(frame: Any, object_type: ObjectType, today: date) -> GateResult:
    """The rows of a standardized frame that must go to quarantine, each with every rule it broke."""
    entity_type = ENTITY_OF[object_type]
    rules = _person_rules(today) if entity_type == "person" else _company_rules()
    failed = judge(_facts(frame, entity_type), rules, id_column="record_id")
    return GateResult(
        evaluated=len(frame), failures=failures(rules, failed), expectations=outcomes(rules, failed), blocking=False
    )


def _facts(frame: Any, entity_type: EntityType) -> Any:
    """Per row: its id and a flag for each thing that may identify it; for persons also the birth date."""
    import pandas as pd

    facts = {"record_id": frame["record_id"], "name": _flag(frame, _NAMES[entity_type])}
    if entity_type == "company":
        facts["domain"] = _flag(frame, ("domain",))
        return pd.DataFrame(facts)
    facts["email"] = _flag(frame, ("email",))
    facts["phone"] = _flag(frame, ("phone",))
    facts["birth_date_flag"] = _flag(frame, ("birth_date",))
    # As the number YYYYMMDD: it orders like the date and reaches the years that pandas timestamps cannot.
    born = frame["birth_date"] if "birth_date" in frame else pd.Series(None, index=frame.index)
    digits = born.astype("string").str.slice(0, 10).str.replace("-", "", regex=False)
    facts["birth_date"] = pd.to_numeric(digits, errors="coerce").astype("float64")
    return pd.DataFrame(facts)


def _flag(frame: Any, columns: tuple[str, ...]) -> Any:
    """valid when one of the columns is usable, invalid when something was given but none is, else missing."""
    import numpy as np
    import pandas as pd

    usable = np.zeros(len(frame), dtype=bool)
    given = np.zeros(len(frame), dtype=bool)
    for column in (name for name in columns if name in frame):
        present = frame[column].notna().to_numpy(dtype=bool)
        flag = frame.get(f"{column}_flag", pd.Series(None, index=frame.index, dtype="string"))
        unusable = flag.isin(_UNUSABLE).to_numpy(dtype=bool)
        usable |= present & ~unusable
        given |= present | (flag.notna() & (flag != "missing")).fillna(False).to_numpy(dtype=bool)
    return pd.Series(np.select([usable, given], ["valid", "invalid"], "missing"), index=frame.index, dtype="object")


def _person_rules(today: date) -> tuple[Rule, ...]:
    import great_expectations.expectations as gxe
    from great_expectations.expectations.row_conditions import Column

    name, email, phone = Column("name"), Column("email"), Column("phone")
    return (
        Rule(
            name="has_identity",
            field="full_name",
            reason="no name, no e-mail address and no telephone number was given",
            expectation=gxe.ExpectColumnValuesToNotBeInSet(
                column="phone", value_set=["missing"], row_condition=(name == "missing") & (email == "missing")
            ),
        ),
        Rule(
            name="usable_email",
            field="email",
            reason="the e-mail address is invalid and nothing else was given that identifies anybody",
            expectation=gxe.ExpectColumnValuesToNotBeInSet(
                column="email", value_set=["invalid"], row_condition=(name == "missing") & (phone == "missing")
            ),
        ),
        Rule(
            name="not_junk",
            field="full_name",
            reason="everything that was given to identify somebody is invalid",
            expectation=gxe.ExpectColumnValuesToNotBeInSet(
                column="email",
                value_set=_UNUSABLE,
                row_condition=((name == "invalid") & phone.is_in(_UNUSABLE))
                | (name.is_in(_UNUSABLE) & (phone == "invalid")),
            ),
        ),
        *_birth_date_rules(today),
    )


def _birth_date_rules(today: date) -> tuple[Rule, ...]:
    import great_expectations.expectations as gxe

    return (
        Rule(
            name="birth_date_readable",
            field="birth_date",
            reason="the date of birth cannot be read as a date",
            expectation=gxe.ExpectColumnValuesToNotBeInSet(column="birth_date_flag", value_set=["invalid"]),
        ),
        Rule(
            name="birth_date_possible",
            field="birth_date",
            reason=f"the date of birth is before {FIRST_BIRTH_DATE.year} or after the day of the check",
            expectation=gxe.ExpectColumnValuesToBeBetween(
                column="birth_date",
                min_value=int(f"{FIRST_BIRTH_DATE:%Y%m%d}"),
                max_value=int(f"{today:%Y%m%d}"),
            ),
        ),
    )


def _company_rules() -> tuple[Rule, ...]:
    import great_expectations.expectations as gxe
    from great_expectations.expectations.row_conditions import Column

    name = Column("name")
    return (
        Rule(
            name="has_identity",
            field="company_name",
            reason="no company name and no domain was given",
            expectation=gxe.ExpectColumnValuesToNotBeInSet(
                column="domain", value_set=["missing"], row_condition=name == "missing"
            ),
        ),
        Rule(
            name="not_junk",
            field="company_name",
            reason="everything that was given to identify the company is invalid",
            expectation=gxe.ExpectColumnValuesToNotBeInSet(
                column="domain",
                value_set=_UNUSABLE,
                row_condition=(name == "invalid") | ((name == "missing") & (Column("domain") == "invalid")),
            ),
        ),
    )
