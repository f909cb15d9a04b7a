"""`kempt user`: who can sign in to the web app. What somebody may do there is `kempt member`."""

import getpass
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from kempt.cli.output import Json, print_json, print_table, say, verb

app = typer.Typer(
    help="Say who can sign in to the web app; `kempt member` says what they may do.", no_args_is_help=True
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The account's name, as in `kempt member add`.")]


@app.command()
@verb
def add(
    name: Name,
    password: Annotated[
        bool, typer.Option("--password", help="Ask for a password, or read a line of standard input.")
    ] = False,
) -> None:
    """Add an account, or give one that is there another password. Without a password, `kempt user link` signs in."""
    from kempt.usecases.accounts import add_account

    said = _password() if password else None
    new = add_account(_database(), name, by=getpass.getuser(), now=datetime.now(UTC), password=said)
    say(f"{name} {'can sign in' if new else 'was there'}{', with the new password' if password else ''}.")


@app.command()
@verb
def link(
    name: Name,
    minutes: Annotated[int, typer.Option("--minutes", min=1, max=1440, help="How long it works.")] = 15,
) -> None:
    """Print a link that signs an account in once. The account is added if it is not there."""
    from kempt.settings import load_settings

    say(sign_in_link(name, minutes=minutes))
    say(f"It works once, for {minutes} minutes, while `kempt web` or `kempt up` serves {load_settings().web_url}.")


@app.command("list")
@verb
def list_(as_json: Json = False) -> None:
    """List the accounts."""
    from kempt.usecases.accounts import accounts

    rows = [asdict(each) for each in accounts(_database())]
    if as_json:
        print_json(rows)
        return
    lines = [
        {
            "account": row["name"],
            "password": "yes" if row["has_password"] else "no",
            "since": f"{row['created_at']:%Y-%m-%d}",
            "state": "disabled" if row["disabled_at"] else "may sign in",
        }
        for row in rows
    ]
    print_table(lines, ("account", "password", "since", "state"), empty="Nobody. `kempt user add NAME` adds somebody.")


@app.command()
@verb
def disable(name: Name) -> None:
    """Let nobody sign in with an account any more, and sign it out everywhere."""
    from kempt.usecases.accounts import disable_account

    disable_account(_database(), name, now=datetime.now(UTC))
    say(f"{name} cannot sign in any more.")


@app.command()
@verb
def tie(
    name: Name,
    subject: Annotated[
        str, typer.Option("--subject", help="What the sign-in provider calls her: `sub` of the ID token.")
    ],
) -> None:
    """Tie whom the sign-in provider (KEMPT_OIDC_ISSUER) vouches for to an account."""
    from kempt.errors import StopRun
    from kempt.settings import load_settings
    from kempt.usecases.accounts import tie_identity

    oidc = load_settings().oidc
    if oidc is None:
        raise StopRun("there is no sign-in provider. Set KEMPT_OIDC_ISSUER and KEMPT_OIDC_CLIENT_ID first.")
    tie_identity(_database(), name, oidc.issuer, subject, now=datetime.now(UTC))
    say(f"{subject} of {oidc.issuer} signs in as {name}.")


def sign_in_link(name: str, *, minutes: int) -> str:
    """The address of a link for an account, which is added if need be."""
    from kempt.settings import load_settings
    from kempt.usecases.accounts import add_account, make_link

    database, now = _database(), datetime.now(UTC)
    add_account(database, name, by=getpass.getuser(), now=now)
    return f"{load_settings().web_url}/sign-in/link/{make_link(database, name, now=now, minutes=minutes)}"


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


def _database() -> Any:
    from kempt.settings import load_settings
    from kempt.usecases.tenancy import Tenants

    return Tenants(load_settings()).database
