"""The first schema."""

from kempt.ledger.migrations.files import run

revision = "0001"
down_revision = None


def upgrade() -> None:
    run("0001_tables.sql", "0001_ledger.sql", "0001_rights.sql")


def downgrade() -> None:
    run("0001_downgrade.sql")
