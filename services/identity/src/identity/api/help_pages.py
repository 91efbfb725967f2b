"""Pages that people read: small, in French, accessible, without anything from another site."""

from html import escape

from starlette.responses import HTMLResponse

from identity.connexion.proconnect.errors import Reason, SigninFailed
from identity.settings import Settings

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_PAGE = """<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} – La Coop de la médiation numérique</title>
<link rel="stylesheet" href="/auth/aide.css">
</head>
<body>
<a class="evitement" href="#contenu">Aller au contenu</a>
<header><p class="marque">La Coop de la médiation numérique</p></header>
<main id="contenu">
<h1>{title}</h1>
{content}
</main>
</body>
</html>
"""

_COMMON = """<h2>Ce qui arrive souvent</h2>
<ul>
<li>Votre rattachement à votre organisation attend une vérification de ProConnect : elle prend
de un à trois jours ouvrés. Rien n'est perdu, revenez ensuite.</li>
<li>ProConnect vous a envoyé un code par courriel : il n'est valable que quelques minutes.
Regardez aussi dans les courriers indésirables.</li>
</ul>
"""


def page(title: str, content: str, status: int = 200) -> HTMLResponse:
    """title : text.   content : HTML, already escaped."""
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
    headers |= {"Referrer-Policy": "no-referrer"} | ({"Retry-After": "60"} if status == 503 else {})
    return HTMLResponse(_PAGE.format(title=escape(title), content=content), status, headers)


def failure(settings: Settings, request_id: str, failed: SigninFailed | None, status: int) -> HTMLResponse:
    """The one page on which every failed sign-in ends. failed : None for an unexpected failure."""
    content = f"""<p class="alerte" role="alert">{escape(_explain(failed))}</p>
<p>Vous n'êtes pas connecté.</p>
<p><a class="bouton" href="/auth/connexion">Essayer de nouveau</a></p>
{_COMMON}{_contacts(settings, request_id)}"""
    return page("La connexion n'a pas abouti", content, status)


def deleted_address(settings: Settings, request_id: str, logout_url: str) -> HTMLResponse:
    """The addresses of the dispositif are gone: another one is needed, so ProConnect must be left first."""
    content = f"""<p class="alerte" role="alert">Les adresses en « conseiller-numerique.fr » n'existent plus :
elles ne permettent plus de se connecter. Aucun compte n'a été ouvert.</p>
<ol>
<li>Munissez-vous d'une adresse professionnelle à votre nom, donnée par votre employeur.</li>
<li>Indiquez-la dans votre espace candidat, pour que votre contrat y soit rattaché.</li>
<li>Déconnectez-vous de ProConnect, puis revenez avec cette adresse.</li>
</ol>
<p><a class="bouton" href="{escape(logout_url)}">Se déconnecter de ProConnect</a></p>
{_contacts(settings, request_id)}"""
    return page("Cette adresse ne peut plus servir", content, 403)


def _explain(failed: SigninFailed | None) -> str:
    match failed.reason if failed is not None else None:
        case Reason.PROVIDER_ERROR if failed is not None and failed.detail == "access_denied":
            return "ProConnect a refusé la connexion, ou vous l'avez abandonnée."
        case Reason.PROVIDER_ERROR if failed is not None and failed.later:
            return "ProConnect rencontre un problème passager. Réessayez dans quelques minutes."
        case Reason.PROVIDER_ERROR:
            return "ProConnect n'a pas pu vous connecter."
        case Reason.PROVIDER_UNREACHABLE:
            return "ProConnect ne répond pas pour le moment. Réessayez dans quelques minutes."
        case Reason.TOO_MANY:
            return (
                "Trop de connexions ont été commencées depuis votre réseau sans être finies. "
                "Réessayez dans dix minutes."
            )
        case Reason.BAD_STATE:
            return "Cette page de connexion a expiré, ou elle a été ouverte dans un autre onglet."
        case Reason.LEVEL_TOO_LOW:
            return "Une connexion avec double authentification est nécessaire pour entrer."
        case Reason.MISSING_CLAIM | Reason.BAD_EMAIL:
            return "ProConnect ne nous a pas donné votre nom, ou une adresse électronique utilisable."
        case Reason.EMAIL_OF_ANOTHER_ACCOUNT:
            return (
                "Un compte existe déjà avec cette adresse, ouvert avec une autre identité ProConnect. "
                "Par sécurité, nous ne l'ouvrons pas automatiquement : écrivez au support. "
                "Aucun nouveau compte n'a été ouvert."
            )
        case _:
            return "La réponse de ProConnect n'a pas pu être vérifiée."


def _contacts(settings: Settings, request_id: str) -> str:
    """Whom to call, as far as it is declared, and the number to give them."""
    lines = [
        f'<li>{name} : <a href="mailto:{escape(address)}">{escape(address)}</a></li>'
        for name, address in (
            ("Support de La Coop", settings.support_coop),
            ("Support de ProConnect", settings.support_proconnect),
        )
        if address
    ]
    return f"""<h2>Besoin d'aide ?</h2>
{f"<ul>{''.join(lines)}</ul>" if lines else ""}
<p>Donnez ce numéro au support : <code>{escape(request_id)}</code></p>
"""
