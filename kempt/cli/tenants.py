"""`kempt tenant`: who uses this installation."""

from typing import Annotated

import typer

from kempt.cli.output import Json, print_json, print_table, say, verb

app = typer.Typer(help="Add and list tenants. Each has its own keys, lake and wall.", no_args_is_help=True)


@app.command()
@verb
def add(name: Annotated[str, typer.Argument(help="Small letters, digits and underscores; it never changes.")]) -> None:
    """Create a tenant whole: row, keys, lake and drop folder. Doing it again changes nothing."""
    from kempt.settings import load_settings
    from kempt.usecases.add_tenant import add_tenant

    tenant = add_tenant(load_settings(), name)
    say(
        f"tenant {tenant.name} is ready. Put files into {tenant.drop}, "
        f"or run `kempt import PATH --tenant {tenant.name}`."
    )


@app.command("list")
@verb
def list_(as_json: Json = False) -> None:
    """List the tenants and how many sources each declares."""
    from kempt.settings import load_settings
    from kempt.usecases.tenancy import Tenants

    tenants = Tenants(load_settings())
    rows = [{"tenant": name, "sources": len(tenants.open(name).declarations)} for name in tenants.names()]
    if as_json:
        print_json(rows)
    else:
        print_table(rows, ("tenant", "sources"), empty="No tenant yet. Add one with `kempt tenant add NAME`.")
