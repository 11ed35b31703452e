"""The sealed log and the tables of followers, inbox and idempotency."""

from pathlib import Path

from alembic import context, op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create everything in the service's own schema; the role gets the columns it needs, no more."""
    attributes = context.config.attributes
    sql = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    sql = sql.replace(":service", attributes["schema"]).replace(":role", attributes["role"])
    op.get_bind().exec_driver_sql(sql.replace("%", "%%"))


def downgrade() -> None:
    """History is never dropped by a migration."""
    raise RuntimeError("the first revision holds the bank's history: restore a backup instead")
