"""The product: what Kempt knows and does, without Dagster.

Dagster's view of it is in assets/ and orchestration/, the SQL that standardizes in dbt_project/.
"""
