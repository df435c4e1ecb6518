"""Which districts reach their OCOP target by December, how sure we are, and which need support.

The path of data, one noun a step::

    read_province -> project (trend and dossiers) -> Forecast -> attainment -> flag -> support -> report

Public names are imported when first used, so that ``import ocop_forecast`` stays light.
"""

from importlib import import_module

_HOME = {
    "Forecast": "forecast",
    "InputError": "errors",
    "OcopError": "errors",
    "Province": "province",
    "Rule": "plan",
    "TermsError": "errors",
    "TrendModel": "trend",
    "TrendResults": "trend",
    "advice": "counsel",
    "attainment": "outlook",
    "backtest": "record",
    "certificates": "events",
    "check": "checks",
    "coverage": "standing",
    "flag": "plan",
    "headline": "answer",
    "monthly_counts": "register",
    "project": "projection",
    "read_breaks": "tables",
    "read_dossiers": "tables",
    "read_province": "door",
    "read_register": "register",
    "read_rounds": "tables",
    "read_targets": "tables",
    "read_units": "tables",
    "scenario": "what_if",
    "stock": "events",
    "support": "allocation",
    "table": "answer",
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
