"""Which id an entity keeps over time: assignment, redirects, revival.

Which records belong together is decided in matching/. Ids are minted once and never reused.
"""
