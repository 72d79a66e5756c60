"""Time-based one-time passwords (RFC 6238: 30 s, 6 digits, SHA-1), wrapped once; time is an argument."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime

import pyotp

STEP_S = 30
AROUND = (0, -1, 1)
"""Steps that are accepted beside the present one: a code typed slowly, a clock half a minute fast."""


def secret_from(token: str) -> str:
    """A secret of 160 bits in base 32, from a random token of at least as many."""
    return base64.b32encode(hashlib.sha256(token.encode()).digest()[:20]).decode()


def code_at(secret: str, at: datetime) -> str:
    """The six digits at an instant."""
    return pyotp.TOTP(secret, interval=STEP_S).at(at)


def step_of(secret: str, code: str, at: datetime) -> int | None:
    """The 30-second step around an instant whose code this is, or None."""
    present = int(at.timestamp()) // STEP_S
    maker = pyotp.TOTP(secret, interval=STEP_S)
    fitting = [present + d for d in AROUND if hmac.compare_digest(maker.generate_otp(present + d), code)]
    return fitting[0] if fitting else None


def address_of(secret: str, *, account: str, issuer: str) -> str:
    """The otpauth:// address that an authenticator reads from a QR code."""
    return pyotp.TOTP(secret, interval=STEP_S).provisioning_uri(name=account, issuer_name=issuer)
