"""The forecast: joint draws of the months to come, from the trend, the target and open dossiers.

`trend` is the model of monthly counts (`season` and `calendar`, `total`, `shares` and their `lean`), `target`
what became of such targets (the `reference` class), `pipeline` the model of dossiers (`stages`, `glmm`);
`pool` mixes them, and `projection.project` makes one `forecast.Forecast` of a province, from what is `known`.
`panel` checks the data, `counts` and `streams` hold sums over time and random numbers.
"""
