"""Pages: each is one file that asks nothing of the network; every text that comes into it is escaped."""


def render(template: str, **values) -> str:
    """Return one of the package's templates filled in; every text is escaped."""
    from jinja2 import Environment, PackageLoader

    pages = Environment(
        loader=PackageLoader("ocop_forecast"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return pages.get_template(template).render(**values)
