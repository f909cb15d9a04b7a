"""What the shipped match specs make of the people and companies that are hard to tell apart."""

from pathlib import Path

import duckdb
import pytest

from kempt.matching.engines.duckdb import DuckDbEngine
from kempt.matching.explain import Explanation, explain, read_scored
from kempt.matching.load import load_spec
from kempt.matching.scoring import score_records
from tests.matching.factory import company, person, relation

POLICIES = Path(__file__).parents[2] / "policies" / "matching"
PERSON, COMPANY = (load_spec(POLICIES / f"{kind}.yaml", kind) for kind in ("person", "company"))

WORK = {"company_core": "birch tools", "domain": "birch.example"}
HOME = {"street_key": "elm st 5", "city_key": "springfield", "postal_code": "12345", "country": "US"}
LINE = {"phone": "+15550100"}
JOHN = {"email_canonical": "john@birch.example", "email_local": "john", "email_domain": "birch.example"}
JANE = {"email_canonical": "jane@birch.example", "email_local": "jane", "email_domain": "birch.example"}
FREE = {"email_canonical": "jd77@mail.example", "email_local": "jd77", "email_domain": "mail.example", "is_free": True}
ROLE = {"email_canonical": "info@birch.example", "email_local": "info", "is_role": True}


def verdict(left: dict, right: dict, *others: dict, spec=PERSON) -> Explanation | None:
    """What is made of two records among others; None when nothing makes them a pair."""
    with duckdb.connect() as connection:
        rows = [left | {"record_id": "r1"}, right | {"record_id": "r2"}, *others]
        name = relation(connection, rows, entity_type=spec.entity_type)
        scored = score_records(connection, spec, name, DuckDbEngine())
        pair = read_scored(connection, scored.relation, spec, [("r1", "r2")]).get(("r1", "r2"))
        return explain(spec, pair) if pair else None


def john(*parts: dict, **values: object) -> dict:
    """John Doe with what the parts say of him."""
    return doe("john", *parts, **values)


def doe(given: str, *parts: dict, family: str = "doe", **values: object) -> dict:
    """Somebody of that name, a Doe unless another family is given."""
    known = dict(person("", given, family))
    for part in parts:
        known |= part
    return known | values


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param(john(JOHN), john(JOHN), id="name and mailbox"),
        pytest.param(john(JOHN, LINE), john(JOHN, WORK, HOME), id="name and mailbox among gaps"),
        pytest.param(john(FREE, LINE, WORK), john(JOHN, LINE, WORK), id="two mailboxes but one telephone and employer"),
        pytest.param(john(LINE), john(LINE), id="name and telephone"),
        pytest.param(john(birth_date="1970-03-05"), john(JOHN, birth_date="1970-03-05"), id="name and birth date"),
        pytest.param(john(JOHN), doe("jack", JOHN, nickname_key="john"), id="nickname and mailbox"),
        pytest.param(john(JOHN), doe("j", JOHN, nickname_key=None), id="initial and mailbox"),
        pytest.param(john(JOHN), doe("john", JOHN, family="dow"), id="slip in the family name and mailbox"),
        pytest.param(john(JOHN), john(JOHN, given_key="doe", family_key="john"), id="swapped names and mailbox"),
        pytest.param(doe("jane", JANE, WORK, HOME), doe("jane", JANE, WORK, HOME, family="roe"), id="married name"),
    ],
)
def test_one_person_is_linked(left, right):
    told = verdict(left, right)

    assert told is not None
    assert told.zone == "link", told


TWINS = HOME | LINE | {"birth_date": "1990-01-02"}


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param(
            john(HOME, LINE, birth_date="1950-01-02"), john(HOME, LINE, birth_date="1978-12-31"), id="father and son"
        ),
        pytest.param(john(HOME, LINE, WORK, suffix="jr"), john(HOME, LINE, WORK, suffix="sr"), id="junior and senior"),
        pytest.param(john(HOME, LINE, WORK, JOHN), john(HOME, LINE, WORK, FREE), id="father and son, or two mailboxes"),
        pytest.param(john(HOME, LINE, WORK), john(HOME, LINE, WORK), id="father and son, or one person"),
        pytest.param(
            john(WORK, postal_code="12345"), john(WORK, FREE, postal_code="12345"), id="a son round the corner"
        ),
        pytest.param(doe("maria", TWINS), doe("mario", TWINS), id="twins"),
        pytest.param(doe("maria", TWINS, FREE), doe("mario", TWINS, FREE), id="twins with the family's mailbox"),
        pytest.param(doe("maria", TWINS), doe("m", TWINS, nickname_key=None), id="a twin's initial"),
        pytest.param(doe("jane", HOME, LINE, FREE), doe("john", HOME, LINE, FREE), id="household with one mailbox"),
        pytest.param(
            doe("jane", HOME, LINE, FREE), doe("john", HOME, LINE, FREE, family="roe"), id="two names, one mailbox"
        ),
        pytest.param(john(LINE), doe("j", LINE, nickname_key=None), id="an initial on the family's telephone"),
        pytest.param(john(JOHN), john(FREE, company_core="oak bank"), id="namesakes"),
        pytest.param(john(JOHN, WORK), john(JANE, WORK), id="namesakes at one employer"),
        pytest.param(doe("jane", WORK, LINE), doe("john", WORK, LINE, family="roe"), id="colleagues on one line"),
        pytest.param(
            doe("jane", WORK, ROLE), doe("john", WORK, ROLE, family="roe"), id="colleagues behind a role mailbox"
        ),
        pytest.param(john(), john(), id="nothing but a name"),
        pytest.param(john(ROLE), john(ROLE), id="name and role mailbox"),
    ],
)
def test_what_may_be_two_people_is_never_linked_without_asking(left, right):
    told = verdict(left, right)

    assert told is None or told.zone != "link", told


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param(
            john(HOME, LINE, WORK, JOHN), john(HOME, LINE, WORK, FREE), id="one name, one home, two mailboxes"
        ),
        pytest.param(doe("peg", JANE, WORK, HOME), doe("margaret", JANE, WORK, HOME), id="a nickname nobody listed"),
        pytest.param(doe("jane", JANE), doe("jane", JANE, family="roe"), id="another family name on one mailbox"),
    ],
)
def test_what_is_likely_but_not_sure_is_asked_about(left, right):
    told = verdict(left, right)

    assert told is not None
    assert told.zone == "review", told


def test_a_switchboard_says_nothing_once_enough_names_answer_it():
    crowd = [doe(f"p{n}", LINE, family=f"f{n}") | {"record_id": f"s{n}"} for n in range(5)]

    alone, among = verdict(john(LINE, WORK), john(LINE, WORK)), verdict(john(LINE, WORK), john(LINE, WORK), *crowd)

    assert alone is not None
    assert among is not None
    assert alone.zone == "link"
    assert among.zone == "review"


def test_a_rare_name_says_more_than_a_common_one():
    crowd = [doe("john", family=f"f{n}") | {"record_id": f"s{n}"} for n in range(400)]
    crowd += [doe(f"g{n}") | {"record_id": f"t{n}"} for n in range(400)]

    rare, common = verdict(john(LINE), john(LINE)), verdict(john(LINE), john(LINE), *crowd)

    assert rare is not None
    assert common is not None
    assert rare.bits > common.bits + 1


SITE = {"domain": "birch.example"}


@pytest.mark.parametrize(
    ("left", "right", "zone"),
    [
        pytest.param(SITE | HOME, SITE | HOME, "link", id="name, domain and street"),
        pytest.param({"registry_id": "DE111"}, {"registry_id": "DE111"}, "link", id="name and register number"),
        pytest.param(
            HOME | {"registry_id": "DE111"}, HOME | {"registry_id": "DE999"}, "apart", id="two register numbers"
        ),
        pytest.param(
            SITE | HOME,
            {"domain": "birch-tools.example", "city_key": "ghent", "country": "BE"},
            "apart",
            id="namesakes in two countries",
        ),
        pytest.param(SITE | HOME, SITE | HOME | {"company_core": "birch paper"}, "apart", id="parent and subsidiary"),
        pytest.param(SITE, SITE, "review", id="name and domain"),
    ],
)
def test_companies_are_told_apart_as_the_law_does(left, right, zone):
    birch = dict(company("", "birch tools"))

    told = verdict(birch | left, birch | right, spec=COMPANY)

    assert told is not None
    assert told.zone == zone, told
