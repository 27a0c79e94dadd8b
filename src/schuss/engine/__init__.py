"""The engine: members and rows in, trained weights and their history out.

`train.train` plans a `trial.Trial` for each member, groups them into cohorts, and lets a crew of threads advance them,
each by calls of one compiled program. Nothing here knows of files of tables, pictures or exports.
"""
