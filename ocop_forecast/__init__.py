"""Which districts reach their OCOP target by December, how sure we are, and which need support.

The path of data, one noun a step::

    read_province -> project (trend and dossiers) -> Forecast -> attainment -> flag -> support -> report

Public names are imported when first used, so that ``import ocop_forecast`` stays light.
"""

from importlib import import_module

_HOME = {
    "Forecast": "models.forecast",
    "InputError": "errors",
    "OcopError": "errors",
    "Outlook": "planning.outlook",
    "Province": "tables.province",
    "Rule": "planning.flags",
    "TermsError": "errors",
    "TrendModel": "models.trend",
    "TrendResults": "models.trend",
    "advice": "reporting.advice",
    "assess": "planning.outlook",
    "attainment": "planning.attainment",
    "backtest": "evaluation.backtest",
    "certificates": "tables.certificates",
    "check": "tables.validation",
    "coverage": "planning.coverage",
    "headline": "reporting.pack",
    "monthly_counts": "tables.register",
    "project": "models.projection",
    "read_province": "tables.loading",
    "set_options": "i18n.catalogue",
    "reasons": "reporting.reasons",
    "scenario": "planning.scenarios",
    "stock": "tables.certificates",
    "support": "planning.support",
    "table": "reporting.pack",
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
