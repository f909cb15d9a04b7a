"""`kempt identity`, `as-of` and `trace`: who was who, what changed, and where a value comes from."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated, Any

import typer

from kempt.cli.output import Json, TenantOption, print_json, print_table, say, shown, verb

app = typer.Typer(help="Follow ids over time, and prove who is who from the ledger alone.", no_args_is_help=True)

Entity = Annotated[str, typer.Argument(metavar="ENTITY", help="An entity id, also one that redirects or is retired.")]
At = Annotated[
    str | None, typer.Option("--at", metavar="SEQ|TIME", help="A position of the ledger, or a moment; now without it.")
]


@app.command()
@verb
def changes(
    since: Annotated[int, typer.Option("--since", metavar="SEQ", min=0, help="Only what was told after.")] = 0,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many at most.")] = 100,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """List what became of ids, in the order in which it was told; go on with the last position."""
    from kempt.usecases.identity_feed import identity_changes

    rows = identity_changes(opened(tenant), since=since, limit=limit)
    if as_json:
        print_json(rows)
        return
    lines = [
        {
            "seq": row["seq"],
            "at": f"{row['at']:%Y-%m-%d %H:%M:%S}",
            "change": row["change"],
            "entity": row["entity_id"],
            "to": row["redirect_to"],
            "joined": len(row["joined"]),
            "left": len(row["left"]),
        }
        for row in rows
    ]
    print_table(lines, ("seq", "at", "change", "entity", "to", "joined", "left"), empty="Nothing was told since.")


@app.command()
@verb
def resolve(entity: Entity, at: At = None, tenant: TenantOption = None, as_json: Json = False) -> None:
    """Say where an id leads, or led. Every id gets an answer, also one that nobody ever had."""
    from kempt.usecases.identity_feed import resolve_id

    found = resolve_id(opened(tenant), entity, at=at)
    if as_json:
        print_json(asdict(found))
    elif found.entity_id is None:
        say(f"{shown(entity)} is unknown: nobody had this id.")
    else:
        say(f"{found.entity_id}  {found.state}")


@app.command("hash")
@verb
def hash_(tenant: TenantOption = None, as_json: Json = False) -> None:
    """Print the digest of the state: memberships, redirects, golden cells, constraints, claims and routing."""
    from kempt.usecases.replay import identity_hash

    found = identity_hash(opened(tenant))
    if as_json:
        print_json(asdict(found))
        return
    say(f"{found.state}  state")
    for name, each in found.branches.items():
        say(f"{each}    {name}")
    say(f"{found.who_is_who}  who is who, whatever entities are called")


@app.command()
@verb
def replay(tenant: TenantOption = None, as_json: Json = False) -> None:
    """Make every projection again from the ledger alone and compare; status 1 when anything differs. Writes nothing."""
    from kempt.usecases.replay import replay as replay_of

    found = replay_of(opened(tenant))
    if as_json:
        print_json(asdict(found) | {"same": found.same})
    else:
        rows = [
            {"table": name, "rows": count, "differing": found.differing[name]} for name, count in found.rows.items()
        ]
        print_table(rows, ("table", "rows", "differing"), empty="")
        say(f"{found.events:,} events give state {found.replayed.state[:16]}, and {found.standing.state[:16]} stands.")
    if not found.same:
        raise typer.Exit(1)


@verb
def as_of(entity: Entity, at: At = None, tenant: TenantOption = None, as_json: Json = False) -> None:
    """Show an entity as it was known at a position or moment: records, redirects, golden cells, constraints."""
    from kempt.usecases.as_of import as_of as as_of_entity

    then = as_of_entity(opened(tenant), entity, at=at)
    if as_json:
        print_json(asdict(then))
        return
    say(f"{then.entity_id}  {then.state}  at {then.seq}")
    for name in then.members:
        say(f"  record      {name}")
    for name in then.redirected_here:
        say(f"  redirect    {name}")
    for each in then.constraints:
        say(f"  constraint  {each['kind']} {' '.join(each['records'])} by {shown(each['authority'])}")
    lines = [
        asdict(cell) | {"digest": cell.digest[:12], "value": "(erased)" if cell.value is None else cell.value}
        for cell in then.cells or ()
    ]
    columns = ("attribute", "value", "record_id", "origin", "rule", "confidence", "observed_at", "digest")
    print_table(lines, columns, empty="No golden cells are known of it.")


@verb
def trace(
    entity: Entity,
    field: Annotated[str, typer.Argument(metavar="FIELD", help="An attribute of its golden record, as email.")],
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Follow a golden value back to the row it came from, with the decisions on the way. Values are masked."""
    from kempt.usecases.trace import trace as trace_of

    with lake_of(tenant) as (found, lake):
        way = trace_of(found, entity, field, lake=lake)
    if as_json:
        print_json(asdict(way))
        return
    for hop in way.hops:
        say(hop.what)
        for name, value in hop.said.items():
            if value is not None:
                say(f"  {name}: {shown(value)}")
    columns = ("source", "record_id", "origin", "value", "observed_at", "lost_by")
    rows = [dict(each) | {"record_id": each["record_id"][:8]} for each in way.contenders]
    print_table(rows, columns, empty="Nobody else speaks about it.")
    for each in way.decisions:
        reasons = ", ".join(each["reasons"])
        say(f"decided  {each['kind']} {each['verdict']} by {each['decider_type']} {shown(each['decider'])}: {reasons}")


def opened(tenant: str | None) -> Any:
    """The tenant that was named, or the only one."""
    from kempt.settings import load_settings
    from kempt.usecases.tenancy import Tenants

    tenants = Tenants(load_settings())
    return tenants.open(tenants.choose(tenant))


@contextmanager
def lake_of(tenant: str | None) -> Iterator[Any]:
    """The tenant and its lake, for the length of a block."""
    from kempt.warehouse.connection import open_lake

    found = opened(tenant)
    with open_lake(found.lake) as lake:
        yield found, lake
