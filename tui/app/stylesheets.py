"""Where the stylesheets lie: in the package when it was installed from a wheel, else beside it in the checkout."""

from __future__ import annotations

from pathlib import Path, PurePath

_PACKAGE = Path(__file__).parent.parent
FOLDER = next((folder for folder in (_PACKAGE / "styles", _PACKAGE.parent / "styles") if folder.is_dir()), _PACKAGE)


def stylesheet(name: str) -> Path:
    """The path of the stylesheet ``name`` (``base.tcss``)."""
    return FOLDER / name


def stylesheets() -> list[str | PurePath]:
    """The paths of all stylesheets, the base first, as Textual wants them."""
    others = sorted(path for path in FOLDER.glob("*.tcss") if path.name != "base.tcss")
    return [stylesheet("base.tcss"), *others]
