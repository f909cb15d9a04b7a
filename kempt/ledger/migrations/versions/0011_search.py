"""Records are found through blind tokens, and proposals by the records that they are about."""

from kempt.ledger.migrations.files import run

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    run("0011_search.sql")


def downgrade() -> None:
    run("0011_downgrade.sql")
