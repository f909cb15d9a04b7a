"""What is told to people who do not come to look, and how healthy each day was."""

from kempt.ledger.migrations.files import run

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    run("0012_digest.sql")


def downgrade() -> None:
    run("0012_downgrade.sql")
