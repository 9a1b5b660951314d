"""take down jobs that are phoned in"""

import sqlalchemy as sa
from alembic import op

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None

TWO_ORIGINS = '(offer_id IS NULL) <> (collection_id IS NULL)'
THREE_ORIGINS = (
    '(CASE WHEN offer_id IS NULL THEN 0 ELSE 1 END)'
    ' + (CASE WHEN collection_id IS NULL THEN 0 ELSE 1 END)'
    ' + (CASE WHEN phoned_id IS NULL THEN 0 ELSE 1 END) = 1'
)


def upgrade() -> None:
    op.create_table(
        'phoned_job',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('planned_on', sa.Date(), nullable=False),
        sa.Column('material_id', sa.String(), nullable=False),
        sa.Column('form', sa.String(length=16), nullable=False),
        sa.Column('site_id', sa.Integer(), nullable=True),
        sa.Column('name', sa.String(length=200), nullable=False),
        sa.Column('lat', sa.Double(), nullable=False),
        sa.Column('lon', sa.Double(), nullable=False),
        sa.Column('want_ids', sa.JSON(), nullable=False),
        sa.Column('mass_kg', sa.Integer(), nullable=False),
        sa.Column('volume_l', sa.Integer(), nullable=True),
        sa.Column('windows', sa.JSON(), nullable=False),
        sa.Column('loading_s', sa.Integer(), nullable=False),
        sa.Column('weighing_s', sa.Integer(), nullable=False),
        sa.Column('skip_fen', sa.Integer(), nullable=True),
        sa.Column('created_by', sa.Integer(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "form IN ('dry', 'wet', 'lump', 'baled', 'packed')",
            name=op.f('ck_phoned_job_form_known'),
        ),
        sa.CheckConstraint('mass_kg > 0', name=op.f('ck_phoned_job_mass_positive')),
        sa.CheckConstraint('volume_l > 0', name=op.f('ck_phoned_job_volume_positive')),
        sa.CheckConstraint(
            'loading_s >= 0 AND weighing_s >= 0 AND skip_fen >= 0',
            name=op.f('ck_phoned_job_amounts_not_negative'),
        ),
        sa.CheckConstraint('lat BETWEEN -90 AND 90', name=op.f('ck_phoned_job_lat_on_earth')),
        sa.CheckConstraint('lon BETWEEN -180 AND 180', name=op.f('ck_phoned_job_lon_on_earth')),
        sa.ForeignKeyConstraint(
            ['material_id'], ['material.id'], name=op.f('fk_phoned_job_material_id_material')
        ),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_phoned_job_site_id_site')),
        sa.ForeignKeyConstraint(
            ['created_by'], ['user.id'], name=op.f('fk_phoned_job_created_by_user')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_phoned_job')),
    )
    for column in ('material_id', 'planned_on', 'site_id'):
        op.create_index(op.f(f'ix_phoned_job_{column}'), 'phoned_job', [column])
    for table in ('plan_load', 'plan_unserved'):
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_constraint(op.f(f'ck_{table}_one_origin'), type_='check')
            batch_op.add_column(sa.Column('phoned_id', sa.Integer(), nullable=True))
            batch_op.create_foreign_key(
                op.f(f'fk_{table}_phoned_id_phoned_job'), 'phoned_job', ['phoned_id'], ['id']
            )
            batch_op.create_check_constraint(op.f(f'ck_{table}_one_origin'), THREE_ORIGINS)
    op.create_index(op.f('ix_plan_load_phoned_id'), 'plan_load', ['phoned_id'])


def downgrade() -> None:
    op.drop_index(op.f('ix_plan_load_phoned_id'), table_name='plan_load')
    for table in ('plan_unserved', 'plan_load'):
        op.execute(f'DELETE FROM {table} WHERE phoned_id IS NOT NULL')
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_constraint(op.f(f'ck_{table}_one_origin'), type_='check')
            batch_op.drop_constraint(
                op.f(f'fk_{table}_phoned_id_phoned_job'), type_='foreignkey'
            )
            batch_op.drop_column('phoned_id')
            batch_op.create_check_constraint(op.f(f'ck_{table}_one_origin'), TWO_ORIGINS)
    op.drop_table('phoned_job')
