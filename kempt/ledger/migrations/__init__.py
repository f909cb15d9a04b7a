"""The schema's history. Each version upgrades and downgrades; the SQL itself is in sql/."""
