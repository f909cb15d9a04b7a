"""The life of a policy version; what decisions were made from; the risk budget."""

from kempt.ledger.migrations.files import run

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    run("0006_policy_life.sql")


def downgrade() -> None:
    run("0006_downgrade.sql")
