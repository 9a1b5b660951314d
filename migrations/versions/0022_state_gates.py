"""let sites state their gates"""

import sqlalchemy as sa
from alembic import op

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'gate',
        sa.Column('site_id', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('windows', sa.JSON(), nullable=False),
        sa.Column('loading_s', sa.Integer(), nullable=True),
        sa.Column('weighing_s', sa.Integer(), nullable=True),
        sa.Column('unload_s_per_t', sa.Integer(), nullable=True),
        sa.Column('intakes_kg', sa.JSON(), nullable=False),
        sa.Column('source', sa.String(length=200), nullable=False),
        sa.Column('stated_on', sa.Date(), nullable=False),
        sa.CheckConstraint(
            'loading_s >= 0 AND weighing_s >= 0', name=op.f('ck_gate_times_not_negative')
        ),
        sa.CheckConstraint('unload_s_per_t >= 0', name=op.f('ck_gate_unloading_not_negative')),
        sa.ForeignKeyConstraint(
            ['site_id'], ['site.id'], name=op.f('fk_gate_site_id_site'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('site_id', name=op.f('pk_gate')),
    )


def downgrade() -> None:
    op.drop_table('gate')
