"""Filters of the inbox that somebody keeps under a name."""

from kempt.errors import StopRun
from kempt.usecases.tenancy import Tenant

MOST = 30


def saved_views(tenant: Tenant, account: str) -> dict[str, str]:
    """Query strings by name."""
    with tenant.database.transaction(tenant.name) as connection:
        rows = connection.execute(
            "select name, query from kempt.saved_view where account = %s order by name", [account]
        )
        return dict(rows.fetchall())


def save_view(tenant: Tenant, account: str, name: str, query: str) -> None:
    """Keeps a filter under a name; another of that name gives way."""
    if not name.strip():
        raise StopRun("What is the view called? Give it a name.")
    with tenant.database.transaction(tenant.name) as connection:
        ((count,),) = connection.execute(
            "select count(*) from kempt.saved_view where account = %s and name <> %s", [account, name.strip()]
        ).fetchall()  # fmt: skip
        if count >= MOST:
            raise StopRun(f"{MOST} views are enough for anybody. Drop one first.")
        connection.execute(
            "insert into kempt.saved_view (tenant, account, name, query) values (%s, %s, %s, %s) "
            "on conflict (tenant, account, name) do update set query = excluded.query",
            [tenant.name, account, name.strip(), query],
        )


def drop_view(tenant: Tenant, account: str, name: str) -> None:
    """Forgets a view."""
    with tenant.database.transaction(tenant.name) as connection:
        connection.execute("delete from kempt.saved_view where account = %s and name = %s", [account, name])
