"""The kernel's packet filter, through nft(8): rules are checked, put in place at once or not at all, and looked at."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from firmware.core.errors import FirewallError
from firmware.core.firewall_rules import SCANNERS, TABLE
from firmware.core.scanner_watch import Network, place_of

_PATIENCE_S = 30.0
_LONGEST_S = 7 * 86_400


@dataclass(frozen=True)
class Unheard:
    """A place that is not heard for a while."""

    place: Network
    left_s: int


class Firewall:
    """The table ``inet earmark``. Root's, except for ``check`` in a network namespace of one's own.

    Every method raises FirewallError where nft is missing, may not, or refuses.
    """

    def check(self, rules: str) -> None:
        """Have nft read the rules without putting them in place."""
        _nft("--check", "--file", "-", given=rules)

    def apply(self, rules: str) -> None:
        """Put the rules in place of the ones before, in one step: on any error the old ones stand."""
        _nft("--file", "-", given=rules)

    def in_place(self) -> bool:
        """Whether the table is there at all."""
        tables = json.loads(_nft("--json", "list", "tables"))["nftables"]
        return any(each.get("table", {}).get("name") == TABLE for each in tables)

    def no_longer_hear(self, place: Network, for_s: int) -> None:
        """Drop what comes from a place (see ``scanner_watch``) to the telephony ports, for so many seconds from now."""
        seconds, address = max(1, min(for_s, _LONGEST_S)), place.network_address
        where = f"inet {TABLE} {SCANNERS[place.version]}"
        # Adding what is there already would leave its time as it was.
        change = f"add element {where} {{ {address} }}\ndelete element {where} {{ {address} }}\n"
        _nft("--file", "-", given=f"{change}add element {where} {{ {address} timeout {seconds}s }}\n")

    def hear_again(self, place: Network) -> bool:
        """False: it was heard already."""
        if place not in {each.place for each in self.unheard()}:
            return False
        _nft("delete", "element", "inet", TABLE, SCANNERS[place.version], f"{{ {place.network_address} }}")
        return True

    def unheard(self) -> list[Unheard]:
        """Every place that is not heard now."""
        return [each for name in SCANNERS.values() for each in _elements(name)]


def _elements(name: str) -> Iterator[Unheard]:
    listed = json.loads(_nft("--json", "list", "set", "inet", TABLE, name))["nftables"]
    for entry in listed:
        for element in entry.get("set", {}).get("elem", ()):
            found: dict[str, Any] = element["elem"] if isinstance(element, dict) else {"val": element}
            yield Unheard(place_of(str(found["val"])), int(found.get("expires", 0)))


def _nft(*arguments: str, given: str = "") -> str:
    program = shutil.which("nft", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if program is None:
        raise FirewallError("There is no nft on this machine, so it has no packet filter.", "apt install nftables")
    try:
        done = subprocess.run(
            [program, *arguments], input=given, capture_output=True, text=True, timeout=_PATIENCE_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise FirewallError("nft does not end.", "Try again; if it stays so, restart the box.") from None
    if done.returncode:
        why = done.stderr.strip().partition("\n")[0] or f"exit code {done.returncode}"
        raise FirewallError(
            f"The packet filter does not take what it is told ({why}); the rules before stand.",
            "Only root may change it, with a kernel that has nftables: see earmark firewall check.",
        )
    return done.stdout
