"""keep who phoned a job in and what they said, and by which telephone a depot is reached"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

COLUMNS = (
    ("phoned_job", "caller", 100),
    ("phoned_job", "phone", 40),
    ("phoned_job", "remark", 400),
    ("depot", "phone", 40),
)


def upgrade() -> None:
    for table, name, length in COLUMNS:
        with op.batch_alter_table(table) as batch_op:
            batch_op.add_column(
                sa.Column(name, sa.String(length), server_default="", nullable=False)
            )
        with op.batch_alter_table(table) as batch_op:
            batch_op.alter_column(name, server_default=None)


def downgrade() -> None:
    for table, name, _length in reversed(COLUMNS):
        op.drop_column(table, name)
