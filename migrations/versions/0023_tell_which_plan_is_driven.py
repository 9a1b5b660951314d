"""tell which plan of a day is driven; so far it was the latest of each day"""

import sqlalchemy as sa
from alembic import op

from market.db import UtcDateTime

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None

PLAN = sa.table(
    'collection_plan',
    sa.column('id', sa.Integer),
    sa.column('planned_on', sa.Date),
    sa.column('status', sa.String),
    sa.column('created_by', sa.Integer),
    sa.column('created_at', UtcDateTime()),
)
HEAD = sa.table('plan_head', sa.column('root_id', sa.Integer), sa.column('plan_id', sa.Integer))
CHANGE = sa.table('plan_change', sa.column('plan_id', sa.Integer))


def upgrade() -> None:
    table = op.create_table(
        'plan_of_day',
        sa.Column('planned_on', sa.Date(), nullable=False),
        sa.Column('root_id', sa.Integer(), nullable=False),
        sa.Column('before_id', sa.Integer(), nullable=True),
        sa.Column('set_by', sa.Integer(), nullable=True),
        sa.Column('set_at', UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ['before_id'],
            ['collection_plan.id'],
            name=op.f('fk_plan_of_day_before_id_collection_plan'),
            ondelete='SET NULL',
        ),
        sa.ForeignKeyConstraint(
            ['root_id'],
            ['collection_plan.id'],
            name=op.f('fk_plan_of_day_root_id_collection_plan'),
            ondelete='CASCADE',
        ),
        sa.ForeignKeyConstraint(['set_by'], ['user.id'], name=op.f('fk_plan_of_day_set_by_user')),
        sa.PrimaryKeyConstraint('planned_on', name=op.f('pk_plan_of_day')),
        sa.UniqueConstraint('root_id', name=op.f('uq_plan_of_day_root_id')),
    )
    with op.batch_alter_table('plan_of_day') as batch_op:
        batch_op.create_index(batch_op.f('ix_plan_of_day_before_id'), ['before_id'])
    latest = (
        sa.select(PLAN.c.planned_on, PLAN.c.id, PLAN.c.created_by, PLAN.c.created_at)
        .select_from(PLAN.outerjoin(HEAD, HEAD.c.root_id == PLAN.c.id))
        .where(PLAN.c.status != 'pending', PLAN.c.id.not_in(sa.select(CHANGE.c.plan_id)))
        .order_by(sa.func.coalesce(HEAD.c.plan_id, PLAN.c.id))
    )
    driven = {row.planned_on: row for row in op.get_bind().execute(latest)}
    rows = [
        {'planned_on': day, 'root_id': row.id, 'set_by': row.created_by, 'set_at': row.created_at}
        for day, row in driven.items()
    ]
    op.bulk_insert(table, rows)


def downgrade() -> None:
    with op.batch_alter_table('plan_of_day') as batch_op:
        batch_op.drop_index(batch_op.f('ix_plan_of_day_before_id'))
    op.drop_table('plan_of_day')
