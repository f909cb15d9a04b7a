"""`kempt digest`: the week of a tenant as a letter, who gets it, and what is on its way."""

import getpass
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from kempt.cli.output import Json, TenantOption, print_json, print_table, say, verb

app = typer.Typer(help="The weekly letter: preview it, say who gets it, send it.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The person, as `kempt member list` names her.")]
By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who says so; your login when left out.")]


@app.command()
@verb
def preview(
    for_: Annotated[
        str | None, typer.Option("--for", metavar="NAME", help="Whose letter; yours when left out.")
    ] = None,
    html: Annotated[bool, typer.Option("--html", help="Print the HTML part instead of the text.")] = False,
    tenant: TenantOption = None,
) -> None:
    """Print the letter that a person would be sent now. Writes and sends nothing."""
    from kempt.usecases.digest import preview_digest

    tenants, opened = _open(tenant)
    written = preview_digest(opened, for_ or getpass.getuser(), now=datetime.now(UTC), web_url=tenants.settings.web_url)
    say(written.html if html else f"Subject: {written.subject}\n\n{written.text}")


@app.command()
@verb
def subscribe(
    name: Name,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="Her e-mail address; it is kept sealed.")],
    tenant: TenantOption = None,
    by: By = None,
) -> None:
    """Write to a person from now on. Team leads need no more than an address; others get it on wish."""
    from kempt.usecases.mailboxes import subscribe as put

    put(_open(tenant)[1], name, address, by=by or getpass.getuser(), now=datetime.now(UTC))
    say(f"{name} gets the weekly digest.")


@app.command()
@verb
def unsubscribe(name: Name, tenant: TenantOption = None, by: By = None) -> None:
    """Forget a person's address; what is on its way to her is not sent."""
    from kempt.usecases.mailboxes import unsubscribe as forget

    forget(_open(tenant)[1], name, by=by or getpass.getuser(), now=datetime.now(UTC))
    say(f"{name} gets no digest any more.")


@app.command()
@verb
def status(
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many messages at most.")] = 20,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Show who gets the digest, which sinks are on, and what became of the newest messages, those to channels too."""
    from kempt.usecases.mailboxes import recipients
    from kempt.usecases.outbox import outbox, sinks_of

    tenants, opened = _open(tenant)
    with opened.database.transaction(opened.name) as connection:
        people = recipients(connection, opened, datetime.now(UTC).date())
    told = [{"name": each.name, "roles": list(each.roles), "has_address": each.address is not None} for each in people]
    sinks, messages = sorted(sinks_of(tenants.settings, opened.name)), outbox(opened, limit=limit)
    if as_json:
        print_json({"recipients": told, "sinks": sinks, "messages": messages})
        return
    lines = [
        {
            "name": each.name, "roles": ", ".join(each.roles),
            "written to": "no address" if each.address is None else "yes",
        }
        for each in people
    ]  # fmt: skip
    print_table(lines, ("name", "roles", "written to"), empty="Nobody gets the digest: `kempt digest subscribe`.")
    say(f"\nSinks that are on: {', '.join(sinks) or 'none; docs/operate.md says how'}\n")
    rows = [
        {
            "message": each["message_id"][:8], "sink": each["sink"], "for": each["recipient"] or "channel",
            "made": f"{each['made_at']:%Y-%m-%d %H:%M}", "state": each["state"], "tries": each["attempts"],
            "problem": each["problem"],
        }
        for each in messages
    ]  # fmt: skip
    print_table(rows, ("message", "sink", "for", "made", "state", "tries", "problem"), empty="Nothing was sent yet.")


@app.command()
@verb
def send(
    dry_run: Annotated[
        bool, typer.Option("--dry-run/--for-real", help="Only say who would get one (the default), or send.")
    ] = True,
    tenant: TenantOption = None,
) -> None:
    """Send this week's letters to those who have not had one, as happens each Monday under `up`."""
    from kempt.errors import StopRun
    from kempt.usecases.digest import queue_digests
    from kempt.usecases.outbox import deliver, sinks_of

    tenants, opened = _open(tenant)
    now, web_url = datetime.now(UTC), tenants.settings.web_url
    sinks = {sink: way for sink, way in sinks_of(tenants.settings, opened.name).items() if sink == "mail"}
    if not dry_run and not sinks:
        raise StopRun("No mail server is known. Set KEMPT_SMTP_URL and KEMPT_MAIL_FROM.")
    found = queue_digests(opened, now=now, dry_run=dry_run)
    for what, names in (
        ("would get a letter" if dry_run else "have a letter in the outbox", found.queued),
        ("had this week's", found.had),
        ("lead a team and have no address", found.without_address),
    ):
        if names:
            say(f"{', '.join(names)}: {what}.")
    if not any((found.queued, found.had, found.without_address)):
        say("Nobody gets the digest: `kempt digest subscribe`.")
    if not dry_run:
        sent = deliver(opened, sinks, now=now, web_url=web_url)
        say(f"{sum(each.sent for each in sent)} sent, {sum(each.failed for each in sent)} to be tried again.")


def _open(tenant: str | None) -> Any:
    from kempt.settings import load_settings
    from kempt.usecases.tenancy import Tenants

    tenants = Tenants(load_settings())
    return tenants, tenants.open(tenants.choose(tenant))
