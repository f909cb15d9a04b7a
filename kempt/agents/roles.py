"""The roles of people who decide."""

from typing import Literal, get_args

Role = Literal["steward", "merge_authority", "team_lead"]
ROLES: tuple[Role, ...] = get_args(Role)
