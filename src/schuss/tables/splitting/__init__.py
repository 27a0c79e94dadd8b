"""Splitting: which rows of a table train, which choose the model, and which judge it in the end.

A number of rows comes in, with their classes, groups or moments in time where these matter; indices of rows come out,
once or in folds: at random and stratified by class, by groups that stay together, or by time.
"""
