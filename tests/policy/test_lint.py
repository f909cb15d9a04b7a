import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kempt.policy.autonomy import AutonomyPolicy, Verdict, decide
from kempt.policy.boxes import spaces, uncovered
from kempt.policy.conditions import When
from kempt.policy.lint import lint
from kempt.policy.load import kept_body, load_policies, policies_from
from kempt.policy.schema import schemas
from kempt.proposals.model import Features
from kempt.strict_yaml import parse
from tests.sizes import size

ROOT = Path(__file__).parents[2]
POLICIES = ROOT / "policies"
SHIPPED = load_policies(POLICIES)
FLAG = "  - id: flag-what-is-old\n"


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(POLICIES, tmp_path / "policies")


def refused(folder: Path, file: str, old: str, new: str) -> str:
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new))
    return "\n".join(lint(folder)[1])


def rule(when: str, verdict: str = "apply") -> str:
    return f"  - {{id: added, why: a reason that is long enough, when: {when}, verdict: {verdict}}}\n{FLAG}"


def test_what_is_shipped_is_not_refused():
    assert lint(POLICIES)[1] == ()


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("autonomy.yaml", FLAG, rule("{kind: merge, min_cluster_size: 9, entity_type: person}"),
         r"autonomy.yaml:48: rule 'added' is never reached: wherever it holds, 'ask-about-crowds'"),
        ("autonomy.yaml", FLAG, rule("{kind: merge, attribute: email}", "review"), "'added' holds for no proposal"),
        ("autonomy.yaml", FLAG, rule("{agent: matcher, attribute: email}", "review"), "'added' holds for no proposal"),
        ("autonomy.yaml", FLAG, rule("{kind: field_change, fills_empty: false, attribute: city}"), "never reached"),
        ("autonomy.yaml", FLAG, rule("{kind: field_change, attribute: phone, fills_empty: true, min_confidence: 0.8}"),
         "looser than the guard-rail 'contact-points-are-not-guessed'"),
        ("autonomy.yaml", "min_confidence: 0.97,", "min_confidence: 0.96,", "below `link: 0.97`"),
        ("autonomy.yaml", "max_cluster_size: 8}", "max_cluster_size: 8, colour: red}", r":10: unknown key .*colour"),
        ("autonomy.yaml", "why: More than eight records of one entity are more often a shared mailbox than a careless clerk.",  # noqa: E501
         "why: crowds", "rules.2.why"),
        ("autonomy.yaml", FLAG, rule("{kind: stale_flag, min_confidence: 0.9}", "review"), "no case shows rule"),
        ("matching/person.yaml", "weakest: 0.", "weakest: 0.9999", "weakest 0.9999.* is above mean"),
        ("budget.yaml", "target_precision: 0.98", "target_precision: 0.9", "the guard-rail of protection.yaml is 0.95"),
        ("budget.yaml", "per_run: 50000\n    per_day: 100000", "per_run: 50000\n    per_day: 9", "above per_day 9"),
        ("matching/company.yaml", "review: 0.", "review: 0.999", "review must be below link"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_its_place(folder, file, old, new, said):
    import re

    told = refused(folder, file, old, new)

    assert re.search(said, told), told


def test_a_level_behind_a_broader_one_is_refused(folder):
    spec = (folder / "matching" / "person.yaml").read_text()
    same = next(line for line in spec.splitlines() if "{email_canonical: exact}" in line)
    twice = same + "\n" + same.replace("id: same", "id: again")

    assert "level 'again' of 'mailbox' is never reached" in refused(folder, "matching/person.yaml", same, twice)


def test_a_tenant_may_not_bring_guard_rails_of_its_own(folder, tmp_path):
    (tmp_path / "own").mkdir()
    looser = (
        (POLICIES / "protection.yaml").read_text().replace("0.95, max_cluster_size: 12", "0.5, max_cluster_size: 12")
    )
    (tmp_path / "own" / "protection.yaml").write_text(looser)

    assert "guard-rails hold for the installation" in "\n".join(lint(folder, tmp_path / "own")[1])


FEATURES = st.builds(
    Features,
    kind=st.just("merge"),
    entity_type=st.sampled_from(["person", "company"]),
    agent=st.just("matcher"),
    confidence=st.floats(0, 1),
    cluster_size=st.integers(2, 20),
    same_source=st.booleans(),
    overrides_human=st.booleans(),
)
WHENS = st.builds(
    When,
    kind=st.just("merge"),
    entity_type=st.sampled_from([None, "person", "company"]),
    min_confidence=st.sampled_from([None, 0.2, 0.5]),
    max_confidence=st.sampled_from([None, 0.5, 0.8]),
    min_cluster_size=st.sampled_from([None, 2, 4]),
    max_cluster_size=st.sampled_from([None, 4, 9]),
    same_source=st.sampled_from([None, True, False]),
)


@settings(max_examples=size(60), deadline=None)
@given(WHENS, st.lists(WHENS, max_size=4), st.lists(FEATURES, min_size=20, max_size=20))
def test_covered_means_that_no_proposal_escapes(when, others, proposals):
    for space in spaces([when, *others]):
        box = space.box(when)
        boxes = [each for other in others if (each := space.box(other)) is not None]
        escapes = box is not None and uncovered(box, boxes)
        if escapes:
            sample = space.example(escapes)
            assert when.holds(sample)
            assert not any(other.holds(sample) for other in others)
        for each in proposals:
            inside = each.kind == space.kind and each.entity_type == space.entity_type and when.holds(each)
            assert not inside or escapes or any(other.holds(each) for other in others)


@settings(max_examples=size(200), deadline=None)
@given(FEATURES)
def test_nothing_is_applied_below_a_floor_whatever_a_policy_says(features):
    bold = parse(
        AutonomyPolicy,
        "otherwise: review\nrules:\n  - {id: all, why: everything at all goes, when: {kind: merge}, verdict: apply}\n",
        name="bold",
    )
    decision = decide(features, bold, SHIPPED.protection.floors)

    least = {"person": 0.95, "company": 0.97}[features.entity_type]
    if decision.verdict is Verdict.APPLY:
        assert features.confidence >= least
        assert (features.cluster_size or 0) <= 12
        assert not features.overrides_human
    else:
        assert decision.lost == ("all",)


def test_a_kept_version_is_read_back_as_it_was():
    bodies = {name: kept_body(section) for name, section in SHIPPED.sections().items()}

    again = policies_from(bodies, SHIPPED.protection)

    assert again == SHIPPED
    assert again.version == SHIPPED.version


def test_the_published_schemas_are_those_of_the_models():
    published = {path.stem: path.read_text() for path in (ROOT / "docs" / "schema").glob("*.json")}

    assert published == schemas()
