"""Encoding: how the columns of a table become arrays of numbers, and predictions become labels and numbers again.

A table, its target and the training rows come in. An `Encoding` comes out: what each column holds is inferred, its
statistics come from training rows alone, and its encoders go to JSON and back.
"""
