"""The forecast: joint draws of the months to come, from the trend of recognitions and open dossiers.

`trend` is the model of monthly counts (`season` and `calendar`, `total`, `shares`), `pipeline` that of
dossiers (`stages`, `glmm`); `pool` mixes the two, and `projection.project` makes one `forecast.Forecast` of a
province. `panel` checks the data, `counts` and `streams` hold sums over time and random numbers.
"""
