"""The commands of `kempt policy` that try a policy, put it in force, take it back, and stop it."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from kempt.cli.output import Json, TenantOption, print_json, print_table, say, shown, verb

Version = Annotated[str, typer.Argument(metavar="VERSION", help="A version; its first characters are enough.")]
By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who does it; kept for ever.")]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason; kept for ever.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen; write nothing.")]
All = Annotated[bool, typer.Option("--all", help="Every tenant there is.")]
Segment = Annotated[str, typer.Option("--segment", help="One segment of the risk budget alone.")]


@verb
def publish(
    by: By,
    why: Why,
    policy: Annotated[
        Path | None, typer.Option("--policy", metavar="DIR", help="Files that stand in for the project's.")
    ] = None,
    tenant: TenantOption = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Check the files and keep what they say as a draft; nothing is decided by it yet."""
    from kempt.usecases import policy_life

    tenants, name = _choose(tenant)
    _told(policy_life.publish(tenants, name, policy, _by(by, why, dry_run)), as_json)


@verb
def shadow(
    version: Version,
    by: By = "",
    why: Why = "",
    end: Annotated[bool, typer.Option("--end", help="No longer.")] = False,
    report: Annotated[bool, typer.Option("--report", help="Show what it said otherwise so far.")] = False,
    tenant: TenantOption = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Have a version decide along in every run, without effect; --report shows what it said otherwise."""
    from kempt.usecases import policy_life
    from kempt.usecases.policy_shadow import shadow_report
    from kempt.usecases.policy_versions import find_version

    tenants, name = _choose(tenant)
    if not report:
        _told(policy_life.shadow(tenants, name, version, _by(by, why, dry_run), end=end), as_json)
        return
    opened = tenants.open(name)
    with opened.database.transaction(name) as connection:
        found, runs = shadow_report(connection, find_version(connection, version), opened.policies.version)
    if not as_json:
        say(f"shown to it in {runs} run{'s' * (runs != 1)}")
    _report(found, as_json, runs=runs)


@verb
def backtest(
    policy: Annotated[str, typer.Option("--policy", metavar="POLICY", help="A version, a folder, or files.")],
    since: Annotated[
        datetime | None,
        typer.Option("--since", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="Only what was decided since; UTC."),
    ] = None,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Decide again what was decided, by another policy, and show what would differ. Writes nothing."""
    from kempt.usecases.policy_backtest import backtest as tested
    from kempt.usecases.policy_named import policies_named

    tenants, name = _choose(tenant)
    opened = tenants.open(name)
    from_then = since.replace(tzinfo=UTC) if since else None
    _report(tested(opened, policies_named(tenants, opened, policy), since=from_then), as_json)


@verb
def activate(
    version: Version,
    by: By,
    why: Why,
    canary: Annotated[
        float | None, typer.Option("--canary", metavar="SHARE", help="Only for this share of the entities, as in 0.1.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Although too much would change; recorded.")] = False,
    tenant: TenantOption = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Put a version in force. Refused when it would change more than the policy in force allows."""
    from kempt.usecases import policy_life

    tenants, name = _choose(tenant)
    by_whom = _by(by, why, dry_run)
    _told(policy_life.activate(tenants, name, version, by_whom, share=canary, force=force), as_json)


@verb
def rollback(
    by: By,
    why: Why,
    to: Annotated[str | None, typer.Option("--to", metavar="VERSION", help="A version, or files.")] = None,
    tenant: TenantOption = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Take a canary back, or put the version before in force again: for decisions to come."""
    from kempt.usecases import policy_life

    tenants, name = _choose(tenant)
    _told(policy_life.rollback(tenants, name, _by(by, why, dry_run), to=to), as_json)


@verb
def stop(
    by: By,
    why: Why,
    tenant: TenantOption = None,
    everyone: All = False,
    segment: Segment = "all",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Stop applying without asking, from the next decision on. What stewards approve is carried out."""
    _switch(tenant, everyone, _by(by, why, dry_run), segment, as_json, stopping=True)


@verb
def resume(
    by: By,
    why: Why,
    tenant: TenantOption = None,
    everyone: All = False,
    segment: Segment = "all",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Let policy apply again what it may."""
    _switch(tenant, everyone, _by(by, why, dry_run), segment, as_json, stopping=False)


def print_state(tenants: Any, name: str, as_json: bool) -> None:
    """What is in force for a tenant, its versions, its risk budget and what is stopped."""
    from kempt.usecases.policy_audit import budget_state
    from kempt.usecases.policy_versions import FILES, in_force, switches, versions

    tenant = tenants.open(name)
    with tenant.database.transaction(name) as connection:
        force, known, stopped = in_force(connection), versions(connection), switches(connection)
    budget = budget_state(tenant, now=datetime.now(UTC))
    if as_json:
        sections = {each: section.version for each, section in tenant.policies.sections().items()}
        told = {**asdict(force), "active": force.active or FILES, "version": tenant.policies.version}
        print_json({"in_force": told, "sections": sections, "versions": known, "budget": budget, "stopped": stopped})
        return
    say(f"in force: {force.active[:12] if force.active else 'the files, ' + tenant.policies.version[:12]}")
    short = [{**row, "version": row["version"][:12]} for row in known]
    print_table(short, ("version", "state", "share", "at", "author", "reason"), empty="Nothing was decided yet.")
    columns = ("segment", "applied", "today", "audited", "wrong", "at_least", "target", "may_apply", "bound_by")
    print_table(budget, columns, empty="Nothing was applied yet.")
    for row in stopped:
        say(f"STOPPED {row['segment']} by {row['author']}: {shown(row['reason'])}")


def _switch(tenant: str | None, everyone: bool, by: Any, segment: str, as_json: bool, *, stopping: bool) -> None:
    from kempt.errors import StopRun
    from kempt.settings import load_settings
    from kempt.usecases.policy_switch import switch
    from kempt.usecases.tenancy import Tenants

    tenants = Tenants(load_settings())
    if everyone and tenant is not None:
        raise StopRun("--all and --tenant: name one tenant, or say all.")
    names = tenants.names() if everyone else (tenants.choose(tenant),)
    done = [switch(tenants.open(name), by, stop=stopping, segment=segment) for name in names]
    if as_json:
        print_json([asdict(each) for each in done])
        return
    for each in done:
        state = "stopped" if each.stopped else "goes on"
        was = "" if each.changed else " already"
        say(f"{each.tenant}: {each.segment} {'would be ' * each.dry}{state}{was}.")


def _told(changed: Any, as_json: bool) -> None:
    if as_json:
        print_json(asdict(changed))
        return
    would = "would be" if changed.dry else "is"
    say(f"{changed.version[:12]} {would} {changed.state}; before: {changed.before[:12]}.")
    if changed.sections:
        say(f"differs in: {', '.join(changed.sections)}")
    for each in changed.forced_over:
        say(f"by force, although {each}")


def _report(report: Any, as_json: bool, **more: Any) -> None:
    if as_json:
        print_json({**more, **report.as_json()})
        return
    say(f"{report.changed:,} of {report.looked_at:,} proposals would be decided otherwise")
    say(f"merges +{report.merges_gained:,} -{report.merges_lost:,}")
    say(f"fields +{report.fields_gained:,} -{report.fields_lost:,}")
    say(f"for review {report.review_load:,}, now {report.review_load_before:,}")
    rows = [
        {"rule": rule, "change": change, "proposals": number, "cases": " ".join(each[:8] for each in cases[:5])}
        for rule, counts in report.by_rule.items()
        for cases in (report.cases[rule],)
        for change, number in counts.items()
    ]
    print_table(rows, ("rule", "change", "proposals", "cases"), empty="No rule decides otherwise.")
    for kind, churn in report.clusters.items():
        say(f"{kind}: {churn['records_moved']:,} of {churn['records']:,} records would move, "
            f"{churn['entities_merging']:,} entities merge, {churn['entities_splitting']:,} split")  # fmt: skip
    for attribute, flips in report.values.items():
        if isinstance(flips, dict):
            say(f"{attribute}: {flips['changed']:,} values differ, as of {flips['entities'][0]}")
    for what, found in (("owner", report.owners), ("first touch", report.campaigns)):
        for kind, flips in found.items():
            say(f"{what} of a {kind}: {flips['changed']:,} would be another one")
    for each in report.not_covered:
        say(f"not covered: {each}")


def _by(author: str, reason: str, dry: bool) -> Any:
    from kempt.usecases.policy_life import By

    return By(author=author, reason=reason, now=datetime.now(UTC), dry=dry)


def _choose(tenant: str | None) -> Any:
    from kempt.settings import load_settings
    from kempt.usecases.tenancy import Tenants

    tenants = Tenants(load_settings())
    return tenants, tenants.choose(tenant)
