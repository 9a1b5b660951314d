"""let costs of trucks be stated"""

from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None

NAME = 'ck_vehicle_type_cost_basis_known'


def _admit(bases: str) -> None:
    with op.batch_alter_table('vehicle_type') as batch_op:
        batch_op.drop_constraint(op.f(NAME), type_='check')
        batch_op.create_check_constraint(op.f(NAME), f'cost_basis IN ({bases})')


def upgrade() -> None:
    _admit("'factor', 'assumption', 'stated'")


def downgrade() -> None:
    """What was stated goes on as an assumption, its source beside it."""
    op.execute("UPDATE vehicle_type SET cost_basis = 'assumption' WHERE cost_basis = 'stated'")
    _admit("'factor', 'assumption'")
