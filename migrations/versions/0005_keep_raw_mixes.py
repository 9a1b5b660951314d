"""keep raw mixes"""

import sqlalchemy as sa
from alembic import op

import market.db

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('raw_mix_target',
    sa.Column('line_id', sa.Integer(), nullable=False),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.Column('updated_at', market.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['line_id'], ['line.id'], name=op.f('fk_raw_mix_target_line_id_line'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['updated_by'], ['user.id'], name=op.f('fk_raw_mix_target_updated_by_user')),
    sa.PrimaryKeyConstraint('line_id', name=op.f('pk_raw_mix_target'))
    )


def downgrade() -> None:
    op.drop_table('raw_mix_target')
