"""`kempt keys`: what opens the data of this installation. Lose them, and it is noise."""

from pathlib import Path
from typing import Annotated

import typer

from kempt.cli.output import Json, print_json, say, verb
from kempt.settings import Settings

app = typer.Typer(help="Show, back up, restore or rotate the keys of this installation.", no_args_is_help=True)

PassphraseFile = Annotated[
    Path | None,
    typer.Option("--passphrase-file", metavar="FILE", help="Read the passphrase from here; else it is asked for."),
]


@app.command()
@verb
def show(as_json: Json = False) -> None:
    """Show which keys this installation has, by their fingerprints; no key is printed."""
    from kempt.ledger.checkpoints import signing_key
    from kempt.ledger.connect import connect
    from kempt.ledger.keys import master_key
    from kempt.ledger.server import connections
    from kempt.settings import load_settings

    settings = load_settings()
    with connect(connections(settings).app) as connection:
        master = master_key(connection, settings)
    public = signing_key(settings.keys).public
    where = settings.master_key_source
    found = {"master_key": master.fingerprint, "master_key_in": where, "checkpoints_signed_by": public.text}
    if as_json:
        print_json(found)
    else:
        say(f"master key {master.fingerprint}, in {where}")
        say(f"checkpoints are signed by {public.text}")


@app.command()
@verb
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; keep it away from the database.")],
    passphrase_file: PassphraseFile = None,
) -> None:
    """Write every key into one encrypted file. A database without its keys cannot be read by anybody."""
    from kempt.ledger.key_backup import backup_keys
    from kempt.settings import load_settings

    settings = load_settings()
    names = backup_keys(settings.keys, file, _passphrase(passphrase_file, twice=True))
    say(f"{file}: {', '.join(names)}.")
    if not settings.owns_master_key or settings.master_key_file.parent != settings.keys:
        say("The master key lies elsewhere and is not in this backup. Keep a copy of it as well.")


@app.command()
@verb
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `kempt keys backup` wrote.")],
    passphrase_file: PassphraseFile = None,
) -> None:
    """Bring back key files that are missing. One that is there is never replaced."""
    from kempt.ledger.key_backup import restore_keys
    from kempt.settings import load_settings

    names = restore_keys(load_settings().keys, file, _passphrase(passphrase_file, twice=False))
    say(f"Restored: {', '.join(names)}." if names else "Every key is there already.")


@app.command()
@verb
def rotate(
    tenant: Annotated[
        str | None,
        typer.Option("--tenant", "-t", metavar="NAME", help="Replace the vault key of this tenant instead."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
) -> None:
    """Replace the master key, or one tenant's vault key, while Kempt runs; what they wrapped is wrapped anew.

    The old vault key is destroyed: what was erased before cannot be read in any backup of the database any more, and
    nothing of the vault in those from before can.
    """
    from kempt.settings import load_settings
    from kempt.usecases.rotate_keys import rotate_keys
    from kempt.usecases.tenancy import Tenants

    settings = load_settings()
    if tenant is not None:
        _rotate_vault_key(settings, tenant, dry_run)
        return
    if dry_run:
        count = len(Tenants(settings).names())
        say(f"Would make a new master key and wrap the keys of {count} tenants with it. No data is encrypted anew.")
        return
    old, new, kept = rotate_keys(settings)
    say(f"The master key is now {new}. The old one, {old}, is in {kept}: backups from before need it.")
    say("Back the keys up again: `kempt keys backup FILE`.")


def _rotate_vault_key(settings: Settings, tenant: str, dry_run: bool) -> None:
    from kempt.usecases.rotate_keys import rotate_vault
    from kempt.usecases.tenancy import Tenants

    tenants = Tenants(settings)
    opened = tenants.open(tenants.choose(tenant))
    if dry_run:
        say(f"Would make a new vault key for {opened.name}, wrap its data keys with it and destroy the old one.")
        return
    done = rotate_vault(settings, opened)
    say(f"The vault key of {opened.name} is now version {done.new}; {done.keys} data keys were wrapped anew.")
    say("The old one is destroyed. Back up the database and the keys now: older backups open nothing of its vault.")


def _passphrase(file: Path | None, *, twice: bool) -> str:
    if file is not None:
        return file.read_text().strip()
    return str(typer.prompt("Passphrase", hide_input=True, confirmation_prompt=twice))
