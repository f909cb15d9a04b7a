"""How each part of Kempt reaches its database: one login, one database, one password that never prints."""

from dataclasses import dataclass, field, replace
from urllib.parse import quote, urlencode

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from kempt.errors import StopRun


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One login to one database. `host` may be the folder of a Unix socket."""

    host: str
    port: int
    dbname: str
    user: str
    password: str = field(repr=False)
    parameters: tuple[tuple[str, str], ...] = ()
    context_key: bytes = field(default=b"", repr=False)
    """Signs which tenant a transaction works for; empty for logins that work for none."""

    def url(self) -> str:
        """For SQLAlchemy with psycopg 3."""
        return self._url("postgresql+psycopg")

    def psycopg2_url(self) -> str:
        """For libraries that still speak psycopg 2, Dagster's storage among them."""
        return self._url("postgresql")

    def conninfo(self) -> str:
        """For libpq: key=value pairs, quoted where needed."""
        return make_conninfo(
            host=self.host,
            port=self.port,
            dbname=self.dbname,
            user=self.user,
            password=self.password,
            **dict(self.parameters),
        )

    def duckdb(self) -> str:
        """For DuckDB's postgres scanner, which hands it to libpq."""
        return self.conninfo()

    def login(self, user: str, password: str, dbname: str) -> "Address":
        """Another login on the same server."""
        return replace(self, user=user, password=password, dbname=dbname)

    def _url(self, scheme: str) -> str:
        login = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}"
        query = urlencode({"host": self.host, "port": self.port, **dict(self.parameters)}, quote_via=quote)
        return f"{scheme}://{login}@/{quote(self.dbname, safe='')}?{query}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    """The four logins of one installation; each may do what its part of the product needs, and no more."""

    app: Address
    migrate: Address
    lake: Address
    dagster: Address


def parse_address(url: str) -> Address:
    """The address in KEMPT_DATABASE_URL, with the libpq parameters that travel along (sslmode and the like)."""
    try:
        parts = {key: str(value) for key, value in conninfo_to_dict(url).items() if value is not None}
        port = int(parts.pop("port", "5432"))
    except (ProgrammingError, ValueError):
        # The first error of these quotes the URL, password and all.
        raise StopRun(
            "KEMPT_DATABASE_URL is no PostgreSQL address. Expected postgresql://user:password@host:5432/database."
        ) from None
    user = parts.pop("user", "postgres")
    return Address(
        host=parts.pop("host", "localhost"),
        port=port,
        user=user,
        password=parts.pop("password", ""),
        dbname=parts.pop("dbname", user),
        parameters=tuple(sorted(parts.items())),
    )
