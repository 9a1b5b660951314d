"""weigh objectives"""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

OLD = "objective IN ('tonnes', 'value', 'co2')"
NEW = "objective IN ('tonnes', 'value', 'co2', 'weighted')"
TABLES = (
    'match_month', 'match_month_flow', 'match_flow', 'match_refusal', 'match_balance'
)


def upgrade() -> None:
    with op.batch_alter_table('match_run') as batch_op:
        batch_op.drop_constraint(op.f('ck_match_run_objective_known'), type_='check')
        batch_op.create_check_constraint(op.f('ck_match_run_objective_known'), NEW)
        batch_op.add_column(sa.Column('weights', sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    """Weighted runs go: the older table has no place for them."""
    weighted = "SELECT id FROM match_run WHERE objective = 'weighted'"
    for table in TABLES:
        op.execute(f"DELETE FROM {table} WHERE run_id IN ({weighted})")
    op.execute("DELETE FROM match_run WHERE objective = 'weighted'")
    with op.batch_alter_table('match_run') as batch_op:
        batch_op.drop_column('weights')
        batch_op.drop_constraint(op.f('ck_match_run_objective_known'), type_='check')
        batch_op.create_check_constraint(op.f('ck_match_run_objective_known'), OLD)
