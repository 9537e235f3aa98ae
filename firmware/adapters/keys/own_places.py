"""What others call this machine: its names and addresses, as they are now."""

from __future__ import annotations

import ipaddress
import socket
import struct
from collections.abc import Iterator
from fcntl import ioctl
from pathlib import Path

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_SIOCGIFADDR = 0x8915
_PASSING = 0x01 | 0x20 | 0x40  # temporary, deprecated, tentative (linux/if_addr.h)


def own_names() -> list[str]:
    """What browsers may call this machine: its name, with ``.local`` for multicast DNS, and localhost."""
    name = socket.gethostname().lower()
    names = [f"{name.partition('.')[0]}.local", name, "localhost"]
    return [each for each in dict.fromkeys(names) if is_dns_name(each)]


def own_addresses() -> list[Address]:
    """This machine's addresses, loopback first; link-local and passing ones are left out."""
    found: list[Address] = [ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1")]
    found.extend(address for address in (*_ipv4(), *_ipv6()) if not (address.is_link_local or address.is_loopback))
    return list(dict.fromkeys(found))


def is_dns_name(name: str) -> bool:
    return 0 < len(name) < 254 and name.isascii() and all(c.isalnum() or c in "-." for c in name)


def _ipv4() -> Iterator[Address]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for interface in _interfaces():
            request = struct.pack("256s", interface.encode()[:15])
            try:
                answer = ioctl(probe.fileno(), _SIOCGIFADDR, request)
            except OSError:  # an interface without an IPv4 address
                continue
            yield ipaddress.IPv4Address(answer[20:24])


def _interfaces() -> list[str]:
    """By what the kernel shows of them: the library would ask by netlink, which the page's process may not."""
    shown = Path("/proc/net/dev").read_text().splitlines()[2:]
    return [line.partition(":")[0].strip() for line in shown]


def _ipv6() -> Iterator[Address]:
    table = Path("/proc/net/if_inet6")
    if table.exists():
        for line in table.read_text().splitlines():
            address, _, _, _, flags, _ = line.split()
            if not int(flags, 16) & _PASSING:
                yield ipaddress.IPv6Address(bytes.fromhex(address))
