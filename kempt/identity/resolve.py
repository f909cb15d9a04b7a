"""Where an id leads now."""

from collections.abc import Mapping

from kempt.errors import StopRun


def resolve(redirects: Mapping[str, str], entity_id: str) -> str:
    """The id at the end of the redirects; an id that redirects nowhere is its own answer."""
    passed = {entity_id}
    while (further := redirects.get(entity_id)) is not None:
        if further in passed:
            raise StopRun(f"the redirects of {entity_id} lead in a circle. Rebuild the identity projection.")
        passed.add(further)
        entity_id = further
    return entity_id
