"""Running it: migrations, the worker, the server, and `wujin up`, which is all of them."""

import contextlib
import errno
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import click

from market.config import Settings, load_settings
from market.errors import SettingsError
from market.logs import log_plainly

ROOT = Path(__file__).parent.parent
EXECUTOR = "wujin-worker"
LONGEST_PAUSE_S = 30.0


def check_port(settings: Settings) -> None:
    """Raise SettingsError when nobody could listen on the address."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
                raise SettingsError(
                    f"HOST: {settings.host} is no address of this machine ({error.strerror})"
                ) from error
            raise SettingsError(
                f"PORT: {settings.host}:{settings.port} is not free ({error.strerror}); "
                "set PORT to another number"
            ) from error


def upgrade_database(settings: Settings, revision: str = "head") -> None:
    from alembic import command
    from alembic.config import Config

    from market.db import reach_engine

    reach_engine(settings.database()).dispose()
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["database_url"] = settings.database()
    command.upgrade(config, revision)


@click.group("db")
def db_group() -> None:
    """Database migrations."""


@db_group.command("upgrade")
@click.argument("revision", default="head")
def upgrade_command(revision: str) -> None:
    """Bring the database to a revision (default: the newest)."""
    upgrade_database(load_settings(), revision)


@click.command("worker")
def worker_command() -> None:
    """Run queued jobs until stopped; what was interrupted goes on first."""
    import market.haulage.week_worker
    import market.haulage.worker
    import market.matchmaking.question_worker
    import market.matchmaking.worker
    import market.schema  # noqa: F401 - importing makes tables and kinds of job known
    from market.db import make_sessions, reach_engine
    from market.jobs import Worker

    settings = load_settings()
    log_plainly()
    worker = Worker(
        make_sessions(reach_engine(settings.database())),
        settings.jobs_database(),
        os.environ.get("WUJIN_EXECUTOR", EXECUTOR),
    )

    def stop(_signal: int, _frame: FrameType | None) -> None:
        worker.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    worker.run()


@click.command("serve")
def serve_command() -> None:
    """Serve the web application; jobs need `wujin worker` beside it."""
    from market.db import reach_engine

    settings = load_settings()
    check_port(settings)
    reach_engine(settings.database()).dispose()
    serve(settings)


def serve(settings: Settings) -> None:
    """Serve until stopped, with the server that suits the system."""
    if os.name == "nt":
        from waitress import serve as waitress_serve

        from market.app import create_app

        waitress_serve(create_app(settings), host=settings.host, port=settings.port, threads=8)
        return
    # The server takes this process's place, so a stop signal reaches it directly.
    command = server_command(settings)
    os.execv(command[0], command)  # noqa: S606


def server_command(settings: Settings) -> list[str]:
    """Say how to serve; the application is made once, before the workers fork."""
    if os.name == "nt":
        return wujin("serve")
    address = f"{settings.host}:{settings.port}"
    return [
        *(sys.executable, "-m", "gunicorn", "--bind", address, "--preload"),
        *("--workers", "2", "--threads", "8", "--worker-tmp-dir", str(settings.data_dir)),
        *("--graceful-timeout", "2", "--log-level", "warning", "market.app:create_app()"),
    ]


def wujin(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "market", *arguments]


@contextlib.contextmanager
def side_by_side() -> Iterator[Callable[[list[str]], subprocess.Popen[bytes]]]:
    """Give a way to run commands beside us; they go down with us, all at once."""
    processes: list[subprocess.Popen[bytes]] = []

    def start(command: list[str]) -> subprocess.Popen[bytes]:
        processes.append(subprocess.Popen(command))  # noqa: S603
        return processes[-1]

    try:
        yield start
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


@click.command("up")
def up_command() -> None:
    """Migrate, load the demonstration on first start, run the first jobs, then serve."""
    from market.first_start import first_start, report

    settings = load_settings()
    check_port(settings)
    upgrade_database(settings)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    with side_by_side() as start:
        start([sys.executable, "-m", "routing.warm"])
        worker = start(wujin("worker"))
        if not first_start(settings, stopped, worker.poll):
            return
        server = start(server_command(settings))
        if wait_until_served(settings, server, stopped):
            report(settings)
        keep_working(start, worker, server, stopped)


def wait_until_served(
    settings: Settings, server: subprocess.Popen[bytes], stopped: threading.Event
) -> bool:
    """Wait for the port to answer; False when the server ended or the person stopped it."""
    while server.poll() is None and not stopped.wait(0.05):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            if probe.connect_ex((settings.host, settings.port)) == 0:
                return True
    return False


def keep_working(
    start: Callable[[list[str]], subprocess.Popen[bytes]],
    worker: subprocess.Popen[bytes],
    server: subprocess.Popen[bytes],
    stopped: threading.Event,
) -> None:
    """Start the worker again when it ends: reading goes on, and its jobs resume."""
    pauses_s = 1.0
    while not stopped.wait(0.5):
        if server.poll() is not None:
            raise SettingsError(f"the server ended ({_how(server)}); its message is above")
        if worker.poll() is not None:
            click.echo(f"wujin: the worker ended ({_how(worker)}); starting it again", err=True)
            stopped.wait(pauses_s)
            pauses_s = min(pauses_s * 2, LONGEST_PAUSE_S)
            worker = start(wujin("worker"))


def _how(process: subprocess.Popen[bytes]) -> str:
    code = process.returncode
    return f"signal {-code}" if code < 0 else f"exit status {code}"
