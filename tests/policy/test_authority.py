"""Nobody outside the matrix decides: every role, kind, tier, day and approver."""

import itertools
from datetime import date, timedelta

import pytest

from kempt.agents.roles import ROLES
from kempt.errors import StopRun
from kempt.policy.authority import RISKS, WEEKDAYS, AuthorityPolicy, Bounds, refusal
from kempt.policy.autonomy import Decision, Verdict
from kempt.proposals.model import KINDS, Features, ProposalKind
from kempt.strict_yaml import parse

MATRIX = """
expire_after_days: 30
otherwise: [policy, steward]
risks:
  - {id: big, why: a reason that is long enough, when: {kind: merge, min_cluster_size: 9}, risk: high}
  - {id: entered, why: a reason that is long enough, when: {overrides_human: true}, risk: high}
  - {id: company, why: a reason that is long enough, when: {entity_type: company}, risk: medium}
rules:
  - {id: two, why: a reason that is long enough, risk: high, who: [merge_authority], people: 2}
  - {id: firms, why: a reason that is long enough, when: {entity_type: company}, who: [policy, merge_authority]}
  - {id: weekly, why: a reason that is long enough, when: {kind: stale_flag}, who: [policy, team_lead], weekday: friday}
  - {id: north, why: a reason that is long enough, tenant: north, who: [team_lead, merge_authority]}
"""
POLICY = parse(AuthorityPolicy, MATRIX)
MONDAY = date(2025, 3, 3)


def proposal(kind: ProposalKind, risk: str) -> Features:
    entity = "person" if risk == "low" else "company"
    if kind == "merge":
        size = 9 if risk == "high" else 2
        return Features(kind=kind, entity_type=entity, agent="matcher", confidence=0.9, cluster_size=size,
                        same_source=False)  # fmt: skip
    more = {"fills_empty": True} if kind == "field_change" else {}
    return Features(kind=kind, entity_type=entity, agent="scanner", confidence=0.9, attribute="phone",
                    overrides_human=risk == "high", **more)  # fmt: skip


def allowed(kind: str, risk: str, tenant: str) -> set[str]:
    """Who may decide, written out: the table that MATRIX must come to."""
    if tenant == "north":
        table = {"low": {"merge": {"team_lead", "merge_authority"}, "field_change": {"team_lead", "merge_authority"},
                         "stale_flag": {"team_lead"}}}  # fmt: skip
    else:
        table = {"low": {"merge": {"steward"}, "field_change": {"steward"}, "stale_flag": {"team_lead"}}}
    # A company's flag is a lead's by one rule and an authority's by another: nobody is both.
    table["medium"] = table["high"] = {
        "merge": {"merge_authority"}, "field_change": {"merge_authority"}, "stale_flag": set(),
    }  # fmt: skip
    return table[risk][kind]


CASES = list(itertools.product(KINDS, RISKS, ("south", "north"), (*ROLES, None), range(7), (True, False)))


def test_exactly_those_in_the_matrix_decide() -> None:
    for kind, risk, tenant, role, day, approving in CASES:
        authority = POLICY.over(proposal(kind, risk), tenant)
        assert authority.risk == risk

        why_not = refusal(
            authority, name="ines", roles=[role] if role else [], proposer="scanner",
            today=MONDAY + timedelta(days=day), approving=approving,
        )  # fmt: skip

        on_its_day = kind != "stale_flag" or WEEKDAYS[day] == "friday"
        expected = role in allowed(kind, risk, tenant) and on_its_day
        assert (why_not is None) is expected, (kind, risk, tenant, role, day, approving, why_not)


@pytest.mark.parametrize("kind", ["merge", "field_change"])
def test_what_is_risky_takes_two_people_who_did_not_propose_it(kind: ProposalKind) -> None:
    authority = POLICY.over(proposal(kind, "high"), "south")
    told = {"roles": ["merge_authority"], "today": MONDAY}

    assert authority.people == 2
    for name, proposer, first, approving, may in (
        ("ines", "scanner", None, True, True),
        ("ines", "ines", None, True, False),
        ("ines", "scanner", "ines", True, False),
        ("otto", "scanner", "ines", True, True),
        ("otto", "otto", "ines", True, False),
        ("ines", "scanner", "ines", False, True),
    ):
        why_not = refusal(authority, name=name, proposer=proposer, first_approver=first, approving=approving, **told)
        assert (why_not is None) is may, (name, proposer, first, approving)


def test_policy_applies_only_what_the_matrix_leaves_it() -> None:
    applies = Decision(verdict=Verdict.APPLY, reasons=("sure",), policy_version="v")
    rejects = Decision(verdict=Verdict.REJECT, reasons=("no",), policy_version="v")
    bounds = Bounds(POLICY, "south")

    assert bounds.restrain(proposal("merge", "low"), applies) is applies
    assert bounds.restrain(proposal("merge", "medium"), applies) is applies
    held = bounds.restrain(proposal("merge", "high"), applies)
    assert (held.verdict, held.reasons) == (Verdict.REVIEW, ("authority-two", "authority-firms"))
    assert bounds.restrain(proposal("merge", "high"), rejects) is rejects
    assert Bounds(POLICY, "north").restrain(proposal("merge", "low"), applies).reasons == ("authority-north",)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (MATRIX.replace("id: firms", "id: two"), "given twice: two"),
        (MATRIX.replace("who: [merge_authority], people: 2", "who: [policy], people: 2"), "names none who may decide"),
        (MATRIX.replace("people: 2", "people: 3"), "people"),
        (MATRIX.replace("weekday: friday", "weekday: someday"), "weekday"),
        (MATRIX.replace("who: [policy, team_lead]", "who: [policy, intern]"), "who"),
        (MATRIX.replace("tenant: north", "tennant: north"), "Did you mean 'tenant'"),
        (MATRIX.replace("why: a reason that is long enough, risk: high, who", "risk: high, who"), "why is missing"),
    ],
)
def test_a_matrix_that_cannot_be_meant_is_refused(wrong: str, said: str) -> None:
    with pytest.raises(StopRun, match=said):
        parse(AuthorityPolicy, wrong)
