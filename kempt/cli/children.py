"""Dagster as a child process: started with everything it needs, ended with all of its own children."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil

from kempt.errors import StopRun
from kempt.ledger.server import connections
from kempt.settings import Settings

DAGSTER_YAML = """\
storage:
  postgres:
    postgres_url:
      env: KEMPT_DAGSTER_URL
run_coordinator:
  module: dagster._core.run_coordinator
  class: QueuedRunCoordinator
concurrency:
  runs:
    max_concurrent_runs: 2
    tag_concurrency_limits:
      - key: kempt/tenant
        limit: 1
        value:
          applyLimitPerUniqueValue: true
compute_logs:
  module: dagster.core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
telemetry:
  enabled: false
nux:
  enabled: false
"""


def dagster_environment(settings: Settings) -> dict[str, str]:
    """What a Dagster process of this installation needs to know; secrets travel in the environment alone."""
    settings.dagster.mkdir(parents=True, exist_ok=True)
    settings.logs.mkdir(parents=True, exist_ok=True)
    (settings.dagster / "dagster.yaml").write_text(DAGSTER_YAML)
    return {
        **os.environ,
        "DAGSTER_HOME": str(settings.dagster),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "KEMPT_HOME": str(settings.home),
        "KEMPT_PROJECT": str(project(settings)),
        "KEMPT_DAGSTER_URL": connections(settings).dagster.psycopg2_url(),
        "PYTHONPATH": os.pathsep.join([str(project(settings)), *filter(None, [os.environ.get("PYTHONPATH")])]),
    }


def project(settings: Settings) -> Path:
    """The checkout with workspace.yaml, without which Dagster has nothing to load."""
    if settings.project is None:
        raise StopRun("no workspace.yaml here or above. Run this in a Kempt checkout, or set KEMPT_PROJECT to one.")
    return settings.project


def messages(settings: Settings, arguments: Sequence[str]) -> Iterator[dict[str, object]]:
    """Runs `python -m orchestration.launch` and yields what it reports, line by line; raises when it fails."""
    settings.logs.mkdir(parents=True, exist_ok=True)
    log = settings.logs / "runs.log"
    with log.open("a") as errors:
        child = subprocess.Popen(
            [sys.executable, "-m", "orchestration.launch", *arguments],
            cwd=project(settings),
            env=dagster_environment(settings),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
        try:
            assert child.stdout is not None
            for line in child.stdout:
                if line.startswith("{"):
                    yield json.loads(line)
            status = child.wait()
        finally:
            end(child.pid)
    if status != 0:
        raise StopRun(
            f"the run ended with status {status}. What it printed is in {log}; `kempt up` shows the run in Dagster."
        )


def refuse_taken(port: int) -> None:
    """Says now that a port is in use, rather than after half a minute of start-up."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as taken:
            raise StopRun(
                f"port {port} on 127.0.0.1 is in use. End what uses it, or choose another with --port."
            ) from taken


def serve(settings: Settings, port: int, web_port: int) -> None:
    """Dagster's page and daemon and the web app in the foreground until Ctrl-C, then nothing of them is left."""
    root, environment = project(settings), dagster_environment(settings)
    dagster = [_beside("dagster"), "dev", "-w", str(root / "workspace.yaml"), "-h", "127.0.0.1", "-p", str(port)]
    web = [_beside("kempt"), "web", "--port", str(web_port)]
    children = [
        subprocess.Popen(command, cwd=root, env=environment, start_new_session=True) for command in (dagster, web)
    ]
    started = [{"child": child.pid, "started": psutil.Process(child.pid).create_time()} for child in children]
    note = settings.home / "up.json"
    note.write_text(json.dumps({"pid": os.getpid(), "children": started}))
    stop = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            children[0].wait()
    finally:
        signal.signal(signal.SIGTERM, stop)
        for child in children:
            end(child.pid)
        note.unlink(missing_ok=True)


def _beside(name: str) -> str:
    """A command of this environment."""
    command = shutil.which(name, path=str(Path(sys.executable).parent))
    if command is None:
        raise StopRun(f"no `{name}` beside {sys.executable}. Install the requirements again.")
    return command


def end_served(settings: Settings) -> bool:
    """Ends what `kempt up` started in another terminal; False when nothing runs."""
    note = settings.home / "up.json"
    if not note.exists():
        return False
    known = json.loads(note.read_text())
    note.unlink(missing_ok=True)
    return sum(_end_known(each["child"], each["started"]) for each in known["children"]) > 0


def _end_known(pid: int, started: float) -> bool:
    try:
        process = psutil.Process(pid)
    except psutil.NoSuchProcess:
        return False
    if abs(process.create_time() - started) > 1:
        return False  # the number belongs to somebody else by now
    end(process.pid)
    return True


def end(pid: int, *, patience: float = 10.0) -> None:
    """Ends a process and all its descendants: asked first, killed when they do not listen."""
    try:
        root = psutil.Process(pid)
    except psutil.NoSuchProcess:
        return
    family = [*root.children(recursive=True), root]
    for process in family:
        _signal(process.terminate)
    deadline = time.monotonic() + patience
    _, alive = psutil.wait_procs(family, timeout=max(0.0, deadline - time.monotonic()))
    for process in alive:
        _signal(process.kill)
    psutil.wait_procs(alive, timeout=5)


def _signal(action: Callable[[], None]) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        action()
