"""know what volume a type of truck holds, and how its drivers rest"""

import sqlalchemy as sa
from alembic import op

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None

LIMITS = {
    'capacity_l': 'volume_positive',
    'continuous_drive_s': 'continuous_drive_positive',
    'rest_s': 'rest_positive',
}


def upgrade() -> None:
    with op.batch_alter_table('vehicle_type') as batch_op:
        for column, name in LIMITS.items():
            batch_op.add_column(sa.Column(column, sa.Integer(), nullable=True))
            name = op.f(f'ck_vehicle_type_{name}')
            batch_op.create_check_constraint(name, f'{column} > 0')


def downgrade() -> None:
    with op.batch_alter_table('vehicle_type') as batch_op:
        for column, name in LIMITS.items():
            batch_op.drop_constraint(op.f(f'ck_vehicle_type_{name}'), type_='check')
            batch_op.drop_column(column)
