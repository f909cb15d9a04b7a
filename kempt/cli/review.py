"""`kempt review`: what waits for a steward, why, and her decision."""

import getpass
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from kempt.cli.output import Json, TenantOption, print_json, print_table, say, shown, verb
from kempt.cli.values import Purpose, Unmask, unmasking

app = typer.Typer(help="List, show and decide what policy sent to a steward.", no_args_is_help=True)

Item = Annotated[str, typer.Argument(metavar="PROPOSAL", help="A proposal's id; its first characters are enough.")]
By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who decides or asks; your login when left out.")]
Seen = Annotated[str | None, typer.Option("--seen", help="What `show` ended with: refused if anything moved since.")]
Note = Annotated[str | None, typer.Option("--note", help="Why, in your words. It is kept with the decision for ever.")]
COLUMNS = ("proposal", "kind", "entity", "attribute", "confidence", "state", "reasons")


@app.command("list")
@verb
def list_(
    tenant: TenantOption = None,
    state: Annotated[
        list[str] | None,
        typer.Option("--state", help="pending, deferred, approved, rejected, applied, superseded, expired."),
    ] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="merge, field_change or stale_flag.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many at most.")] = 20,
    audits: Annotated[
        bool, typer.Option("--audits", help="What policy did on its own and was drawn to be looked at.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List what waits, the most certain first. Ids and reasons only; `show` opens one."""
    from kempt.usecases.review import review_items

    if audits:
        _list_audits(tenant, limit, as_json)
        return

    rows = review_items(_open(tenant), states=state or ["pending"], kind=kind, limit=limit)
    if as_json:
        print_json(rows)
        return
    lines = [
        {
            "proposal": row["proposal_id"][:8],
            "kind": row["kind"],
            "entity": row["entity_type"],
            "attribute": row["attribute"],
            "confidence": row["confidence"],
            "state": row["state"],
            "reasons": ", ".join(row["reasons"]),
        }
        for row in rows
    ]
    print_table(lines, COLUMNS, empty="Nothing waits. New proposals arrive with the next run.")


@app.command()
@verb
def show(
    proposal: Item,
    tenant: TenantOption = None,
    unmask: Unmask = False,
    purpose: Purpose = "",
    by: By = None,
    as_json: Json = False,
) -> None:
    """Show one proposal with its evidence, values masked: the records side by side, and what their agreement weighs."""
    from kempt.usecases.review import review_item

    item = review_item(_open(tenant), proposal, now=datetime.now(UTC), unmask=unmasking(unmask, purpose, by))
    if as_json:
        print_json(item)
        return
    say(
        f"{item['kind']} of {item['entity_type']}, confidence {item['confidence']:.4f}, "
        f"{item['state'] or 'not carried yet'}{': ' + shown(item['why']) if item['why'] else ''}"
    )
    say(f"records  {', '.join(item['records'])}")
    for name, value in item["evidence"].items():
        _section(name, value)
    for decision in item["decisions"]:
        who = f"{decision['decider_type']} {decision['decider']}"
        reasons = ", ".join(decision["reasons"])
        back = ", taken back" if decision["withdrawn_at"] else ""
        say(f"decided  {decision['verdict']} by {who}{back}: {reasons} {shown(decision['note'])}".rstrip())
    for step in item["life"]:
        say(f"life     {step['at']:%Y-%m-%d %H:%M} {step['state']} {shown(step['why'])}".rstrip())
    if item["seen"]:
        say(f"seen     {item['seen']}")


@app.command()
@verb
def approve(
    proposal: Item,
    tenant: TenantOption = None,
    by: By = None,
    note: Note = None,
    seen: Seen = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="FIELD=VALUE", help="With another value; empty without one. Needs --seen."),
    ] = None,
) -> None:
    """Approve: the next apply run carries it out (`kempt run --apply`, or the sensor under `kempt up`)."""
    _decide(proposal, "approve", tenant, by, note, seen=seen, edits=_edits(set_ or []))


@app.command()
@verb
def reject(proposal: Item, tenant: TenantOption = None, by: By = None, note: Note = None, seen: Seen = None) -> None:
    """Reject: a rejected pair stays apart on every later run."""
    _decide(proposal, "reject", tenant, by, note, seen=seen)


@app.command()
@verb
def defer(
    proposal: Item,
    until: Annotated[
        datetime, typer.Option("--until", formats=["%Y-%m-%d"], help="The day it comes back, as in 2026-01-31.")
    ],
    tenant: TenantOption = None,
    by: By = None,
    note: Note = None,
    seen: Seen = None,
) -> None:
    """Put a proposal off until a day."""
    _decide(proposal, "defer", tenant, by, note, seen=seen, until=until.date())


@app.command()
@verb
def undo(proposal: Item, tenant: TenantOption = None, by: By = None) -> None:
    """Take your own decision back, as long as it was not applied."""
    from kempt.usecases.withdraw import undo_decision

    undone = undo_decision(_open(tenant), proposal, steward=by or getpass.getuser(), now=datetime.now(UTC))
    say(f"{undone.proposal_id} is {undone.state} again.")


@app.command("export-labels")
@verb
def export_labels(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="A new file, readable by you alone.")],
    format: Annotated[str, typer.Option("--format", help="jsonl, or prompt: as messages to a model.")] = "jsonl",
    values: Annotated[bool, typer.Option("--values", help="With the evidence: personal values.")] = False,
    tenant: TenantOption = None,
) -> None:
    """Write what people decided, with the features that were seen, as JSON lines; without values of persons."""
    from kempt.usecases.export_labels import export_labels as export

    count = export(_open(tenant), out, format=format, values=values)
    say(f"{count:,} labels in {out}.{' It holds personal values.' if values else ''}")


@app.command()
@verb
def audit(
    proposal: Item,
    label: Annotated[str, typer.Argument(metavar="LABEL", help="right, wrong or unsure.")],
    tenant: TenantOption = None,
    by: By = None,
    note: Note = None,
) -> None:
    """Say whether what policy did on its own was right. It changes nothing by itself: it is what the budget counts."""
    from kempt.usecases.policy_audit import label_audit

    done = label_audit(
        _open(tenant), proposal, label, steward=by or getpass.getuser(), now=datetime.now(UTC), note=note
    )
    say(f"{done.proposal_id} was {done.label}.")
    if done.stopped:
        say(f"Too many faults: {done.segment} is stopped until `kempt policy resume`.")


def _list_audits(tenant: str | None, limit: int, as_json: bool) -> None:
    from kempt.usecases.policy_audit import audits

    rows = audits(_open(tenant), limit=limit)
    if as_json:
        print_json(rows)
        return
    lines = [
        {**row, "proposal": row["proposal_id"][:8], "entity": row["entity_type"], "reasons": ", ".join(row["reasons"])}
        for row in rows
    ]
    columns = ("proposal", "kind", "entity", "attribute", "verdict", "reasons")
    print_table(lines, columns, empty="Nothing was drawn that nobody has looked at.")


def _decide(
    proposal: str,
    judgement: Any,
    tenant: str | None,
    by: str | None,
    note: str | None,
    *,
    seen: str | None,
    until: date | None = None,
    edits: Mapping[str, str | None] | None = None,
) -> None:
    from kempt.usecases.decide import decide_item
    from kempt.warehouse.connection import open_lake

    opened = _open(tenant)
    with open_lake(opened.lake) if edits else nullcontext() as lake:
        decided = decide_item(
            opened,
            proposal,
            judgement,
            steward=by or getpass.getuser(),
            now=datetime.now(UTC),
            note=note,
            until=until,
            seen=seen,
            edits=edits,
            lake=lake,
        )
    second = judgement == "approve" and decided.state == "pending"
    say(f"{decided.proposal_id} is {decided.state}{', until a second person approves it' if second else ''}.")


def _edits(pairs: Sequence[str]) -> dict[str, str | None]:
    from kempt.errors import StopRun

    # What stands after the sign may be somebody's: it is not said again.
    if any("=" not in pair for pair in pairs):
        raise StopRun("write --set FIELD=VALUE, or --set FIELD= for a field that is empty.")
    return {field.strip(): value.strip() or None for field, _, value in (pair.partition("=") for pair in pairs)}


def _open(tenant: str | None) -> Any:
    from kempt.settings import load_settings
    from kempt.usecases.tenancy import Tenants

    tenants = Tenants(load_settings())
    return tenants.open(tenants.choose(tenant))


def _section(name: str, value: Any) -> None:
    if value in (None, "", [], {}):
        return
    if isinstance(value, list) and value and isinstance(value[0], dict):
        say(f"{name}:")
        print_table(value, list(dict.fromkeys(key for row in value for key in row)), empty="")
    elif isinstance(value, dict):
        say(f"{name}:")
        for key, each in value.items():
            say(f"  {key}: {shown(each)}")
    elif isinstance(value, list):
        say(f"{name}:")
        for each in value:
            say(f"  - {shown(each)}")
    else:
        say(f"{name}: {shown(value)}")
