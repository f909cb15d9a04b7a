"""What a demo run came to, for somebody who runs a CRM and not a database."""

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
    say(f"  kempt review list --tenant {name:<15} what waits for a steward; `show`, `approve` or `reject` one")
    say("  kempt ledger verify                      the proof that nobody changed the past")
    say("  make up                                  Dagster with the lineage of every table")
    say("  kempt import PATH                        your own export")
    say(f"Everything lies in {settings.home}. `kempt down` ends the database.")


def _reasons(rules: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {rule.replace('_', ' ')}" for rule, count in list(rules.items())[:5]) or "none"
