"""A batch says when it began: what became of its items is read from the decisions of that moment."""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.execute("alter table kempt.batch rename column done_at to begun_at")


def downgrade() -> None:
    op.execute("alter table kempt.batch rename column begun_at to done_at")
