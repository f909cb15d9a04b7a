"""Identity over time: stays that cannot overlap, resolving ids, and the feed of their changes."""

from kempt.ledger.migrations.files import run

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    run("0005_identity.sql")


def downgrade() -> None:
    run("0005_downgrade.sql")
