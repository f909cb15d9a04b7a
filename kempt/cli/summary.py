"""What a demo run came to, for somebody who runs a CRM and not a database."""

import getpass

from kempt.cli.output import say
from kempt.cli.status import health, measured
from kempt.settings import Settings


def summarize(settings: Settings, tenant: str | None = None) -> None:
    """Each tenant in plain words, and what to do next."""
    for name, figure in measured(tenant).items():
        say()
        say(name)
        say(f"  {figure['raw']:>7,} records read")
        say(f"  {figure['quarantined']:>7,} quarantined: {_reasons(figure['quarantined_by_rule'])}")
        say(f"  {figure['duplicates']:>7,} duplicates found, leaving {figure['entities']:,} golden records")
        say(f"  {figure['proposals']['apply']:>7,} changes applied by policy")
        say(f"  {figure['pending_review']:>7,} waiting for a steward")
        say(f"          health {health(figure)}; ledger {'verified' if figure['ledger_ok'] else 'BROKEN'}")
    say()
    say("Next:")
    say("  make up                                  the web app on http://127.0.0.1:3080, Dagster on :3000; sign in")
    say(f"    {way_in()}")
    say("                                           once, within a day; `kempt user link NAME` makes another way in")
    say(f"  kempt review list --tenant {name:<15} what waits for a steward; `show`, `approve` or `reject` one")
    say("  kempt ledger verify                      the proof that nobody changed the past")
    say("  kempt import PATH                        your own export")
    say(f"Everything lies in {settings.home}. `kempt down` ends the database.")


def way_in() -> str:
    """A link that signs whoever runs this in to the web app."""
    from kempt.cli.users import sign_in_link

    return sign_in_link(getpass.getuser(), minutes=24 * 60)


def _reasons(rules: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {rule.replace('_', ' ')}" for rule, count in list(rules.items())[:5]) or "none"
