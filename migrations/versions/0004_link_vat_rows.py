"""link vat rows"""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

COLUMNS = ('material_ids', 'process_ids')


def upgrade() -> None:
    """Link nothing yet: the next loading of the catalogue fills the lists."""
    with op.batch_alter_table('vat_row') as batch_op:
        for name in COLUMNS:
            batch_op.add_column(sa.Column(name, sa.JSON(), nullable=False, server_default='[]'))
    with op.batch_alter_table('vat_row') as batch_op:
        for name in COLUMNS:
            batch_op.alter_column(name, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('vat_row') as batch_op:
        for name in COLUMNS:
            batch_op.drop_column(name)
