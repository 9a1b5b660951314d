"""shut gates of weeks"""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('plan_week') as batch_op:
        batch_op.add_column(sa.Column('calendar', sa.JSON(), nullable=False, server_default='{}'))
    with op.batch_alter_table('plan_week') as batch_op:
        batch_op.alter_column('calendar', server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('plan_week') as batch_op:
        batch_op.drop_column('calendar')
