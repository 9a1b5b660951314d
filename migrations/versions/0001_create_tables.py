"""create tables"""

import sqlalchemy as sa
from alembic import op

import market.db
from market.search.models import create_text_table, drop_text_table

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('cargo_rule',
    sa.Column('one_family', sa.String(length=16), nullable=False),
    sa.Column('other_family', sa.String(length=16), nullable=False),
    sa.Column('cleaning_s', sa.Integer(), nullable=False),
    sa.Column('basis', sa.String(length=16), nullable=False),
    sa.Column('reason_zh', sa.String(length=200), nullable=False),
    sa.Column('reason_en', sa.String(length=200), nullable=False),
    sa.CheckConstraint("basis IN ('factor', 'assumption')", name=op.f('ck_cargo_rule_basis_known')),
    sa.CheckConstraint('cleaning_s >= 0', name=op.f('ck_cargo_rule_cleaning_not_negative')),
    sa.CheckConstraint('one_family <> other_family', name=op.f('ck_cargo_rule_two_families')),
    sa.PrimaryKeyConstraint('one_family', 'other_family', name=op.f('pk_cargo_rule'))
    )
    op.create_table('depot',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('name_zh', sa.String(length=200), nullable=False),
    sa.Column('name_en', sa.String(length=200), nullable=False),
    sa.Column('county_zh', sa.String(length=64), nullable=False),
    sa.Column('county_en', sa.String(length=64), nullable=False),
    sa.Column('standing', sa.String(length=16), nullable=False),
    sa.Column('lat', sa.Double(), nullable=False),
    sa.Column('lon', sa.Double(), nullable=False),
    sa.CheckConstraint("standing IN ('demo', 'estimate', 'member')", name=op.f('ck_depot_standing_known')),
    sa.CheckConstraint('lat BETWEEN -90 AND 90', name=op.f('ck_depot_lat_on_earth')),
    sa.CheckConstraint('lon BETWEEN -180 AND 180', name=op.f('ck_depot_lon_on_earth')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_depot')),
    sa.UniqueConstraint('key', name=op.f('uq_depot_key'))
    )
    op.create_table('factor',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('name_zh', sa.String(length=200), nullable=False),
    sa.Column('name_en', sa.String(length=200), nullable=False),
    sa.Column('value', sa.Double(), nullable=False),
    sa.Column('low', sa.Double(), nullable=True),
    sa.Column('high', sa.Double(), nullable=True),
    sa.Column('unit', sa.String(length=32), nullable=False),
    sa.Column('year_from', sa.Integer(), nullable=True),
    sa.Column('year_to', sa.Integer(), nullable=True),
    sa.Column('region_zh', sa.String(length=32), nullable=False),
    sa.Column('region_en', sa.String(length=32), nullable=False),
    sa.Column('material_ids', sa.JSON(), nullable=False),
    sa.Column('process_ids', sa.JSON(), nullable=False),
    sa.Column('note_zh', sa.Text(), nullable=False),
    sa.Column('note_en', sa.Text(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('verified', sa.String(length=32), nullable=False),
    sa.Column('confidence', sa.String(length=32), nullable=False),
    sa.CheckConstraint("confidence IN ('high', 'medium', 'low')", name=op.f('ck_factor_confidence_known')),
    sa.CheckConstraint("kind IN ('process_co2', 'embodied', 'avoided', 'energy', 'transport_co2', 'price', 'disposal_cost', 'logistics', 'radius', 'tax', 'generation', 'target')", name=op.f('ck_factor_kind_known')),
    sa.CheckConstraint("verified IN ('seen', 'partly_seen', 'recalled', 'computed')", name=op.f('ck_factor_verified_known')),
    sa.CheckConstraint('low <= value', name=op.f('ck_factor_low_below_value')),
    sa.CheckConstraint('value <= high', name=op.f('ck_factor_high_above_value')),
    sa.CheckConstraint('year_from <= year_to', name=op.f('ck_factor_years_ordered')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_factor'))
    )
    with op.batch_alter_table('factor', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_factor_kind'), ['kind'], unique=False)

    op.create_table('job',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('subject_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('stage', sa.String(length=32), nullable=False),
    sa.Column('share', sa.Double(), nullable=False),
    sa.Column('error', sa.String(length=500), nullable=False),
    sa.Column('cancel_requested_at', market.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('created_at', market.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('started_at', market.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('finished_at', market.db.UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name=op.f('ck_job_state_known')),
    sa.CheckConstraint('share BETWEEN 0 AND 1', name=op.f('ck_job_share_is_share')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_job'))
    )
    with op.batch_alter_table('job', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_job_state_job_created_at'), ['state', 'created_at'], unique=False)

    op.create_table('material',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('name_zh', sa.String(length=200), nullable=False),
    sa.Column('name_en', sa.String(length=200), nullable=False),
    sa.Column('family', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('legal_class', sa.String(length=32), nullable=False),
    sa.Column('waste_family', sa.String(length=32), nullable=True),
    sa.Column('waste_family_zh', sa.String(length=200), nullable=False),
    sa.Column('waste_family_en', sa.String(length=200), nullable=False),
    sa.Column('waste_code', sa.String(length=32), nullable=True),
    sa.Column('waste_code_confidence', sa.String(length=32), nullable=True),
    sa.Column('hw_codes', sa.JSON(), nullable=False),
    sa.Column('hazard_zh', sa.Text(), nullable=False),
    sa.Column('hazard_en', sa.Text(), nullable=False),
    sa.Column('un_no', sa.String(length=32), nullable=True),
    sa.Column('hs_code', sa.String(length=32), nullable=True),
    sa.Column('ewc_code', sa.String(length=32), nullable=True),
    sa.Column('form', sa.String(length=32), nullable=False),
    sa.Column('density_kg_m3_min', sa.Integer(), nullable=True),
    sa.Column('density_kg_m3_max', sa.Integer(), nullable=True),
    sa.Column('moisture_share_min', sa.Double(), nullable=True),
    sa.Column('moisture_share_max', sa.Double(), nullable=True),
    sa.Column('vehicle_zh', sa.Text(), nullable=False),
    sa.Column('vehicle_en', sa.Text(), nullable=False),
    sa.Column('storage_zh', sa.Text(), nullable=False),
    sa.Column('storage_en', sa.Text(), nullable=False),
    sa.Column('generation_low', sa.Double(), nullable=True),
    sa.Column('generation_high', sa.Double(), nullable=True),
    sa.Column('generation_unit', sa.String(length=32), nullable=True),
    sa.Column('generation_per_zh', sa.String(length=200), nullable=False),
    sa.Column('generation_per_en', sa.String(length=200), nullable=False),
    sa.Column('plan_ref', sa.String(length=200), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('verified', sa.String(length=32), nullable=False),
    sa.Column('confidence', sa.String(length=32), nullable=False),
    sa.CheckConstraint("confidence IN ('high', 'medium', 'low')", name=op.f('ck_material_confidence_known')),
    sa.CheckConstraint("family IN ('ash', 'slag', 'mud', 'gypsum', 'mine', 'chem', 'metal', 'hazard')", name=op.f('ck_material_family_known')),
    sa.CheckConstraint("form IN ('powder', 'granular', 'lump', 'slurry', 'unit')", name=op.f('ck_material_form_known')),
    sa.CheckConstraint("kind IN ('waste', 'virgin')", name=op.f('ck_material_kind_known')),
    sa.CheckConstraint("legal_class IN ('general', 'identify', 'hazardous', 'not_waste')", name=op.f('ck_material_legal_class_known')),
    sa.CheckConstraint("verified IN ('seen', 'partly_seen', 'recalled', 'computed')", name=op.f('ck_material_verified_known')),
    sa.CheckConstraint('density_kg_m3_min <= density_kg_m3_max', name=op.f('ck_material_density_ordered')),
    sa.CheckConstraint('moisture_share_min >= 0 AND moisture_share_min <= moisture_share_max AND moisture_share_max < 1', name=op.f('ck_material_moisture_is_share')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_material'))
    )
    with op.batch_alter_table('material', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_material_family'), ['family'], unique=False)

    op.create_table('organisation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('name_zh', sa.String(length=200), nullable=False),
    sa.Column('name_en', sa.String(length=200), nullable=False),
    sa.Column('standing', sa.String(length=16), nullable=False),
    sa.Column('verified_on', sa.Date(), nullable=True),
    sa.CheckConstraint("standing IN ('demo', 'estimate', 'member')", name=op.f('ck_organisation_standing_known')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_organisation')),
    sa.UniqueConstraint('key', name=op.f('uq_organisation_key'))
    )
    op.create_table('policy_rule',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('topic', sa.String(length=32), nullable=False),
    sa.Column('behaviour', sa.String(length=32), nullable=False),
    sa.Column('applies_zh', sa.String(length=200), nullable=False),
    sa.Column('applies_en', sa.String(length=200), nullable=False),
    sa.Column('material_ids', sa.JSON(), nullable=False),
    sa.Column('article', sa.String(length=200), nullable=False),
    sa.Column('text_zh', sa.Text(), nullable=False),
    sa.Column('text_en', sa.Text(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('verified', sa.String(length=32), nullable=False),
    sa.Column('confidence', sa.String(length=32), nullable=False),
    sa.CheckConstraint("behaviour IN ('block', 'require_evidence', 'warn', 'calculate', 'inform')", name=op.f('ck_policy_rule_behaviour_known')),
    sa.CheckConstraint("confidence IN ('high', 'medium', 'low')", name=op.f('ck_policy_rule_confidence_known')),
    sa.CheckConstraint("topic IN ('legal_frame', 'waste_status', 'classification', 'exemption', 'transfer', 'hazardous', 'contract', 'ledger', 'backfill', 'kiln', 'battery', 'scrap', 'remanufacture', 'vat', 'cit', 'env_tax', 'emission', 'alert', 'penalty')", name=op.f('ck_policy_rule_topic_known')),
    sa.CheckConstraint("verified IN ('seen', 'partly_seen', 'recalled', 'computed')", name=op.f('ck_policy_rule_verified_known')),
    sa.CheckConstraint('valid_from <= valid_to', name=op.f('ck_policy_rule_dates_ordered')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_policy_rule'))
    )
    with op.batch_alter_table('policy_rule', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_policy_rule_topic'), ['topic'], unique=False)

    op.create_table('process',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('name_zh', sa.String(length=200), nullable=False),
    sa.Column('name_en', sa.String(length=200), nullable=False),
    sa.Column('sector', sa.String(length=32), nullable=False),
    sa.Column('product_zh', sa.String(length=200), nullable=False),
    sa.Column('product_en', sa.String(length=200), nullable=False),
    sa.Column('permit_zh', sa.Text(), nullable=False),
    sa.Column('permit_en', sa.Text(), nullable=False),
    sa.Column('season_zh', sa.Text(), nullable=False),
    sa.Column('season_en', sa.Text(), nullable=False),
    sa.Column('plan_ref', sa.String(length=200), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('verified', sa.String(length=32), nullable=False),
    sa.Column('confidence', sa.String(length=32), nullable=False),
    sa.CheckConstraint("confidence IN ('high', 'medium', 'low')", name=op.f('ck_process_confidence_known')),
    sa.CheckConstraint("sector IN ('cement', 'concrete', 'building_material', 'road', 'mine', 'metal', 'battery', 'remanufacture', 'recycling', 'new_energy', 'glass', 'chemical', 'environment')", name=op.f('ck_process_sector_known')),
    sa.CheckConstraint("verified IN ('seen', 'partly_seen', 'recalled', 'computed')", name=op.f('ck_process_verified_known')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_process'))
    )
    with op.batch_alter_table('process', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_process_sector'), ['sector'], unique=False)

    op.create_table('sign_in_failure',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('email', sa.String(length=255), nullable=False),
    sa.Column('remote_address', sa.String(length=64), nullable=False),
    sa.Column('at', market.db.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_in_failure'))
    )
    with op.batch_alter_table('sign_in_failure', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sign_in_failure_email_sign_in_failure_at'), ['email', 'at'], unique=False)

    op.create_table('user',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('email', sa.String(length=255), nullable=False),
    sa.Column('password', sa.String(length=255), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('fs_uniquifier', sa.String(length=64), nullable=False),
    sa.Column('role', sa.String(length=16), nullable=False),
    sa.Column('name_zh', sa.String(length=100), nullable=False),
    sa.Column('name_en', sa.String(length=100), nullable=False),
    sa.Column('created_at', market.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('preferences', sa.JSON(), nullable=False),
    sa.CheckConstraint("role IN ('producer', 'receiver', 'park_manager', 'staff')", name=op.f('ck_user_role_known')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user')),
    sa.UniqueConstraint('email', name=op.f('uq_user_email')),
    sa.UniqueConstraint('fs_uniquifier', name=op.f('uq_user_fs_uniquifier'))
    )
    op.create_table('vat_row',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('resource_zh', sa.Text(), nullable=False),
    sa.Column('resource_en', sa.Text(), nullable=False),
    sa.Column('product_zh', sa.Text(), nullable=False),
    sa.Column('product_en', sa.Text(), nullable=False),
    sa.Column('condition_zh', sa.Text(), nullable=False),
    sa.Column('condition_en', sa.Text(), nullable=False),
    sa.Column('excluded_zh', sa.Text(), nullable=False),
    sa.Column('excluded_en', sa.Text(), nullable=False),
    sa.Column('min_share', sa.Double(), nullable=True),
    sa.Column('refund_share', sa.Double(), nullable=True),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('verified', sa.String(length=32), nullable=False),
    sa.Column('confidence', sa.String(length=32), nullable=False),
    sa.CheckConstraint("confidence IN ('high', 'medium', 'low')", name=op.f('ck_vat_row_confidence_known')),
    sa.CheckConstraint("kind IN ('row', 'note', 'income_tax')", name=op.f('ck_vat_row_kind_known')),
    sa.CheckConstraint("verified IN ('seen', 'partly_seen', 'recalled', 'computed')", name=op.f('ck_vat_row_verified_known')),
    sa.CheckConstraint('min_share >= 0 AND min_share <= 1', name=op.f('ck_vat_row_min_is_share')),
    sa.CheckConstraint('refund_share >= 0 AND refund_share <= 1', name=op.f('ck_vat_row_refund_is_share')),
    sa.CheckConstraint('valid_from <= valid_to', name=op.f('ck_vat_row_dates_ordered')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_vat_row'))
    )
    op.create_table('vehicle_type',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('name_zh', sa.String(length=100), nullable=False),
    sa.Column('name_en', sa.String(length=100), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('capacity_kg', sa.Integer(), nullable=False),
    sa.Column('families', sa.JSON(), nullable=False),
    sa.Column('licences', sa.JSON(), nullable=False),
    sa.Column('fixed_fen', sa.Integer(), nullable=False),
    sa.Column('fen_per_km', sa.Integer(), nullable=False),
    sa.Column('fen_per_h', sa.Integer(), nullable=False),
    sa.Column('cost_basis', sa.String(length=16), nullable=False),
    sa.Column('cost_source_zh', sa.String(length=400), nullable=False),
    sa.Column('cost_source_en', sa.String(length=400), nullable=False),
    sa.CheckConstraint("cost_basis IN ('factor', 'assumption')", name=op.f('ck_vehicle_type_cost_basis_known')),
    sa.CheckConstraint("kind IN ('tanker', 'tipper', 'flatbed', 'hazardous_van')", name=op.f('ck_vehicle_type_kind_known')),
    sa.CheckConstraint('capacity_kg > 0', name=op.f('ck_vehicle_type_capacity_positive')),
    sa.CheckConstraint('fixed_fen >= 0 AND fen_per_km >= 0 AND fen_per_h >= 0', name=op.f('ck_vehicle_type_costs_not_negative')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_vehicle_type')),
    sa.UniqueConstraint('key', name=op.f('uq_vehicle_type_key'))
    )
    op.create_table('acceptance',
    sa.Column('id', sa.String(length=130), nullable=False),
    sa.Column('process_id', sa.String(length=64), nullable=False),
    sa.Column('material_id', sa.String(length=64), nullable=False),
    sa.Column('role_zh', sa.String(length=200), nullable=False),
    sa.Column('role_en', sa.String(length=200), nullable=False),
    sa.Column('allowed', sa.String(length=32), nullable=False),
    sa.Column('min_share', sa.Double(), nullable=True),
    sa.Column('max_share', sa.Double(), nullable=True),
    sa.Column('max_exclusive', sa.Boolean(), nullable=False),
    sa.Column('share_basis', sa.String(length=32), nullable=True),
    sa.Column('limit_type', sa.String(length=32), nullable=False),
    sa.Column('replaces_id', sa.String(length=64), nullable=True),
    sa.Column('replaces_zh', sa.String(length=200), nullable=False),
    sa.Column('replaces_en', sa.String(length=200), nullable=False),
    sa.Column('replacement_ratio', sa.Double(), nullable=True),
    sa.Column('ratio_note_zh', sa.Text(), nullable=False),
    sa.Column('ratio_note_en', sa.Text(), nullable=False),
    sa.Column('note_zh', sa.Text(), nullable=False),
    sa.Column('note_en', sa.Text(), nullable=False),
    sa.Column('standard', sa.String(length=200), nullable=False),
    sa.Column('clause', sa.String(length=200), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('verified', sa.String(length=32), nullable=False),
    sa.Column('confidence', sa.String(length=32), nullable=False),
    sa.CheckConstraint("allowed IN ('yes', 'conditional', 'no')", name=op.f('ck_acceptance_allowed_known')),
    sa.CheckConstraint("confidence IN ('high', 'medium', 'low')", name=op.f('ck_acceptance_confidence_known')),
    sa.CheckConstraint("limit_type IN ('standard', 'practice')", name=op.f('ck_acceptance_limit_type_known')),
    sa.CheckConstraint("share_basis IN ('dry_raw_meal', 'cement_mass', 'binder_mass', 'product', 'gypsum_feed', 'dry_body', 'dry_mix', 'aggregate', 'fill', 'charge', 'unit', 'fibre', 'batch', 'raw_material', 'reagent')", name=op.f('ck_acceptance_share_basis_known')),
    sa.CheckConstraint("verified IN ('seen', 'partly_seen', 'recalled', 'computed')", name=op.f('ck_acceptance_verified_known')),
    sa.CheckConstraint('max_share >= 0 AND max_share <= 1', name=op.f('ck_acceptance_max_is_share')),
    sa.CheckConstraint('min_share <= max_share', name=op.f('ck_acceptance_shares_ordered')),
    sa.CheckConstraint('min_share >= 0 AND min_share <= 1', name=op.f('ck_acceptance_min_is_share')),
    sa.ForeignKeyConstraint(['material_id'], ['material.id'], name=op.f('fk_acceptance_material_id_material')),
    sa.ForeignKeyConstraint(['process_id'], ['process.id'], name=op.f('fk_acceptance_process_id_process')),
    sa.ForeignKeyConstraint(['replaces_id'], ['material.id'], name=op.f('fk_acceptance_replaces_id_material')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_acceptance')),
    sa.UniqueConstraint('process_id', 'material_id', name=op.f('uq_acceptance_process_id_material_id'))
    )
    with op.batch_alter_table('acceptance', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_acceptance_material_id'), ['material_id'], unique=False)

    op.create_table('acceptance_limit',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('process_id', sa.String(length=64), nullable=False),
    sa.Column('material_id', sa.String(length=64), nullable=True),
    sa.Column('grades', sa.JSON(), nullable=False),
    sa.Column('variant', sa.String(length=200), nullable=False),
    sa.Column('scope', sa.String(length=32), nullable=False),
    sa.Column('property', sa.String(length=64), nullable=False),
    sa.Column('operator', sa.String(length=32), nullable=False),
    sa.Column('value', sa.Double(), nullable=False),
    sa.Column('value_high', sa.Double(), nullable=True),
    sa.Column('unit', sa.String(length=32), nullable=False),
    sa.Column('severity', sa.String(length=32), nullable=False),
    sa.Column('standard', sa.String(length=200), nullable=False),
    sa.Column('clause', sa.String(length=200), nullable=False),
    sa.Column('standing', sa.String(length=32), nullable=False),
    sa.Column('successor', sa.String(length=200), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('note_zh', sa.Text(), nullable=False),
    sa.Column('note_en', sa.Text(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('verified', sa.String(length=32), nullable=False),
    sa.Column('confidence', sa.String(length=32), nullable=False),
    sa.CheckConstraint("(operator = 'between') = (value_high IS NOT NULL)", name=op.f('ck_acceptance_limit_between_has_two')),
    sa.CheckConstraint("confidence IN ('high', 'medium', 'low')", name=op.f('ck_acceptance_limit_confidence_known')),
    sa.CheckConstraint("operator IN ('<=', '>=', '<', '>', 'between')", name=op.f('ck_acceptance_limit_operator_known')),
    sa.CheckConstraint("scope IN ('material', 'mix', 'product', 'plant', 'effect')", name=op.f('ck_acceptance_limit_scope_known')),
    sa.CheckConstraint("severity IN ('block', 'warn', 'info', 'optional')", name=op.f('ck_acceptance_limit_severity_known')),
    sa.CheckConstraint("standing IN ('in_force', 'check_successor', 'superseded', 'industry')", name=op.f('ck_acceptance_limit_standing_known')),
    sa.CheckConstraint("verified IN ('seen', 'partly_seen', 'recalled', 'computed')", name=op.f('ck_acceptance_limit_verified_known')),
    sa.CheckConstraint('valid_from <= valid_to', name=op.f('ck_acceptance_limit_dates_ordered')),
    sa.CheckConstraint('value <= value_high', name=op.f('ck_acceptance_limit_values_ordered')),
    sa.ForeignKeyConstraint(['material_id'], ['material.id'], name=op.f('fk_acceptance_limit_material_id_material')),
    sa.ForeignKeyConstraint(['process_id'], ['process.id'], name=op.f('fk_acceptance_limit_process_id_process')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_acceptance_limit'))
    )
    with op.batch_alter_table('acceptance_limit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_acceptance_limit_material_id'), ['material_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_acceptance_limit_process_id_acceptance_limit_material_id'), ['process_id', 'material_id'], unique=False)

    op.create_table('audit_entry',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', market.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('verb', sa.String(length=32), nullable=False),
    sa.Column('subject', sa.String(length=32), nullable=False),
    sa.Column('subject_id', sa.Integer(), nullable=False),
    sa.Column('changes', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_audit_entry_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_entry'))
    )
    with op.batch_alter_table('audit_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_entry_subject_audit_entry_subject_id'), ['subject', 'subject_id'], unique=False)

    op.create_table('composition',
    sa.Column('material_id', sa.String(length=64), nullable=False),
    sa.Column('part', sa.String(length=64), nullable=False),
    sa.Column('component', sa.String(length=64), nullable=False),
    sa.Column('low', sa.Double(), nullable=False),
    sa.Column('typical', sa.Double(), nullable=True),
    sa.Column('high', sa.Double(), nullable=False),
    sa.Column('unit', sa.String(length=32), nullable=False),
    sa.Column('basis', sa.String(length=32), nullable=False),
    sa.Column('carbonate_share', sa.Double(), nullable=True),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('verified', sa.String(length=32), nullable=False),
    sa.Column('confidence', sa.String(length=32), nullable=False),
    sa.CheckConstraint("basis IN ('dry', 'as_received')", name=op.f('ck_composition_basis_known')),
    sa.CheckConstraint("confidence IN ('high', 'medium', 'low')", name=op.f('ck_composition_confidence_known')),
    sa.CheckConstraint("verified IN ('seen', 'partly_seen', 'recalled', 'computed')", name=op.f('ck_composition_verified_known')),
    sa.CheckConstraint('carbonate_share >= 0 AND carbonate_share <= 1', name=op.f('ck_composition_carbonate_is_share')),
    sa.CheckConstraint('low <= high', name=op.f('ck_composition_range_ordered')),
    sa.CheckConstraint('typical IS NULL OR (low <= typical AND typical <= high)', name=op.f('ck_composition_typical_in_range')),
    sa.ForeignKeyConstraint(['material_id'], ['material.id'], name=op.f('fk_composition_material_id_material')),
    sa.PrimaryKeyConstraint('material_id', 'part', 'component', name=op.f('pk_composition'))
    )
    op.create_table('match_run',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('job_id', sa.String(length=36), nullable=True),
    sa.Column('repeats_id', sa.Integer(), nullable=True),
    sa.Column('objective', sa.String(length=16), nullable=False),
    sa.Column('radius_m', sa.Integer(), nullable=False),
    sa.Column('road_factor', sa.Double(), nullable=False),
    sa.Column('material_ids', sa.JSON(), nullable=False),
    sa.Column('seed', sa.Integer(), nullable=False),
    sa.Column('versions', sa.JSON(), nullable=False),
    sa.Column('input_gz', sa.LargeBinary(), nullable=True),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('summary', sa.JSON(), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('created_at', market.db.UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint("objective IN ('tonnes', 'value')", name=op.f('ck_match_run_objective_known')),
    sa.CheckConstraint("status IN ('pending', 'optimal', 'feasible', 'empty')", name=op.f('ck_match_run_status_known')),
    sa.ForeignKeyConstraint(['created_by'], ['user.id'], name=op.f('fk_match_run_created_by_user')),
    sa.ForeignKeyConstraint(['job_id'], ['job.id'], name=op.f('fk_match_run_job_id_job')),
    sa.ForeignKeyConstraint(['repeats_id'], ['match_run.id'], name=op.f('fk_match_run_repeats_id_match_run')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_match_run')),
    sa.UniqueConstraint('job_id', name=op.f('uq_match_run_job_id'))
    )
    op.create_table('membership',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['org_id'], ['organisation.id'], name=op.f('fk_membership_org_id_organisation')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_membership_user_id_user'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_membership'))
    )
    with op.batch_alter_table('membership', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_membership_org_id'), ['org_id'], unique=False)

    op.create_table('site',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('name_zh', sa.String(length=200), nullable=False),
    sa.Column('name_en', sa.String(length=200), nullable=False),
    sa.Column('prefecture_zh', sa.String(length=64), nullable=False),
    sa.Column('prefecture_en', sa.String(length=64), nullable=False),
    sa.Column('county_zh', sa.String(length=64), nullable=False),
    sa.Column('county_en', sa.String(length=64), nullable=False),
    sa.Column('province', sa.String(length=32), nullable=False),
    sa.Column('lat', sa.Double(), nullable=False),
    sa.Column('lon', sa.Double(), nullable=False),
    sa.CheckConstraint('lat BETWEEN -90 AND 90', name=op.f('ck_site_lat_on_earth')),
    sa.CheckConstraint('lon BETWEEN -180 AND 180', name=op.f('ck_site_lon_on_earth')),
    sa.ForeignKeyConstraint(['org_id'], ['organisation.id'], name=op.f('fk_site_org_id_organisation')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_site')),
    sa.UniqueConstraint('key', name=op.f('uq_site_key'))
    )
    with op.batch_alter_table('site', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_site_lat_site_lon'), ['lat', 'lon'], unique=False)
        batch_op.create_index(batch_op.f('ix_site_org_id'), ['org_id'], unique=False)

    op.create_table('vehicle',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('plate', sa.String(length=16), nullable=False),
    sa.Column('driver_zh', sa.String(length=64), nullable=False),
    sa.Column('driver_en', sa.String(length=64), nullable=False),
    sa.Column('standing', sa.String(length=16), nullable=False),
    sa.Column('type_id', sa.Integer(), nullable=False),
    sa.Column('depot_id', sa.Integer(), nullable=False),
    sa.Column('shift_starts_s', sa.Integer(), nullable=False),
    sa.Column('shift_ends_s', sa.Integer(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.CheckConstraint('shift_ends_s > shift_starts_s', name=op.f('ck_vehicle_shift_ordered')),
    sa.CheckConstraint('shift_starts_s >= 0', name=op.f('ck_vehicle_shift_starts_today')),
    sa.ForeignKeyConstraint(['depot_id'], ['depot.id'], name=op.f('fk_vehicle_depot_id_depot')),
    sa.ForeignKeyConstraint(['type_id'], ['vehicle_type.id'], name=op.f('fk_vehicle_type_id_vehicle_type')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_vehicle')),
    sa.UniqueConstraint('number', name=op.f('uq_vehicle_number')),
    sa.UniqueConstraint('plate', name=op.f('uq_vehicle_plate'))
    )
    with op.batch_alter_table('vehicle', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_vehicle_depot_id'), ['depot_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_vehicle_type_id'), ['type_id'], unique=False)

    op.create_table('collection_plan',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('job_id', sa.String(length=36), nullable=True),
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.Column('planned_on', sa.Date(), nullable=False),
    sa.Column('depot_ids', sa.JSON(), nullable=False),
    sa.Column('parameters', sa.JSON(), nullable=False),
    sa.Column('time_limit_s', sa.Integer(), nullable=False),
    sa.Column('seed', sa.Integer(), nullable=False),
    sa.Column('versions', sa.JSON(), nullable=False),
    sa.Column('input_gz', sa.LargeBinary(), nullable=True),
    sa.Column('places', sa.JSON(), nullable=False),
    sa.Column('cargoes', sa.JSON(), nullable=False),
    sa.Column('left_out', sa.JSON(), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('summary', sa.JSON(), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('created_at', market.db.UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint("status IN ('pending', 'complete', 'partial', 'empty')", name=op.f('ck_collection_plan_status_known')),
    sa.CheckConstraint('time_limit_s > 0', name=op.f('ck_collection_plan_time_limit_positive')),
    sa.ForeignKeyConstraint(['created_by'], ['user.id'], name=op.f('fk_collection_plan_created_by_user')),
    sa.ForeignKeyConstraint(['job_id'], ['job.id'], name=op.f('fk_collection_plan_job_id_job')),
    sa.ForeignKeyConstraint(['run_id'], ['match_run.id'], name=op.f('fk_collection_plan_run_id_match_run')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_collection_plan')),
    sa.UniqueConstraint('job_id', name=op.f('uq_collection_plan_job_id'))
    )
    with op.batch_alter_table('collection_plan', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_collection_plan_run_id'), ['run_id'], unique=False)

    op.create_table('facility',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('capacity', sa.Double(), nullable=True),
    sa.Column('capacity_unit', sa.String(length=16), nullable=False),
    sa.Column('clinker_t_per_year', sa.Double(), nullable=True),
    sa.Column('plant_type', sa.String(length=16), nullable=True),
    sa.Column('position_accuracy', sa.String(length=16), nullable=False),
    sa.Column('source', sa.String(length=200), nullable=False),
    sa.Column('source_version', sa.String(length=64), nullable=False),
    sa.Column('licence', sa.String(length=32), nullable=False),
    sa.Column('verified', sa.String(length=16), nullable=False),
    sa.CheckConstraint("kind IN ('coal_power', 'cement')", name=op.f('ck_facility_kind_known')),
    sa.CheckConstraint("plant_type IN ('integrated', 'grinding')", name=op.f('ck_facility_plant_type_known')),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_facility_site_id_site')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_facility')),
    sa.UniqueConstraint('site_id', name=op.f('uq_facility_site_id'))
    )
    op.create_table('licence',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=64), nullable=False),
    sa.Column('hw_codes', sa.JSON(), nullable=False),
    sa.Column('mass_kg_per_year', sa.BigInteger(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_licence_site_id_site')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_licence')),
    sa.UniqueConstraint('number', name=op.f('uq_licence_number'))
    )
    with op.batch_alter_table('licence', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_licence_site_id'), ['site_id'], unique=False)

    op.create_table('line',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('process_id', sa.String(length=64), nullable=False),
    sa.Column('name_zh', sa.String(length=200), nullable=False),
    sa.Column('name_en', sa.String(length=200), nullable=False),
    sa.Column('output_kg_per_year', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('output_kg_per_year > 0', name=op.f('ck_line_output_positive')),
    sa.ForeignKeyConstraint(['process_id'], ['process.id'], name=op.f('fk_line_process_id_process')),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_line_site_id_site')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_line')),
    sa.UniqueConstraint('key', name=op.f('uq_line_key'))
    )
    with op.batch_alter_table('line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_line_process_id'), ['process_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_line_site_id'), ['site_id'], unique=False)

    op.create_table('listing',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('side', sa.String(length=8), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('basis', sa.String(length=16), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('material_id', sa.String(length=64), nullable=False),
    sa.Column('process_id', sa.String(length=64), nullable=True),
    sa.Column('line_id', sa.Integer(), nullable=True),
    sa.Column('form', sa.String(length=16), nullable=False),
    sa.Column('moisture_share', sa.Double(), nullable=True),
    sa.Column('waste_code', sa.String(length=16), nullable=True),
    sa.Column('mass_kg_per_year', sa.BigInteger(), nullable=False),
    sa.Column('min_lot_kg', sa.BigInteger(), nullable=True),
    sa.Column('stock_kg', sa.BigInteger(), nullable=True),
    sa.Column('storage_kg', sa.BigInteger(), nullable=True),
    sa.Column('price_fen_per_t', sa.Integer(), nullable=True),
    sa.Column('disposal_fen_per_t', sa.Integer(), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('expires_on', sa.Date(), nullable=False),
    sa.Column('created_at', market.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_at', market.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(side = 'want') = (process_id IS NOT NULL)", name=op.f('ck_listing_want_has_process')),
    sa.CheckConstraint("basis IN ('declared', 'estimate')", name=op.f('ck_listing_basis_known')),
    sa.CheckConstraint("form IN ('dry', 'wet', 'lump', 'baled', 'packed')", name=op.f('ck_listing_form_known')),
    sa.CheckConstraint("side IN ('offer', 'want')", name=op.f('ck_listing_side_known')),
    sa.CheckConstraint("state IN ('open', 'withdrawn')", name=op.f('ck_listing_state_known')),
    sa.CheckConstraint('mass_kg_per_year > 0 AND mass_kg_per_year <= 100000000000', name=op.f('ck_listing_mass_in_range')),
    sa.CheckConstraint('moisture_share >= 0 AND moisture_share < 1', name=op.f('ck_listing_moisture_is_share')),
    sa.ForeignKeyConstraint(['line_id'], ['line.id'], name=op.f('fk_listing_line_id_line')),
    sa.ForeignKeyConstraint(['material_id'], ['material.id'], name=op.f('fk_listing_material_id_material')),
    sa.ForeignKeyConstraint(['org_id'], ['organisation.id'], name=op.f('fk_listing_org_id_organisation')),
    sa.ForeignKeyConstraint(['process_id'], ['process.id'], name=op.f('fk_listing_process_id_process')),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_listing_site_id_site')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_listing')),
    sa.UniqueConstraint('key', name=op.f('uq_listing_key'))
    )
    with op.batch_alter_table('listing', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_listing_material_id'), ['material_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_listing_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_listing_process_id'), ['process_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_listing_side_listing_state_listing_material_id'), ['side', 'state', 'material_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_listing_site_id'), ['site_id'], unique=False)

    op.create_table('plan_route',
    sa.Column('plan_id', sa.Integer(), nullable=False),
    sa.Column('vehicle_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('vehicle', sa.JSON(), nullable=False),
    sa.Column('starts_s', sa.Integer(), nullable=False),
    sa.Column('ends_s', sa.Integer(), nullable=False),
    sa.Column('drive_s', sa.Integer(), nullable=False),
    sa.Column('distance_m', sa.Integer(), nullable=False),
    sa.Column('empty_m', sa.Integer(), nullable=False),
    sa.Column('cost_fen', sa.Integer(), nullable=False),
    sa.Column('mass_kg', sa.Integer(), nullable=False),
    sa.Column('load_count', sa.Integer(), nullable=False),
    sa.Column('stops', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['plan_id'], ['collection_plan.id'], name=op.f('fk_plan_route_plan_id_collection_plan'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['vehicle_id'], ['vehicle.id'], name=op.f('fk_plan_route_vehicle_id_vehicle')),
    sa.PrimaryKeyConstraint('plan_id', 'vehicle_id', name=op.f('pk_plan_route'))
    )
    op.create_table('assay',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('listing_id', sa.Integer(), nullable=False),
    sa.Column('report_no', sa.String(length=64), nullable=False),
    sa.Column('laboratory', sa.String(length=200), nullable=False),
    sa.Column('sampled_on', sa.Date(), nullable=False),
    sa.Column('expires_on', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['listing_id'], ['listing.id'], name=op.f('fk_assay_listing_id_listing'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assay'))
    )
    with op.batch_alter_table('assay', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_assay_listing_id'), ['listing_id'], unique=False)

    op.create_table('collection',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('name_zh', sa.String(length=200), nullable=False),
    sa.Column('name_en', sa.String(length=200), nullable=False),
    sa.Column('county_zh', sa.String(length=64), nullable=False),
    sa.Column('county_en', sa.String(length=64), nullable=False),
    sa.Column('standing', sa.String(length=16), nullable=False),
    sa.Column('lat', sa.Double(), nullable=False),
    sa.Column('lon', sa.Double(), nullable=False),
    sa.Column('material_id', sa.String(length=64), nullable=False),
    sa.Column('form', sa.String(length=16), nullable=False),
    sa.Column('want_id', sa.Integer(), nullable=False),
    sa.Column('mass_kg', sa.Integer(), nullable=False),
    sa.Column('weekdays', sa.JSON(), nullable=False),
    sa.Column('service_s', sa.Integer(), nullable=False),
    sa.Column('window_opens_s', sa.Integer(), nullable=False),
    sa.Column('window_closes_s', sa.Integer(), nullable=False),
    sa.CheckConstraint("form IN ('dry', 'wet', 'lump', 'baled', 'packed')", name=op.f('ck_collection_form_known')),
    sa.CheckConstraint("standing IN ('demo', 'estimate', 'member')", name=op.f('ck_collection_standing_known')),
    sa.CheckConstraint('lat BETWEEN -90 AND 90', name=op.f('ck_collection_lat_on_earth')),
    sa.CheckConstraint('lon BETWEEN -180 AND 180', name=op.f('ck_collection_lon_on_earth')),
    sa.CheckConstraint('mass_kg > 0', name=op.f('ck_collection_mass_positive')),
    sa.CheckConstraint('window_closes_s >= window_opens_s', name=op.f('ck_collection_window_ordered')),
    sa.ForeignKeyConstraint(['material_id'], ['material.id'], name=op.f('fk_collection_material_id_material')),
    sa.ForeignKeyConstraint(['want_id'], ['listing.id'], name=op.f('fk_collection_want_id_listing')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_collection')),
    sa.UniqueConstraint('key', name=op.f('uq_collection_key'))
    )
    with op.batch_alter_table('collection', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_collection_material_id'), ['material_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_collection_want_id'), ['want_id'], unique=False)

    op.create_table('listing_draft',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('side', sa.String(length=8), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('listing_id', sa.Integer(), nullable=True),
    sa.Column('base_version', sa.Integer(), nullable=True),
    sa.Column('answers', sa.JSON(), nullable=False),
    sa.Column('created_at', market.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_at', market.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.Integer(), nullable=False),
    sa.Column('published_at', market.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("side IN ('offer', 'want')", name=op.f('ck_listing_draft_side_known')),
    sa.ForeignKeyConstraint(['listing_id'], ['listing.id'], name=op.f('fk_listing_draft_listing_id_listing'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['org_id'], ['organisation.id'], name=op.f('fk_listing_draft_org_id_organisation')),
    sa.ForeignKeyConstraint(['updated_by'], ['user.id'], name=op.f('fk_listing_draft_updated_by_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_listing_draft')),
    sa.UniqueConstraint('key', name=op.f('uq_listing_draft_key'))
    )
    with op.batch_alter_table('listing_draft', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_listing_draft_listing_id'), ['listing_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_listing_draft_org_id'), ['org_id'], unique=False)

    op.create_table('match_balance',
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.Column('listing_id', sa.Integer(), nullable=False),
    sa.Column('side', sa.String(length=8), nullable=False),
    sa.Column('available_kg', sa.BigInteger(), nullable=False),
    sa.Column('placed_kg', sa.BigInteger(), nullable=False),
    sa.Column('dual_low', sa.Double(), nullable=True),
    sa.Column('dual_high', sa.Double(), nullable=True),
    sa.Column('dual_km_low', sa.Double(), nullable=True),
    sa.Column('dual_km_high', sa.Double(), nullable=True),
    sa.Column('reason', sa.String(length=32), nullable=True),
    sa.Column('reason_params', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['listing_id'], ['listing.id'], name=op.f('fk_match_balance_listing_id_listing')),
    sa.ForeignKeyConstraint(['run_id'], ['match_run.id'], name=op.f('fk_match_balance_run_id_match_run'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('run_id', 'listing_id', name=op.f('pk_match_balance'))
    )
    op.create_table('match_flow',
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.Column('offer_id', sa.Integer(), nullable=False),
    sa.Column('want_id', sa.Integer(), nullable=False),
    sa.Column('material_id', sa.String(length=64), nullable=False),
    sa.Column('mass_kg', sa.BigInteger(), nullable=False),
    sa.Column('distance_m', sa.Integer(), nullable=False),
    sa.Column('transport_kg_m', sa.BigInteger(), nullable=False),
    sa.Column('value_fen_per_t', sa.Integer(), nullable=True),
    sa.Column('explanation', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['material_id'], ['material.id'], name=op.f('fk_match_flow_material_id_material')),
    sa.ForeignKeyConstraint(['offer_id'], ['listing.id'], name=op.f('fk_match_flow_offer_id_listing')),
    sa.ForeignKeyConstraint(['run_id'], ['match_run.id'], name=op.f('fk_match_flow_run_id_match_run'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['want_id'], ['listing.id'], name=op.f('fk_match_flow_want_id_listing')),
    sa.PrimaryKeyConstraint('run_id', 'offer_id', 'want_id', name=op.f('pk_match_flow'))
    )
    with op.batch_alter_table('match_flow', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_match_flow_want_id'), ['want_id'], unique=False)

    op.create_table('match_refusal',
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.Column('offer_id', sa.Integer(), nullable=False),
    sa.Column('want_id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('distance_m', sa.Integer(), nullable=False),
    sa.Column('reasons', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['offer_id'], ['listing.id'], name=op.f('fk_match_refusal_offer_id_listing')),
    sa.ForeignKeyConstraint(['run_id'], ['match_run.id'], name=op.f('fk_match_refusal_run_id_match_run'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['want_id'], ['listing.id'], name=op.f('fk_match_refusal_want_id_listing')),
    sa.PrimaryKeyConstraint('run_id', 'offer_id', 'want_id', name=op.f('pk_match_refusal'))
    )
    with op.batch_alter_table('match_refusal', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_match_refusal_want_id'), ['want_id'], unique=False)

    op.create_table('search_entry',
    sa.Column('listing_id', sa.Integer(), nullable=False),
    sa.Column('grade', sa.String(length=16), nullable=False),
    sa.ForeignKeyConstraint(['listing_id'], ['listing.id'], name=op.f('fk_search_entry_listing_id_listing'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('listing_id', name=op.f('pk_search_entry'))
    )
    with op.batch_alter_table('search_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_search_entry_grade'), ['grade'], unique=False)

    op.create_table('assay_value',
    sa.Column('assay_id', sa.Integer(), nullable=False),
    sa.Column('property', sa.String(length=64), nullable=False),
    sa.Column('low', sa.Double(), nullable=False),
    sa.Column('high', sa.Double(), nullable=False),
    sa.Column('unit', sa.String(length=32), nullable=False),
    sa.CheckConstraint('low <= high', name=op.f('ck_assay_value_bounds_ordered')),
    sa.ForeignKeyConstraint(['assay_id'], ['assay.id'], name=op.f('fk_assay_value_assay_id_assay'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('assay_id', 'property', name=op.f('pk_assay_value'))
    )
    op.create_table('plan_load',
    sa.Column('plan_id', sa.Integer(), nullable=False),
    sa.Column('load_key', sa.String(length=64), nullable=False),
    sa.Column('vehicle_id', sa.Integer(), nullable=False),
    sa.Column('offer_id', sa.Integer(), nullable=True),
    sa.Column('collection_id', sa.Integer(), nullable=True),
    sa.Column('want_id', sa.Integer(), nullable=False),
    sa.Column('material_id', sa.String(length=64), nullable=False),
    sa.Column('mass_kg', sa.Integer(), nullable=False),
    sa.Column('loading_starts_s', sa.Integer(), nullable=False),
    sa.Column('loading_ends_s', sa.Integer(), nullable=False),
    sa.Column('unloading_starts_s', sa.Integer(), nullable=False),
    sa.Column('unloading_ends_s', sa.Integer(), nullable=False),
    sa.CheckConstraint('(offer_id IS NULL) <> (collection_id IS NULL)', name=op.f('ck_plan_load_one_origin')),
    sa.CheckConstraint('mass_kg > 0', name=op.f('ck_plan_load_mass_positive')),
    sa.ForeignKeyConstraint(['collection_id'], ['collection.id'], name=op.f('fk_plan_load_collection_id_collection')),
    sa.ForeignKeyConstraint(['material_id'], ['material.id'], name=op.f('fk_plan_load_material_id_material')),
    sa.ForeignKeyConstraint(['offer_id'], ['listing.id'], name=op.f('fk_plan_load_offer_id_listing')),
    sa.ForeignKeyConstraint(['plan_id', 'vehicle_id'], ['plan_route.plan_id', 'plan_route.vehicle_id'], name='fk_plan_load_route_plan_route', ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['want_id'], ['listing.id'], name=op.f('fk_plan_load_want_id_listing')),
    sa.PrimaryKeyConstraint('plan_id', 'load_key', name=op.f('pk_plan_load'))
    )
    with op.batch_alter_table('plan_load', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_plan_load_collection_id'), ['collection_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_plan_load_offer_id'), ['offer_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_plan_load_want_id'), ['want_id'], unique=False)

    op.create_table('plan_unserved',
    sa.Column('plan_id', sa.Integer(), nullable=False),
    sa.Column('load_key', sa.String(length=64), nullable=False),
    sa.Column('offer_id', sa.Integer(), nullable=True),
    sa.Column('collection_id', sa.Integer(), nullable=True),
    sa.Column('want_id', sa.Integer(), nullable=False),
    sa.Column('material_id', sa.String(length=64), nullable=False),
    sa.Column('mass_kg', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=32), nullable=False),
    sa.Column('params', sa.JSON(), nullable=False),
    sa.CheckConstraint('(offer_id IS NULL) <> (collection_id IS NULL)', name=op.f('ck_plan_unserved_one_origin')),
    sa.ForeignKeyConstraint(['collection_id'], ['collection.id'], name=op.f('fk_plan_unserved_collection_id_collection')),
    sa.ForeignKeyConstraint(['material_id'], ['material.id'], name=op.f('fk_plan_unserved_material_id_material')),
    sa.ForeignKeyConstraint(['offer_id'], ['listing.id'], name=op.f('fk_plan_unserved_offer_id_listing')),
    sa.ForeignKeyConstraint(['plan_id'], ['collection_plan.id'], name=op.f('fk_plan_unserved_plan_id_collection_plan'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['want_id'], ['listing.id'], name=op.f('fk_plan_unserved_want_id_listing')),
    sa.PrimaryKeyConstraint('plan_id', 'load_key', name=op.f('pk_plan_unserved'))
    )
    create_text_table(op.get_bind())


def downgrade() -> None:
    drop_text_table(op.get_bind())
    op.drop_table('plan_unserved')
    with op.batch_alter_table('plan_load', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_plan_load_want_id'))
        batch_op.drop_index(batch_op.f('ix_plan_load_offer_id'))
        batch_op.drop_index(batch_op.f('ix_plan_load_collection_id'))

    op.drop_table('plan_load')
    op.drop_table('assay_value')
    with op.batch_alter_table('search_entry', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_search_entry_grade'))

    op.drop_table('search_entry')
    with op.batch_alter_table('match_refusal', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_match_refusal_want_id'))

    op.drop_table('match_refusal')
    with op.batch_alter_table('match_flow', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_match_flow_want_id'))

    op.drop_table('match_flow')
    op.drop_table('match_balance')
    with op.batch_alter_table('listing_draft', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_listing_draft_org_id'))
        batch_op.drop_index(batch_op.f('ix_listing_draft_listing_id'))

    op.drop_table('listing_draft')
    with op.batch_alter_table('collection', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_collection_want_id'))
        batch_op.drop_index(batch_op.f('ix_collection_material_id'))

    op.drop_table('collection')
    with op.batch_alter_table('assay', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_assay_listing_id'))

    op.drop_table('assay')
    op.drop_table('plan_route')
    with op.batch_alter_table('listing', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_listing_site_id'))
        batch_op.drop_index(batch_op.f('ix_listing_side_listing_state_listing_material_id'))
        batch_op.drop_index(batch_op.f('ix_listing_process_id'))
        batch_op.drop_index(batch_op.f('ix_listing_org_id'))
        batch_op.drop_index(batch_op.f('ix_listing_material_id'))

    op.drop_table('listing')
    with op.batch_alter_table('line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_line_site_id'))
        batch_op.drop_index(batch_op.f('ix_line_process_id'))

    op.drop_table('line')
    with op.batch_alter_table('licence', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_licence_site_id'))

    op.drop_table('licence')
    op.drop_table('facility')
    with op.batch_alter_table('collection_plan', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_collection_plan_run_id'))

    op.drop_table('collection_plan')
    with op.batch_alter_table('vehicle', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_vehicle_type_id'))
        batch_op.drop_index(batch_op.f('ix_vehicle_depot_id'))

    op.drop_table('vehicle')
    with op.batch_alter_table('site', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_site_org_id'))
        batch_op.drop_index(batch_op.f('ix_site_lat_site_lon'))

    op.drop_table('site')
    with op.batch_alter_table('membership', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_membership_org_id'))

    op.drop_table('membership')
    op.drop_table('match_run')
    op.drop_table('composition')
    with op.batch_alter_table('audit_entry', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_audit_entry_subject_audit_entry_subject_id'))

    op.drop_table('audit_entry')
    with op.batch_alter_table('acceptance_limit', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_acceptance_limit_process_id_acceptance_limit_material_id'))
        batch_op.drop_index(batch_op.f('ix_acceptance_limit_material_id'))

    op.drop_table('acceptance_limit')
    with op.batch_alter_table('acceptance', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_acceptance_material_id'))

    op.drop_table('acceptance')
    op.drop_table('vehicle_type')
    op.drop_table('vat_row')
    op.drop_table('user')
    with op.batch_alter_table('sign_in_failure', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sign_in_failure_email_sign_in_failure_at'))

    op.drop_table('sign_in_failure')
    with op.batch_alter_table('process', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_process_sector'))

    op.drop_table('process')
    with op.batch_alter_table('policy_rule', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_policy_rule_topic'))

    op.drop_table('policy_rule')
    op.drop_table('organisation')
    with op.batch_alter_table('material', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_material_family'))

    op.drop_table('material')
    with op.batch_alter_table('job', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_job_state_job_created_at'))

    op.drop_table('job')
    with op.batch_alter_table('factor', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_factor_kind'))

    op.drop_table('factor')
    op.drop_table('depot')
    op.drop_table('cargo_rule')
