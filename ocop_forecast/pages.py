"""Pages: each is one file that asks nothing of the network; every text that comes into it is escaped."""

from functools import cache


def render(template: str, **values) -> str:
    """Return one of the package's templates filled in; every text is escaped."""
    return _templates().get_template(template).render(**values)


@cache
def _templates():
    from jinja2 import Environment, PackageLoader

    loader = PackageLoader("ocop_forecast")
    pages = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    pages.filters["zip"] = zip
    return pages
