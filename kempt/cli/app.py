"""`kempt`: the commands and the order in which a newcomer meets them."""

import typer

from kempt.cli import (
    agents,
    constraint,
    digest,
    feed,
    health,
    identity,
    imports,
    keys,
    ledger,
    match,
    members,
    models,
    operate,
    override,
    owner,
    policy,
    reconcile,
    review,
    search,
    sources,
    status,
    tenants,
    users,
    values,
)

app = typer.Typer(
    name="kempt",
    help="Keeps a CRM kempt: resolves, enriches and re-checks contacts, companies and leads, "
    "and explains every decision.",
    epilog="Start with `kempt demo`. Everything lives in one folder: .kempt, or $KEMPT_HOME.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.command()(operate.demo)
app.command()(operate.up)
app.command()(operate.web)
app.command()(operate.down)
app.command()(operate.run)
app.command()(operate.rebuild)
app.command()(status.status)
app.command()(health.health)
app.command("import")(imports.import_)
app.command()(imports.sample)
app.command()(match.match)
app.command()(match.explain)
app.command()(search.search)
app.command()(values.show)
app.command()(values.erase)
app.add_typer(tenants.app, name="tenant")
app.add_typer(sources.app, name="source")
app.add_typer(review.app, name="review")
app.add_typer(users.app, name="user")
app.add_typer(members.app, name="member")
app.add_typer(digest.app, name="digest")
app.add_typer(feed.app, name="feed")
app.add_typer(agents.app, name="agent")
app.command("as-of")(identity.as_of)
app.command()(identity.trace)
app.command()(owner.owner)
app.command()(constraint.unmerge)
app.command()(reconcile.reconcile)
app.add_typer(override.app, name="override")
app.add_typer(constraint.app, name="constraint")
app.add_typer(identity.app, name="identity")
app.add_typer(ledger.app, name="ledger")
app.add_typer(keys.app, name="keys")
app.add_typer(policy.app, name="policy")
app.add_typer(models.app, name="model")


def main() -> None:
    """The console script."""
    app()
