"""The roles of people: who decides, and who looks."""

from typing import Literal, get_args

DecidingRole = Literal["steward", "merge_authority", "team_lead", "revops"]
Role = Literal[DecidingRole, "privacy_officer", "platform_engineer", "analyst"]
ROLES: tuple[Role, ...] = get_args(Role)
