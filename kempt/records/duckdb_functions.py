"""The standardizers as DuckDB functions, for SQL and dbt.

DuckDB hands over about 2,000 rows at a time, from all of its threads. A chunk knows nothing of the others, so a query
over many repeated values should standardize `select distinct` and join back.
"""

from collections.abc import Callable
from dataclasses import fields
from inspect import Parameter, Signature

import duckdb
import pyarrow as pa
from duckdb.func import FunctionNullHandling, PythonUDFType
from duckdb.sqltypes import BOOLEAN, VARCHAR, DuckDBPyType

from kempt.records.sql_functions import SQL_FUNCTIONS, SqlFunction
from kempt.records.workers import Workers, workers_of_this_process


def register(connection: duckdb.DuckDBPyConnection) -> None:
    """Make all standardizers known on a connection. Doing it twice is no error."""
    known = {
        name
        for (name,) in connection.execute(
            "select distinct function_name from duckdb_functions() where list_contains(?, function_name)",
            [[function.name for function in SQL_FUNCTIONS]],
        ).fetchall()
    }
    workers = workers_of_this_process()
    for function in SQL_FUNCTIONS:
        if function.name not in known:
            connection.create_function(
                function.name,
                _over_chunks(function, workers),
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


def _over_chunks(function: SqlFunction, workers: Workers) -> Callable[..., pa.Array]:
    def standardize_chunk(*columns: pa.ChunkedArray) -> pa.Array:
        return workers.standardize(function, columns)

    # DuckDB counts parameters by the signature.
    names = [f"column_{position}" for position in range(function.arguments)]
    signature = Signature([Parameter(name, Parameter.POSITIONAL_ONLY) for name in names])
    standardize_chunk.__signature__ = signature  # type: ignore[attr-defined]
    return standardize_chunk
