"""${message}."""

from kempt.ledger.migrations.files import run

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    run("${up_revision}_upgrade.sql")


def downgrade() -> None:
    run("${up_revision}_downgrade.sql")
