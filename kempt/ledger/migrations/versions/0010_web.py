"""Accounts and sessions, and how the review table is worked."""

from kempt.ledger.migrations.files import run

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    run("0010_web.sql")


def downgrade() -> None:
    run("0010_downgrade.sql")
