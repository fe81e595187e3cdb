"""Writes the packages that pip would install here, each with the digest of the file it would take, so that an
installation elsewhere takes the same bytes or none.

    python tools/lock.py constraints.lock '.[server]'
    pip install --require-hashes --requirement constraints.lock && pip install --no-deps .

The digests are of the files of the index that pip is set to use; a mirror that builds its own files has its
own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

_HEAD = "# Made by `make lock`; installed with `pip install --require-hashes --requirement`.\n"


def lines(report: dict[str, object]) -> list[str]:
    """Return a line a package of pip's report; what lies in a folder here has no digest and is left out."""
    found = []
    installs = report["install"]
    assert isinstance(installs, list)
    for one in installs:
        archive = one["download_info"].get("archive_info")
        if archive is None:
            continue
        digest = archive.get("hashes", {}).get("sha256") or archive["hash"].partition("=")[2]
        told = one["metadata"]
        found.append(f"{told['name']}=={told['version']} --hash=sha256:{digest}")
    return sorted(found, key=str.lower)


def main() -> None:
    """Ask pip what it would install, and write it down."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("what", nargs="*", default=[".[server]"])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        asked = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
        command = [*asked, "--report", str(report), "--constraint", "constraints.txt", *given.what]
        subprocess.run(command, check=True)
        found = lines(json.loads(report.read_text(encoding="utf-8")))
    given.file.write_text(_HEAD + "\n".join(found) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
