"""Who may commit for a tenant."""

from alembic import op

from kempt.ledger.migrations.files import run

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    run("0004_lease.sql")


def downgrade() -> None:
    op.execute("drop table kempt.lease")
