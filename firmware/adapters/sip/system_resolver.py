"""The machine's own DNS servers, for pjsip's resolver, which asks without making the calls wait."""

from __future__ import annotations

from pathlib import Path

_RESOLV_CONF = Path("/etc/resolv.conf")
_MOST = 3  # resolv.conf(5), MAXNS


def system_nameservers(file: Path = _RESOLV_CONF) -> tuple[str, ...]:
    """The addresses in resolv.conf(5), in order; none when there is no such file."""
    try:
        lines = file.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return ()
    words = (line.split() for line in lines)
    # pjsip's resolver speaks IPv4 only to its servers when they come without brackets and scope.
    found = (part[1] for part in words if len(part) > 1 and part[0] == "nameserver" and ":" not in part[1])
    return tuple(found)[:_MOST]
