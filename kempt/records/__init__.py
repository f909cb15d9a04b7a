"""What a source says about one record, and how its values are standardized.

Nothing here knows other records: which records belong together is in matching/.
"""
