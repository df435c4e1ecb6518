"""How far to trust the forecasts: past years beside simple baselines, and provinces of known truth.

`backtest` gives a row for every forecast of a past year, `skill` summarises the rows, and `baselines` are the
simple methods to beat. `simulated_counts` and `simulated_dossiers` simulate provinces from what the models
assume, so that their probabilities can be checked.
"""
