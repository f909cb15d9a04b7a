"""`kempt reconcile`: what should agree and does not, and fields that two sources fight over."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from kempt.cli.identity import lake_of
from kempt.cli.output import Json, TenantOption, print_json, print_table, say, verb


@verb
def reconcile(
    apply: Annotated[bool, typer.Option("--apply", help="Repair and stop it; without it, only list.")] = False,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """List what differs between ledger, tables, lake and marts, and values that go to and fro between two sources."""
    from contextlib import nullcontext

    from kempt.usecases.lease import lease
    from kempt.usecases.reconcile import reconcile as bring_together

    with lake_of(tenant) as (found, lake), lease(found.database, found.name) if apply else nullcontext():
        done = bring_together(found, lake, apply=apply, now=datetime.now(UTC))
    if as_json:
        print_json({**asdict(done), "applied": apply, "agrees": done.left.none})
    else:
        rows = [
            {"round": at, "between": between, "what": what, "differ": len(n) if isinstance(n, tuple) else n}
            for at, one in enumerate(done.rounds, start=1)
            for between, each in (("ledger and tables", one.ledger), ("lake and golden records", one.golden),
                                  ("marts and cells", one.marts))
            for what, n in each.items()
        ]  # fmt: skip
        print_table(rows, ("round", "between", "what", "differ"), empty="Everything agrees.")
        fights = [asdict(each) for each in done.fought_over]
        columns = ("entity_id", "attribute", "record_id", "rival", "turns")
        print_table(fights, columns, empty="No two sources fight over a field.")
        if apply and done.fought_over:
            say(f"{done.stopped} fields are held; `kempt review list` asks which value is right.")
        elif not apply and (rows or fights):
            say("To repair and stop this: kempt reconcile --apply")
    if apply and not done.left.none:
        say("Not everything could be repaired: `kempt ledger verify`, then a backup.")
        raise typer.Exit(1)
