"""What the approval of a question brings about, in sentences."""

from typing import Any

from psycopg import Connection

from kempt.usecases.inbox import Item


def consequences(connection: Connection[Any], item: Item) -> tuple[str, ...]:
    """What an approval brings about, in sentences."""
    if item.kind == "stale_flag":
        return ("The value is marked as old. It stays until another takes its place.",)
    if item.kind == "field_change":
        return (
            "The value becomes an override on this record: no source outvotes it.",
            "It moves with its record when the entity is merged or split.",
            "Another value for the field can be approved or set later; the earlier ones stay in the history.",
        )
    entities = connection.execute(
        """
        select m.entity_id, e.born_seq, count(*) over (partition by m.entity_id) as records
        from kempt.membership m join kempt.entity e using (tenant, entity_id)
        where m.to_seq is null and m.record_id = any(%s::uuid[])
        """,
        [list(item.records)],
    ).fetchall()
    names = {row[0] for row in entities}
    if len(names) < 2:
        return ("The two are one already; approving it makes that the word of a person.",)
    sizes = dict(
        connection.execute(
            "select entity_id, count(*) from kempt.membership where to_seq is null and entity_id = any(%s) group by 1",
            [sorted(names)],
        ).fetchall()
    )
    born = {row[0]: row[1] for row in entities}
    stays = min(names, key=lambda name: (-sizes[name], born[name], name))
    (goes,) = names - {stays}
    ((asked,),) = connection.execute(
        "select count(*) from kempt.review_item where state = 'pending' and proposal_id <> %s "
        "and proposal_id = any(array(select kempt.proposals_about(array(select record_id from kempt.membership "
        "where to_seq is null and entity_id = any(%s)))))",
        [item.proposal_id, sorted(names)],
    ).fetchall()
    return (
        f"Two entities become one of {sizes[stays] + sizes[goes]} records.",
        f"{stays} stays; {goes} leads there for ever.",
        f"{asked} other questions about these records stay open." if asked else "No other question is about them.",
        "It can be undone: an unmerge takes them apart again, with a plan of what happened since.",
    )
