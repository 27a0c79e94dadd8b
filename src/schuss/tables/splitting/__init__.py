"""Splitting: rows in, parts out: to train on, to choose by, to test on.

At random and stratified by class, by groups that stay together, or by time; once or in folds.
"""
