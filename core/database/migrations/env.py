"""Run the migrations on the connection that the caller holds (see ``core/database/schema.py``)."""

from alembic import context

from seamless_retail.core.database.schema import VERSION_TABLE
from seamless_retail.core.database.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
