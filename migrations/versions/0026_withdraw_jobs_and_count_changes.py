"""withdraw jobs that were phoned in; count how often another plan came to be driven on a day"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None

NAME = 'ck_plan_change_verb_known'
VERBS = "'lock', 'unlock', 'move', 'take_off', 'add', 'take_out', 'bring_back', 'delay'"


def upgrade() -> None:
    op.add_column('phoned_job', sa.Column('withdrawn_at', sa.DateTime(timezone=True)))
    with op.batch_alter_table('plan_change') as batch_op:
        batch_op.drop_constraint(op.f(NAME), type_='check')
        batch_op.create_check_constraint(
            op.f(NAME), f"verb IN ({VERBS}, 'remove', 'replan')"
        )
    # Calendars handed out so far were numbered by the second: the count goes on from there.
    with op.batch_alter_table('plan_of_day') as batch_op:
        batch_op.add_column(sa.Column('changes', sa.Integer(), server_default='0', nullable=False))
    op.execute(f'UPDATE plan_of_day SET changes = {int(datetime.now(UTC).timestamp())}')
    with op.batch_alter_table('plan_of_day') as batch_op:
        batch_op.alter_column('changes', server_default=None)


def downgrade() -> None:
    op.drop_column('plan_of_day', 'changes')
    op.execute("UPDATE plan_change SET verb = 'take_off' WHERE verb = 'remove'")
    with op.batch_alter_table('plan_change') as batch_op:
        batch_op.drop_constraint(op.f(NAME), type_='check')
        batch_op.create_check_constraint(op.f(NAME), f"verb IN ({VERBS}, 'replan')")
    op.drop_column('phoned_job', 'withdrawn_at')
