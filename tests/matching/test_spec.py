from pathlib import Path
from typing import get_args

import duckdb
import pytest

from kempt.errors import StopRun
from kempt.matching.conditions import COMPARATORS, parse_condition
from kempt.matching.engines import named
from kempt.matching.engines.duckdb import DuckDbEngine
from kempt.matching.engines.named import engine_named
from kempt.matching.load import load_spec
from kempt.matching.spec import EngineName
from kempt.matching.tables import usable_records
from kempt.matching.weights import bits_of, probability_of, zone_of
from tests.matching.factory import SPEC, WHY, person, relation, spec


@pytest.mark.parametrize(
    "text", ["exacty", "jaro_winkler", "jaro_winkler >= 2", "levenshtein >= 1", "swapped with", "exact; drop table x"]
)
def test_a_condition_outside_the_vocabulary_is_refused(text):
    with pytest.raises(ValueError, match="is no condition. Expected exact"):
        parse_condition("email", text)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("family_key: jaro_winkler >= 0.9", "family_key: jaro_winkler > 0.9", "is no condition"),
        ("when: {phone: exact}", "when: {telephone: exact}", "no column telephone"),
        ("bits: 0, when: {phone: missing}", "bits: 1, when: {phone: missing}", "no evidence"),
        (
            "says: the numbers differ, bits: -1, when: {}",
            "says: differ, bits: -1, when: {phone: differs}",
            "exactly the last",
        ),
        ("bits: 5, when", "bits: 5, m: 0.5, u: 0.5, when", "either bits, or m and u"),
        ("review: 0.4", "review: 0.96", "review must be below link"),
        ("column: family_key, typical", "column: given_key, typical", "frequencies must list"),
        ("- name: phone\n    label", "- name: mailbox\n    label", "given twice"),
        ("suffix: differs", "suffix: missing", "conditions on values"),
        ("max_block: 50", "max_blok: 50", "Did you mean 'max_block'"),
        ("when: is_role, why", "why", "either `when` or `values`"),
        ("when: is_role, why", "when: is_role, values: [x], why", "either `when` or `values`"),
    ],
)
def test_a_spec_that_cannot_be_meant_is_refused_with_its_line(old, new, message):
    assert old in SPEC

    with pytest.raises(StopRun, match=rf"spec.yaml:\d+: .*{message}"):
        spec(SPEC.replace(old, new))


def test_a_listed_value_does_not_count_whatever_is_in_it():
    listed = """[nobody@example.com, "o'hara@example.com"]"""
    told = spec(SPEC.replace("when: is_role, why", f"values: {listed}, why"))
    rows = [person(name, email_canonical=mail) for name, mail in (
        ("a", "nobody@example.com"), ("b", "o'hara@example.com"), ("c", "somebody@example.com"), ("d", None),
    )]  # fmt: skip
    with duckdb.connect() as connection:
        connection.execute(usable_records(told, relation(connection, rows)))
        kept = connection.execute("select record_id, email_canonical from kempt_record order by n").fetchall()

    assert kept == [("a", None), ("b", None), ("c", "somebody@example.com"), ("d", None)]


def test_an_engine_refuses_at_load_what_it_does_not_offer_and_names_line_and_choices(tmp_path: Path):
    class Plain(DuckDbEngine):
        name = "plain"
        comparators = frozenset({"exact", "missing", "differs", "initial", "contains", "swapped", "unshared"})

    path = tmp_path / "person.yaml"
    path.write_text(SPEC)
    line = next(n for n, text in enumerate(SPEC.splitlines(), start=1) if "jaro_winkler" in text)

    with pytest.raises(StopRun) as refusal:
        load_spec(path, "person", Plain())

    assert f"{path}:{line}: comparison 'name' uses 'jaro_winkler', which the plain engine does not offer." in str(
        refusal.value
    )
    assert "It offers: contains, differs, exact" in str(refusal.value)
    assert load_spec(path, "person").version == spec().version


def test_a_spec_of_another_entity_type_is_refused(tmp_path: Path):
    path = tmp_path / "company.yaml"
    path.write_text(SPEC)

    with pytest.raises(StopRun, match="entity_type is 'person'. Expected 'company'"):
        load_spec(path, "company")


def test_every_engine_that_a_spec_may_name_is_there():
    for name in get_args(EngineName):
        assert engine_named(name).name == name


def test_an_engine_that_is_not_installed_is_refused_at_load_with_its_line(tmp_path, monkeypatch):
    path = tmp_path / "person.yaml"
    path.write_text(SPEC.replace("engine: duckdb", "engine: spark"))
    monkeypatch.setattr(named, "find_spec", lambda name: None)

    with pytest.raises(StopRun, match=r"person\.yaml:3: engine: spark needs PySpark.*pip install 'kempt\[spark\]'"):
        load_spec(path, "person")


def test_the_default_engine_offers_the_whole_vocabulary_but_what_needs_vectors():
    assert DuckDbEngine().comparators == set(COMPARATORS) - {"cosine"}


def test_the_version_follows_the_content():
    assert spec("# note\n" + SPEC).version == spec().version
    assert spec(SPEC.replace(f"why: {WHY}\nprior", f"why: {WHY}!\nprior")).version != spec().version


def test_bits_and_probabilities_are_two_words_for_one_thing():
    assert bits_of(0.5) == 0
    assert probability_of(bits_of(0.97)) == 0.97
    assert probability_of(-5000) == 0
    assert zone_of(bits_of(0.95), link=0.95, review=0.4) == "link"
    assert zone_of(bits_of(0.95) - 1e-6, link=0.95, review=0.4) == "review"
    assert zone_of(bits_of(0.4) - 1e-6, link=0.95, review=0.4) == "apart"
