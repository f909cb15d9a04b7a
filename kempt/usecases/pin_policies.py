"""Keeps the content of every policy version that decided anything, so that a decision can always be explained."""

from typing import Any

from psycopg import Connection

from kempt.ids import canonical_json
from kempt.policy.load import Policies


def pin_policies(connection: Connection[Any], policies: Policies) -> None:
    """Stores each section under the digest of what it says; a version that is there already stays."""
    for name, section in policies.sections().items():
        connection.execute(
            "insert into kempt.policy_version (version, section, body) values (%s, %s, %s) on conflict do nothing",
            [section.version, name, canonical_json(section.model_dump(mode="json")).decode()],
        )
