"""The guard: which addresses may be called at all, and which machine a name may lead to."""

import ipaddress
import re
import socket
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

import httpcore2

from storregion.errors import FetchError
from storregion.fetch.publishers import Publisher

_PORTS = {"http": 80, "https": 443}


class RefusedError(FetchError):
    """An address that is not called."""


def shown(address: str) -> str:
    """An address as it may be shown: without its query, user and what does not print.

    Parameters
    ----------
    address : any address, also one that a stranger has written.
    """
    try:
        parts = urlsplit(address)
        plain = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    except ValueError:
        return "an address that is none"
    return printable(plain, 200)


def printable(text: str, most: int) -> str:
    """Words of a stranger as they may be shown on a terminal.

    Parameters
    ----------
    text : the words.
    most : how many characters of them.
    """
    plain = re.sub(r"\s+", " ", text).strip()[:most]
    return "".join(sign if sign.isprintable() else "?" for sign in plain)


def allowed(publisher: Publisher, address: str) -> str:
    """The address, if its publisher's settings allow it to be called.

    Raises
    ------
    RefusedError
        It leads to a host that is not configured, is not encrypted, or carries a user.
    """
    try:
        parts = urlsplit(address)
        place = _place(parts)
    except ValueError:
        raise RefusedError(f"{shown(address)} is no address; nothing was called") from None
    if parts.scheme != "https" and not (parts.scheme == "http" and publisher.plain):
        raise RefusedError(f"{shown(address)} is not encrypted; nothing was called. Only https is")
    if parts.username is not None or parts.password is not None:
        raise RefusedError(f"{shown(address)} carries a user; nothing was called")
    base = urlsplit(publisher.base)
    hosts = {_place(base)} | {_place(urlsplit(f"{base.scheme}://{host}")) for host in publisher.hosts}
    if place not in hosts:
        raise RefusedError(
            f"{publisher.name} leads to {shown(address)}, whose host is not configured; nothing was called "
            "there. If it is right, add the host to hosts in publishers.toml"
        )
    return address


def _place(parts: SplitResult) -> tuple[str, int]:
    return (parts.hostname or "").rstrip(".").lower(), parts.port or _PORTS.get(parts.scheme, 0)


class GuardedNetwork(httpcore2.SyncBackend):
    """The network as httpcore2 sees it, where a name that leads to an inner machine leads nowhere.

    The address that was looked at is the one connected to, so a name cannot change between the two.
    """

    def __init__(self, publisher: Publisher) -> None:
        """Take the publisher whose settings say whether inner addresses are meant."""
        self.private = publisher.private

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first address of a host that may be called and answers."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError:
            raise httpcore2.ConnectError(f"the name {host} is not known; is there a network?") from None
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        outer = [address for address in addresses if self.private or _public(address)]
        if len(outer) < len(addresses):
            raise RefusedError(
                f"{host} leads to an address inside a network ({', '.join(set(addresses) - set(outer))}); "
                "nothing was called. If it is meant, write private = true for the publisher"
            )
        for number, address in enumerate(outer, 1):
            try:
                return super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                if number == len(outer):
                    raise
        raise httpcore2.ConnectError(f"the name {host} leads to no address")


def _public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is not None:
            return inner.is_global
    return found.is_global and not found.is_multicast
