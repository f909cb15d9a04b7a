"""`kempt ledger`: what happened, and the proof that nobody changed it."""

from typing import Annotated, Any

import typer

from kempt.cli.output import Json, TenantOption, print_json, say, shown, verb

app = typer.Typer(help="Verify the ledger, or show the history of a record or entity.", no_args_is_help=True)


@app.command("verify")
@verb
def verify_(tenant: TenantOption = None, as_json: Json = False) -> None:
    """Recompute the hash chain and name the first event that does not fit."""
    from kempt.ledger.verify import verify
    from kempt.settings import load_settings
    from kempt.usecases.tenancy import Tenants

    tenants = Tenants(load_settings())
    found: dict[str, Any] = {}
    for name in tenants.names() if tenant is None else (tenants.choose(tenant),):
        with tenants.database.transaction(name) as connection:
            found[name] = verify(connection, name)
    if as_json:
        print_json(
            {
                name: {
                    "ok": each.ok,
                    "events": each.events,
                    "first_bad_seq": each.first_bad_seq,
                    "problem": each.problem,
                }
                for name, each in found.items()
            }
        )
    else:
        for name, each in found.items():
            say(
                f"{name}: {each.events:,} events, "
                + ("every one in place." if each.ok else f"BROKEN at {each.first_bad_seq}: {each.problem}")
            )
    if not all(each.ok for each in found.values()):
        raise typer.Exit(1)


@app.command()
@verb
def show(
    record: Annotated[str, typer.Argument(metavar="RECORD", help="A record id, an entity id or a proposal id.")],
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Show every event that names a record, entity or proposal, the oldest first."""
    from kempt.ledger.history import history
    from kempt.settings import load_settings
    from kempt.usecases.tenancy import Tenants

    tenants = Tenants(load_settings())
    with tenants.database.transaction(tenants.choose(tenant)) as connection:
        events = list(history(connection, record))
    if as_json:
        print_json([{"seq": event.seq, "type": event.type, "at": event.at, **event.body} for event in events])
        return
    if not events:
        say(f"No event names {shown(record)}.")
    for event in events:
        said = ", ".join(f"{name} {shown(value)}" for name, value in event.body.items())
        say(f"{event.seq:>7}  {event.at:%Y-%m-%d %H:%M:%S}  {event.type}  {said}")
