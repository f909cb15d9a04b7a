"""`kempt feed`: what happened, for a team's channel."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from kempt.cli.output import TenantOption, print_json, say, verb

app = typer.Typer(help="The change feed to a team's channel: preview it, send it.", no_args_is_help=True)


@app.command()
@verb
def preview(
    sink: Annotated[str, typer.Option("--as", help="slack or teams (an Adaptive Card).")] = "slack",
    tenant: TenantOption = None,
) -> None:
    """Print the message that would be posted now, as JSON; where none is due, one of the last thousand events."""
    from kempt.errors import StopRun
    from kempt.telling.chat import card, slack
    from kempt.usecases.change_feed import preview_feed

    if sink not in ("slack", "teams"):
        raise StopRun(f"{sink!r} is no kind of channel. Choose slack or teams.")
    tenants, opened = _open(tenant)
    batch = preview_feed(opened, sink, now=datetime.now(UTC), web_url=tenants.settings.web_url)
    if batch is None:
        say("Nothing happened yet.")
        return
    print_json(slack(batch) if sink == "slack" else card(batch))


@app.command()
@verb
def send(
    dry_run: Annotated[
        bool, typer.Option("--dry-run/--for-real", help="Only say what waits (the default), or post it.")
    ] = True,
    tenant: TenantOption = None,
) -> None:
    """Post what happened since the last batch, as happens every five minutes under `up`."""
    from kempt.usecases.change_feed import preview_feed
    from kempt.usecases.outbox import CHANNELS, deliver, sinks_of, tell_channels

    tenants, opened = _open(tenant)
    now, web_url = datetime.now(UTC), tenants.settings.web_url
    sinks = {sink: way for sink, way in sinks_of(tenants.settings, opened.name).items() if sink in CHANNELS}
    if not sinks:
        say(f"No channel is known for {opened.name}: set KEMPT_SLACK_URL_* or KEMPT_TEAMS_URL_* (docs/operate.md).")
        return
    if dry_run:
        for sink in sinks:
            batch = preview_feed(opened, sink, now=now, web_url=web_url)
            say(f"{sink}: {batch.title if batch else 'nothing to tell'}")
        return
    tell_channels(opened, sinks, now=now)
    for sent in deliver(opened, sinks, now=now, web_url=web_url):
        say(f"{sent.sink}: {sent.sent} sent, {sent.failed} to be tried again")


def _open(tenant: str | None) -> Any:
    from kempt.settings import load_settings
    from kempt.usecases.tenancy import Tenants

    tenants = Tenants(load_settings())
    return tenants, tenants.open(tenants.choose(tenant))
