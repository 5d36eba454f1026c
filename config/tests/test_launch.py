"""The process runner: it waits for a process that drains, and one that ends takes the other along."""

import subprocess
import sys

from config.engines import ROOT, free_port

DRAINS = """import signal, sys, time
def drain(*_):
    time.sleep(6.5)  # longer than honcho alone would wait
    print('drained', flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, drain)
print('up', flush=True)
time.sleep(60)
"""


def serve(folder, procfile):
    (folder / "Procfile").write_text(procfile)
    script = "import pathlib, sys; from config.launch import serve; sys.exit(serve(pathlib.Path(sys.argv[1])))"
    return subprocess.Popen(
        [sys.executable, "-c", script, folder / "Procfile"],
        cwd=ROOT,
        env={"PORT": str(free_port()), "PATH": "/usr/bin:/bin"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_a_process_may_take_its_time_to_end(tmp_path):
    (tmp_path / "drains.py").write_text(DRAINS)
    run = serve(tmp_path, f"web: exec {sys.executable} {tmp_path}/drains.py\nworker: exec sleep 60\n")
    assert any("| up" in line for line in run.stdout)
    run.terminate()
    said = run.communicate(timeout=30)[0]
    assert "drained" in said
    assert "SIGKILL" not in said
    assert run.returncode == 143


def test_when_one_process_ends_so_does_the_start_with_its_exit_code(tmp_path):
    run = serve(tmp_path, "web: exit 4\nworker: exec sleep 60\n")
    said = run.communicate(timeout=30)[0]
    assert run.returncode == 4
    assert "sending SIGTERM to worker" in said
