"""Where values of records lie, and how they are found and erased there.

One adapter for each place. In which order places are erased, and what follows, is in kempt/usecases/erase.py.
"""
