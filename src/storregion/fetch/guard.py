"""The guard: which addresses may be called at all, and which machine a name may lead to."""

import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Iterable
from math import inf
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpcore2

from storregion.core.errors import FetchError
from storregion.fetch.publishers import Publisher

TOO_SLOW = "the deadline has passed"
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
        return "an address that is not valid"
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
        raise RefusedError(f"{shown(address)} is not an address; nothing was called") from None
    if not re.fullmatch(r"[!-~]+", address):
        raise RefusedError(f"{shown(address)} holds signs that no address has; nothing was called")
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
    Nothing is waited for past the deadline, a moment of the monotonic clock, whatever is under way then.
    """

    def __init__(self, publisher: Publisher) -> None:
        """Take the publisher whose settings say whether inner addresses are meant."""
        self.private = publisher.private
        self.deadline = inf

    def left(self, timeout: float | None) -> float | None:
        """Seconds that one may wait: no longer than the deadline leaves.

        Parameters
        ----------
        timeout : seconds that one would wait without a deadline.

        Raises
        ------
        httpcore2.ReadTimeout
            The deadline has passed.
        """
        rest = self.deadline - time.monotonic()
        if rest <= 0:
            raise httpcore2.ReadTimeout(TOO_SLOW)
        return timeout if rest == inf else min(rest, inf if timeout is None else timeout)

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
                stream = super().connect_tcp(address, port, self.left(timeout), local_address, socket_options)
                return _Timed(stream, self)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                if number == len(outer):
                    raise
        raise httpcore2.ConnectError(f"the name {host} leads to no address")


class _Timed(httpcore2.NetworkStream):
    """A connection that waits no longer than its network's deadline leaves."""

    def __init__(self, stream: httpcore2.NetworkStream, network: GuardedNetwork) -> None:
        self.stream, self.network = stream, network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.stream.read(max_bytes, self.network.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.stream.write(buffer, self.network.left(timeout))

    def close(self) -> None:
        self.stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        inner = self.stream.start_tls(ssl_context, server_hostname, self.network.left(timeout))
        return _Timed(inner, self.network)

    def get_extra_info(self, info: str) -> Any:
        return self.stream.get_extra_info(info)


def _public(address: str) -> bool:
    """Whether an address belongs to the open network, and whatever address it holds does, too."""
    found = ipaddress.ip_address(address.partition("%")[0])
    inner = list(_held(found)) if isinstance(found, ipaddress.IPv6Address) else []
    if inner:
        return all(held.is_global and not held.is_multicast for held in inner)
    site = isinstance(found, ipaddress.IPv6Address) and found.is_site_local
    return found.is_global and not found.is_multicast and not site


# Where IPv6 addresses carry one of IPv4 in their last 32 bits: the compatible (RFC 4291), those translated
# without state (RFC 2765), and by NAT64 (RFC 6052, RFC 8215).
_CARRIERS = [
    ipaddress.IPv6Network(net) for net in ("::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48")
]


def _held(found: ipaddress.IPv6Address) -> Iterable[ipaddress.IPv4Address]:
    """The addresses of IPv4 that one of IPv6 leads to."""
    yield from (held for held in (found.ipv4_mapped, found.sixtofour) if held is not None)
    yield from found.teredo or ()
    last = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
    # An interface named by ISATAP (RFC 5214).
    tunnel = (int(found) >> 32) & 0xFDFFFFFF == 0x5EFE
    if tunnel or any(found in network for network in _CARRIERS):
        yield last
