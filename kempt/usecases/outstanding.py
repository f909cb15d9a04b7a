"""What is not done yet, asked of the database: the sensors' only memory.

Each answer carries a command id computed from what is outstanding, so that asking twice names the same work.
"""

from collections.abc import Iterator

from kempt.extracts.find import waiting_files
from kempt.ids import digest, stable_id
from kempt.usecases.tenancy import Tenants

OUTSTANDING = {
    "settle": "select extract_id::text from kempt.extract where status = 'landed' and settled_at is null",
    "carry": """
        select proposal_id::text from kempt.decision_in_force as decision
        where decider_type = 'policy' and verdict = 'review'
            and not exists (select from kempt.review_item item where item.proposal_id = decision.proposal_id)
        union all
        select proposal_id::text from kempt.review_item where state = 'deferred' and deferred_until <= current_date
    """,
    "apply": """
        select proposal_id::text from kempt.review_item
        where state = 'approved' and (apply_after is null or apply_after <= now())
    """,
}


def extracts_to_settle(tenants: Tenants) -> Iterator[tuple[str, str]]:
    """Tenants with landed extracts that no canonical record has seen."""
    return _outstanding(tenants, "settle")


def proposals_not_carried(tenants: Tenants) -> Iterator[tuple[str, str]]:
    """Tenants with proposals that belong in the review table and are not there."""
    return _outstanding(tenants, "carry")


def approved_not_applied(tenants: Tenants) -> Iterator[tuple[str, str]]:
    """Tenants with approved proposals that no run has carried out."""
    return _outstanding(tenants, "apply")


def files_not_landed(tenants: Tenants) -> Iterator[tuple[str, str, str, str]]:
    """Tenant, source, day and command id of files in the drop folders that no extract, landed or blocked, has read."""
    for name in tenants.names():
        tenant = tenants.open(name)
        with tenant.database.transaction(name) as connection:
            known = {
                (source, day.isoformat()) for source, day in connection.execute("select source, day from kempt.extract")
            }
        for declaration in tenant.declarations:
            for day, files in waiting_files(declaration, tenant.drop):
                if (declaration.source, day) not in known:
                    state = ",".join(f"{file.name}|{file.stat().st_size}|{file.stat().st_mtime_ns}" for file in files)
                    yield name, declaration.source, day, stable_id("land", name, declaration.source, day, digest(state))


def _outstanding(tenants: Tenants, step: str) -> Iterator[tuple[str, str]]:
    for name in tenants.names():
        with tenants.database.transaction(name) as connection:
            waiting = sorted(key for (key,) in connection.execute(OUTSTANDING[step]))
        if waiting:
            yield name, stable_id(step, name, digest(",".join(waiting)))
