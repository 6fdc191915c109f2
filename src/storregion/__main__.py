"""Run the command line with `python -m storregion`."""

import sys

from storregion.cli import main

sys.exit(main())
