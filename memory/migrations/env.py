"""What Alembic runs to take the steps: on the connection that `upgrade` passes in, nothing else."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
