"""One table or query of any database that SQLAlchemy reaches, read in one transaction by a login that may only read."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kempt.errors import Retry, SkipRecord
from kempt.extracts.batches import header, no_rows, row_batches, text_of
from kempt.extracts.port import Batch, Limits, Reading, Window
from kempt.records.declared import SqlRead

if TYPE_CHECKING:
    import sqlalchemy as sa

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}|\{(drop|day)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlSource:
    """A table or query; `secrets` gives the ${NAMES} of the address and does not print."""

    name: str
    drop: Path
    options: SqlRead = field(repr=False)
    secrets: Mapping[str, str] = field(repr=False)
    limits: Limits = field(default_factory=Limits)

    def read(self, window: Window) -> Reading:
        """All rows, or those at or after the watermark. Equal watermarks come again rather than getting lost."""
        return Reading(files=(), input_digest=None, batches=self._batches(window))

    def _batches(self, window: Window) -> Iterator[Batch]:
        import sqlalchemy as sa

        engine = self._engine(window)
        try:
            with self._connected(engine) as connection:
                kinds = self._kinds(connection)
                result = connection.execute(self._statement(window))
                names = header(list(result.keys()), self.limits, self.name)
                columns = {name: kinds.get(name, "") for name in names}
                yield Batch(rows=no_rows(), columns=columns)
                seen: list[str] = []
                for batch in row_batches(enumerate(self._rows(result, names, seen), start=1), columns):
                    yield Batch(
                        rows=batch.rows, columns=columns, faults=batch.faults, watermark=seen[0] if seen else None
                    )
        except sa.exc.SQLAlchemyError as error:
            if isinstance(error, sa.exc.DBAPIError) and error.connection_invalidated:
                raise Retry(f"{self.name}: the database went away. Read the source again.") from None
            # Drivers' texts hold statements and values: only the kind of error is told.
            why = _kind_of(error)
            raise SkipRecord(f"{self.name}: the database refused ({why}). Check query and rights.") from None
        finally:
            engine.dispose()

    def _connected(self, engine: "sa.Engine") -> "sa.Connection":
        import sqlalchemy as sa

        try:
            return engine.connect().execution_options(yield_per=self.options.page_size, postgresql_readonly=True)
        except sa.exc.SQLAlchemyError as error:
            raise Retry(f"{self.name}: the database did not answer ({_kind_of(error)}). Try again later.") from None

    def _rows(
        self, result: "sa.CursorResult[Any]", names: tuple[str, ...], seen: list[str]
    ) -> Iterator[dict[str, str]]:
        """Rows as text; `seen` keeps the watermark of the last one."""
        mark = self._watermark_at(names)
        for row in result:
            if mark is not None and row[mark] is not None:
                seen[:] = [text_of(row[mark])]
            yield {name: text_of(value) for name, value in zip(names, row, strict=True)}

    def _watermark_at(self, names: tuple[str, ...]) -> int | None:
        column = self.options.watermark
        if column is None:
            return None
        if column not in names:
            raise SkipRecord(f"{self.name}: the watermark column '{column}' is missing. Correct read.watermark.")
        return names.index(column)

    def _statement(self, window: Window) -> "sa.Select[Any]":
        import sqlalchemy as sa

        options = self.options
        rows: Any
        if options.table is not None:
            *schema, table = options.table.split(".", 1)
            rows = sa.table(table, schema=schema[0] if schema else None)
        else:
            # A colon in the query is the database's, never one of our parameters.
            rows = sa.text((options.query or "").rstrip("; \n").replace(":", r"\:")).columns().subquery("source")
        chosen = sa.select(sa.text("*")).select_from(rows)
        if options.watermark is None:
            return chosen
        mark: sa.ColumnElement[Any] = sa.column(options.watermark)
        if window.since is not None:
            # Without a type the database compares the text as its column does.
            since = sa.bindparam("since", window.since, type_=sa.types.NullType())
            chosen = chosen.where(sa.or_(mark >= since, mark.is_(None)))
        return chosen.order_by(mark)

    def _kinds(self, connection: "sa.Connection") -> dict[str, str]:
        import sqlalchemy as sa

        if self.options.table is None:
            return {}
        *schema, table = self.options.table.split(".", 1)
        inspector = sa.inspect(connection)
        place = schema[0] if schema else None
        if not inspector.has_table(table, schema=place):
            raise SkipRecord(f"{self.name}: table '{self.options.table}' does not exist. Was it renamed or dropped?")
        return {column["name"]: _kind(column["type"]) for column in inspector.get_columns(table, schema=place)}

    def _engine(self, window: Window) -> "sa.Engine":
        import sqlalchemy as sa

        def fill(match: re.Match[str]) -> str:
            if match.group(2):
                return str(self.drop) if match.group(2) == "drop" else window.day.isoformat()
            if match.group(1) not in self.secrets:
                raise SkipRecord(f"{self.name}: the secret {match.group(1)} is not set. Set it, or correct read.url.")
            return self.secrets[match.group(1)]

        try:
            url = sa.make_url(_PLACEHOLDER.sub(fill, self.options.url))
            engine = sa.create_engine(url)
        except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ImportError, ValueError):
            raise SkipRecord(f"{self.name}: read.url is no database address with an installed driver.") from None
        if url.get_backend_name() == "sqlite":
            _guard_sqlite(self.name, url, engine)
        return engine


def _guard_sqlite(name: str, url: "sa.URL", engine: "sa.Engine") -> None:
    """SQLite would create a missing file, and end a read at the first byte that is no text."""
    import sqlalchemy as sa

    if not url.database or not Path(url.database).is_file():
        raise SkipRecord(f"{name}: the SQLite file of read.url does not exist. Was the export moved?")

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: Any, _: Any) -> None:
        connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")


def _kind_of(error: Exception) -> str:
    return type(getattr(error, "orig", None) or error).__name__


def _kind(column_type: Any) -> str:
    from sqlalchemy import types

    families = {
        "boolean": types.Boolean,
        "number": types.Numeric | types.Integer,
        "time": types.Date | types.DateTime | types.Time | types.Interval,
        "text": types.String,
    }
    return next((name for name, family in families.items() if isinstance(column_type, family)), "")
