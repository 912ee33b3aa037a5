"""A private PostgreSQL for one command: `python -m tests.postgres [--durable] -- pytest …`.

Starts a cluster in a temporary folder, as an unprivileged user when run by root (initdb refuses root), hands its
address over as DATABASE_URL, stops it at the end and returns the command's own exit code.
"""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path


def find_programs() -> Path | None:
    """The folder that holds initdb, or None where PostgreSQL's server programs are not installed."""
    if (found := shutil.which("initdb")) is not None:
        return Path(found).resolve().parent  # a link to it has no neighbours
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    return folders[-1] if folders and (folders[-1] / "initdb").exists() else None


def unprivileged() -> dict[str, str]:
    """How subprocess becomes a user that initdb accepts."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    return {"user": "postgres" if "postgres" in names else "nobody"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main(command: list[str], *, durable: bool) -> int:
    programs = find_programs()
    if programs is None:
        print("PostgreSQL's server programs are not installed: skipped.")
        return 0
    as_user = unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="minfu-pg-"))
    if as_user:
        shutil.chown(folder, as_user["user"])
    data, port = folder / "data", free_port()

    def run(*words: object) -> None:
        subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL, cwd=folder, **as_user)

    try:
        run(programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        # Without --durable fsync is off: nothing that a test writes must survive the run.
        safety = "on" if durable else "off"
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync={safety} -c max_connections=200"
        run(programs / "pg_ctl", "-D", data, "-l", folder / "log", "-w", "-o", options, "start")
        url = f"postgres://postgres@127.0.0.1:{port}/minfu"
        return subprocess.run(command, env=os.environ | {"DATABASE_URL": url}).returncode
    finally:
        subprocess.run(
            [str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            **as_user,
        )
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    split = sys.argv.index("--")
    sys.exit(main(sys.argv[split + 1 :], durable="--durable" in sys.argv[:split]))
