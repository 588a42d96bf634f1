"""``python -m cofund``: the command where it is not on the path."""

from cofund.cli.main import main

if __name__ == "__main__":
    main()
