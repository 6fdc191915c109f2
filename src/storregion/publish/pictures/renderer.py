"""The renderer of charts and of pixels, with type of its own, so that every machine draws the same."""

import os
import tempfile
from functools import cache
from pathlib import Path
from types import ModuleType

MEASURED = "Liberation Sans"
"""The type that comes with the renderer. Its letters are as wide as those of Arial."""
_EMPTY = '<?xml version="1.0"?><fontconfig><dir>{folder}</dir></fontconfig>'


@cache
def renderer() -> ModuleType:
    """The renderer, which knows none of the machine's fonts.

    Notes
    -----
    It opens the file of a font of the machine anew for every letter it measures; that took a third of the
    time of a bake. The type inside it is in memory.
    """
    import vl_convert

    before = os.environ.get("FONTCONFIG_FILE")
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "fonts.conf"
        settings.write_text(_EMPTY.format(folder=folder), encoding="utf-8")
        os.environ["FONTCONFIG_FILE"] = str(settings)
        try:  # it looks for fonts when it first draws, and never again
            vl_convert.svg_to_png('<svg xmlns="http://www.w3.org/2000/svg"/>')
        finally:
            if before is None:
                del os.environ["FONTCONFIG_FILE"]
            else:
                os.environ["FONTCONFIG_FILE"] = before
    return vl_convert
