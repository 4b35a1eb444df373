"""Run with `python -m unittest` in this folder."""

import contextlib
import io
import tempfile
import unittest
from pathlib import Path

from wordcount import count, main


def run(*arguments, stdin=""):
    """The exit code, standard output and standard error."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([str(argument) for argument in arguments], stdin=io.StringIO(stdin))
    return code, out.getvalue(), err.getvalue()


class WordCount(unittest.TestCase):
    def test_counts(self):
        self.assertEqual(count(""), (0, 0, 0))
        self.assertEqual(count("one two\nthree\n"), (2, 3, 14))
        self.assertEqual(count("naïve"), (1, 1, 5))

    def test_standard_input_is_read_when_no_file_is_named(self):
        self.assertEqual(run(stdin="a b\n"), (0, "1 2 4\n", ""))

    def test_files_are_counted_by_name(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "words"
            file.write_text("a b c")
            self.assertEqual(run(file), (0, f"1 3 5 {file}\n", ""))

    def test_a_missing_file_is_an_error(self):
        code, out, err = run("/nonexistent/words")
        self.assertEqual((code, out), (1, ""))
        self.assertIn("No such file", err)


if __name__ == "__main__":
    unittest.main()
