"""Encoding: columns of a table in, arrays of numbers out, and back.

What a column holds is inferred, its statistics come from training rows alone, and its encoder goes to JSON and back.
"""
