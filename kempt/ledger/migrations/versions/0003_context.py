"""A tenant in context that only Kempt can put there."""

from kempt.ledger.migrations.files import run

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    run("0003_context.sql")


def downgrade() -> None:
    run("0003_downgrade.sql")
