"""Which code this is: the same in a checkout and in what is installed from it, another after any change."""

import sys
from functools import cache
from hashlib import sha256
from pathlib import Path

from ocop_forecast import __version__

from .writing import shipped

KINDS = {".csv", ".docx", ".j2", ".js", ".json", ".md", ".po", ".py"}
APART = {"data", "notebooks"}  # inside an installed package, beside that of a checkout


@cache
def code_hash() -> str:
    """Compute the SHA-256 of the package's own files, and of the published years that its model rests on.

    Examples
    --------
    >>> len(code_hash())
    64
    """
    package, reference = Path(__file__).resolve().parents[1], shipped("data") / "reference"
    names = [path.relative_to(package) for path in package.rglob("*") if path.suffix in KINDS]
    own = [name for name in names if name.parts[0] not in APART and "/." not in f"/{name.as_posix()}"]
    files = {name.as_posix(): package / name for name in own}
    files |= {f"data/reference/{path.name}": path for path in reference.glob("*.csv")}
    said = sha256()
    for name in sorted(files):  # git may have written the ends of lines as Windows does
        content = files[name].read_bytes().replace(b"\r\n", b"\n")
        said.update(f"{name} {len(content)}\n".encode() + content)
    return said.hexdigest()


def facts() -> dict[str, str]:
    """Tell which Python runs which copy of this package.

    Examples
    --------
    >>> facts()["version"] == __version__
    True
    """
    package = Path(__file__).resolve().parents[1] / "__init__.py"
    return {
        "executable": sys.executable,
        "package": str(package),
        "version": __version__,
        "code": code_hash(),
    }
