"""Running a migration's SQL file as it is written: no parameters, no escapes."""

from importlib.resources import files

from alembic import op


def run(*names: str) -> None:
    """Execute whole files of sql/, in order, in the migration's transaction."""
    for name in names:
        text = (files("kempt.ledger.migrations") / "sql" / name).read_text(encoding="utf-8")
        driver = op.get_bind().connection.driver_connection
        assert driver is not None
        driver.execute(text)
