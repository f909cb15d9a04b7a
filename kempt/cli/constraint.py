"""`kempt constraint`: what stewards say of two records; `kempt unmerge`: a merge taken back."""

import getpass
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import typer

from kempt.cli.identity import Entity, lake_of, opened
from kempt.cli.output import Json, TenantOption, print_json, print_table, say, shown, verb

app = typer.Typer(help="List, add and withdraw must-links and cannot-links.", no_args_is_help=True)

By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="On whose authority; your login when left out.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would change in who is who.")]


@app.command("list")
@verb
def list_(
    every: Annotated[bool, typer.Option("--all", help="Expired and withdrawn ones too.")] = False,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """List the constraints in force: on which records, on whose authority, why and until when."""
    from kempt.usecases.constraints import list_constraints

    rows = list_constraints(opened(tenant), every=every, now=datetime.now(UTC))
    if as_json:
        print_json(rows)
        return
    lines = [row | {"constraint_id": row["constraint_id"][:8], "until": row["expires_at"]} for row in rows]
    columns = ("constraint_id", "kind", "entity_type", "left_record", "right_record", "authority", "reason", "until",
               "state")  # fmt: skip
    print_table(lines, columns, empty="No steward has said anything about two records.")


@app.command()
@verb
def add(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="must-link or cannot-link.")],
    left: Annotated[str, typer.Argument(metavar="RECORD", help="A record id.")],
    right: Annotated[str, typer.Argument(metavar="RECORD", help="Another record of the same entity type.")],
    reason: Annotated[str, typer.Option("--reason", help="Why. It is kept with the constraint for ever.")],
    until: Annotated[
        datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="The day it expires (UTC).")
    ] = None,
    by: By = None,
    dry_run: DryRun = False,
    tenant: TenantOption = None,
) -> None:
    """Say that two records are one, or are not. It holds from the next run on."""
    from kempt.errors import StopRun
    from kempt.usecases.constraint_rows import Said
    from kempt.usecases.constraints import add_constraint, foresee_constraint

    kinds: dict[str, Literal["must_link", "cannot_link"]] = {"must-link": "must_link", "cannot-link": "cannot_link"}
    if kind not in kinds:
        raise StopRun(f"{kind!r} is no kind of constraint. Say must-link or cannot-link.")
    said = Said(
        kind=kinds[kind], left=left, right=right, authority=by or getpass.getuser(), reason=reason,
        expires_at=until.replace(tzinfo=UTC) if until else None,
    )  # fmt: skip
    with lake_of(tenant) as (found, lake):
        if dry_run:
            _show(foresee_constraint(found, lake, said))
            return
        name = add_constraint(found, said, now=datetime.now(UTC))
    say(f"{name} holds from the next run on: kempt run -t {found.name}")


@app.command()
@verb
def withdraw(
    constraint: Annotated[str, typer.Argument(metavar="CONSTRAINT", help="Its id; the first characters are enough.")],
    reason: Annotated[str, typer.Option("--reason", help="Why.")],
    by: By = None,
    dry_run: DryRun = False,
    tenant: TenantOption = None,
) -> None:
    """Take a constraint back. From the next run on its records are judged without it."""
    from kempt.usecases.constraints import foresee_withdrawal, withdraw_constraint

    with lake_of(tenant) as (found, lake):
        if dry_run:
            _show(foresee_withdrawal(found, lake, constraint))
            return
        withdraw_constraint(found, constraint, authority=by or getpass.getuser(), reason=reason, now=datetime.now(UTC))
    say(f"withdrawn; the next run judges its records without it: kempt run -t {found.name}")


def _show(changes: Any) -> None:
    rows = [
        {"record": move.record_id, "from": move.from_id or "none", "to": move.to_id or "none"} for move in changes.moves
    ]
    print_table(rows, ("record", "from", "to"), empty="Nothing would change.")
    for each in (*changes.merged, *changes.rerouted):
        say(f"{each.from_id} would redirect to {each.to_id}")
    for name in changes.revived:
        say(f"{name} would come back")


@verb
def unmerge(
    entity: Entity,
    record: Annotated[
        list[str] | None,
        typer.Option("--record", help="A record that is another one's; repeat it. Instead of a merge."),
    ] = None,
    give: Annotated[
        list[str] | None, typer.Option("--give", metavar="CLAIM=RECORD", help="Whose a value is that needs a person.")
    ] = None,
    apply: Annotated[
        str | None, typer.Option("--apply", metavar="PLAN", help="Carry the plan out that was shown under this name.")
    ] = None,
    by: By = None,
    note: Annotated[str | None, typer.Option("--note", help="Why, in your words.")] = None,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Show what taking back a merge would do to everything since; with --apply, do exactly that."""
    from kempt.usecases.lease import lease
    from kempt.usecases.unmerge import foresee_unmerge
    from kempt.usecases.unmerge import unmerge as take_back

    given = _given(give or [])
    with lake_of(tenant) as (found, lake):
        if apply is None:
            plan = foresee_unmerge(found, lake, entity, records=record or (), given=given)
        else:
            with lease(found.database, found.name):
                plan = take_back(
                    found, lake, entity, approved=apply, steward=by or getpass.getuser(), now=datetime.now(UTC),
                    records=record or (), given=given, note=note,
                )  # fmt: skip
    if as_json:
        print_json({"plan": plan.digest, "applied": apply is not None, **plan.as_json()})
        return
    _show_plan(plan)
    if apply is not None:
        say("Done. The marts follow with the next run.")
    elif plan.undecided:
        say("Not before a person says whose these values are: add --give CLAIM=RECORD for each.")
    else:
        say(f"To do this: kempt unmerge {entity} --apply {plan.digest[:12]} (with the same options)")


def _given(pairs: Sequence[str]) -> dict[str, str]:
    from kempt.errors import StopRun

    if wrong := [pair for pair in pairs if pair.count("=") != 1]:
        raise StopRun(f"{wrong[0]!r}: write --give CLAIM=RECORD.")
    return {pair.split("=")[0]: pair.split("=")[1] for pair in pairs}


def _show_plan(plan: Any) -> None:
    say(
        f"{plan.entity_id} parts into {len(plan.sides)} sides"
        + (f"; merged at {plan.merged_at}" if plan.merged_at else "")
    )
    for each in plan.golden:
        state = "exactly as before" if each.exact else (
            f"{len(each.returned)} cells as before, {len(each.recomposed)} composed anew" if each.before
            else "composed anew"
        )  # fmt: skip
        back = " (comes back)" if each.entity_id in plan.revived else " (new)" if each.entity_id in plan.minted else ""
        say(f"  {each.entity_id}{back}: {len(each.records)} records, {state}")
        if each.recomposed and each.before:
            say(f"    anew: {', '.join(each.recomposed)}")
    rows = [
        {
            "class": item.class_,
            "what": item.what,
            "about": shown(item.subject),
            "field": item.attribute,
            "then": item.why,
        }
        for item in plan.items
    ]
    print_table(rows, ("class", "what", "about", "field", "then"), empty="Nothing happened since.")
