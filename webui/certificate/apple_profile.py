"""The box's authority as a configuration profile, which iPhones, iPads and Macs install in two steps (Apple's
Configuration Profile Reference, payload ``com.apple.security.root``).
"""

from __future__ import annotations

import plistlib
import uuid

from webui.translation import gettext as _

_NAMESPACE = uuid.UUID("0f6ab2b4-6a0e-4c55-9a85-3f1f3a5e7d21")


def apple_profile(authority_der: bytes, name: str, office: str) -> bytes:
    """The profile's file. The same authority gives the same profile, so that a second one replaces the first."""
    identity = uuid.uuid5(_NAMESPACE, authority_der.hex())
    payload = {
        "PayloadType": "com.apple.security.root",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"earmark.authority.{identity}",
        "PayloadUUID": str(identity).upper(),
        "PayloadDisplayName": name,
        "PayloadCertificateFileName": "earmark.crt",
        "PayloadContent": authority_der,
    }
    profile = {
        "PayloadType": _("Configuration"),
        "PayloadVersion": 1,
        "PayloadIdentifier": f"earmark.profile.{identity}",
        "PayloadUUID": str(uuid.uuid5(identity, "profile")).upper(),
        "PayloadDisplayName": _("Call recorder of %(office)s") % {"office": office},
        "PayloadDescription": _("Lets this device trust the page of the office's call recorder, and nothing else."),
        "PayloadContent": [payload],
        "PayloadRemovalDisallowed": False,
    }
    return plistlib.dumps(profile)
