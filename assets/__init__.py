"""What Kempt keeps true, as Dagster sees it: captions that name inputs, call one verb and report numbers.

The verbs are in kempt/usecases/; when things run is in orchestration/.
"""
