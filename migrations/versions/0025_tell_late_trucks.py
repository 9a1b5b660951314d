"""tell when a truck runs late"""

from alembic import op

revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None

NAME = 'ck_plan_change_verb_known'
VERBS = "'lock', 'unlock', 'move', 'take_off', 'add', 'take_out', 'bring_back'"


def upgrade() -> None:
    with op.batch_alter_table('plan_change') as batch_op:
        batch_op.drop_constraint(op.f(NAME), type_='check')
        batch_op.create_check_constraint(op.f(NAME), f"verb IN ({VERBS}, 'delay', 'replan')")


def downgrade() -> None:
    op.execute("UPDATE plan_change SET verb = 'replan' WHERE verb = 'delay'")
    with op.batch_alter_table('plan_change') as batch_op:
        batch_op.drop_constraint(op.f(NAME), type_='check')
        batch_op.create_check_constraint(op.f(NAME), f"verb IN ({VERBS}, 'replan')")
