"""`kempt ledger`: what happened, and the proof that nobody changed it."""

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kempt.cli.output import Json, TenantOption, print_json, print_table, say, shown, verb

if TYPE_CHECKING:
    from kempt.ledger.verify import Verification
    from kempt.usecases.audit import Wanted

app = typer.Typer(help="Read, export, verify or sign the ledger.", no_args_is_help=True)

DAYS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M"]
Kinds = Annotated[
    list[str] | None, typer.Option("--kind", help="A kind of event, as proposal_approved; may be repeated.")
]
Person = Annotated[str | None, typer.Option("--by", metavar="NAME", help="What this person did.")]
About = Annotated[
    str | None, typer.Option("--about", metavar="ID", help="A record's, entity's or proposal's whole id.")
]
Since = Annotated[datetime | None, typer.Option("--since", formats=DAYS, help="From this day or minute on, UTC.")]
Until = Annotated[datetime | None, typer.Option("--until", formats=DAYS, help="Before this day or minute, UTC.")]


@app.command("list")
@verb
def list_(
    kind: Kinds = None,
    by: Person = None,
    about: About = None,
    since: Since = None,
    until: Until = None,
    before: Annotated[int | None, typer.Option("--before", min=1, help="Go on before this position.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=200, help="How many at most.")] = 20,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """List what happened as sentences, the newest first."""
    from kempt.settings import load_settings
    from kempt.usecases.audit import audit
    from kempt.usecases.tenancy import Tenants

    tenants = Tenants(load_settings())
    opened = tenants.open(tenants.choose(tenant))
    page = audit(opened, _wanted(kind, by, about, since, until), before=before, limit=limit)
    if as_json:
        print_json({"events": [asdict(event) for event in page.events], "before": page.before})
        return
    if not page.events:
        say("Nothing like that happened.")
    for event in page.events:
        say(f"{event.seq:>7}  {event.at:%Y-%m-%d %H:%M:%S}  {shown(event.what)}")
    if page.before is not None:
        say(f"There is more: --before {page.before}")


@app.command()
@verb
def export(
    out: Annotated[Path, typer.Option("--out", help="The file; - is standard output.")],
    format: Annotated[str, typer.Option("--format", help="csv or jsonl.")] = "csv",
    kind: Kinds = None,
    by: Person = None,
    about: About = None,
    since: Since = None,
    until: Until = None,
    tenant: TenantOption = None,
) -> None:
    """Write events to a file, the oldest first: CSV for a spreadsheet, or JSON lines, bodies as they were hashed."""
    from kempt.errors import StopRun
    from kempt.settings import load_settings
    from kempt.telling.exports import as_csv, as_json_lines
    from kempt.usecases import audit
    from kempt.usecases.tenancy import Tenants

    if format not in ("csv", "jsonl"):
        raise StopRun(f"{format!r} is no format. Choose csv or jsonl.")
    tenants = Tenants(load_settings())
    lines = audit.export(tenants.open(tenants.choose(tenant)), _wanted(kind, by, about, since, until))
    texts = as_csv(lines) if format == "csv" else as_json_lines(lines)
    if str(out) == "-":
        sys.stdout.writelines(texts)
        return
    # The line ends of CSV are its own.
    with out.open("w", encoding="utf-8", newline="") as file:
        file.writelines(texts)
    say(f"Written to {out}.")


def _wanted(
    kind: list[str] | None, by: str | None, about: str | None, since: datetime | None, until: datetime | None
) -> "Wanted":
    from kempt.usecases.audit import Wanted

    first, last = (None if each is None else each.replace(tzinfo=UTC) for each in (since, until))
    return Wanted(kinds=tuple(kind or ()), by=by, about=about, since=first, until=last)


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
