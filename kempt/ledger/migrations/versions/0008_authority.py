"""Who may propose and decide, what they signed, and the life of a proposal."""

from kempt.ledger.migrations.files import run

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    run("0008_authority.sql")


def downgrade() -> None:
    run("0008_downgrade.sql")
