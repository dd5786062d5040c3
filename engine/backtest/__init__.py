"""What another configuration would have made of the recorded history: the journal is run twice through the pipeline, as
it was and changed, in memory; the difference is told. The database is only read, and nobody is contacted.
"""
