"""One message to one web hook. The address that a name stands for is looked at before anything is sent to it, and that
very address is used: a name that means another machine a moment later leads nowhere else (DNS rebinding).
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Callable

from firmware.adapters.network.own_addresses import is_own_address
from firmware.core.errors import SettingsError
from firmware.core.hook_queue import Outcome
from firmware.core.web_hook import Address, Target, target_of, why_not_to

#: As the specification advises: 15 to 30 s.
_TIMEOUT_S = 15.0
_OWN_NAME = "Earmark"


def why_not_from_here(target: Target, address: Address) -> str:
    """As ``why_not_to``, and nothing is sent to this box: it would be asked by itself what its firewall keeps others
    from.
    """
    if why := why_not_to(target, address):
        return why
    return (
        f"{address} is this box itself, and a web hook goes to another machine." if is_own_address(str(address)) else ""
    )


class HttpSender:
    """``HookSender``. Redirections are not followed, and no proxy of the environment is asked.

    Args:
        why_not: why nothing may be sent to an address; empty where it may.
        trusts: whose certificates are good; the system's authorities by default.
    """

    def __init__(
        self, why_not: Callable[[Target, Address], str] = why_not_from_here, trusts: ssl.SSLContext | None = None
    ) -> None:
        self._why_not = why_not
        self._trusts = trusts

    def send(self, url: str, headers: dict[str, str], body: bytes) -> Outcome:
        try:
            target = target_of(url)
            address = self._address_of(target)
        except SettingsError as error:
            return Outcome("not_taken", error.what)
        except OSError:
            return Outcome("not_taken", "Its name is not known to the office's name server.")
        try:
            return _outcome(self._post(target, address, headers, body))
        except ssl.SSLCertVerificationError as error:
            return Outcome("not_taken", f"Its certificate is not good: {error.verify_message}.")
        except TimeoutError:
            return Outcome("not_taken", f"It did not answer within {_TIMEOUT_S:.0f} seconds.")
        except (OSError, http.client.HTTPException) as error:
            return Outcome("not_taken", f"It cannot be reached: {getattr(error, 'strerror', None) or error}.")

    def _address_of(self, target: Target) -> str:
        """Raises SettingsError: it stands for none that a web hook may go to; OSError: for none at all."""
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
        addresses = [str(each[4][0]) for each in found]
        refusals = []
        for address in addresses:
            why = self._why_not(target, ipaddress.ip_address(address))
            if not why:
                return address
            refusals.append(why)
        raise SettingsError(refusals[0] if refusals else "Its name stands for no address.")

    def _post(self, target: Target, address: str, headers: dict[str, str], body: bytes) -> http.client.HTTPResponse:
        with socket.create_connection((address, target.port), _TIMEOUT_S) as plain:
            connection = http.client.HTTPConnection(target.host, target.port, timeout=_TIMEOUT_S)
            connection.sock = plain if target.scheme == "http" else self._over_tls(plain, target.host)
            try:
                connection.request("POST", target.path, body, {**headers, "User-Agent": _OWN_NAME})
                return connection.getresponse()
            finally:
                connection.close()

    def _over_tls(self, plain: socket.socket, host: str) -> socket.socket:
        context = self._trusts or ssl.create_default_context()
        return context.wrap_socket(plain, server_hostname=host)


def _outcome(answer: http.client.HTTPResponse) -> Outcome:
    if 200 <= answer.status < 300:
        return Outcome("taken")
    if answer.status == http.HTTPStatus.GONE:
        return Outcome("gone")
    return Outcome("not_taken", f"It answered {answer.status}.", _wait_s(answer.headers.get("Retry-After", "")))


def _wait_s(text: str) -> float:
    """RFC 9110 10.2.3, in seconds; a date is not looked at."""
    return float(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0.0
