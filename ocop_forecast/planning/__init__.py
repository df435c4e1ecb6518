"""What a forecast means for a plan: attainment of targets, flags, support and where it does most, scenarios.

`attainment` holds the draws against the targets, `flags` says who needs support, `support` where money does
most, `scenarios` what another plan would change, `changes` what an earlier run said. Facts, no sentences.
"""
