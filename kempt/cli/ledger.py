"""`kempt ledger`: what happened, and the proof that nobody changed it."""

from typing import TYPE_CHECKING, Annotated

import typer

from kempt.cli.output import Json, TenantOption, print_json, print_table, say, shown, verb

if TYPE_CHECKING:
    from kempt.ledger.verify import Verification

app = typer.Typer(help="Verify or sign the ledger, or show the history of a record or entity.", no_args_is_help=True)


@app.command("verify")
@verb
def verify_(tenant: TenantOption = None, as_json: Json = False) -> None:
    """Prove that the ledger is what was appended, or name the first event that is not and what was done to it.

    Recomputes the hash chain, checks who appended (with the tenant's key), and compares with the signed checkpoints.
    """
    from kempt.settings import load_settings
    from kempt.usecases.sign_checkpoint import shelves, verify_ledger
    from kempt.usecases.tenancy import Tenants

    settings = load_settings()
    tenants = Tenants(settings)
    names = tenants.names() if tenant is None else (tenants.choose(tenant),)
    found = {name: verify_ledger(tenants.database, settings, name) for name in names}
    if as_json:
        shown_ = ("ok", "events", "first_bad_seq", "tampering", "problem", "attested", "signed")
        print_json({name: {field: getattr(each, field) for field in shown_} for name, each in found.items()})
    else:
        for name, each in found.items():
            say(f"{name}: {each.events:,} events, {_verdict(each)}")
        if len(shelves(settings)) == 1:
            say("Checkpoints are kept in one place only. Name a second, on another disk, with KEMPT_CHECKPOINT_COPY.")
    if not all(each.ok for each in found.values()):
        raise typer.Exit(1)


def _verdict(found: "Verification") -> str:
    if found.ok:
        return f"every one in place; the first {found.signed:,} are signed outside the database."
    return f"{str(found.tampering).upper()} at {found.first_bad_seq}: {found.problem}"


@app.command()
@verb
def checkpoint(tenant: TenantOption = None, as_json: Json = False) -> None:
    """Sign what the ledger is now, outside the database; while Kempt runs this happens by itself."""
    from kempt.settings import load_settings
    from kempt.usecases.sign_checkpoint import sign_checkpoint
    from kempt.usecases.tenancy import Tenants

    settings = load_settings()
    tenants = Tenants(settings)
    names = tenants.names() if tenant is None else (tenants.choose(tenant),)
    rows = []
    for name in names:
        signed = sign_checkpoint(tenants.database, settings, name)
        size, new = (signed.checkpoint.size, signed.new) if signed else (0, 0)
        rows.append(
            {"tenant": name, "events": size, "new": new, "root": signed.checkpoint.root.hex() if signed else None}
        )
    if as_json:
        print_json(rows)
    else:
        print_table(rows, ("tenant", "events", "new", "root"), empty="No tenants yet: `kempt tenant add NAME`.")


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
