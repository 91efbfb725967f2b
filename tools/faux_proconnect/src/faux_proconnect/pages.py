"""The provider's pages: plain French HTML, no script, no external asset, a strict content policy."""

import base64
import hashlib
from html import escape
from urllib.parse import urlsplit

from fastapi.responses import HTMLResponse

from faux_proconnect.settings import PREFIX

_STYLE = """
body{font:1.1rem/1.5 system-ui,sans-serif;color:#161616;background:#f6f6f6;margin:0}
header{background:#fff;border-bottom:1px solid #666;padding:1rem}
header p{margin:0;font-weight:bold}
main{max-width:32rem;margin:2rem auto;padding:1.5rem;background:#fff;border:1px solid #ccc}
label{display:block;font-weight:bold;margin-top:1rem}
fieldset{border:1px solid #666;margin:1rem 0}
fieldset label{font-weight:normal;margin:.25rem 0}
input[type=email],input[type=text]{font:inherit;border:1px solid #444;width:100%;
 box-sizing:border-box;padding:.5rem}
button{font:inherit;margin:1.5rem .5rem 0 0;padding:.6rem 1.2rem;border:1px solid #000091}
button.principal{background:#000091;color:#fff}
button.discret{background:#fff;color:#000091}
:focus-visible{outline:3px solid #0a76f6;outline-offset:2px}
.erreur{color:#b00020;font-weight:bold}
.note{background:#eee;padding:.5rem 1rem}
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()


def _page(title: str, body: str, status: int = 200, form_target: str = "") -> HTMLResponse:
    """An HTML page; `form_target` is the address its form may end up redirecting to."""
    parts = urlsplit(form_target)
    actions = f"'self' {parts.scheme}://{parts.netloc}" if form_target else "'self'"
    policy = (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action {actions}; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    html = (
        f'<!doctype html>\n<html lang="fr"><head><meta charset="utf-8"><title>{escape(title)} — ProConnect'
        '</title><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><header><p>Faux ProConnect "
        "(développement : personne ici n'est réel)</p></header>"
        f"<main><h1>{escape(title)}</h1>{body}</main></body></html>\n"
    )
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    return HTMLResponse(html, status, headers)


def _form(hidden: dict[str, str], fields: str, *, cancel: bool = True) -> str:
    inputs = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in hidden.items()
    )
    # "Continuer" comes first: it is what the Enter key presses.
    buttons = '<button class="principal" type="submit">Continuer</button>'
    if cancel:
        buttons += (
            '<button class="discret" type="submit" name="annuler" value="1" formnovalidate>Annuler</button>'
        )
    return f'<form method="post" action="{PREFIX}/interaction">{inputs}{fields}{buttons}</form>'


def _problem(message: str, field: str) -> str:
    return f'<p class="erreur" id="{field}-erreur" role="alert">{escape(message)}</p>' if message else ""


def email_page(
    service: str, hidden: dict[str, str], target: str, problem: str = "", email: str = ""
) -> HTMLResponse:
    described = ' aria-describedby="email-erreur" aria-invalid="true"' if problem else ""
    fields = (
        f"<p>Connexion à « {escape(service)} ».</p>"
        f'<label for="email">Email professionnel</label>'
        f'<input type="email" id="email" name="email" autocomplete="email" required autofocus '
        f'value="{escape(email)}"{described}>{_problem(problem, "email")}'
    )
    return _page("Se connecter", _form(hidden, fields), 400 if problem else 200, target)


def choice_page(hidden: dict[str, str], target: str, choices: dict[str, str]) -> HTMLResponse:
    options = "".join(
        f'<label><input type="radio" name="choix" value="{escape(value)}" required> {escape(text)}</label>'
        for value, text in choices.items()
    )
    fields = f"<fieldset><legend>Votre organisation</legend>{options}</fieldset>"
    return _page("Choisir son organisation", _form(hidden, fields), 200, target)


def identity_page(hidden: dict[str, str], target: str, idp: str, email: str) -> HTMLResponse:
    """The identity provider's own page, where a real person would type a password."""
    fields = f"<p>{escape(idp)} vous identifie avec l'adresse <strong>{escape(email)}</strong>.</p>"
    return _page("S'identifier", _form(hidden, fields), 200, target)


def code_page(hidden: dict[str, str], target: str, email: str, code: str, problem: str = "") -> HTMLResponse:
    described = ' aria-describedby="code-erreur" aria-invalid="true"' if problem else ""
    fields = (
        f"<p>Ce service demande deux facteurs. Un code a été envoyé à <strong>{escape(email)}</strong>.</p>"
        f'<p class="note">Boîte aux lettres simulée : <span id="code-simule">{escape(code)}</span></p>'
        '<label for="code">Code reçu par courriel</label>'
        '<input type="text" id="code" name="code" inputmode="numeric" autocomplete="one-time-code" required '
        f"autofocus{described}>{_problem(problem, 'code')}"
    )
    return _page("Vérifier son adresse", _form(hidden, fields), 400 if problem else 200, target)


def consent_page(hidden: dict[str, str], target: str, service: str, email: str) -> HTMLResponse:
    fields = f"<p>Continuer vers « {escape(service)} » avec l'adresse <strong>{escape(email)}</strong> ?</p>"
    return _page("Confirmer", _form(hidden, fields), 200, target)


def error_page(code: str, message: str, status: int = 400) -> HTMLResponse:
    body = f'<p role="alert">{escape(message)}</p><p>Code : <code id="code-erreur">{escape(code)}</code></p>'
    return _page("Une erreur est survenue", body, status)


def signed_out_page() -> HTMLResponse:
    return _page("Vous êtes déconnecté", "<p>Votre session ProConnect est fermée.</p>")
