"""What extends DuckDB is loaded only if it is signed, although that is not looked at again by every connection."""

from pathlib import Path

import duckdb
import pytest

from kempt.warehouse.connection import connection_config, link_extensions, load_extensions


def tampered(extensions: Path) -> Path:
    """One of the extensions with one bit turned in its signature."""
    link = next(extensions.rglob("httpfs.duckdb_extension"))
    content = bytearray(link.read_bytes())
    content[-1] ^= 1
    link.unlink()
    link.write_bytes(content)
    return link


def test_a_process_starts_with_no_extension_that_was_tampered_with(tmp_path: Path) -> None:
    tampered(link_extensions(tmp_path))

    with pytest.raises(duckdb.IOException, match="signature is either missing or invalid"):
        connection_config(tmp_path)


def test_once_ours_are_loaded_a_connection_takes_no_unsigned_one(tmp_path: Path) -> None:
    with duckdb.connect(config=connection_config(link_extensions(tmp_path / "ours"))) as connection:
        load_extensions(connection)

        with pytest.raises(duckdb.InvalidInputException, match="Cannot change allow_unsigned_extensions"):
            connection.execute("set allow_unsigned_extensions = true")
        with pytest.raises(duckdb.IOException, match="signature is either missing or invalid"):
            connection.execute(f"load '{renamed(tampered(link_extensions(tmp_path / 'others')))}'")


def renamed(extension: Path) -> Path:
    """The same under a name that is not loaded yet."""
    return extension.rename(extension.with_name("other.duckdb_extension"))
