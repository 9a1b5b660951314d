"""derive plans"""

import sqlalchemy as sa
from alembic import op

import market.db

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('plan_change',
    sa.Column('plan_id', sa.Integer(), nullable=False),
    sa.Column('parent_id', sa.Integer(), nullable=False),
    sa.Column('root_id', sa.Integer(), nullable=False),
    sa.Column('verb', sa.String(length=16), nullable=False),
    sa.Column('parameters', sa.JSON(), nullable=False),
    sa.Column('held', sa.JSON(), nullable=False),
    sa.CheckConstraint("verb IN ('lock', 'unlock', 'move', 'take_off', 'add', 'take_out', 'bring_back', 'replan')", name=op.f('ck_plan_change_verb_known')),
    sa.CheckConstraint('parent_id <> plan_id', name=op.f('ck_plan_change_another_parent')),
    sa.ForeignKeyConstraint(['parent_id'], ['collection_plan.id'], name=op.f('fk_plan_change_parent_id_collection_plan')),
    sa.ForeignKeyConstraint(['plan_id'], ['collection_plan.id'], name=op.f('fk_plan_change_plan_id_collection_plan'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['root_id'], ['collection_plan.id'], name=op.f('fk_plan_change_root_id_collection_plan')),
    sa.PrimaryKeyConstraint('plan_id', name=op.f('pk_plan_change'))
    )
    with op.batch_alter_table('plan_change', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_plan_change_parent_id'), ['parent_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_plan_change_root_id'), ['root_id'], unique=False)

    op.create_table('plan_head',
    sa.Column('root_id', sa.Integer(), nullable=False),
    sa.Column('plan_id', sa.Integer(), nullable=False),
    sa.Column('set_by', sa.Integer(), nullable=True),
    sa.Column('set_at', market.db.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['plan_id'], ['collection_plan.id'], name=op.f('fk_plan_head_plan_id_collection_plan')),
    sa.ForeignKeyConstraint(['root_id'], ['collection_plan.id'], name=op.f('fk_plan_head_root_id_collection_plan'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['set_by'], ['user.id'], name=op.f('fk_plan_head_set_by_user')),
    sa.PrimaryKeyConstraint('root_id', name=op.f('pk_plan_head'))
    )
    with op.batch_alter_table('plan_head', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_plan_head_plan_id'), ['plan_id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('plan_head', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_plan_head_plan_id'))

    op.drop_table('plan_head')
    with op.batch_alter_table('plan_change', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_plan_change_root_id'))
        batch_op.drop_index(batch_op.f('ix_plan_change_parent_id'))

    op.drop_table('plan_change')
