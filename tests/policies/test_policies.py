from pathlib import Path

import pytest

from kempt.policy.autonomy import decide
from kempt.policy.cases import check_policies, load_cases
from kempt.policy.load import load_policies

POLICIES = Path(__file__).parents[2] / "policies"


@pytest.fixture(scope="module")
def policies():
    return load_policies(POLICIES)


@pytest.mark.parametrize("name", load_cases(POLICIES))
def test_autonomy_decides_as_its_authors_meant(name, policies):
    case = load_cases(POLICIES)[name]

    decision = decide(case.features, policies.autonomy)

    assert (decision.verdict, set(decision.reasons)) == (case.verdict, set(case.because))


def test_the_check_that_users_run_finds_nothing():
    checked = check_policies(POLICIES)

    assert len(checked) >= 14
    assert [each.message for each in checked if not each.ok] == []


def test_links_are_only_applied_where_the_match_spec_calls_them_links(policies):
    for rule in policies.autonomy.rules:
        if rule.verdict == "apply" and "merge" in (rule.when.kind or ()):
            for entity_type in rule.when.entity_type or ("person", "company"):
                assert rule.when.min_confidence is not None
                assert rule.when.min_confidence >= policies.matching[entity_type].link


def test_each_section_has_a_version_of_its_own(policies):
    versions = [section.version for section in policies.sections().values()]

    assert len(set(versions)) == len(versions) == 9
    assert policies.version not in versions
