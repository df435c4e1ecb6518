"""A month's run from beginning to end: one forecast, a notebook a district, the pack, what became of each.

Start with `monthly.run_batch`. `jobs` is one notebook to execute, `executors` and `cluster` are who executes
it, `kernels` how its kernel starts; `journal` is what a run's folder says of itself, `earlier` what a run
before it said. `country` makes the runs of many provinces, `parcel` is what goes along with one elsewhere.
"""
