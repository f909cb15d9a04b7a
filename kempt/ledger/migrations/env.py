"""How Alembic reaches the database: as the owner of its objects, one migrator at a time, all or nothing."""

from alembic import context
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

engine = create_engine(context.config.attributes["url"], poolclass=NullPool)
with engine.begin() as connection:
    connection.execute(text("select pg_advisory_xact_lock(hashtextextended('kempt.migrate', 0))"))
    connection.execute(text("set local role kempt_owner"))
    connection.execute(text("create schema if not exists kempt"))
    context.configure(connection=connection, version_table_schema="kempt")
    with context.begin_transaction():
        context.run_migrations()
