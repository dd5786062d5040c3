"""Alembic's entrance. The connection is handed in, with its transaction begun, by `data.upgrade`."""

from alembic import context

from data import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.metadata,
    render_as_batch=True,
)
context.run_migrations()
