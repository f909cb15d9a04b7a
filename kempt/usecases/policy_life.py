"""The life of a policy version: published, tried as shadow and canary, activated, taken back. Each step is an event.

Without an active version the policy files decide, as they stand.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from psycopg import Connection

from kempt.errors import StopRun
from kempt.ids import keyed_digest, stable_id
from kempt.ledger.append import Event, append
from kempt.policy.diff import sections_changed
from kempt.policy.lint import lint
from kempt.policy.load import Policies
from kempt.usecases.pin_policies import pin_policies
from kempt.usecases.policy_backtest import backtest
from kempt.usecases.policy_gate import refusals
from kempt.usecases.policy_versions import FILES, InForce, find_version, in_force, kept_policies
from kempt.usecases.tenancy import Tenant, Tenants

State = Literal["draft", "shadow", "canary", "active", "retired"]


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who changes a policy's state, why, and when; `dry` only says what would happen."""

    author: str
    reason: str
    now: datetime
    dry: bool = False

    def __post_init__(self) -> None:
        if not self.author.strip() or len(self.reason.strip()) < 8:
            raise StopRun(
                "a change of policy needs a name and a reason of eight letters or more: --by NAME --why TEXT."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What a step did, or would do: the version, its state, and the one that decided before."""

    version: str
    state: str
    before: str
    sections: tuple[str, ...] = ()
    """The sections that differ from what decided before."""
    forced_over: tuple[str, ...] = ()
    """What spoke against it, where force was used."""
    dry: bool = False


def lint_policies(tenants: Tenants, name: str | None, folder: Path | None) -> tuple[Policies | None, tuple[str, ...]]:
    """The project's policies, with a folder's or a tenant's own files in their place, and what speaks against them."""
    own = folder or (tenants.own_policies(name) if name else None)
    if folder is not None and not folder.is_dir():
        raise StopRun(f"{folder}: no such folder. Name one with policy files; the others are taken from the project.")
    return lint(tenants.project / "policies", own)


def publish(tenants: Tenants, name: str, folder: Path | None, by: By) -> Changed:
    """Keeps what the files say as a draft, or says why not. What is there already is answered with its state."""
    policies, refused = lint_policies(tenants, name, folder)
    if policies is None or refused:
        raise StopRun("\n".join((*refused, f"refused: {len(refused)} finding(s); nothing was published.")))
    tenant = tenants.open(name)
    with tenant.database.transaction(name) as connection:
        _one_at_a_time(connection, name)
        before = in_force(connection)
        changed = tuple(sections_changed(tenant.policies, policies))
        state = _state(connection, policies.version)
        if state in (None, "retired") and not by.dry:
            pin_policies(connection, policies)
            _change(connection, tenant, policies.version, "draft", by)
    return Changed(
        version=policies.version,
        state="draft" if state in (None, "retired") else str(state),
        before=before.active or FILES,
        sections=changed,
        dry=by.dry,
    )


def shadow(tenants: Tenants, name: str, prefix: str, by: By, *, end: bool = False) -> Changed:
    """Has a version decide along in every run without effect, or ends that."""
    tenant = tenants.open(name)
    with tenant.database.transaction(name) as connection:
        _one_at_a_time(connection, name)
        before, version = in_force(connection), find_version(connection, prefix)
        _refuse_unpublished(connection, version)
        if version in (before.active, before.canary):
            raise StopRun(f"{version[:12]} decides already; what is in force is nobody's shadow.")
        if not by.dry:
            if end:
                _change(connection, tenant, version, "draft", by)
            else:
                _end_trials(connection, tenant, before.shadow, version, by)
                connection.execute("delete from kempt.shadow_decision where version = %s", [version])
                _change(connection, tenant, version, "shadow", by)
    return Changed(version=version, state="draft" if end else "shadow", before=before.active or FILES, dry=by.dry)


def activate(
    tenants: Tenants, name: str, prefix: str, by: By, *, share: float | None = None, force: bool = False
) -> Changed:
    """Puts a version in force, for a share of the entities or for all; runs under way keep what they began with.

    Refused when it differs from what is in force by more than `promotion` allows, or nothing could be compared.
    """
    if share is not None and not 0 < share < 1:
        raise StopRun(f"--canary {share}: a share of the entities, above 0 and below 1. Leave it out for all.")
    tenant = tenants.open(name)
    with tenant.database.transaction(name) as connection:
        before, version = in_force(connection), find_version(connection, prefix)
        _refuse_unpublished(connection, version)
        after = kept_policies(connection, version, tenant.policies.protection)
    if version == before.active:
        raise StopRun(f"{version[:12]} is active already.")
    changed = tuple(sections_changed(tenant.policies, after))
    if share is not None and (whole := [each for each in changed if each != "autonomy"]):
        raise StopRun(
            f"{version[:12]} differs in {', '.join(whole)}, which hold for all entities of a tenant. A canary can try "
            "autonomy alone: try the rest as a shadow and by `kempt policy backtest`, then activate without --canary."
        )
    against = refusals(tenant, version, backtest(tenant, after))
    if against and not force:
        listed = "\n".join(f"- {each}" for each in against)
        raise StopRun(
            f"{version[:12]} is not activated:\n{listed}\nLook at `kempt policy backtest` and `kempt policy shadow`; "
            "--force activates it all the same, under your name."
        )
    state: State = "active" if share is None else "canary"
    if not by.dry:
        with tenant.database.transaction(name) as connection:
            _one_at_a_time(connection, name)
            if in_force(connection) != before:
                raise StopRun("the policy in force changed meanwhile. Look again, then activate.")
            _end_trials(connection, tenant, before.canary, version, by)
            if share is None and before.active is not None:
                _change(connection, tenant, before.active, "retired", by)
            _change(connection, tenant, version, state, by, share=share, forced=bool(against))
    return Changed(
        version=version,
        state=state,
        before=before.active or FILES,
        sections=changed,
        forced_over=tuple(against),
        dry=by.dry,
    )


def rollback(tenants: Tenants, name: str, by: By, *, to: str | None = None) -> Changed:
    """Takes a canary back; without one, puts the version before in force again, or the one that is named.

    `files` names the policy files. A rollback needs no comparison: it leads to what was in force.
    """
    tenant = tenants.open(name)
    with tenant.database.transaction(name) as connection:
        _one_at_a_time(connection, name)
        now = in_force(connection)
        if now.canary is not None and to is None:
            if not by.dry:
                _change(connection, tenant, now.canary, "retired", by)
            return Changed(version=now.canary, state="retired", before=now.active or FILES, dry=by.dry)
        target = _target(connection, now, to)
        if target == (now.active or FILES):
            raise StopRun(f"{target[:12]} is in force already; there is nothing to take back.")
        if not by.dry:
            _end_trials(connection, tenant, now.canary, None, by)
            if now.active is not None:
                _change(connection, tenant, now.active, "retired", by)
            if target != FILES:
                _change(connection, tenant, target, "active", by)
    return Changed(version=target, state="active", before=now.active or FILES, dry=by.dry)


def _target(connection: Connection[Any], now: InForce, to: str | None) -> str:
    if to == FILES:
        return FILES
    once = [
        str(version)
        for (version,) in connection.execute(
            "select version from kempt.policy_state where state = 'active' and version is distinct from %s "
            "group by version order by max(seq) desc",
            [now.active],
        )
    ]
    if to is None:
        return once[0] if once else FILES
    version = find_version(connection, to)
    if version not in (*once, now.active):
        raise StopRun(f"{version[:12]} was never active. `kempt policy activate` compares it first.")
    return version


def _state(connection: Connection[Any], version: str) -> str | None:
    row = connection.execute("select state from kempt.policy_now where version = %s", [version]).fetchone()
    return str(row[0]) if row else None


def _refuse_unpublished(connection: Connection[Any], version: str) -> None:
    if _state(connection, version) in (None, "retired"):
        raise StopRun(f"{version[:12]} is not published, or was retired. `kempt policy publish` checks and keeps it.")


def _end_trials(connection: Connection[Any], tenant: Tenant, tried: str | None, version: str | None, by: By) -> None:
    """One version is tried at a time: another one that was is a draft again."""
    if tried is not None and tried != version:
        _change(connection, tenant, tried, "draft", by)


def _one_at_a_time(connection: Connection[Any], name: str) -> None:
    connection.execute("select pg_advisory_xact_lock(hashtextextended('policy ' || %s, 0))", [name])


def _change(
    connection: Connection[Any],
    tenant: Tenant,
    version: str,
    state: State,
    by: By,
    *,
    share: float | None = None,
    forced: bool = False,
) -> None:
    event = Event(
        event_id=stable_id("event", "policy", tenant.name, version, state, by.now.isoformat()),
        type="policy_state_changed.v1",
        body={
            "version": version,
            "state": state,
            "share": share,
            "author": by.author,
            "reason_digest": keyed_digest(tenant.keys.digest_key(), by.reason),
            "forced": forced,
        },
    )
    seq = append(connection, [event], at=by.now).first
    connection.execute(
        "insert into kempt.policy_state (tenant, seq, version, state, share, author, reason, forced, at) "
        "values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [tenant.name, seq, version, state, share, by.author, by.reason, forced, by.now],
    )
