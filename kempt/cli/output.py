"""How the command line speaks: JSON for machines, short tables and sentences for people, errors that say what to do."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from typing import Annotated, Any, ParamSpec, TypeVar

import typer

from kempt.errors import KemptError

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of a table.")]
TenantOption = Annotated[
    str | None, typer.Option("--tenant", "-t", metavar="NAME", help="The tenant; needed only when there are several.")
]


def say(text: str = "") -> None:
    """A line for a person."""
    typer.echo(text)


def print_json(value: Any) -> None:
    """One JSON document, keys in the order in which they were put."""
    typer.echo(json.dumps(value, indent=2, default=str, ensure_ascii=False))


def print_table(rows: Sequence[Mapping[str, Any]], columns: Iterable[str], *, empty: str) -> None:
    """Rows as an aligned table; `empty` says what it means that there are none."""
    if not rows:
        say(empty)
        return
    names = list(columns)
    cells = [[shown(row.get(name)) for name in names] for row in rows]
    widths = [max(len(name), *(len(line[at]) for line in cells)) for at, name in enumerate(names)]
    for line in [names, ["-" * width for width in widths], *cells]:
        say("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def shown(value: Any) -> str:
    """A value for a terminal: control and bidi characters from a CRM cannot move the cursor or turn the text round."""
    if value is None:
        return ""
    text = f"{value:.3f}" if isinstance(value, float) else str(value)
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)


def verb(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """A command whose expected errors end in one clear message and exit status 1, without a traceback."""

    @wraps(function)
    def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        try:
            return function(*args, **kwargs)
        except KemptError as error:
            typer.secho(f"kempt: {error}", err=True, fg="red")
            raise typer.Exit(1) from None

    return run
