"""`kempt agent`: what acts on Kempt's behalf, and taking its key from it."""

import getpass
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from kempt.cli.output import Json, TenantOption, print_json, print_table, say, verb

app = typer.Typer(help="List the agents and what they signed; revoke one.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="An agent, as `kempt agent list` shows it.")]
By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who says so; your login when left out.")]


@app.command("list")
@verb
def list_(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="One agent: what it signed.")] = None,
    tenant: TenantOption = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many at most, of one agent.")] = 100,
    as_json: Json = False,
) -> None:
    """List the agents, what each may do and how much it signed; of one, what it signed, the newest first."""
    from kempt.usecases.agents import list_agents, list_signed

    if name is None:
        rows = list_agents(_open(tenant))
        columns: tuple[str, ...] = ("agent", "key", "signed", "last", "may")
    else:
        rows = list_signed(_open(tenant), name, limit=limit)
        columns = ("signed_at", "key", "proposal_id", "kind", "verdict", "decider")
    if as_json:
        print_json(rows)
        return
    lines = [{**row, "may": ", ".join(row["may"])} if "may" in row else row for row in rows]
    print_table(lines, columns, empty=f"{name} signed nothing here.")


@app.command()
@verb
def revoke(
    name: Name,
    reason: Annotated[str, typer.Option("--reason", help="Why. It is kept.")],
    tenant: TenantOption = None,
    by: By = None,
) -> None:
    """Revoke an agent: it signs no more, and what it signed takes effect no more."""
    from kempt.usecases.agents import revoke_agent

    done = revoke_agent(_open(tenant), name, by=by or getpass.getuser(), reason=reason, now=datetime.now(UTC))
    say(f"{name} is revoked. It had signed {done.proposals:,} proposals and {done.decisions:,} decisions:")
    say(f"`kempt agent list {name}` shows them. {done.not_applied:,} of its proposals wait and will not be applied.")
    say("What was applied stays. Runs that need it stop until `kempt agent renew`.")


@app.command()
@verb
def renew(name: Name, tenant: TenantOption = None, by: By = None) -> None:
    """Give an agent its next key. What was signed with a revoked one stays refused."""
    from kempt.usecases.agents import renew_agent

    generation = renew_agent(_open(tenant), name, by=by or getpass.getuser(), now=datetime.now(UTC))
    say(f"{name} signs with key {generation} from now on.")


def _open(tenant: str | None) -> Any:
    from kempt.settings import load_settings
    from kempt.usecases.tenancy import Tenants

    tenants = Tenants(load_settings())
    return tenants.open(tenants.choose(tenant))
