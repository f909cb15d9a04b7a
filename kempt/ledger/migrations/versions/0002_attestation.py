"""Proof that Kempt wrote the end of a ledger."""

from kempt.ledger.migrations.files import run

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    run("0002_attestation.sql")


def downgrade() -> None:
    run("0002_downgrade.sql")
