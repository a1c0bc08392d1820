"""Writes requirements.lock: what runs first, then, below a line of its own, what only development needs.

The Docker image installs the first part alone (`sed '/^# --- development/,$d'`). Needs uv.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

COMPILE = ["uv", "pip", "compile", "--quiet", "--no-header", "--generate-hashes", "--no-emit-index-url", "--universal"]
LINE = "# --- development, from here on ---"


def compiled(*options: str) -> list[str]:
    """One string a package, its hashes and comments with it."""
    text = subprocess.run(  # noqa: S603
        [*COMPILE, "--python-version", "3.11", *options, "pyproject.toml"], check=True, capture_output=True, text=True
    ).stdout
    return [block for block in re.split(r"(?m)^(?=\S)", text) if block.strip()]


def main() -> None:
    runtime = compiled(*sys.argv[1:])
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as pins:
        pins.write("".join(runtime))
        pins.flush()
        everything = compiled("--group", "dev", "--constraints", pins.name)
    names = {block.split("==")[0] for block in runtime}
    development = [block for block in everything if block.split("==")[0] not in names]
    Path("requirements.lock").write_text("".join([*runtime, f"{LINE}\n", *development]))


if __name__ == "__main__":
    main()
