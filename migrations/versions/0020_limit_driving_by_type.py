"""limit driving by type of truck"""

import sqlalchemy as sa
from alembic import op

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None

NAME = 'ck_vehicle_type_daily_drive_positive'


def upgrade() -> None:
    with op.batch_alter_table('vehicle_type') as batch_op:
        batch_op.add_column(sa.Column('daily_drive_s', sa.Integer(), nullable=True))
        batch_op.create_check_constraint(op.f(NAME), 'daily_drive_s > 0')


def downgrade() -> None:
    with op.batch_alter_table('vehicle_type') as batch_op:
        batch_op.drop_constraint(op.f(NAME), type_='check')
        batch_op.drop_column('daily_drive_s')
