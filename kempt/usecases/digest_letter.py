"""A digest from its facts to a letter: evidence is opened, masked and put beside each question."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from kempt.errors import SkipRecord, StopRun
from kempt.records.masking import visible
from kempt.telling.letter import Change, Compared, Example, Figure, Item, Letter
from kempt.telling.links import sign_link
from kempt.usecases.review import evidence_place
from kempt.usecases.tenancy import Tenant
from kempt.usecases.values import masked_evidence

LINKS_LAST = timedelta(days=14)
MOST_FIELDS = 4
SAYS_LITTLE = {"object_type", "presence", "source"}
PEOPLE = {"person": "people", "company": "companies"}

WAITING = """
select p.proposal_id::text, p.kind, p.entity_type, p.attribute, p.confidence, p.subjects::text[] as records,
    item.carried_at, shown.evidence_cipher
from kempt.review_item item
join kempt.proposal p using (tenant, proposal_id)
join kempt.review_basis shown using (tenant, proposal_id)
where item.proposal_id = any(%s::uuid[]) and item.state = 'pending'
    and not exists (select from kempt.erasure e where e.record_id = any(p.subjects))
"""

Links = Callable[[str], str]


def signed_links(tenant: Tenant, web_url: str, name: str, made_at: datetime) -> Links:
    """Links that open an item once, for one person."""
    key, until = tenant.keys.link_key(), made_at + LINKS_LAST

    def link(proposal: str) -> str:
        return f"{web_url}/t/{tenant.name}/open/" + sign_link(
            key, tenant.name, proposal_id=proposal, name=name, expires_at=until
        )

    return link


def plain_links(tenant: Tenant, web_url: str) -> Links:
    """Links to the items themselves, for a preview: nobody is handed what was meant for another."""
    return lambda proposal: f"{web_url}/t/{tenant.name}/items/{proposal}"


def letter_of(
    connection: Connection[Any],
    tenant: Tenant,
    name: str,
    about: Mapping[str, Any],
    *,
    made_at: datetime,
    links: Links,
    web_url: str,
) -> Letter:
    """The letter for one person. What was decided or erased since is counted, not shown."""
    rows = {
        row["proposal_id"]: row
        for row in connection.cursor(row_factory=dict_row).execute(WAITING, [about["items"]]).fetchall()
    }
    found = [rows[proposal] for proposal in about["items"] if proposal in rows]
    items = [_item(connection, tenant, row, made_at, links) for row in found]
    gone = len(about["items"]) - len(items)
    return Letter(
        tenant=tenant.name,
        recipient=visible(name),
        since=datetime.fromisoformat(about["since"]),
        until=datetime.fromisoformat(about["until"]),
        made_at=made_at,
        links_until=made_at + LINKS_LAST,
        figures=_figures(about),
        changes=[_change(batch, links) for batch in about["decided"]],
        waiting=max(0, about["waiting"] - gone),
        items=items,
        gone=gone,
        inbox=f"{web_url}/t/{tenant.name}/inbox?whose=anybody",
    )


def _figures(about: Mapping[str, Any]) -> list[Figure]:
    health, before = about["health"], about["health_before"]
    change = "" if health is None or before is None or health == before else f", {before:.1f} a week ago"
    return [
        Figure(name="wait for a decision", value=f"{about['waiting']:,}"),
        Figure(name="days the oldest waits", value=f"{about['oldest_days']:,}"),
        Figure(name=f"health of 100{change}", value="not measured" if health is None else f"{health:.1f}"),
        Figure(name="entities merged", value=f"{about['identity']['merged']:,}"),
        Figure(name="entities split", value=f"{about['identity']['split']:,}"),
        Figure(name="events in the ledger", value=f"{about['events']:,}"),
    ]


def _change(batch: Mapping[str, Any], links: Links) -> Change:
    one, several = {
        "merge": ("merge", "merges"),
        "field_change": ("change", "changes"),
        "stale_flag": ("stale mark", "stale marks"),
    }[batch["kind"]]
    of = PEOPLE[batch["entity_type"]] if batch["kind"] == "merge" else batch["attribute"]
    verb = "applied" if batch["verdict"] == "apply" else "rejected"
    by_policy = batch["decider_type"] == "policy"
    who = f"by policy, rule {batch['rule']}" if by_policy else "by people"
    return Change(
        told=visible(f"{batch['count']:,} {one if batch['count'] == 1 else several} of {of} {verb} {who}"),
        examples=[Example(link=links(each)) for each in batch["examples"]],
    )


def _item(connection: Connection[Any], tenant: Tenant, row: Mapping[str, Any], made_at: datetime, links: Links) -> Item:
    records, proposal = row["records"], row["proposal_id"]
    evidence: dict[str, Any] = {}
    # One item whose evidence was damaged must not keep a letter back; its own page says what is wrong with it.
    with suppress(StopRun, SkipRecord):
        sealed, place = bytes(row["evidence_cipher"]), evidence_place(proposal)
        evidence = masked_evidence(json.loads(tenant.vault.of(connection, records).open(records, sealed, place)))
    return Item(
        proposal_id=proposal,
        question=visible(_question(row, evidence)),
        compared=_compared(row, evidence),
        confidence=row["confidence"],
        days=max(0, (made_at - row["carried_at"]) // timedelta(days=1)),
        link=links(proposal),
    )


def _question(row: Mapping[str, Any], evidence: Mapping[str, Any]) -> str:
    attribute = str(row["attribute"] or "").replace("_", " ")
    if row["kind"] == "merge":
        return f"Do these two records describe one {row['entity_type']}?"
    if row["kind"] == "field_change":
        return f"Take this {attribute} from {str(evidence.get('provider', 'a provider')).replace('_', ' ')}?"
    return f"Is this {attribute} out of date?"


def _compared(row: Mapping[str, Any], evidence: Mapping[str, Any]) -> list[Compared]:
    if row["kind"] == "merge":
        told = [
            each
            for each in evidence.get("records", ())
            if each["field"] not in SAYS_LITTLE and (each["left"] is not None or each["right"] is not None)
        ]
        return [_pair(each["field"], each["left"], each["right"]) for each in told[:MOST_FIELDS]]
    return [_pair(str(row["attribute"]), evidence.get("stands"), evidence.get("value"))]


def _pair(field: str, left: str | None, right: str | None) -> Compared:
    shown = [None if value is None else visible(str(value)) for value in (left, right)]
    return Compared(field=field.replace("_", " "), left=shown[0], right=shown[1])
