"""Events in plain English: one sentence for each type, with its ids; what is not known is still told by its name.

Events hold ids, counts and digests, and what people typed: names, purposes, reasons for a withdrawal. The latter is
made visible, so that no character of it turns the text round.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from kempt.records.masking import visible

Body = Mapping[str, Any]
BULK = frozenset({
    "entity_minted", "entity_members_changed", "entity_redirected", "entity_retired", "golden_record_changed",
    "golden_record_removed", "owner_routed", "proposal_decided", "claim_recorded", "value_flagged_stale",
})  # fmt: skip
"""What runs write by the thousand, as the function ledger.is_bulk has it; the rest people did, or should read."""
SHOWN = 3
"""So many ids of a longer list are named."""


class Kind(NamedTuple):
    """One kind of event: what one and several of them are called, and what one of them says."""

    one: str
    several: str
    says: Callable[[Body], str]


def stem(type: str) -> str:
    """The type of an event without its version."""
    return type.rpartition(".v")[0] or type


def sentence(type: str, body: Body) -> str:
    """What happened, as a sentence with ids."""
    known = KINDS.get(stem(type))
    try:
        told = known.says(body) if known else _unknown(type, body)
    except (LookupError, TypeError, ValueError):  # an older version says less
        told = _unknown(type, body)
    return visible(told)


def counted(type: str, count: int) -> str:
    """So many events of a type: no id, no name."""
    known = KINDS.get(stem(type))
    words = stem(type).replace("_", " ")
    one, several = (known.one, known.several) if known else (f"“{words}”", f"“{words}”")
    return f"{count:,} {one if count == 1 else several}"


def actor(body: Body) -> str | None:
    """The person who did it; None where a run did. As the function ledger.actor has it."""
    for part in ("by", "decider", "author", "authority", "approved_by"):
        if isinstance(body.get(part), str):
            return str(body[part])
    return None


def _unknown(type: str, body: Body) -> str:
    ids = [f"{name} {value}" for name, value in body.items() if name.endswith(("_id", "subject")) and value]
    return f"{stem(type).replace('_', ' ').capitalize()}{': ' + ', '.join(ids) if ids else ''}."


def _list(ids: Sequence[Any], one: str, several: str | None = None) -> str:
    named = [str(each) for each in ids]
    if not named:
        return f"no {one}"
    if len(named) == 1:
        return f"{one} {named[0]}"
    head, more = ", ".join(named[:SHOWN]), len(named) - SHOWN
    return f"{len(named):,} {several or one + 's'} ({head}{f' and {more:,} more' if more > 0 else ''})"


def _moved(body: Body) -> str:
    parts = [f"took in {_list(body['joined'], 'record')}"] if body.get("joined") else []
    parts += [f"lost {_list(body['left'], 'record')} to another"] if body.get("left") else []
    parts += [f"lost {_list(body['gone'], 'record')} that its source no longer has"] if body.get("gone") else []
    return " and ".join(parts) or "changed"


def _minted(body: Body) -> str:
    return f"New {body['entity_type']} {body['entity_id']}: it {_moved(body)}."


def _members(body: Body) -> str:
    return f"{str(body['entity_type']).capitalize()} {body['entity_id']} {_moved(body)}."


def _redirected(body: Body) -> str:
    return f"{body['entity_id']} was merged and leads to {body['redirect_to']} from now on."


def _golden(body: Body) -> str:
    # Cells are told in groups, the last part of each has the attributes; the first version told none.
    changed = sorted(name for *_, cells in body.get("cells") or () for name in cells)
    changed += [f"no {name} any more" for name in body.get("removed") or ()]
    what = f": {', '.join(changed[:SHOWN])}{f' and {len(changed) - SHOWN} more' if len(changed) > SHOWN else ''}"
    return f"The golden record of {body['entity_id']} changed{what if changed else ''}."


def _about(body: Body) -> str:
    kind = {"merge": "a merge", "field_change": "a change of value", "stale_flag": "a mark for a stale value"}
    what = kind.get(body.get("kind", ""), "a proposal")
    return f"{what}{' of ' + body['attribute'] if body.get('attribute') else ''} ({body['proposal_id']})"


def _policy_decided(body: Body) -> str:
    verb = {"apply": "applied", "review": "asks a steward about", "reject": "rejected"}[body["verdict"]]
    return f"Policy {verb} {_about(body)}, proposed by {body.get('agent', 'a run')}: {', '.join(body['reasons'])}."


def _by_hand(verb: str) -> Callable[[Body], str]:
    def told(body: Body) -> str:
        edited = f", with other values for {', '.join(body['edited'])}" if body.get("edited") else ""
        return f"{body['decider']} {verb} {_about(body)}{edited}."

    return told


def _member(body: Body) -> str:
    until = f" until {body['until']}" if body.get("until") else ""
    what = f"made {body['member']} {', '.join(body['roles']).replace('_', ' ')}{until}" if body["roles"] else (
        f"took every role from {body['member']}"
    )  # fmt: skip
    return f"{body['by']} {what}."


def _constraint(body: Body) -> str:
    word = {"must_link": "are the same", "cannot_link": "are not the same"}[body["kind"]]
    until = f" until {body['expires_at'][:10]}" if body.get("expires_at") else ""
    return f"{body['authority']} said that {body['left_record']} and {body['right_record']} {word}{until}."


def _unmerged(body: Body) -> str:
    return f"{body['decider']} took the merge of {body['entity_id']} apart into {len(body['sides'])} entities."


def _rows(body: Body) -> str:
    return f"{sum(body['rows'].values()):,} rows"


def _state(body: Body) -> str:
    share = f" for {body['share']:.0%} of the entities" if body.get("share") else ""
    forced = ", against its own checks" if body.get("forced") else ""
    return f"{body['author']} made policy version {body['version'][:12]} {body['state']}{share}{forced}."


KINDS: dict[str, Kind] = {
    "entity_minted": Kind("new entity", "new entities", _minted),
    "entity_members_changed": Kind("entity with other records", "entities with other records", _members),
    "entity_redirected": Kind("entity merged into another", "entities merged into others", _redirected),
    "entity_revived": Kind(
        "entity that came back", "entities that came back",
        lambda b: f"{b['entity_id']} came back to life: it {_moved(b)}.",
    ),
    "entity_retired": Kind(
        "entity without records", "entities without records", lambda b: f"{b['entity_id']} has no records any more."
    ),
    "golden_record_changed": Kind("golden record changed", "golden records changed", _golden),
    "golden_record_removed": Kind(
        "golden record gone", "golden records gone", lambda b: f"The golden record of {b['entity_id']} is gone."
    ),
    "owner_routed": Kind(
        "entity with another owner", "entities with another owner",
        lambda b: f"{b['entity_id']} {'has an owner' if b['owner_digest'] else 'has no owner'} by rule {b['reason']}.",
    ),
    "record_versions_kept": Kind(
        "reading of the sources", "readings of the sources",
        lambda b: f"The sources told {b['new']:,} new and {b['changed']:,} changed records.",
    ),
    "proposal_decided": Kind("proposal decided by policy", "proposals decided by policy", _policy_decided),
    "proposal_approved": Kind("proposal approved", "proposals approved", _by_hand("approved")),
    "proposal_approved_first": Kind(
        "proposal approved by one of two", "proposals approved by one of two",
        _by_hand("approved, as the first of two,"),
    ),
    "proposal_rejected": Kind("proposal rejected", "proposals rejected", _by_hand("rejected")),
    "proposal_deferred": Kind("proposal deferred", "proposals deferred", _by_hand("deferred")),
    "decision_withdrawn": Kind(
        "decision taken back", "decisions taken back",
        lambda b: f"{b['by']} took the decision on {b['proposal_id']} back: {b['why']}.",
    ),
    "decision_audited": Kind(
        "decision of policy audited", "decisions of policy audited",
        lambda b: f"{b['decider']} found that policy was {b['label']} about {b['proposal_id']}.",
    ),
    "claim_recorded": Kind(
        "value recorded", "values recorded",
        lambda b: f"A value of {b['attribute']} from {b['origin']} was recorded for {b['record_id']}.",
    ),
    "claim_handed_over": Kind(
        "value handed over", "values handed over",
        lambda b: f"A value of {b['attribute']} went from {b['from_record']} to {b['record_id']}.",
    ),
    "field_overridden": Kind(
        "override set", "overrides set",
        lambda b: f"{b['author']} set {b['attribute']} of {b['entity_id']} by hand.",
    ),
    "override_ended": Kind(
        "override ended", "overrides ended",
        lambda b: f"{b['by']} ended the override of {b['attribute']} of {b['entity_id']}.",
    ),
    "value_flagged_stale": Kind(
        "value marked as stale", "values marked as stale",
        lambda b: f"{b['attribute']} of {b['record_id']} was marked as stale.",
    ),
    "constraint_added": Kind("constraint added", "constraints added", _constraint),
    "constraint_withdrawn": Kind(
        "constraint ended", "constraints ended",
        lambda b: f"{b['authority']} ended what was said of {b['left_record']} and {b['right_record']}.",
    ),
    "unmerge_decided": Kind("merge taken apart", "merges taken apart", _unmerged),
    "values_unmasked": Kind(
        "unmasking of values", "unmaskings of values",
        lambda b: f"{b['by']} ({b['role']}) saw {_list(b['fields'], 'field')} of {b['subject']} unmasked, for: "
        f"{b['purpose']}.",
    ),
    "record_erasure_requested": Kind(
        "erasure begun", "erasures begun", lambda b: f"{b['by']} began to erase {b['record_id']}: {_rows(b)}."
    ),
    "record_erased": Kind(
        "record erased", "records erased", lambda b: f"{b['by']} erased {b['record_id']}: {_rows(b)}."
    ),
    "member_changed": Kind("change of who decides", "changes of who decides", _member),
    "digest_subscription_changed": Kind(
        "change of who gets the digest", "changes of who gets the digest",
        lambda b: f"{b['by']} {'put' if b['subscribed'] else 'took'} {b['member']} "
        f"{'on' if b['subscribed'] else 'off'} the list of the weekly digest.",
    ),
    "agent_revoked": Kind("agent revoked", "agents revoked", lambda b: f"{b['by']} revoked {b['agent']}."),
    "agent_renewed": Kind(
        "agent renewed", "agents renewed",
        lambda b: f"{b['by']} gave {b['agent']} a new key, number {b['generation']}.",
    ),
    "source_change_approved": Kind(
        "changed source accepted", "changed sources accepted",
        lambda b: f"{b['approved_by']} accepted the changed columns of {b['source']}.",
    ),
    "policy_state_changed": Kind("policy version moved", "policy versions moved", _state),
    "policy_stopped": Kind(
        "stop of what is applied unasked", "stops of what is applied unasked",
        lambda b: f"{b['author']} stopped what is applied without asking: {b['segment']}.",
    ),
    "policy_resumed": Kind(
        "resumption of what is applied unasked", "resumptions of what is applied unasked",
        lambda b: f"{b['author']} resumed what is applied without asking: {b['segment']}.",
    ),
    "policy_drift_found": Kind(
        "drift of policy found", "drifts of policy found",
        lambda b: f"{_list(b['cases'], 'fixed case')} came out otherwise by code {b['code_now']} than by "
        f"{b['code_then']}.",
    ),
    "master_key_rotated": Kind("new master key", "new master keys", lambda b: f"A new master key: {b['to']}."),
    "vault_key_rotated": Kind(
        "new vault key", "new vault keys",
        lambda b: f"Vault key {b['to']} took the place of {b['from']}; {b['keys']:,} keys of records were wrapped "
        "anew.",
    ),
}  # fmt: skip
