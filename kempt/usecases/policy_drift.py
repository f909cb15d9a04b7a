"""Fixed cases, decided every night: a decision that changes although its policy did not is an alarm."""

import json
from dataclasses import dataclass
from datetime import datetime

from kempt.ids import canonical_json, digest, stable_id
from kempt.ledger.append import Event, append
from kempt.policy.budget import ALL
from kempt.policy.cases import decided_case, load_cases
from kempt.policy.code import code_version
from kempt.usecases.policy_life import By
from kempt.usecases.policy_switch import throw
from kempt.usecases.tenancy import Tenants

AUTHOR = "drift check"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How many cases were decided, and those that came out otherwise than when this version was first asked."""

    cases: int
    changed: tuple[str, ...]
    code_then: str
    code_now: str


def check_drift(tenants: Tenants, name: str, *, now: datetime) -> Drift:
    """Decides the cases of policies/tests with the policy in force. When one changed, what is applied alone stops."""
    tenant = tenants.open(name)
    cases = load_cases(tenants.project / "policies", tenants.own_policies(name))
    decided = {each: decided_case(case, tenant.policies) for each, case in cases.items()}
    outcomes = {each: [d.verdict.value, *d.reasons] for each, d in decided.items()}
    corpus = digest(canonical_json({each: case.model_dump(mode="json") for each, case in cases.items()}))
    # The guard-rails have a part in every decision.
    version = digest(canonical_json([tenant.policies.autonomy.version, tenant.policies.protection.version]))
    with tenant.database.transaction(name) as connection:
        connection.execute(
            "insert into kempt.policy_corpus (tenant, version, corpus, outcomes, code, at) "
            "values (%s, %s, %s, %s, %s, %s) on conflict do nothing",
            [name, version, corpus, json.dumps(outcomes), code_version(), now],
        )
        row = connection.execute(
            "select outcomes, code from kempt.policy_corpus where version = %s and corpus = %s", [version, corpus]
        ).fetchone()
        assert row is not None
        changed = tuple(sorted(each for each in outcomes if row[0].get(each) != outcomes[each]))
        if changed:
            event = Event(
                event_id=stable_id("event", "drift", name, version, corpus, code_version()),
                type="policy_drift_found.v1",
                body={"version": version, "cases": list(changed), "code_then": row[1], "code_now": code_version()},
            )
            if append(connection, [event], at=now).appended:
                why = f"{len(changed)} fixed cases are decided otherwise by code {code_version()} than by {row[1]}"
                throw(connection, tenant, ALL, By(author=AUTHOR, reason=why, now=now), stop=True)
    return Drift(cases=len(outcomes), changed=changed, code_then=row[1], code_now=code_version())
