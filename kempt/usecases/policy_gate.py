"""What speaks against putting a version in force: too much would change, or nobody could see what."""

from kempt.policy.compare import Report, beyond
from kempt.usecases.policy_shadow import shadow_report
from kempt.usecases.tenancy import Tenant


def refusals(tenant: Tenant, version: str, tested: Report) -> list[str]:
    """By the limits of the policy in force: a candidate cannot widen the gate that it goes through."""
    limits = tenant.policies.budget.promotion
    with tenant.database.transaction(tenant.name) as connection:
        shadowed, runs = shadow_report(connection, version, tenant.policies.version)
    found = [f"backtest: {each}" for each in beyond(tested, limits)]
    if runs:
        found += [f"shadow: {each}" for each in beyond(shadowed, limits)]
    if not tested.looked_at and not runs:
        found.append("nothing was decided yet, so that neither a backtest nor a shadow can show what it would change")
    return found
