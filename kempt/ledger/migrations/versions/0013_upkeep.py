"""A batch is known by when it began, and what is over may be forgotten."""

from kempt.ledger.migrations.files import run

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    run("0013_upkeep.sql")


def downgrade() -> None:
    run("0013_downgrade.sql")
