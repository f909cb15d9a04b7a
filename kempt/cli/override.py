"""`kempt override`: a person's own value for a field, above every source."""

import getpass
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from kempt.cli.identity import Entity, lake_of, opened
from kempt.cli.output import Json, TenantOption, print_json, print_table, say, shown, verb

app = typer.Typer(help="Set a field by hand, list what was set, and end it.", no_args_is_help=True)

By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who says so; your login when left out.")]
Apply = Annotated[bool, typer.Option("--apply", help="Do it; without it, only say what would be.")]
Field = Annotated[str, typer.Argument(metavar="FIELD", help="An attribute of its golden record, as phone.")]


@app.command("set")
@verb
def set_(
    entity: Entity,
    field: Field,
    value: Annotated[str | None, typer.Argument(metavar="VALUE", help="The value; or --empty instead.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why. It is kept sealed with the override.")] = "",
    empty: Annotated[bool, typer.Option("--empty", help="Say that nothing is there, on purpose.")] = False,
    until: Annotated[
        datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="The day it expires (UTC).")
    ] = None,
    record: Annotated[
        str | None, typer.Option("--record", help="The record that is wrong; else the one whose value stands.")
    ] = None,
    seen: Annotated[
        str | None, typer.Option("--seen", help="What the dry run ended with: refused if anything moved since.")
    ] = None,
    by: By = None,
    apply: Apply = False,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Say what a field holds. The golden record changes at once; no source outvotes it until it expires or is ended."""
    from kempt.errors import StopRun
    from kempt.usecases.override import foresee_override, override_field
    from kempt.usecases.override_rows import Override

    if (value is None) != empty:
        raise StopRun("give a value, or --empty, and not both.")
    said = Override(
        entity=entity, attribute=field, value=value, by=by or getpass.getuser(), reason=reason,
        expires_at=until.replace(tzinfo=UTC) if until else None, record=record, seen=seen,
    )  # fmt: skip
    if not apply:
        stands = foresee_override(opened(tenant), said, now=datetime.now(UTC))
        if as_json:
            print_json({"applied": False, "before": asdict(stands)})
            return
        say(f"stands   {_told(stands)}")
        say(f"seen     {stands.seen}")
        say("To do this: the same command with --apply --seen " + stands.seen)
        return
    with lake_of(tenant) as (found, lake):
        done = override_field(found, lake, said, now=datetime.now(UTC))
    _show(done, as_json)


@app.command("list")
@verb
def list_(
    entity: Annotated[str | None, typer.Argument(metavar="ENTITY", help="Of one entity; of all when left out.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Ended, expired and covered ones too.")] = False,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """List the overrides in force: on which field, by whom, why and until when. Values are masked."""
    from kempt.usecases.override import list_overrides

    rows = list_overrides(opened(tenant), entity, every=every, now=datetime.now(UTC))
    if as_json:
        print_json(rows)
        return
    lines = [
        row
        | {
            "override": row["override_id"][:8],
            "entity": row["entity_id"],
            "value": row["value"] or ("(erased)" if row["value"] is None else "(empty on purpose)"),
            "by": row["author"] or "an approval",
            "until": row["expires_at"],
        }
        for row in rows
    ]
    columns = ("override", "entity", "attribute", "value", "by", "reason", "until", "state")
    print_table(lines, columns, empty="Nobody has set a field by hand.")


@app.command()
@verb
def end(
    override: Annotated[str, typer.Argument(metavar="OVERRIDE", help="Its id; the first characters are enough.")],
    reason: Annotated[str, typer.Option("--reason", help="Why.")],
    by: By = None,
    apply: Apply = False,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """End an override: what sources say, or an older override, stands again at once."""
    from kempt.errors import StopRun
    from kempt.usecases.override import end_override, list_overrides

    who = by or getpass.getuser()
    if not apply:
        rows = [
            row
            for row in list_overrides(opened(tenant), every=True, now=datetime.now(UTC))
            if row["override_id"].startswith(override.lower()) and row["state"] != "ended"
        ]
        if len(rows) != 1:
            raise StopRun(f"{override}: no override, or more than one, starts so. `kempt override list` shows them.")
        if as_json:
            print_json({"applied": False, "override": rows[0]})
            return
        say(f"{rows[0]['attribute']} of {rows[0]['entity_id']} would follow its sources again. To do this: add --apply")
        return
    with lake_of(tenant) as (found, lake):
        done = end_override(found, lake, override, by=who, reason=reason, now=datetime.now(UTC))
    _show(done, as_json)


def _show(done: Any, as_json: bool) -> None:
    if as_json:
        print_json({"applied": True, **asdict(done)})
        return
    say(f"{done.before.attribute} of {done.after.entity_id}: override {done.override_id}")
    say(f"stood    {_told(done.before)}")
    say(f"stands   {_told(done.after)}")
    say("The marts follow with the next run.")


def _told(stands: Any) -> str:
    if stands.origin is None:
        return "nothing"
    value = "(erased)" if stands.value is None else stands.value or "(empty on purpose)"
    return f"{shown(value)} from {stands.origin} {stands.record_id[:8]} by {stands.rule}"
