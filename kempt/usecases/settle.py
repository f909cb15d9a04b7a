"""An extract waits until a run has carried it from raw to golden: only the end of a run settles it."""

import json
from collections.abc import Sequence

from kempt.usecases.tenancy import Tenant
from kempt.usecases.waiting import WaitingExtract


def remember_extracts(tenant: Tenant, waiting: Sequence[WaitingExtract]) -> None:
    """Notes what this run works on: an extract that lands meanwhile waits for the next one."""
    tenant.dbt_folder.mkdir(parents=True, exist_ok=True)
    (tenant.dbt_folder / "extracts.json").write_text(json.dumps([extract.extract_id for extract in waiting]))


def settle_extracts(tenant: Tenant) -> int:
    """Marks the extracts of the run as carried through; a run that died before finds them waiting."""
    extracts = json.loads((tenant.dbt_folder / "extracts.json").read_text())
    with tenant.database.transaction(tenant.name) as connection:
        done = connection.execute(
            "update kempt.extract set settled_at = now() where extract_id = any(%s::uuid[]) and settled_at is null",
            [extracts],
        )
        return done.rowcount
