"""Who may do what: every route by its name. A route that is not listed is refused, and the app does not start."""

from collections.abc import Mapping

from kempt.agents.roles import ROLES, Role

EVERYBODY: frozenset[Role] = frozenset(ROLES)
DECIDES: frozenset[Role] = frozenset({"steward", "merge_authority", "team_lead", "revops"})
LEADS: frozenset[Role] = frozenset({"team_lead", "revops"})
POLICY: frozenset[Role] = frozenset({"revops", "platform_engineer"})
PARTS: frozenset[Role] = frozenset({"merge_authority", "team_lead"})
"""Who takes merges back: for the same people as may make the risky ones."""
UNMASKS: frozenset[Role] = frozenset({"steward", "merge_authority", "team_lead", "privacy_officer"})

NO_TENANT = frozenset({
    "home", "sign_in", "sign_in_password", "link", "sign_in_link", "oidc_start", "oidc_back", "sign_out", "account",
    "account_password", "account_tokens", "account_end_sessions", "healthz", "openapi",
})  # fmt: skip
"""Routes of no tenant. The app says of each whether it is for strangers too."""
STRANGERS = frozenset({"sign_in", "sign_in_password", "link", "sign_in_link", "oidc_start", "oidc_back", "healthz"})

AUDITS: frozenset[Role] = frozenset({"team_lead", "revops", "privacy_officer", "platform_engineer"})

ACCESS: Mapping[str, frozenset[Role]] = {
    "inbox": EVERYBODY,
    "inbox_claim": DECIDES,
    "inbox_assign": LEADS,
    "inbox_release": DECIDES,
    "inbox_save_view": EVERYBODY,
    "inbox_drop_view": EVERYBODY,
    "item": EVERYBODY,
    "item_decide": DECIDES,
    "item_undo": DECIDES,
    "item_claim": DECIDES,
    "item_release": DECIDES,
    "item_apart": DECIDES,
    "item_preview": EVERYBODY,
    "purpose": UNMASKS,
    "batch_new": DECIDES,
    "batch": DECIDES,
    "batch_open": DECIDES,
    "batch_decide": DECIDES,
    "batch_undo": DECIDES,
    "policies": EVERYBODY,
    "policy": EVERYBODY,
    "policy_backtest": EVERYBODY,
    "policy_publish": POLICY,
    "policy_to_shadow": POLICY,
    "policy_activate": POLICY,
    "policy_rollback": POLICY,
    "policy_stop": POLICY | DECIDES,
    "audit": EVERYBODY,
    "audit_export": AUDITS,
    "audit_verify": AUDITS,
    "health": EVERYBODY,
    "digest": EVERYBODY,
    "digest_letter": EVERYBODY,
    "digest_subscribe": EVERYBODY,
    "digest_unsubscribe": EVERYBODY,
    "digest_open": EVERYBODY,
    "digest_use": EVERYBODY,
    "api_audit": EVERYBODY,
    "api_audit_state": EVERYBODY,
    "api_audit_export": AUDITS,
    "api_audit_verify": AUDITS,
    "api_health": EVERYBODY,
    "api_digest": EVERYBODY,
    "api_digest_preview": EVERYBODY,
    "api_feed_preview": EVERYBODY,
    "search": EVERYBODY,
    "entity": EVERYBODY,
    "entity_cell": EVERYBODY,
    "record": EVERYBODY,
    "unmerge": DECIDES,
    "unmerge_apply": PARTS,
    "api_search": EVERYBODY,
    "api_entity": EVERYBODY,
    "api_as_of": EVERYBODY,
    "api_entity_cell": EVERYBODY,
    "api_record": EVERYBODY,
    "api_unmerge": DECIDES,
    "api_unmerge_apply": PARTS,
    "api_items": EVERYBODY,
    "api_counts": EVERYBODY,
    "api_item": EVERYBODY,
    "api_decide": DECIDES,
    "api_undo": DECIDES,
    "api_claim": DECIDES,
    "api_batch_new": DECIDES,
    "api_batch": DECIDES,
    "api_batch_open": DECIDES,
    "api_batch_decide": DECIDES,
    "api_batch_undo": DECIDES,
    "api_policies": EVERYBODY,
    "api_policy": EVERYBODY,
    "api_policy_backtest": EVERYBODY,
}
