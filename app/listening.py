"""The address that the API listens on, taken before anything else starts, so that a taken port is told at once."""

import errno
import os
import socket

from app.errors import BanyanError

BACKLOG = 2048
_TAKEN = (errno.EADDRINUSE, errno.EACCES)


class AddressError(BanyanError):
    """The address in the settings cannot be listened on."""

    title = "No address to serve on"


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes any that is free. Whoever connects early waits for the server."""
    try:
        return socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=BACKLOG
        )
    except OSError as error:
        raise AddressError(
            f"{host}:{port} cannot be listened on ({_words(error)}). End the program that uses it, or set BANYAN_PORT "
            "to another port, such as 0 for any that is free."
        ) from error


def listen_anywhere(host: str, port: int) -> socket.socket:
    """As `listen`, or on another port when that one is taken."""
    try:
        return listen(host, port)
    except AddressError as error:
        if isinstance(error.__cause__, OSError) and error.__cause__.errno in _TAKEN:
            return listen(host, 0)
        raise


def home_of(listener: socket.socket) -> str:
    """The address as a browser takes it, such as http://127.0.0.1:8000."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _words(error: OSError) -> str:
    # create_server wraps the system's words in its own, with the address once more.
    return os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
