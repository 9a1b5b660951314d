"""know where a truck's day ends and what it emits"""

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0013'
branch_labels = None
depends_on = None

SOURCED = (
    '(co2_g_per_km IS NULL) = (co2_source IS NULL)'
    ' AND (co2_g_per_km IS NOT NULL OR co2_empty_g_per_km IS NULL)'
)


def upgrade() -> None:
    with op.batch_alter_table('vehicle') as batch_op:
        batch_op.add_column(sa.Column('end_depot_id', sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            op.f('fk_vehicle_end_depot_id_depot'), 'depot', ['end_depot_id'], ['id']
        )
        batch_op.create_index(op.f('ix_vehicle_end_depot_id'), ['end_depot_id'])
    with op.batch_alter_table('vehicle_type') as batch_op:
        batch_op.add_column(sa.Column('co2_g_per_km', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('co2_empty_g_per_km', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('co2_source', sa.String(length=400), nullable=True))
        batch_op.create_check_constraint(
            op.f('ck_vehicle_type_co2_not_negative'),
            'co2_g_per_km >= 0 AND co2_empty_g_per_km >= 0',
        )
        batch_op.create_check_constraint(op.f('ck_vehicle_type_co2_has_source'), SOURCED)
    with op.batch_alter_table('plan_route') as batch_op:
        batch_op.add_column(sa.Column('co2_g', sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('plan_route') as batch_op:
        batch_op.drop_column('co2_g')
    with op.batch_alter_table('vehicle_type') as batch_op:
        batch_op.drop_constraint(op.f('ck_vehicle_type_co2_has_source'), type_='check')
        batch_op.drop_constraint(op.f('ck_vehicle_type_co2_not_negative'), type_='check')
        batch_op.drop_column('co2_source')
        batch_op.drop_column('co2_empty_g_per_km')
        batch_op.drop_column('co2_g_per_km')
    with op.batch_alter_table('vehicle') as batch_op:
        batch_op.drop_index(op.f('ix_vehicle_end_depot_id'))
        batch_op.drop_constraint(op.f('fk_vehicle_end_depot_id_depot'), type_='foreignkey')
        batch_op.drop_column('end_depot_id')
