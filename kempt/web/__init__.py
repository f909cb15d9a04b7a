"""The steward's app: pages and their JSON twins over the use cases.

Who may do what stands in `access.py`. Pages read Postgres; nothing here decides, and nothing here holds SQL.
"""
