"""Choosing: a data set and a plan in, a selection and its model out.

A data set is split and encoded into folds; members are trained on each, ranked by a metric on rows they have not
trained on, blended, calibrated, and trained again on all rows.
"""
