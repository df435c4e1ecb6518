"""How far to trust the forecasts: past years beside simple baselines, and provinces of known truth.

`backtest.backtest` gives a row for every forecast of a past year; `baselines` are what a planner would do
instead. `simulation` and `simulated_dossiers` tell the models' stories forwards: do their chances hold?
"""
