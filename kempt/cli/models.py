"""`kempt model`: what a tenant's records are weighed by, and candidates that wait for approval."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kempt.cli.output import Json, TenantOption, print_json, print_table, say, verb

if TYPE_CHECKING:
    import duckdb

    from kempt.usecases.tenancy import Tenant

app = typer.Typer(help="Show, learn, approve and reject a tenant's match models.", no_args_is_help=True)
Version = Annotated[str, typer.Argument(metavar="VERSION", help="A version or its first characters.")]


@app.command("list")
@verb
def list_(tenant: TenantOption = None, as_json: Json = False) -> None:
    """List the models in force and what waits, or why it was refused."""
    from kempt.usecases.models import list_models

    with _opened(tenant) as (_, lake):
        _show([asdict(each) for each in list_models(lake)], as_json)


@app.command()
@verb
def learn(tenant: TenantOption = None, as_json: Json = False) -> None:
    """Learn candidates from the records of today. Nothing uses one before it is approved."""
    from kempt.usecases.models import learn_candidates

    with _opened(tenant) as (opened, lake):
        _show([asdict(each) for each in learn_candidates(opened.policies.matching, lake)], as_json)


@app.command()
@verb
def show(
    version: Version,
    tenant: TenantOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write it to FILE, and its table beside it: in plain.")
    ] = None,
) -> None:
    """Show a model without its values, or write it whole to a file."""
    from kempt.usecases.models import model_artifact

    with _opened(tenant) as (opened, lake):
        found = model_artifact(opened.policies.matching, lake, version)
    if out is None:
        print_json({"version": found.version, **found.said})
        return
    found.write(out)
    say(f"Written to {out} and {out.with_suffix('.parquet')}, which holds values of records in plain.")


@app.command()
@verb
def diff(version: Version, tenant: TenantOption = None, as_json: Json = False) -> None:
    """Show what a candidate counted otherwise. `kempt rebuild --dry-run` shows whom approving it would move."""
    from kempt.usecases.models import compare_models

    with _opened(tenant) as (_, lake):
        rows = compare_models(lake, version)
    if as_json:
        print_json(rows)
    else:
        print_table(
            [{name.replace("_", " "): value for name, value in row.items()} for row in rows],
            ("of column", "more generic", "less generic", "new values", "lost values", "most bits"),
            empty="They say the same.",
        )


@app.command()
@verb
def approve(version: Version, tenant: TenantOption = None) -> None:
    """Have the next run compare everything with a candidate."""
    from kempt.usecases.models import approve_model

    with _opened(tenant) as (opened, lake):
        found = approve_model(opened.policies.matching, lake, version)
        say(f"{found.version} is in force. `kempt run -t {opened.name}` matches everything by it.")


@app.command()
@verb
def reject(version: Version, tenant: TenantOption = None) -> None:
    """Forget a candidate; the model in force stays."""
    from kempt.usecases.models import reject_model

    with _opened(tenant) as (_, lake):
        reject_model(lake, version)
    say("It is forgotten. The model in force stays.")


@contextmanager
def _opened(tenant: str | None) -> "Iterator[tuple[Tenant, duckdb.DuckDBPyConnection]]":
    from kempt.settings import load_settings
    from kempt.usecases.tenancy import Tenants
    from kempt.warehouse.connection import open_lake

    tenants = Tenants(load_settings())
    opened = tenants.open(tenants.choose(tenant))
    with open_lake(opened.lake) as lake:
        yield opened, lake


def _show(models: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print_json(models)
        return
    rows = [
        {**each, "entity type": each["entity_type"], "version": each["version"][:12],
         "generic values": each["generic_values"], "why": "; ".join(each["refused"])}
        for each in models
    ]  # fmt: skip
    print_table(rows, ("entity type", "version", "state", "records", "generic values", "why"), empty="No model yet.")
