"""Where an id leads: any id ever published resolves for ever."""

from collections.abc import Mapping

from kempt.errors import StopRun


def resolve(redirects: Mapping[str, str], entity_id: str) -> str:
    """The id at the end of the chain of redirects; an id without one leads to itself."""
    seen = {entity_id}
    while (target := redirects.get(entity_id)) is not None:
        if target in seen:
            raise StopRun(f"{entity_id}: its redirects run in a circle. The ledger shows which event made it.")
        seen.add(target)
        entity_id = target
    return entity_id
