"""The welcome page: sign in, or see who is signed in. It is a door, not a front-end."""

from html import escape

from fastapi import APIRouter, Depends
from starlette.responses import HTMLResponse, Response
from web.parameters import any_parameter
from web.policies import PUBLIC, allow
from web.wiring import StoreDep

from identity.api import help_pages
from identity.api.browser import AccesDep, SessionOuNone
from identity.connexion.sessions.jetons import load_compte
from identity.domain import compte

router = APIRouter(include_in_schema=False)

_ROLES = {"mediateur": "médiateur ou médiatrice", "coordinateur": "coordinateur ou coordinatrice"}

_STYLE = """:root { --encre: #161616; --fond: #fff; --action: #0a4fa3; --alerte: #8a1f11; }
* { box-sizing: border-box; }
body { margin: 0; font: 1.0625rem/1.6 system-ui, sans-serif; color: var(--encre); background: #f4f5f7; }
header, main { max-width: 44rem; margin: 0 auto; padding: 1rem 1.25rem; }
main { background: var(--fond); border-radius: .5rem; padding-bottom: 2rem; }
.marque { font-weight: 700; margin: 0; }
h1 { font-size: 1.75rem; line-height: 1.25; }
h2 { font-size: 1.25rem; margin-top: 2rem; }
.bouton { display: inline-block; padding: .75rem 1.25rem; border: 0; border-radius: .25rem; font: inherit;
  font-weight: 600; color: #fff; background: var(--action); text-decoration: none; cursor: pointer; }
.bouton:hover { background: #073a78; }
:focus-visible { outline: 3px solid #b35900; outline-offset: 3px; }
.alerte { border-left: .25rem solid var(--alerte); padding: .5rem 1rem; background: #fdf0ee; }
.evitement { position: absolute; left: -999rem; }
.evitement:focus { left: 1rem; top: 1rem; background: #fff; padding: .5rem 1rem; }
dt { font-weight: 600; } dd { margin: 0 0 .75rem; } code { overflow-wrap: anywhere; }
"""

_SCRIPT = """const bouton = document.getElementById("deconnexion");
if (bouton) {
  bouton.addEventListener("click", async () => {
    bouton.disabled = true;
    const session = await fetch("/auth/session");
    const jeton = session.ok ? (await session.json()).csrf : "";
    const reponse = await fetch("/auth/deconnexion", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRF-Token": jeton, Accept: "application/json" },
      body: "{}",
    });
    if (reponse.ok) {
      window.location.assign((await reponse.json()).url);
    } else {
      bouton.disabled = false;
      document.getElementById("message").textContent = "La déconnexion n'a pas abouti. Réessayez.";
    }
  });
}
"""


@router.get("/auth/accueil", dependencies=[allow(PUBLIC), Depends(any_parameter)])
async def accueil(courante: SessionOuNone, acces: AccesDep, store: StoreDep) -> HTMLResponse:
    """Se connecter, ou voir qui est connecté."""
    state = await load_compte(store, courante.session.compte_id) if courante is not None else None
    if state is None or isinstance(state, compte.Inconnu | compte.Efface):
        return help_pages.page(
            "Bienvenue",
            f"""<p>La plateforme de travail des médiateurs numériques et de leurs coordinateurs.</p>
<p><a class="bouton" href="/auth/connexion?return_to=/auth/accueil">Se connecter avec ProConnect</a></p>
<p>ProConnect est le compte professionnel des agents publics et des salariés.
Nous ne gardons pas de mot de passe.</p>
{help_pages.BEFORE}{help_pages.contacts(acces.settings)}""",
        )
    roles = ", ".join(_ROLES[role.value] for role in compte.roles(state)) or "à choisir"
    content = f"""<dl>
<dt>Nom</dt><dd>{escape(state.personne.prenom)} {escape(state.personne.nom)}</dd>
<dt>Adresse</dt><dd>{escape(state.personne.courriel)}</dd>
<dt>Rôle</dt><dd>{escape(roles)}</dd>
<dt>Identifiant du compte</dt><dd><code>{state.compte_id}</code></dd>
</dl>
<p><button class="bouton" id="deconnexion" type="button">Se déconnecter</button></p>
<p id="message" role="status"></p>
<script src="/auth/accueil.js" defer></script>
"""
    return help_pages.page("Vous êtes connecté", content)


@router.get("/auth/accueil.css", dependencies=[allow(PUBLIC)])
async def style() -> Response:
    """La feuille de style des pages."""
    return Response(_STYLE, media_type="text/css", headers={"Cache-Control": "public, max-age=3600"})


@router.get("/auth/accueil.js", dependencies=[allow(PUBLIC)])
async def script() -> Response:
    """Le bouton de déconnexion."""
    return Response(_SCRIPT, media_type="text/javascript", headers={"Cache-Control": "public, max-age=3600"})
