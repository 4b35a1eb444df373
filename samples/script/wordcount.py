"""Counts lines, words and characters of files, or of standard input."""

import argparse
import sys
from pathlib import Path


def count(text):
    """Lines, words and characters."""
    return len(text.splitlines()), len(text.split()), len(text)


def main(arguments=None, stdin=sys.stdin):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="files to count; none for standard input")
    files = parser.parse_args(arguments).files

    for file in files:
        try:
            text = file.read_text(encoding="utf-8")
        except OSError as error:
            print(f"{file}: {error.strerror}", file=sys.stderr)
            return 1
        print(*count(text), file)
    if not files:
        print(*count(stdin.read()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
