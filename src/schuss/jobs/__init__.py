"""What a person asks for: train, inspect, predict, evaluate. Names of files in, files and results out.

The command and the estimators only ask these and show what comes back.
"""
