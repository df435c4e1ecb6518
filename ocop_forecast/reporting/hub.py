"""One forecast as a hub of the hubverse, the form in which forecasts are exchanged and scored.

The folder hub-config says what is asked, model-output what the answer is, model-metadata who gives it, and
target-data what is known. Units go by their codes. Every number comes from the forecast's draws.
"""

import json
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ocop_forecast import __version__
from ocop_forecast.files.writing import shipped, whole
from ocop_forecast.models.forecast import QUANTILES, Forecast

SCHEMAS = "https://raw.githubusercontent.com/hubverse-org/schemas/main/v6.0.0"
TEAM, MODEL = "ocop", "forecast"
SAMPLES = 100  # of the draws: as many as the hubverse's own example asks for; draws.npz has all
COLUMNS = ["origin_date", "location", "target", "target_end_date", "output_type", "output_type_id", "value"]
MONTH, YEAR = "month", "year_total"
DUE = 31  # days after the origin date, when the next month's round begins

TEMPLATES = shipped("templates")
KNOWN = json.loads((TEMPLATES / "hub.json").read_text(encoding="utf-8"))  # what is the same in every hub
METADATA = KNOWN["metadata"] | {"model_version": __version__}


def write(
    folder: str | PathLike,
    forecast: Forecast,
    targets: pd.Series | None = None,
    *,
    total: str = "total",
    caution: str = "",
) -> list[str]:
    """Write a forecast as a hub into `folder`; return the files' names, as seen from it.

    The folder is made if it is not there; each file is written whole or not at all.

    Parameters
    ----------
    folder : path
        Where to.
    forecast : Forecast
        Whose draws they are.
    targets : Series, optional
        Code -> target in products, `total` among the codes. Where it is missing or 0, no chance is asked.
    total : str
        What the province is called in column `location`.
    caution : str
        What a reader must know before any figure, a line each; it goes along with hub and model.

    Examples
    --------
    >>> import tempfile
    >>> panel = pd.DataFrame({"389": [0, 2, 0]}, index=pd.period_range("2024-07", "2024-09", freq="M"))
    >>> months = pd.period_range("2024-10", "2024-12", freq="M")
    >>> write(tempfile.mkdtemp(), Forecast(panel, months, np.ones((4, 1, 3), int)))[-2:]
    ['model-output/ocop-forecast/2024-09-30-ocop-forecast.csv', 'target-data/time-series.csv']
    """
    texts = _described(forecast, targets, total, caution)
    name = f"{TEAM}-{MODEL}"
    answer = model_output(forecast, targets, total=total)
    texts[f"model-output/{name}/{_day(forecast.as_of)}-{name}.csv"] = _csv(answer)
    texts["target-data/time-series.csv"] = _csv(time_series(forecast, total=total))
    for place, text in texts.items():
        with whole(Path(folder) / place) as draft:
            draft.write_text(text, encoding="utf-8", newline="\n")
    return list(texts)


def _described(forecast, targets, total, caution):
    """Return name -> text of the files that say what the hub is and who answers."""
    name = f"Newly recognised OCOP products of {total}"
    told = METADATA | ({"source_notes": caution} if caution else {})
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in told.items()]
    readme = (TEMPLATES / "hub.md").read_text(encoding="utf-8")
    readme = readme.format(name=name, version=SCHEMAS.rpartition("/")[2], total=total)
    return {
        "README.md": readme + "".join(f"\n**{line}**\n" for line in caution.splitlines()),
        "hub-config/admin.json": _json(KNOWN["admin"] | {"name": name}),
        "hub-config/tasks.json": _json(tasks(forecast, targets, total=total)),
        "hub-config/model-metadata-schema.json": _json(KNOWN["metadata_schema"]),
        "hub-config/target-data.json": _json(KNOWN["target_data"]),
        f"model-metadata/{TEAM}-{MODEL}.yml": "".join(lines),  # JSON after each key is YAML
    }


def _json(settings):
    return json.dumps(settings, ensure_ascii=False, indent=2) + "\n"


def _csv(table):
    return table.to_csv(index=False, lineterminator="\n")


def _day(period):
    """Write the last day of a month or day, as 2024-09-30."""
    return period.end_time.date().isoformat()


def _december(forecast):
    return pd.Period(f"{forecast.year}-12", "M")


def _aims(targets):
    """Map codes to targets, of the units that have one; a target of 0 is reached whatever comes."""
    known = pd.Series(dtype=int) if targets is None else targets.dropna()
    return known[known >= 1].astype(int).to_dict()


# what is asked


def tasks(forecast: Forecast, targets: pd.Series | None = None, *, total: str = "total") -> dict[str, Any]:
    """Fill in tasks.json: one round, of the forecast's origin date, and what it asks of each unit.

    Parameters
    ----------
    forecast, targets, total
        As for `write`. Units of the same target share a modeling task: a task has one set of cdf points.

    Examples
    --------
    >>> panel = pd.DataFrame({"389": [0, 2, 0]}, index=pd.period_range("2024-07", "2024-09", freq="M"))
    >>> months = pd.period_range("2024-10", "2024-12", freq="M")
    >>> forecast = Forecast(panel, months, np.ones((4, 1, 3), int))
    >>> asked = tasks(forecast, pd.Series({"389": 6, "total": 6}))["rounds"][0]["model_tasks"]
    >>> [task["task_ids"]["target"]["required"] for task in asked]
    [['month'], ['year_total']]
    >>> asked[1]["output_type"]["cdf"]["output_type_id"]
    {'required': [5]}
    """
    aims, locations = _aims(targets), [*forecast.units, total]
    alike: dict[int | None, list[str]] = {}
    for code in locations:
        alike.setdefault(aims.get(code), []).append(code)
    years = [_year_task(forecast, codes, aim) for aim, codes in alike.items()]
    once = {
        "round_id_from_variable": True,
        "round_id": "origin_date",
        "model_tasks": [_month_task(forecast, locations), *years],
        "submissions_due": {"relative_to": "origin_date", "start": 0, "end": DUE},
        "last_data_date": _day(forecast.as_of),
    }
    schema = f"{SCHEMAS}/tasks-schema.json"
    return {"schema_version": schema, "rounds": [once], "output_type_id_datatype": "double"}


def _month_task(forecast, locations):
    """Set the task of the months; where none is left, it names the last one but does not ask for it."""
    ends, count = [_day(month) for month in forecast.months], len(_chosen(forecast))
    dates = _of(ends) if ends else {"required": None, "optional": [_day(forecast.as_of)]}
    samples = {  # one sample goes through all locations and months
        "output_type_id_params": {
            "type": "integer",
            "min_samples_per_task": count,
            "max_samples_per_task": count,
            "compound_taskid_set": ["origin_date", "target"],
        },
        "value": {"type": "integer", "minimum": 0},
        "is_required": True,
    }
    return _task(forecast, MONTH, locations, dates, {"sample": samples})


def _year_task(forecast, locations, aim):
    """Set the task of the year's total, of locations that have the same target or none."""
    chance = {"type": "double", "minimum": 0, "maximum": 1}
    more = {} if aim is None else {"cdf": _asked([aim - 1], chance)}
    return _task(forecast, YEAR, locations, _of([_day(_december(forecast))]), more)


def _task(forecast, target, locations, dates, more):
    ids = {"origin_date": _of([_day(forecast.as_of)]), "location": _of(locations), "target": _of([target])}
    points = {
        "quantile": _asked(list(QUANTILES), {"type": "integer", "minimum": 0}),
        "mean": _asked(None, {"type": "double", "minimum": 0}),
    }
    return {
        "task_ids": ids | {"target_end_date": dates},
        "output_type": points | more,
        "target_metadata": [KNOWN["targets"][target]],
    }


def _of(values):
    return {"required": values, "optional": None}


def _asked(ids, value):
    return {"output_type_id": {"required": ids}, "value": value, "is_required": True}


def _chosen(forecast):
    """Choose the draws that are samples, by number: `SAMPLES`, evenly spaced, or all there are."""
    count = min(SAMPLES, len(forecast.draws))
    return np.arange(1, count + 1) * len(forecast.draws) // count


# what is answered


def model_output(
    forecast: Forecast, targets: pd.Series | None = None, *, total: str = "total"
) -> pd.DataFrame:
    """Tabulate the forecast as model output.

    Parameters
    ----------
    forecast, targets, total
        As for `write`.

    Returns
    -------
    DataFrame
        Columns origin_date (the last day known), location (a code), target (``month`` or ``year_total``),
        target_end_date (the last day of the month or year), output_type, output_type_id and value. The
        ``quantile`` (its level), ``mean`` (``NA``) and ``sample`` (number of the draw, from 1 on) are in
        products; a ``cdf`` (the unit's target less 1) is the probability of no more products than that. A
        month is counted whole: where the origin date lies in it, what is known of it is counted in.

    Examples
    --------
    >>> panel = pd.DataFrame({"389": [0, 2, 0]}, index=pd.period_range("2024-07", "2024-09", freq="M"))
    >>> months = pd.period_range("2024-12", "2024-12", freq="M")
    >>> forecast = Forecast(panel.set_axis(panel.index + 2), months, np.array([0, 0, 1, 2]).reshape(4, 1, 1))
    >>> answer = model_output(forecast, pd.Series({"389": 3}))
    >>> answer[answer["output_type"] == "cdf"].iloc[0].tolist()
    ['2024-11-30', '389', 'year_total', '2024-12-31', 'cdf', '2', 0.5]
    >>> answer[(answer["output_type"] == "sample") & (answer["location"] == "389")]["value"].tolist()
    [0, 0, 1, 2]
    """
    aims, chosen, parts = _aims(targets), _chosen(forecast), []
    known = forecast.panel.reindex(forecast.months, fill_value=0).to_numpy(dtype=np.int64)
    for at, month in enumerate(forecast.months):
        counts = pd.DataFrame(forecast.draws[:, :, at] + known[at], columns=forecast.units)
        futures = _with_total(counts, total)
        samples = _rows(futures.iloc[chosen - 1].T.set_axis(chosen.astype(str), axis=1), "sample")
        parts.append(_answers(futures, samples, MONTH, month))
    futures = _with_total(forecast.year_end(), total)
    parts.append(_answers(futures, _chances(futures, aims), YEAR, _december(forecast)))
    return pd.concat(parts, ignore_index=True).assign(origin_date=_day(forecast.as_of))[COLUMNS]


def _answers(futures, more, target, month):
    """Tabulate quantiles and means of draws x locations, with more rows of the same target."""
    values = np.quantile(futures, QUANTILES, axis=0, method="inverted_cdf").astype(np.int64)
    quantiles = pd.DataFrame(values.T, futures.columns, [f"{level:g}" for level in QUANTILES])
    points = [_rows(quantiles, "quantile"), _rows(futures.mean().to_frame("NA"), "mean")]
    return pd.concat([*points, more]).assign(target=target, target_end_date=_day(month))


def _with_total(counts, total):
    """Add the province to counts x units as the last column, the sum of each row."""
    return counts.assign(**{total: counts.sum(axis=1)})


def _chances(futures, aims):
    """Tabulate the probability of fewer products than the target, of each location that has one."""
    asked = [code for code in futures if code in aims]
    below = [float((futures[code] < aims[code]).mean()) for code in asked]
    ids = [str(aims[code] - 1) for code in asked]
    table = {"location": asked, "output_type": "cdf", "output_type_id": ids, "value": below}
    return pd.DataFrame(table).astype({"value": object})


def _rows(table, output_type):
    """Tidy locations x output_type_ids into rows, in which whole numbers stay whole beside means."""
    tidy = table.astype(object).rename_axis("location").rename_axis("output_type_id", axis=1).stack()
    return tidy.rename("value").reset_index().assign(output_type=output_type)


# what is known


def time_series(forecast: Forecast, *, total: str = "total") -> pd.DataFrame:
    """Tabulate what is known as target data, months known whole alone.

    Parameters
    ----------
    forecast, total
        As for `write`.

    Returns
    -------
    DataFrame
        Columns as_of (the last day known), target_end_date (the month's last day), location (a code), target
        (``month``) and observation (products).

    Examples
    --------
    >>> panel = pd.DataFrame({"389": [0, 2, 0]}, index=pd.period_range("2024-07", "2024-09", freq="M"))
    >>> months, day = pd.period_range("2024-09", "2024-12", freq="M"), pd.Period("2024-09-19", "D")
    >>> time_series(Forecast(panel, months, np.ones((4, 1, 4), int), day)).iloc[-1].astype(str).tolist()
    ['2024-09-19', '2024-08-31', 'total', 'month', '2']
    """
    panel = forecast.panel[forecast.panel.index.end_time <= forecast.as_of.end_time]
    known = _with_total(panel.set_axis([_day(month) for month in panel.index]), total)
    tidy = known.rename_axis("target_end_date").rename_axis("location", axis=1).stack().rename("observation")
    tidy = tidy.reset_index().assign(as_of=_day(forecast.as_of), target=MONTH)
    return tidy[["as_of", "target_end_date", "location", "target", "observation"]]
