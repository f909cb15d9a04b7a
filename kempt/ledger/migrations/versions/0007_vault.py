"""Values under a key per record."""

from kempt.ledger.migrations.files import run

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    run("0007_vault.sql")


def downgrade() -> None:
    run("0007_downgrade.sql")
