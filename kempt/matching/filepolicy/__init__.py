"""A hand-written match policy for files nobody described: what it may name, and the pairs and clusters it makes.

What a policy says is in `kempt.matching.spec`, what a file's columns are made into in `kempt.matching.profile`.
"""
