"""mark near misses"""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Leave older runs unmarked: their reasons stand as they are."""
    with op.batch_alter_table('match_refusal') as batch_op:
        batch_op.add_column(
            sa.Column('near_miss', sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table('match_refusal') as batch_op:
        batch_op.alter_column('near_miss', server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('match_refusal') as batch_op:
        batch_op.drop_column('near_miss')
