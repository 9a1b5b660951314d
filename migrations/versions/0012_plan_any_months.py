"""plan any months"""

import sqlalchemy as sa
from alembic import op

import market.db

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give older runs over months the twelve they had."""
    with op.batch_alter_table('match_run') as batch_op:
        batch_op.add_column(sa.Column('month_count', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('stops', sa.JSON(none_as_null=True), nullable=True))
    op.execute('UPDATE match_run SET month_count = 12 WHERE first_month IS NOT NULL')
    with op.batch_alter_table('match_run') as batch_op:
        batch_op.create_check_constraint(
            op.f('ck_match_run_months_have_a_first'), '(first_month IS NULL) = (month_count IS NULL)'
        )
        batch_op.create_check_constraint(
            op.f('ck_match_run_months_in_range'), 'month_count >= 1 AND month_count <= 60'
        )
    with op.batch_alter_table('listing') as batch_op:
        batch_op.add_column(sa.Column('storage_fen_per_t_month', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('max_suppliers', sa.Integer(), nullable=True))
        batch_op.create_check_constraint(op.f('ck_listing_storage_costs'), 'storage_fen_per_t_month >= 0')
        batch_op.create_check_constraint(
            op.f('ck_listing_suppliers_of_a_want'),
            "max_suppliers IS NULL OR (max_suppliers >= 1 AND max_suppliers <= 1000 AND side = 'want')",
        )
    op.create_table('stoppage',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('rule_id', sa.String(length=32), nullable=False),
    sa.Column('province', sa.String(length=32), nullable=False),
    sa.Column('prefecture', sa.String(length=64), nullable=False),
    sa.Column('region_zh', sa.String(length=200), nullable=False),
    sa.Column('region_en', sa.String(length=200), nullable=False),
    sa.Column('process_ids', sa.JSON(), nullable=False),
    sa.Column('first_day', sa.String(length=5), nullable=False),
    sa.Column('last_day', sa.String(length=5), nullable=False),
    sa.Column('clause', sa.String(length=200), nullable=False),
    sa.Column('note_zh', sa.Text(), nullable=False),
    sa.Column('note_en', sa.Text(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('verified', sa.String(length=32), nullable=False),
    sa.Column('confidence', sa.String(length=32), nullable=False),
    sa.CheckConstraint("confidence IN ('high', 'medium', 'low')", name=op.f('ck_stoppage_confidence_known')),
    sa.CheckConstraint("verified IN ('seen', 'partly_seen', 'recalled', 'computed')", name=op.f('ck_stoppage_verified_known')),
    sa.CheckConstraint('valid_from <= valid_to', name=op.f('ck_stoppage_dates_ordered')),
    sa.ForeignKeyConstraint(['rule_id'], ['policy_rule.id'], name=op.f('fk_stoppage_rule_id_policy_rule')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stoppage'))
    )
    op.create_table('own_stop',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('process_id', sa.String(length=64), nullable=False),
    sa.Column('first_on', sa.Date(), nullable=False),
    sa.Column('last_on', sa.Date(), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('created_at', market.db.UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint('first_on <= last_on', name=op.f('ck_own_stop_days_ordered')),
    sa.ForeignKeyConstraint(['created_by'], ['user.id'], name=op.f('fk_own_stop_created_by_user')),
    sa.ForeignKeyConstraint(['process_id'], ['process.id'], name=op.f('fk_own_stop_process_id_process')),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_own_stop_site_id_site'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_own_stop'))
    )
    op.create_index(op.f('ix_own_stop_site_id'), 'own_stop', ['site_id'])


def downgrade() -> None:
    """Runs over another number of months go: the older table has no place for them."""
    op.drop_table('own_stop')
    op.drop_table('stoppage')
    with op.batch_alter_table('listing') as batch_op:
        batch_op.drop_constraint(op.f('ck_listing_suppliers_of_a_want'), type_='check')
        batch_op.drop_constraint(op.f('ck_listing_storage_costs'), type_='check')
        batch_op.drop_column('max_suppliers')
        batch_op.drop_column('storage_fen_per_t_month')
    other = 'SELECT id FROM match_run WHERE month_count <> 12'
    for table in ('match_flow', 'match_refusal', 'match_balance', 'match_month', 'match_month_flow'):
        op.execute(f'DELETE FROM {table} WHERE run_id IN ({other})')
    op.execute('DELETE FROM match_run WHERE month_count <> 12')
    with op.batch_alter_table('match_run') as batch_op:
        batch_op.drop_constraint(op.f('ck_match_run_months_in_range'), type_='check')
        batch_op.drop_constraint(op.f('ck_match_run_months_have_a_first'), type_='check')
        batch_op.drop_column('stops')
        batch_op.drop_column('month_count')
