"""Which port is taken, by whom, and which variable chooses another one."""

import errno
import socket

import psutil

from embedded.settings import PORTS, Settings


def refusals(settings: Settings) -> list[str]:
    """One French sentence for each port of the platform that somebody else holds."""
    return [_sentence(name, port) for name, port in settings.ports.items() if not _can_bind(port)]


def _can_bind(port: int) -> bool:
    with socket.socket() as s:
        # As the servers do: a connection that ends in TIME_WAIT does not hold the port.
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
            s.listen(1)
        except OSError as error:
            if error.errno in {errno.EADDRINUSE, errno.EACCES}:
                return False
            raise
    return True


def _sentence(name: str, port: int) -> str:
    variable, default, purpose = PORTS[name]
    if port < 1024:
        who = "n’est pas permis à ce compte"
    else:
        who = f"est déjà pris par {holder(port) or 'un programme d’un autre compte'}"
    other = port + 10 if port < 65000 else default + 10
    return (
        f"Le port {port} ({purpose}) {who}. "
        f"Libérez-le ou choisissez-en un autre : {variable}={other} make run "
        "(ou COOP_PORTS=libres pour en changer partout)."
    )


def holder(port: int) -> str | None:
    """`« nginx » (pid 812)`, when /proc tells."""
    try:
        for connection in psutil.net_connections(kind="tcp"):
            address = connection.laddr
            if (
                address
                and address.port == port
                and connection.status == psutil.CONN_LISTEN
                and connection.pid
            ):
                return f"« {psutil.Process(connection.pid).name()} » (pid {connection.pid})"
    except (psutil.Error, OSError):
        return None
    return None
