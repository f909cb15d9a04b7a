"""`kempt search`: finding records and entities by what people remember of them."""

from dataclasses import asdict
from typing import Annotated

import typer

from kempt.cli.output import Json, TenantOption, print_json, print_table, say, shown, verb


@verb
def search(
    query: Annotated[
        str,
        typer.Argument(help="An id or its start, an e-mail, a telephone number, a domain, a key, or words of a name."),
    ],
    page: Annotated[int, typer.Option("--page", "-p", min=1, help="Which 25 of what was found.")] = 1,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Find records and the entities they belong to. Values are masked; several words have to be in one record."""
    from kempt.settings import load_settings
    from kempt.usecases.search import search as search_for
    from kempt.usecases.tenancy import Tenants

    tenants = Tenants(load_settings())
    found = search_for(tenants.open(tenants.choose(tenant)), query, page=page)
    if as_json:
        print_json(asdict(found))
        return
    rows = [
        {
            "entity": hit.entity_id or "(none now)",
            "by": hit.found_by,
            "says": ", ".join(list(hit.fields.values())[:4]),
            "records": " ".join(f"{each.source}:{each.record_id[:8]}" for each in hit.records)
            + (f" and {hit.further} more" if hit.further else ""),
        }
        for hit in found.hits
    ]
    print_table(rows, ("entity", "by", "says", "records"), empty=f"Nothing is found by {shown(query)}.")
    if found.pages > 1:
        say(f"Page {found.page} of {found.pages}.")
    if found.more:
        say("More records match than are ranked: add a word.")
