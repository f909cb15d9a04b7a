"""Which policy versions a tenant has, what each says, and which of them are in force."""

from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from kempt.errors import StopRun
from kempt.policy.deciding import Candidate
from kempt.policy.load import MODELS, PROTECTION, Policies, policies_from
from kempt.policy.protection import ProtectionPolicy

FILES = "files"
"""The name of what the policy files say now; it is in force as long as no version is activated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """The versions that have a say; None where the files decide, or nothing is being tried."""

    active: str | None = None
    canary: str | None = None
    share: float = 0.0
    shadow: str | None = None


def in_force(connection: Connection[Any]) -> InForce:
    """What is active, and what is being tried."""
    rows = connection.execute(
        "select state, version, share from kempt.policy_now where state in ('active', 'canary', 'shadow') order by seq"
    ).fetchall()
    found = {state: (version, share) for state, version, share in rows}
    canary, share = found.get("canary", (None, None))
    return InForce(
        active=found.get("active", (None,))[0],
        canary=canary,
        share=share or 0.0,
        shadow=found.get("shadow", (None,))[0],
    )


def kept_policies(connection: Connection[Any], version: str, protection: ProtectionPolicy) -> Policies:
    """What a version says, under the given guard-rails."""
    rows = connection.execute(
        "select named.key, said.body from kempt.policy_set as kept, jsonb_each_text(kept.sections) as named "
        "join kempt.policy_version as said on said.version = named.value where kept.version = %s",
        [version],
    ).fetchall()
    return policies_from(dict(rows), protection)


def kept_protection(connection: Connection[Any], version: str) -> ProtectionPolicy:
    """The guard-rails as they once were."""
    row = connection.execute("select body from kempt.policy_version where version = %s", [version]).fetchone()
    found = MODELS[PROTECTION].model_validate_json(row[0]) if row else None
    if not isinstance(found, ProtectionPolicy):
        raise StopRun(f"no guard-rails are kept as version {version[:12]}.")
    return found


def candidate(
    connection: Connection[Any], version: str | None, protection: ProtectionPolicy, share: float = 0.0
) -> Candidate | None:
    """A version that is being tried."""
    if version is None:
        return None
    return Candidate(version=version, policies=kept_policies(connection, version, protection), share=share)


def find_version(connection: Connection[Any], prefix: str) -> str:
    """The version whose name starts so; a few characters are enough when they are unmistakable."""
    rows = connection.execute(
        "select version from kempt.policy_set where starts_with(version, %s) order by version limit 2", [prefix.lower()]
    ).fetchall()
    if len(rows) != 1:
        told = "no policy version starts so" if not rows else "more than one policy version starts so"
        raise StopRun(f"{prefix}: {told}. `kempt policy list` shows versions.")
    return str(rows[0][0])


def versions(connection: Connection[Any]) -> list[dict[str, Any]]:
    """Every version that was published, the newest change first; and those of the files that decided anything."""
    return connection.cursor(row_factory=dict_row).execute(
        """
        select kept.version, coalesce(now.state, 'files') as state, now.share, now.author, now.reason, now.forced,
            coalesce(now.at, kept.created_at) as at
        from kempt.policy_set as kept left join kempt.policy_now as now using (tenant, version)
        order by now.seq desc nulls last, kept.created_at desc, kept.version
        """
    ).fetchall()  # fmt: skip


def history(connection: Connection[Any], version: str) -> list[dict[str, Any]]:
    """Every change of a version's state, in order."""
    return connection.cursor(row_factory=dict_row).execute(
        "select seq, state, share, author, reason, forced, at from kempt.policy_state where version = %s order by seq",
        [version],
    ).fetchall()  # fmt: skip


def switches(connection: Connection[Any]) -> list[dict[str, Any]]:
    """What is stopped, by whom and why."""
    return connection.cursor(row_factory=dict_row).execute(
        "select segment, author, reason, at from kempt.policy_stopped order by segment"
    ).fetchall()  # fmt: skip
