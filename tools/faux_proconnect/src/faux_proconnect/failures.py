"""The failure switch: one way of going wrong at a time, chosen through /_test/failure."""

from dataclasses import dataclass
from typing import Literal, get_args

type Mode = Literal[
    "none",
    # Signature of the tokens
    "hmac_public_key",
    "hmac_secret",
    "alg_none",
    "other_alg",
    "foreign_key",
    "key_in_header",
    "oversized_header",
    # Claims of the tokens
    "wrong_nonce",
    "wrong_aud",
    "wrong_iss",
    "expired",
    "sub_swapped",
    "lower_acr",
    "clock_ahead",
    "clock_behind",
    # Transport
    "userinfo_json",
    "token_html",
    "token_500",
    "token_timeout",
    "userinfo_html",
    "userinfo_500",
    "userinfo_timeout",
    "jwks_html",
    "jwks_500",
    "jwks_timeout",
    # Rotation, done when the mode is set
    "keys_rotated_overlap",
    "keys_rotated_no_overlap",
    "keys_rotated_unpublished",
    # Callback
    "iss_missing",
    "iss_forged",
]
MODES: tuple[str, ...] = get_args(Mode.__value__)
type Target = Literal["id_token", "userinfo", "both"]


@dataclass(slots=True)
class Failure:
    """target : which signed tokens are forged (`sub_swapped`: userinfo only).

    delay_s : how long a time-out mode keeps silent.
    """

    mode: Mode = "none"
    target: Target = "both"
    delay_s: float = 30.0

    def hits(self, token: Literal["id_token", "userinfo"]) -> Mode:
        """The mode to apply to this token."""
        return self.mode if self.target in {token, "both"} else "none"
