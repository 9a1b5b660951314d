"""key cargo rules by material"""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

BEFORE = ('one_family', 'other_family', 'cleaning_s', 'basis', 'reason_zh', 'reason_en')


def _old_table() -> sa.Table:
    return op.create_table(
        'cargo_rule',
        sa.Column('one_family', sa.String(length=16), nullable=False),
        sa.Column('other_family', sa.String(length=16), nullable=False),
        sa.Column('cleaning_s', sa.Integer(), nullable=False),
        sa.Column('basis', sa.String(length=16), nullable=False),
        sa.Column('reason_zh', sa.String(length=200), nullable=False),
        sa.Column('reason_en', sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "basis IN ('factor', 'assumption')", name=op.f('ck_cargo_rule_basis_known')
        ),
        sa.CheckConstraint('cleaning_s >= 0', name=op.f('ck_cargo_rule_cleaning_not_negative')),
        sa.CheckConstraint('one_family <> other_family', name=op.f('ck_cargo_rule_two_families')),
        sa.PrimaryKeyConstraint('one_family', 'other_family', name=op.f('pk_cargo_rule')),
    )


def _new_table() -> sa.Table:
    return op.create_table(
        'cargo_rule',
        sa.Column('position', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('one', sa.JSON(), nullable=False),
        sa.Column('other', sa.JSON(), nullable=False),
        sa.Column('together', sa.Boolean(), nullable=False),
        sa.Column('cleaning_s', sa.Integer(), nullable=False),
        sa.Column('basis', sa.String(length=16), nullable=False),
        sa.Column('reason_zh', sa.String(length=200), nullable=False),
        sa.Column('reason_en', sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "basis IN ('practice', 'assumption')", name=op.f('ck_cargo_rule_basis_known')
        ),
        sa.CheckConstraint('cleaning_s >= 0', name=op.f('ck_cargo_rule_cleaning_not_negative')),
        sa.PrimaryKeyConstraint('position', name=op.f('pk_cargo_rule')),
    )


def upgrade() -> None:
    """Keep the rules there are, each between two families, until the data are loaded again."""
    found = op.get_bind().execute(
        sa.select(*(sa.column(name) for name in BEFORE))
        .select_from(sa.table('cargo_rule'))
        .order_by(sa.column('one_family'), sa.column('other_family'))
    )
    rows = [
        {
            'position': position,
            'one': [row.one_family],
            'other': [row.other_family],
            'together': False,
            'cleaning_s': row.cleaning_s,
            'basis': 'assumption',
            'reason_zh': row.reason_zh,
            'reason_en': row.reason_en,
        }
        for position, row in enumerate(found, start=1)
    ]
    op.drop_table('cargo_rule')
    op.bulk_insert(_new_table(), rows)


def downgrade() -> None:
    """Keep only what the older table can say: the washes between two families."""
    table = sa.table(
        'cargo_rule',
        sa.column('one', sa.JSON()),
        sa.column('other', sa.JSON()),
        *(sa.column(name) for name in ('position', 'cleaning_s', 'reason_zh', 'reason_en')),
    )
    families = {'ash', 'slag', 'mud', 'gypsum', 'mine', 'chem', 'metal', 'hazard'}
    kept = {
        (one, other): {
            'one_family': one,
            'other_family': other,
            'cleaning_s': row.cleaning_s,
            'basis': 'assumption',
            'reason_zh': row.reason_zh,
            'reason_en': row.reason_en,
        }
        for row in op.get_bind().execute(sa.select(table).order_by(sa.column('position')))
        for one in row.one
        for other in row.other
        if row.cleaning_s and one != other and {one, other} <= families
    }
    op.drop_table('cargo_rule')
    op.bulk_insert(_old_table(), list(kept.values()))
