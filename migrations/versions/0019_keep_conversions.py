"""keep conversions"""

import sqlalchemy as sa
from alembic import op

import market.db

revision = '0019'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('conversion',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('process_id', sa.String(length=64), nullable=False),
    sa.Column('takes_id', sa.String(length=64), nullable=False),
    sa.Column('makes_id', sa.String(length=64), nullable=False),
    sa.Column('yield_share', sa.Double(), nullable=False),
    sa.Column('capacity_kg_per_year', sa.BigInteger(), nullable=True),
    sa.Column('ground', sa.String(length=16), nullable=False),
    sa.Column('stated_on', sa.Date(), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('created_at', market.db.UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint("ground IN ('measured', 'trial', 'design')", name=op.f('ck_conversion_ground_known')),
    sa.CheckConstraint('yield_share > 0 AND yield_share <= 10.0', name=op.f('ck_conversion_yield_in_range')),
    sa.CheckConstraint('capacity_kg_per_year > 0', name=op.f('ck_conversion_capacity_positive')),
    sa.ForeignKeyConstraint(['created_by'], ['user.id'], name=op.f('fk_conversion_created_by_user')),
    sa.ForeignKeyConstraint(['makes_id'], ['material.id'], name=op.f('fk_conversion_makes_id_material')),
    sa.ForeignKeyConstraint(['process_id'], ['process.id'], name=op.f('fk_conversion_process_id_process')),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_conversion_site_id_site'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['takes_id'], ['material.id'], name=op.f('fk_conversion_takes_id_material')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_conversion')),
    sa.UniqueConstraint('site_id', 'process_id', 'takes_id', 'makes_id', name=op.f('uq_conversion_site_id_process_id_takes_id_makes_id'))
    )


def downgrade() -> None:
    op.drop_table('conversion')
