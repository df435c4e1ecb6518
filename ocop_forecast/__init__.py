"""Which districts reach their OCOP target by December, how sure we are, and which need support.

The path of data, one noun a step::

    read_province -> project (trend and dossiers) -> assess (attainment and flags) -> support -> write_report

Public names are imported when first used, so that ``import ocop_forecast`` stays light.
"""

from importlib import import_module

_HOME = {
    "Forecast": "models.forecast",
    "InputError": "errors",
    "OcopError": "errors",
    "Rule": "planning.flags",
    "TermsError": "errors",
    "TrendModel": "models.trend",
    "advice": "reporting.advice",
    "assess": "planning.outlook",
    "backtest": "evaluation.backtest",
    "chance": "planning.chance",
    "check": "tables.validation",
    "explain": "planning.explanation",
    "headline": "reporting.pack",
    "next_year": "planning.years",
    "project": "models.projection",
    "propose_targets": "planning.proposal",
    "read_province": "tables.loading",
    "run_all": "batch.country",
    "run_batch": "batch.monthly",
    "scenario": "planning.scenarios",
    "set_options": "terms",
    "stock_ahead": "planning.stock",
    "support": "planning.support",
    "table": "reporting.pack",
    "write_report": "reporting.meeting",
    "years_ahead": "planning.years",
}

__all__ = [*_HOME]
__version__ = "0.1.0"


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
