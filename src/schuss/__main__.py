"""``python -m schuss``."""

from schuss.cli import main

if __name__ == "__main__":
    main()
