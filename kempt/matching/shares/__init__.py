"""A plan cut into shares of pairs, for workers that know of the records only what they are sent.

Rows of Arrow go in and come out. Who carries them is an engine's business: nothing here knows of Spark.
"""
