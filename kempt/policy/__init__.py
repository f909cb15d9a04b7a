"""May we? What the files in policies/ say, and the verdict they give on a proposal.

Every policy is read strictly, named by the digest of its content, and pure once loaded. What a proposal
is belongs in proposals/; which records match belongs in matching/. Nothing here writes anything.
"""
