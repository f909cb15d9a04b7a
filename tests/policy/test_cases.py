import shutil
from pathlib import Path

import pytest

from kempt.errors import StopRun
from kempt.policy.cases import check_policies
from kempt.policy.load import load_policies

POLICIES = Path(__file__).parents[2] / "policies"


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(POLICIES, tmp_path / "policies"))


def problems_of(folder: Path) -> list[str]:
    return [checked.message for checked in check_policies(folder) if not checked.ok]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_a_loosened_policy_fails_the_cases_that_it_breaks(folder):
    edit(
        folder / "autonomy.yaml",
        "entity_type: person, min_confidence: 0.97",
        "entity_type: person, min_confidence: 0.5",
    )

    problems = problems_of(folder)

    assert len(problems) == 1
    assert "just-below-the-limit: expected review because of otherwise, got apply" in problems[0]


def test_a_rule_without_a_case_and_a_case_without_a_rule_are_told(folder):
    edit(folder / "autonomy.yaml", "id: flag-what-is-old", "id: flag-the-old")

    problems = " ".join(problems_of(folder))

    assert "no case shows rule 'flag-the-old'" in problems
    assert "cases name 'flag-what-is-old', which is no rule" in problems


def test_a_case_that_describes_no_proposal_is_told(folder):
    edit(folder / "tests" / "autonomy.yaml", "confidence: 0.8, attribute: email", "confidence: 0.8")

    assert any("old-values-are-flagged: these are no features" in problem for problem in problems_of(folder))


def test_nothing_is_loaded_when_one_file_is_wrong(folder):
    edit(folder / "matching" / "company.yaml", "entity_type: company", "entity_type: person")

    with pytest.raises(StopRun, match=r"company\.yaml"):
        load_policies(folder)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(StopRun, match="no such folder"):
        load_policies(tmp_path / "nowhere")
