"""Which id an entity keeps while records come, go, merge and part.

Ids are minted once and never reused: what is merged redirects, what parts again gets its old id back. Which
records are one entity was decided before, in matching/. Nothing here writes anything.
"""
