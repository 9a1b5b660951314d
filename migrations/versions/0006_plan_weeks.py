"""plan weeks"""

import sqlalchemy as sa
from alembic import op

import market.db

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('plan_week',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('job_id', sa.String(length=36), nullable=True),
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('days', sa.Integer(), nullable=False),
    sa.Column('rest_weekdays', sa.JSON(), nullable=False),
    sa.Column('driver_days', sa.Integer(), nullable=False),
    sa.Column('depot_ids', sa.JSON(), nullable=False),
    sa.Column('parameters', sa.JSON(), nullable=False),
    sa.Column('time_limit_s', sa.Integer(), nullable=False),
    sa.Column('seed', sa.Integer(), nullable=False),
    sa.Column('versions', sa.JSON(), nullable=False),
    sa.Column('input_gz', sa.LargeBinary(), nullable=True),
    sa.Column('places', sa.JSON(), nullable=False),
    sa.Column('cargoes', sa.JSON(), nullable=False),
    sa.Column('left_out', sa.JSON(), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('summary', sa.JSON(), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('created_at', market.db.UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint("status IN ('pending', 'complete', 'partial', 'empty')", name=op.f('ck_plan_week_status_known')),
    sa.CheckConstraint('days > 0', name=op.f('ck_plan_week_days_positive')),
    sa.CheckConstraint('time_limit_s > 0', name=op.f('ck_plan_week_time_limit_positive')),
    sa.ForeignKeyConstraint(['created_by'], ['user.id'], name=op.f('fk_plan_week_created_by_user')),
    sa.ForeignKeyConstraint(['job_id'], ['job.id'], name=op.f('fk_plan_week_job_id_job')),
    sa.ForeignKeyConstraint(['run_id'], ['match_run.id'], name=op.f('fk_plan_week_run_id_match_run')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plan_week')),
    sa.UniqueConstraint('job_id', name=op.f('uq_plan_week_job_id'))
    )
    op.create_index(op.f('ix_plan_week_run_id'), 'plan_week', ['run_id'])
    op.create_table('plan_week_day',
    sa.Column('week_id', sa.Integer(), nullable=False),
    sa.Column('day', sa.Integer(), nullable=False),
    sa.Column('plan_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['plan_id'], ['collection_plan.id'], name=op.f('fk_plan_week_day_plan_id_collection_plan'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['week_id'], ['plan_week.id'], name=op.f('fk_plan_week_day_week_id_plan_week'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('week_id', 'day', name=op.f('pk_plan_week_day')),
    sa.UniqueConstraint('plan_id', name=op.f('uq_plan_week_day_plan_id'))
    )


def downgrade() -> None:
    op.drop_table('plan_week_day')
    with op.batch_alter_table('plan_week') as batch_op:
        batch_op.drop_index(op.f('ix_plan_week_run_id'))
    op.drop_table('plan_week')
