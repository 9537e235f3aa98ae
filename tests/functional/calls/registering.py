"""What a phone says to a registrar, made by hand: REGISTER and INVITE with digest authentication (RFC 7616)."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.functional.calls.sip_phone import Dialog, Headers, Message, SipPhone, offer

_HASHES: dict[str, Callable[[bytes], hashlib._Hash]] = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


@dataclass
class Account:
    """Who a phone says it is, and how it answers challenges. ``algorithm`` is the one that it knows."""

    user: str
    password: str
    algorithm: str = "MD5"
    nonce: str = ""
    count: int = 0
    call_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    cseq: int = 0

    def takes(self, challenged: Message) -> None:
        """Read the challenge for the algorithm it knows."""
        for challenge in challenged.all("www-authenticate"):
            words = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge))
            if words["algorithm"] == self.algorithm:
                self.nonce, self.count = words["nonce"], 0
                assert (words["realm"], words["qop"]) == ("earmark", "auth")
                return
        raise AssertionError(f"no challenge for {self.algorithm}: {challenged.all('www-authenticate')}")

    def header(self, method: str, uri: str) -> tuple[str, str]:
        """The Authorization header of the next request."""
        self.count += 1
        return "Authorization", self.answer(method, uri, self.count)

    def answer(self, method: str, uri: str, count: int) -> str:
        def digest(*parts: str) -> str:
            return _HASHES[self.algorithm](":".join(parts).encode()).hexdigest()

        secret = digest(self.user, "earmark", self.password)
        response = digest(secret, self.nonce, f"{count:08x}", "c0ffee", "auth", digest(method, uri))
        return (
            f'Digest username="{self.user}", realm="earmark", nonce="{self.nonce}", uri="{uri}", '
            f'response="{response}", algorithm={self.algorithm}, qop=auth, nc={count:08x}, cnonce="c0ffee"'
        )


def ask_to_register(
    phone: SipPhone, account: Account, *, expires: int | None = 300, headers: Headers = (), contact: str = ""
) -> Message:
    """Send one REGISTER, with an answer if there was a challenge before; gives what comes back."""
    uri = f"sip:{phone.box[0]}:{phone.box[1]}"
    account.cseq += 1
    address = f"<sip:{account.user}@{phone.box[0]}>"
    dialog = Dialog(phone, account.call_id, f"{address};tag=1", address, uri, cseq=account.cseq)
    dialog.branch = f"z9hG4bK{uuid.uuid4().hex}"
    more = [("Expires", str(expires))] if expires is not None else []
    if account.nonce:
        more.append(account.header("REGISTER", uri))
    place = contact or f"<sip:{account.user}@{phone.host}:{phone.port}>"
    phone.send_request(dialog, "REGISTER", "", [*more, *headers], "", contact=place)
    return dialog.expect(*range(200, 700), timeout_s=3)


def register(phone: SipPhone, account: Account, expires: int = 300, contact: str = "") -> Message:
    """Register as a phone does: once in vain, then with the password."""
    first = ask_to_register(phone, account, expires=expires, contact=contact)
    if first.status == 401:
        account.takes(first)
        first = ask_to_register(phone, account, expires=expires, contact=contact)
    return first


def invite(phone: SipPhone, account: Account, number: str, media_port: int, claims: str = "") -> Dialog:
    """Dial, and answer the challenge that comes; the dialog of the second INVITE."""
    calling = f"<sip:{claims or account.user}@{phone.host}>"
    first = phone.invite(number, offer(media_port), calling=calling)
    challenged = first.expect(401)
    phone.send_request(first, "ACK", "", (), "")
    account.takes(challenged)
    uri = f"sip:{number}@{phone.box[0]}:{phone.box[1]}"
    return phone.invite(number, offer(media_port), calling=calling, headers=[account.header("INVITE", uri)])
