"""plan by month"""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

OLD = "objective IN ('tonnes', 'value')"
NEW = "objective IN ('tonnes', 'value', 'co2')"


def upgrade() -> None:
    with op.batch_alter_table('match_run') as batch_op:
        batch_op.drop_constraint(op.f('ck_match_run_objective_known'), type_='check')
        batch_op.create_check_constraint(op.f('ck_match_run_objective_known'), NEW)
        batch_op.add_column(sa.Column('first_month', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('time_limit_s', sa.Integer(), nullable=True))
    op.create_table('match_month_flow',
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.Column('offer_id', sa.Integer(), nullable=False),
    sa.Column('want_id', sa.Integer(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('mass_kg', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['offer_id'], ['listing.id'], name=op.f('fk_match_month_flow_offer_id_listing')),
    sa.ForeignKeyConstraint(['run_id'], ['match_run.id'], name=op.f('fk_match_month_flow_run_id_match_run'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['want_id'], ['listing.id'], name=op.f('fk_match_month_flow_want_id_listing')),
    sa.PrimaryKeyConstraint('run_id', 'offer_id', 'want_id', 'month', name=op.f('pk_match_month_flow'))
    )
    op.create_table('match_month',
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.Column('listing_id', sa.Integer(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('side', sa.String(length=8), nullable=False),
    sa.Column('available_kg', sa.BigInteger(), nullable=False),
    sa.Column('placed_kg', sa.BigInteger(), nullable=False),
    sa.Column('stock_kg', sa.BigInteger(), nullable=False),
    sa.Column('room_kg', sa.BigInteger(), nullable=False),
    sa.Column('left_kg', sa.BigInteger(), nullable=False),
    sa.Column('dual_low', sa.Double(), nullable=True),
    sa.Column('dual_high', sa.Double(), nullable=True),
    sa.Column('dual_km_low', sa.Double(), nullable=True),
    sa.Column('dual_km_high', sa.Double(), nullable=True),
    sa.ForeignKeyConstraint(['listing_id'], ['listing.id'], name=op.f('fk_match_month_listing_id_listing')),
    sa.ForeignKeyConstraint(['run_id'], ['match_run.id'], name=op.f('fk_match_month_run_id_match_run'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('run_id', 'listing_id', 'month', name=op.f('pk_match_month'))
    )


def downgrade() -> None:
    """Runs for carbon go: the older table has no place for them. Months go from the others."""
    op.drop_table('match_month')
    op.drop_table('match_month_flow')
    carbon = "SELECT id FROM match_run WHERE objective = 'co2'"
    for table in ('match_flow', 'match_refusal', 'match_balance'):
        op.execute(f"DELETE FROM {table} WHERE run_id IN ({carbon})")
    op.execute("DELETE FROM match_run WHERE objective = 'co2'")
    with op.batch_alter_table('match_run') as batch_op:
        batch_op.drop_column('time_limit_s')
        batch_op.drop_column('first_month')
        batch_op.drop_constraint(op.f('ck_match_run_objective_known'), type_='check')
        batch_op.create_check_constraint(op.f('ck_match_run_objective_known'), OLD)
