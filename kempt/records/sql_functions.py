"""The standardizers as SQL will know them, over whole columns.

Each looks at every distinct row of its columns once. Who asks for them, and in which process, is not known here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import pyarrow as pa

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


def standardize_columns(function: SqlFunction, columns: Sequence[pa.ChunkedArray]) -> pa.Array:
    """The function over whole columns: one result a row."""
    rows = list(zip(*(column.to_pylist() for column in columns), strict=True))
    results = {row: function.standardize(*row) for row in set(rows)}
    return _column([results[row] for row in rows], function.returns)


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
