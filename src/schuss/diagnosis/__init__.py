"""What a trained population is worth and why: a selection in, judgements and findings out.

Scores beside a baseline, their standard errors, the health of units and gradients, the importance of columns.
"""
