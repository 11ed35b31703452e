"""What long streams have come to, kept beside the log."""

from pathlib import Path

from alembic import context, op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table in the service's own schema, for its role."""
    attributes = context.config.attributes
    sql = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    sql = sql.replace(":service", attributes["schema"]).replace(":role", attributes["role"])
    op.get_bind().exec_driver_sql(sql.replace("%", "%%"))


def downgrade() -> None:
    """Nothing is lost with it: it is made from the log."""
    op.drop_table("snapshots", schema=context.config.attributes["schema"])
