"""The standardizers as DuckDB functions, for SQL and dbt.

Each works on a chunk of Arrow columns and looks at every distinct value of the chunk once. DuckDB hands over about
2,000 rows at a time, so a query over many repeated values should standardize `select distinct` and join back.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from inspect import Parameter, Signature
from typing import Any

import duckdb
import pyarrow as pa
from duckdb.func import FunctionNullHandling, PythonUDFType
from duckdb.sqltypes import BOOLEAN, VARCHAR, DuckDBPyType

from kempt.records.standardizers.addresses import (
    Place,
    PostalCode,
    Street,
    standardize_place,
    standardize_postal,
    standardize_street,
)
from kempt.records.standardizers.companies import Company, standardize_company
from kempt.records.standardizers.countries import Country, standardize_country
from kempt.records.standardizers.dates import Moment, standardize_date, standardize_timestamp
from kempt.records.standardizers.domains import Domain, standardize_domain
from kempt.records.standardizers.emails import Email, standardize_email
from kempt.records.standardizers.names import Name, standardize_name
from kempt.records.standardizers.nickname_roots import nickname_key
from kempt.records.standardizers.phones import Phone, standardize_phone
from kempt.records.standardizers.text import Text, standardize_text


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlFunction:
    """A standardizer under its SQL name. All arguments are VARCHAR; NULL and '' both mean missing."""

    name: str
    standardize: Callable[..., Any]
    arguments: int
    returns: type | None  # the result's class, whose fields become a STRUCT; None for plain VARCHAR


SQL_FUNCTIONS = (
    SqlFunction(name="std_name", standardize=standardize_name, arguments=4, returns=Name),
    SqlFunction(name="std_email", standardize=standardize_email, arguments=1, returns=Email),
    SqlFunction(name="std_phone", standardize=standardize_phone, arguments=2, returns=Phone),
    SqlFunction(name="std_company", standardize=standardize_company, arguments=2, returns=Company),
    SqlFunction(name="std_domain", standardize=standardize_domain, arguments=1, returns=Domain),
    SqlFunction(name="std_street", standardize=standardize_street, arguments=2, returns=Street),
    SqlFunction(name="std_place", standardize=standardize_place, arguments=1, returns=Place),
    SqlFunction(name="std_postal", standardize=standardize_postal, arguments=2, returns=PostalCode),
    SqlFunction(name="std_country", standardize=standardize_country, arguments=1, returns=Country),
    SqlFunction(name="std_date", standardize=standardize_date, arguments=2, returns=Moment),
    SqlFunction(name="std_timestamp", standardize=standardize_timestamp, arguments=2, returns=Moment),
    SqlFunction(name="std_text", standardize=standardize_text, arguments=1, returns=Text),
    SqlFunction(name="nickname_key", standardize=nickname_key, arguments=1, returns=None),
)


def register(connection: duckdb.DuckDBPyConnection) -> None:
    """Make all standardizers known on a connection. Doing it twice is no error."""
    known = {
        name
        for (name,) in connection.execute(
            "select distinct function_name from duckdb_functions() where list_contains(?, function_name)",
            [[function.name for function in SQL_FUNCTIONS]],
        ).fetchall()
    }
    for function in SQL_FUNCTIONS:
        if function.name not in known:
            connection.create_function(
                function.name,
                over_chunks(function),
                [VARCHAR] * function.arguments,
                _sql_type(function.returns),
                type=PythonUDFType.ARROW,
                null_handling=FunctionNullHandling.SPECIAL,
            )


def _sql_type(returns: type | None) -> DuckDBPyType:
    if returns is None:
        return VARCHAR
    return duckdb.struct_type(
        {field.name: BOOLEAN if field.name.startswith("is_") else VARCHAR for field in fields(returns)}
    )


def over_chunks(function: SqlFunction) -> Callable[..., pa.Array]:
    """The function over whole columns."""

    def standardize_chunk(*columns: pa.ChunkedArray) -> pa.Array:
        rows = list(zip(*(column.to_pylist() for column in columns), strict=True))
        results = {row: function.standardize(*row) for row in set(rows)}
        return _column([results[row] for row in rows], function.returns)

    # DuckDB counts parameters by the signature.
    names = [f"column_{position}" for position in range(function.arguments)]
    signature = Signature([Parameter(name, Parameter.POSITIONAL_ONLY) for name in names])
    standardize_chunk.__signature__ = signature  # type: ignore[attr-defined]
    return standardize_chunk


def _column(results: list[Any], returns: type | None) -> pa.Array:
    """Results as one Arrow column."""
    if returns is None:
        return pa.array(results, pa.string())
    names = [field.name for field in fields(returns)]
    return pa.StructArray.from_arrays(
        [
            pa.array(
                [getattr(result, name) for result in results], pa.bool_() if name.startswith("is_") else pa.string()
            )
            for name in names
        ],
        names=names,
    )
