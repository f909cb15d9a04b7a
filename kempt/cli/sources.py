"""`kempt source`: what is read, and the approval a changed source waits for."""

import getpass
from datetime import UTC, datetime
from typing import Annotated

import typer

from kempt.cli.output import Json, TenantOption, print_json, print_table, say, verb

app = typer.Typer(
    help="List the declared sources, and approve one that stopped because it changed.", no_args_is_help=True
)


@app.command("list")
@verb
def list_(tenant: TenantOption = None, as_json: Json = False) -> None:
    """List the sources with their last extract, and why one is blocked."""
    from kempt.settings import load_settings
    from kempt.usecases.approve_source import sources_of
    from kempt.usecases.tenancy import Tenants

    tenants = Tenants(load_settings())
    names = tenants.names() if tenant is None else (tenants.choose(tenant),)
    rows = [{"tenant": name, **row} for name in names for row in sources_of(tenants.open(name))]
    if as_json:
        print_json(rows)
    else:
        print_table(
            rows, ("tenant", "source", "object", "day", "rows", "status", "reason"), empty="No source is declared yet."
        )


@app.command()
@verb
def approve(
    source: Annotated[str, typer.Argument(help="The source's name, as `kempt source list` shows it.")],
    tenant: TenantOption = None,
    by: Annotated[
        str | None, typer.Option("--by", metavar="NAME", help="Who approves; your login when left out.")
    ] = None,
) -> None:
    """Accept the change that blocked a source. Its next landing goes through; run `kempt run --day DAY` for it."""
    from kempt.settings import load_settings
    from kempt.usecases.approve_source import approve_source
    from kempt.usecases.tenancy import Tenants

    tenants = Tenants(load_settings())
    opened = tenants.open(tenants.choose(tenant))
    what = approve_source(opened, source, by=by or getpass.getuser(), now=datetime.now(UTC))
    say(f"{source}: approved {what}.")
