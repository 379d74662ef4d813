"""``python -m segkit``: the program, where its script is not on the path."""

import sys

from segkit.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
