"""Where a refused sign-in leads: the portail's page on this very reason. The address never names anybody."""

from urllib.parse import urlencode

from starlette.responses import RedirectResponse

from identity.connexion.proconnect.errors import Reason, SigninFailed

_ADDRESS = "/aide/connexion"
DELETED_ADDRESS = "adresse-supprimee"
_UNEXPECTED = "erreur"
_UNVERIFIED = "inverifiable"
_BY_REASON = {
    Reason.PROVIDER_UNREACHABLE: "injoignable",
    Reason.CONCURRENCY: "panne",
    Reason.TOO_MANY: "trop",
    Reason.BAD_STATE: "expiree",
    Reason.LEVEL_TOO_LOW: "double-authentification",
    Reason.MISSING_CLAIM: "renseignements",
    Reason.BAD_EMAIL: "renseignements",
    Reason.SUSPENDED: "suspendu",
}
CODES = frozenset(
    {*_BY_REASON.values(), DELETED_ADDRESS, _UNEXPECTED, _UNVERIFIED, "abandon", "panne", "refus"}
)
"""Every page that the portail must have."""


def code_of(failed: SigninFailed | None) -> str:
    """The page on this failure. None: one that nobody expected."""
    if failed is None:
        return _UNEXPECTED
    if failed.reason is Reason.PROVIDER_ERROR:
        return "abandon" if failed.detail == "access_denied" else "panne" if failed.later else "refus"
    return _BY_REASON.get(failed.reason, _UNVERIFIED)


def page(code: str, request_id: str) -> RedirectResponse:
    """request_id : the number to give to the support, which finds the reason in the log."""
    return RedirectResponse(f"{_ADDRESS}/{code}?{urlencode({'numero': request_id})}", 303)
