"""let a day keep its count of changes while no plan of it is in force"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("plan_of_day") as batch_op:
        batch_op.alter_column("root_id", existing_type=sa.Integer(), nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM plan_of_day WHERE root_id IS NULL")
    with op.batch_alter_table("plan_of_day") as batch_op:
        batch_op.alter_column("root_id", existing_type=sa.Integer(), nullable=False)
