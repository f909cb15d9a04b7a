"""`kempt show` and `kempt erase`: what is held of a record or an entity, and taking it away."""

import getpass
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from kempt.cli.output import Json, TenantOption, print_json, print_table, say, verb

Unmask = Annotated[bool, typer.Option("--unmask", help="Show values as they are. It goes on record; needs --purpose.")]
Purpose = Annotated[str, typer.Option("--purpose", metavar="TEXT", help="What you need the values for. Name nobody.")]
GONE = {None: "(erased or changed since)", "": "(empty on purpose)"}
By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who asks; your login when left out.")]


def unmasking(unmask: bool, purpose: str, by: str | None) -> Any:
    """What lifts the mask, or None: whoever has this terminal may act as a steward."""
    from kempt.agents.actors import Actor, Unmasking

    return Unmasking(by=Actor(name=by or getpass.getuser(), role="steward"), purpose=purpose) if unmask else None


@verb
def show(
    subject: Annotated[str, typer.Argument(metavar="ENTITY|RECORD", help="An id; its first characters are enough.")],
    tenant: TenantOption = None,
    unmask: Unmask = False,
    purpose: Purpose = "",
    by: By = None,
    as_json: Json = False,
) -> None:
    """Show what an entity or a record says, values masked, and where each comes from."""
    from kempt.settings import load_settings
    from kempt.usecases.tenancy import Tenants
    from kempt.usecases.values import show as show_values

    tenants = Tenants(load_settings())
    opened = tenants.open(tenants.choose(tenant))
    found = show_values(opened, subject, now=datetime.now(UTC), unmask=unmasking(unmask, purpose, by))
    if as_json:
        print_json(asdict(found))
        return
    say(f"{found.subject} ({found.kind}){', masked' if found.masked else ''}")
    rows = [
        asdict(cell) | {"value": cell.value or GONE[cell.value], "record": cell.record_id[:8]} for cell in found.cells
    ]
    print_table(rows, ("attribute", "value", "record", "origin", "confidence", "rule"), empty="It says nothing.")


@verb
def erase(
    record: Annotated[str, typer.Argument(metavar="RECORD", help="A record's id; its first characters are enough.")],
    tenant: TenantOption = None,
    by: By = None,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept sealed with the erasure.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what is held where, and do nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Erase a record everywhere Kempt keeps its values; it is left out when its source sends it again."""
    from kempt.ledger.server import connections
    from kempt.ledger.vault_rotation import vacuum_keys
    from kempt.settings import load_settings
    from kempt.usecases.erase import erase_record, plan_erasure
    from kempt.usecases.lease import lease
    from kempt.usecases.tenancy import Tenants
    from kempt.warehouse.connection import open_lake

    settings = load_settings()
    tenants = Tenants(settings)
    opened, now = tenants.open(tenants.choose(tenant)), datetime.now(UTC)
    with lease(tenants.database, opened.name), open_lake(opened.lake) as lake:
        if dry_run:
            found = plan_erasure(opened, lake, record, now=now)
        else:
            found = erase_record(opened, lake, record, by=by or getpass.getuser(), reason=reason, now=now)
    if not dry_run:
        vacuum_keys(connections(settings).migrate)
    if as_json:
        print_json({"record_id": found.record_id, "erased": not dry_run, "held": found.held, "left": found.left})
        return
    say(f"{found.record_id} {'is held here' if dry_run else 'was erased here'}:")
    rows = [
        {"store": store, "place": place, "rows": rows}
        for store, held in found.held.items()
        for place, rows in held.items()
    ]
    print_table(rows, ("store", "place", "rows"), empty="Nowhere.")
    for place in (place for held in found.left.values() for place in held):
        say(f"Left to you: {place} in {opened.drop} holds the record. Delete the file, or have it exported without it.")
    if not dry_run:
        say(f"Backups still open it until `kempt keys rotate --tenant {opened.name}`.")
