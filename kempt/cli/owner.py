"""`kempt owner`: whose an entity is, and the campaigns that brought it."""

from dataclasses import asdict

from kempt.cli.identity import Entity, lake_of
from kempt.cli.output import Json, TenantOption, print_json, say, shown, verb


@verb
def owner(entity: Entity, tenant: TenantOption = None, as_json: Json = False) -> None:
    """Say whose an entity is by policy and why, and which campaigns brought it, the first touch first."""
    from kempt.usecases.route import owner_of

    with lake_of(tenant) as (found, lake):
        owned = owner_of(found, lake, entity)
    if as_json:
        print_json(asdict(owned))
        return
    say(f"{owned.entity_id}  {shown(owned.owner) or 'nobody'}  ({owned.reason})")
    for at, campaign in enumerate(owned.campaigns, start=1):
        say(f"  {at}. {shown(campaign)}")
