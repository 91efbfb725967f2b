"""Why a sign-in fails: one exception, with a reason that may be logged (never personal data)."""

from enum import StrEnum


class Reason(StrEnum):
    """What went wrong, as the log names it."""

    PROVIDER_ERROR = "provider_error"
    PROVIDER_UNREACHABLE = "provider_unreachable"
    BAD_ISSUER = "bad_issuer"
    BAD_STATE = "bad_state"
    MISSING_CODE = "missing_code"
    EXCHANGE_REFUSED = "exchange_refused"
    BAD_ANSWER = "bad_answer"
    BAD_TOKEN = "bad_token"  # noqa: S105 - the name of a reason, not a secret
    BAD_CLAIM = "bad_claim"
    MISSING_CLAIM = "missing_claim"
    BAD_SUB = "bad_sub"
    LEVEL_TOO_LOW = "level_too_low"
    BAD_EMAIL = "bad_email"
    SUSPENDED = "suspended"
    CONCURRENCY = "concurrency"
    TOO_MANY = "too_many"


_PASSING = frozenset({"server_error", "temporarily_unavailable"})


class SigninFailed(Exception):
    """The sign-in stops here: help page, no session."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        """detail : a claim's name, an OAuth error code, an exception's class. Never a value received."""
        super().__init__(reason.value)
        self.reason = reason
        self.detail = detail

    @property
    def later(self) -> bool:
        """Whether the same sign-in may work in a moment, without the person changing anything."""
        if self.reason is Reason.PROVIDER_ERROR:
            return self.detail in _PASSING
        return self.reason in (Reason.PROVIDER_UNREACHABLE, Reason.CONCURRENCY)


class IssuerMismatch(Exception):
    """The discovery document names another issuer than the setting: the service must not start."""
