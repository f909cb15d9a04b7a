"""`kempt member`: who decides for a tenant."""

import getpass
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from kempt.cli.output import Json, TenantOption, print_json, print_table, say, verb

app = typer.Typer(help="Say who decides. As long as nobody is registered, anybody here does.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The name that stands in --by.")]
By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who says so; your login when left out.")]


@app.command()
@verb
def add(
    name: Name,
    role: Annotated[
        list[str],
        typer.Option(
            "--role",
            help="steward, merge_authority, team_lead, revops, privacy_officer, platform_engineer or analyst; "
            "may be repeated.",
        ),
    ],
    until: Annotated[
        datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="A substitute's last day, as 2026-01-31.")
    ] = None,
    tenant: TenantOption = None,
    by: By = None,
) -> None:
    """Register a person, or give a registered one other roles."""
    from kempt.usecases.members import add_member

    member = add_member(
        _open(tenant), name, role, by=by or getpass.getuser(), now=datetime.now(UTC), until=until and until.date()
    )
    say(f"{member.name} decides as {', '.join(member.roles)}{f' until {member.until}' if member.until else ''}.")


@app.command()
@verb
def remove(name: Name, tenant: TenantOption = None, by: By = None) -> None:
    """Take every role from a person. What she decided stands."""
    from kempt.usecases.members import remove_member

    remove_member(_open(tenant), name, by=by or getpass.getuser(), now=datetime.now(UTC))
    say(f"{name} decides nothing any more.")


@app.command("list")
@verb
def list_(tenant: TenantOption = None, as_json: Json = False) -> None:
    """List who decides, and in which roles."""
    from kempt.usecases.members import members

    found = members(_open(tenant))
    rows = [{"name": member.name, "roles": list(member.roles), "until": member.until} for member in found]
    if as_json:
        print_json(rows)
        return
    lines = [{"name": each.name, "roles": ", ".join(each.roles), "until": each.until} for each in found]
    print_table(lines, ("name", "roles", "until"), empty="Nobody is registered: anybody with a terminal here decides.")


def _open(tenant: str | None) -> Any:
    from kempt.settings import load_settings
    from kempt.usecases.tenancy import Tenants

    tenants = Tenants(load_settings())
    return tenants.open(tenants.choose(tenant))
