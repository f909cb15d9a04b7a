"""What people say of a field: with an end, on what it rests, and that nothing is there."""

from kempt.ledger.migrations.files import run

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    run("0009_conflicts.sql")


def downgrade() -> None:
    run("0009_downgrade.sql")
