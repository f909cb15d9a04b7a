"""Keeps the content of every policy version that decided anything, so that a decision can always be explained."""

import json
from typing import Any

from psycopg import Connection

from kempt.policy.load import PROTECTION, Policies, kept_body


def pin_policies(connection: Connection[Any], policies: Policies) -> None:
    """Stores each section, and all together, under the digest of what they say; what is there already stays."""
    sections = policies.sections()
    for name, section in {**sections, PROTECTION: policies.protection}.items():
        connection.execute(
            "insert into kempt.policy_version (tenant, version, section, body) values (kempt.tenant(), %s, %s, %s) "
            "on conflict do nothing",
            [section.version, name, kept_body(section)],
        )
    connection.execute(
        "insert into kempt.policy_set (tenant, version, sections) values (kempt.tenant(), %s, %s) "
        "on conflict do nothing",
        [policies.version, json.dumps({name: section.version for name, section in sections.items()})],
    )
