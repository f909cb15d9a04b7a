"""What happened, and where it is kept: PostgreSQL, its schema, the hash chain, tenants and their keys.

Events are appended and verified here, never changed. What an event means belongs to its writer, and what is true
now to projections/.
"""
