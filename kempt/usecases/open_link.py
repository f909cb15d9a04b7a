"""Opening what a digest's link names. Looking changes nothing; a link is used up when its reader says so, once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from psycopg import Connection

from kempt.errors import Conflict
from kempt.telling.links import Link, read_link
from kempt.usecases.tenancy import Tenant

State = Literal["sound", "used", "expired", "of_another", "broken"]

SAYS: dict[State, str] = {
    "sound": "This link opens one item, once.",
    "used": "This link was used before. Each link of a digest opens its item once.",
    "expired": "This link has expired. Links of a digest last two weeks.",
    "of_another": "This link was sent to somebody else. A digest's links open for the person that it was sent to.",
    "broken": "This link is not one of ours, or not whole. Mail programs sometimes cut long lines.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What a link says to the person who follows it; the item only where it was sent to her."""

    state: State
    proposal_id: str | None = None
    at: datetime | None = None
    """When it was used, or expired."""

    @property
    def says(self) -> str:
        """The same in a sentence."""
        return SAYS[self.state]


def look_at_link(tenant: Tenant, text: str, *, who: str, now: datetime) -> Looked:
    """Whether a link is sound for this person, who has signed in. Changes nothing."""
    with tenant.database.transaction(tenant.name) as connection:
        return _look(connection, tenant, text, who, now)[0]


def use_link(tenant: Tenant, text: str, *, who: str, now: datetime) -> str:
    """Uses a link up and answers with its item; a conflict when it is not sound any more, or another was faster."""
    with tenant.database.transaction(tenant.name) as connection:
        looked, link = _look(connection, tenant, text, who, now)
        if looked.state != "sound" or link is None:
            raise Conflict(looked.says)
        used = connection.execute(
            "insert into kempt.link_use (tenant, link_digest, used_by, used_at, expires_at) "
            "values (kempt.tenant(), %s, %s, %s, %s) on conflict do nothing",
            [link.digest, who, now, link.expires_at],
        )
        if not used.rowcount:
            raise Conflict(SAYS["used"])
        return link.proposal_id


def _look(
    connection: Connection[Any], tenant: Tenant, text: str, who: str, now: datetime
) -> tuple[Looked, Link | None]:
    key = tenant.keys.link_key()
    link = read_link(key, tenant.name, text)
    if link is None:
        return Looked(state="broken"), None
    if not link.is_for(key, who):
        return Looked(state="of_another"), link
    used = connection.execute("select used_at from kempt.link_use where link_digest = %s", [link.digest]).fetchone()
    if used is not None:
        return Looked(state="used", proposal_id=link.proposal_id, at=used[0]), link
    if now >= link.expires_at:
        return Looked(state="expired", proposal_id=link.proposal_id, at=link.expires_at), link
    return Looked(state="sound", proposal_id=link.proposal_id), link
