"""keep questions"""

import sqlalchemy as sa
from alembic import op

import market.db

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('kept_question',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.Column('job_id', sa.String(length=36), nullable=True),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('address', sa.Text(), nullable=False),
    sa.Column('input_gz', sa.LargeBinary(), nullable=True),
    sa.Column('answer_gz', sa.LargeBinary(), nullable=True),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('created_at', market.db.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['created_by'], ['user.id'], name=op.f('fk_kept_question_created_by_user')),
    sa.ForeignKeyConstraint(['job_id'], ['job.id'], name=op.f('fk_kept_question_job_id_job')),
    sa.ForeignKeyConstraint(['run_id'], ['match_run.id'], name=op.f('fk_kept_question_run_id_match_run'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kept_question')),
    sa.UniqueConstraint('job_id', name=op.f('uq_kept_question_job_id'))
    )
    op.create_index(op.f('ix_kept_question_run_id'), 'kept_question', ['run_id'])


def downgrade() -> None:
    op.drop_index(op.f('ix_kept_question_run_id'), table_name='kept_question')
    op.drop_table('kept_question')
