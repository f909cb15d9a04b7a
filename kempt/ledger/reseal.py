"""Evidence and claims from before records had keys, sealed anew once, while the schema is brought up to date."""

from collections.abc import Iterator

import psycopg
from psycopg import sql

from kempt.ledger.address import Address
from kempt.ledger.connect import connect
from kempt.ledger.context import put_in_context
from kempt.ledger.keys import Keyring
from kempt.ledger.vault_keys import VaultKeys
from kempt.settings import Settings

# (table, id column, sealed column, what it was sealed for, the records it is about)
SEALED = (
    ("claim", "claim_id", "value_cipher", "claim", "array[record_id]"),
    ("proposal", "proposal_id", "evidence_cipher", "evidence of", "subjects"),
    ("decision", "decision_id", "evidence_cipher", "evidence of", "(select subjects from kempt.proposal p "
     "where p.tenant = decision.tenant and p.proposal_id = decision.proposal_id)"),
)  # fmt: skip


OF_NEW_DECISIONS = """
    select pg_get_constraintdef(oid) from pg_constraint
    where conrelid = 'kempt.decision'::regclass and conname = 'policy_says_from_what'
"""


def reseal_what_is_there(migrate: Address, settings: Settings) -> None:
    """Seal what every tenant has under the keys of the records it is about, in one transaction.

    Providers' answers name nobody: they do not open any more, and are asked again when they are wanted.
    """
    with connect(migrate, autocommit=False) as connection:
        connection.execute("set local role kempt_owner")
        # Decisions are written once; only this is not a change of what was decided. Old ones name no basis, which the
        # constraint asks of each row that is written.
        connection.execute("alter table kempt.decision disable trigger only_grows")
        ((constraint,),) = connection.execute(OF_NEW_DECISIONS).fetchall()
        connection.execute("alter table kempt.decision drop constraint policy_says_from_what")
        for (tenant,) in connection.execute("select tenant from kempt.tenant order by tenant").fetchall():
            put_in_context(connection, tenant, migrate.context_key)
            keys = Keyring(settings).of(connection, tenant)
            vault = VaultKeys(keys=keys, folder=settings.keys / "vault" / tenant)
            for table, name, column, place, records in SEALED:
                for row, about, sealed, id_ in _rows(connection, table, name, column, records):
                    where = f"{place} {id_}"
                    anew = vault.ensure(connection, about).seal(about, keys.open(bytes(sealed), aad=where), where)
                    statement = sql.SQL("update kempt.{} set {} = %s where {} = %s").format(
                        *map(sql.Identifier, (table, column, name))
                    )
                    connection.execute(statement, [anew, row])
        connection.execute(
            sql.SQL("alter table kempt.decision add constraint policy_says_from_what {}").format(sql.SQL(constraint))
        )
        connection.execute("alter table kempt.decision enable always trigger only_grows")


def _rows(
    connection: psycopg.Connection, table: str, name: str, column: str, records: str
) -> Iterator[tuple[str, list[str], bytes, str]]:
    """Row id, the records that it is about, what is sealed in it, and the id that it was sealed with."""
    place = "proposal_id" if table == "decision" else name
    # The owner may read as the role does whose functions read over the walls, so the tenant is named.
    query = (
        f"select {name}::text, {records}::text[], {column}, {place}::text from kempt.{table} "
        f"where {column} is not null and tenant = (select kempt.tenant())"
    )
    yield from connection.execute(query).fetchall()
