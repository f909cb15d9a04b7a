"""The lake of one tenant: an encrypted DuckLake whose catalog lives in Postgres.

Everything in it can be rebuilt from raw extracts and the ledger. What the tables mean is in dbt_project/.
"""
