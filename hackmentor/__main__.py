"""`python -m hackmentor` is `hackmentor`."""

import sys

from hackmentor.cli import main

if __name__ == "__main__":
    sys.exit(main())
