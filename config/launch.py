"""Brings the stores and static files up to date, then runs the Procfile until it is told to stop.

bin/run calls it with the engines already up. Honcho runs the processes; its own command would give them 5 s to end, and
a web process with open canvases may take longer to commit what it holds.
"""

import contextlib
import hashlib
import io
import os
import sys
import threading
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import django
import honcho.manager
from honcho.environ import parse_procfile
from honcho.printer import Printer

ROOT = Path(__file__).resolve().parent.parent
STOP_SECONDS = 15  # the web process drains for up to 10
ANNOUNCE_SECONDS = 60
# Half of the libraries' bytes, and of the time that compressing takes; no page of ours asks for them.
UNSERVED = ("--ignore", "*.map", "--ignore", "redoc")
NOTE = "CANVAS_LAUNCH_NOTE"


def say(text: str) -> None:
    print(text, flush=True)


def prepare() -> str:
    """Returns what the demo data's command said: the accounts to sign in with."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.core.management import call_command, get_commands  # noqa: PLC0415 - needs the settings

    def step(command: str, *arguments: str) -> str:
        begun, out = time.monotonic(), io.StringIO()
        call_command(command, *arguments, stdout=out)
        say(f"{command} ({time.monotonic() - begun:.1f} s)")
        return out.getvalue().strip()

    step("check", "--fail-level", "ERROR")
    step("migrate", "--no-input")
    say(step("create_tables"))
    note = step("load_demo") if "load_demo" in get_commands() else ""
    collect = static_fingerprint()
    if collect != collected_fingerprint():
        say(step("collectstatic", "--no-input", *UNSERVED).splitlines()[-1])
        stamp().write_text(collect)
    return note


def stamp() -> Path:
    from django.conf import settings  # noqa: PLC0415 - needs the settings

    return Path(settings.STATIC_ROOT) / ".collected"


def collected_fingerprint() -> str:
    return stamp().read_text() if stamp().exists() else ""


def static_fingerprint() -> str:
    """Changes with the front end's build, our own files and the libraries' (requirements.txt has their versions)."""
    from django.conf import settings  # noqa: PLC0415 - needs the settings

    digest = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    for _, folder in settings.STATICFILES_DIRS:
        for file in sorted(path for path in Path(folder).rglob("*") if path.is_file()):
            digest.update(f"{file} {file.stat().st_size} {file.stat().st_mtime_ns}\n".encode())
    return digest.hexdigest()


class Unbuffered:
    """Standard output for honcho, whose signal handler prints too: a buffered stream refuses to be re-entered."""

    def write(self, text: str) -> None:
        rest = text.encode()
        with contextlib.suppress(OSError):  # nobody reads any more, which must not end what runs
            while rest:
                rest = rest[os.write(1, rest) :]

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return os.isatty(1)


def serve(procfile: Path = ROOT / "Procfile") -> int:
    # Honcho has no setting for it; config/tests/test_launch.py notices should the constant lose its meaning.
    honcho.manager.KILL_WAIT = STOP_SECONDS
    manager = honcho.manager.Manager(Printer(Unbuffered()))
    os.environ["PYTHONUNBUFFERED"] = "1"
    note = os.environ.pop(NOTE, "")
    for name, command in parse_procfile(procfile.read_text()).processes.items():
        manager.add_process(name, command, cwd=str(ROOT))
    threading.Thread(target=announce, args=(note,), daemon=True).start()
    manager.loop()
    return int(manager.returncode or 0)


def announce(note: str) -> None:
    """The last words of a start: printed only when a browser would get an answer."""
    host, port = os.environ.get("HOST") or "127.0.0.1", int(os.environ.get("PORT") or 8000)
    shown = "localhost" if host in {"127.0.0.1", "0.0.0.0"} else host  # noqa: S104 - compared, not bound
    deadline = time.monotonic() + ANNOUNCE_SECONDS
    while time.monotonic() < deadline:
        time.sleep(0.2)
        connection = HTTPConnection("127.0.0.1" if shown == "localhost" else host, port, timeout=2)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                say(f"\nReady: http://{shown}:{port}/\n{note}\nCtrl-C stops everything.\n")
                return
        except (OSError, HTTPException):
            continue
        finally:
            connection.close()
    say(f"The web process did not answer on port {port} within {ANNOUNCE_SECONDS} s; its messages are above.")


def main() -> int:
    if sys.argv[1:] != ["serve"]:
        os.environ[NOTE] = prepare()
        # Anew, so that what preparing loaded does not stay in memory for as long as the product runs.
        os.execv(sys.executable, [sys.executable, "-m", "config.launch", "serve"])  # noqa: S606 - our own interpreter
    return serve()


if __name__ == "__main__":
    sys.exit(main())
