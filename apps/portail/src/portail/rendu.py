"""Templates and static files: how a page is made, and with which headers it leaves."""

import gzip
import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from portail import affichage
from portail.mise_en_forme import mis_en_forme

ICI = Path(__file__).parent
STATIC = ICI / "static"

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}
_SANS_RESEAU = "sw.js"
_FILE = "file.js"
"""What waits for the network: the service worker's copy is the pages' own."""
_GARDES = ("lots/portail.css", "lots/saisie.js", "marque.svg")
"""What the device keeps for the day without a network."""
LOTS = {
    "lots/portail.css": ("theme.css", "portail.css"),
    "lots/personne.js": ("portail.js", "file.js", "personne.js"),
    "lots/saisie.js": ("portail.js", "file.js", "personne.js", "saisie.js"),
    "lots/carte.js": ("tiers/leaflet-1.9.4.js", "carte.js"),
    "lots/chiffres.js": ("filtres.js", "suivi.js"),
    "lots/carte.css": ("tiers/leaflet-1.9.4.css", "carte.css"),
}
"""What a page loads in one request. lot -> its files, in their order."""
TIERS = "tiers/"
"""Where the files of others are, left as they were delivered."""
_FILTRES = (
    "jour",
    "jours",
    "a_la_periode",
    "jour_court",
    "jour_long",
    "nombre",
    "duree",
    "pluriel",
    "poids",
    "telephone",
    "a_cocher",
)
_A_SON_HEURE = ("le_jour", "heure", "moment", "quand")
"""Filters of an instant: read at the time of the person's territory."""


def sans_marge(script: bytes) -> bytes:
    """What the browser needs of one of our scripts: neither indentation nor comment lines, a fifth of it.

    None of their texts spans lines (`test_nos_scripts_n_ont_pas_de_texte_sur_plusieurs_lignes`).
    """
    lignes = (ligne.strip() for ligne in script.splitlines())
    return b"\n".join(ligne for ligne in lignes if ligne and not ligne.startswith(b"//"))


class Rendu:
    """Everything that makes a page.

    theme : the tokens' style sheet.   form_action : other origins that a form may end at (ProConnect's).
    annonces : what every page tells everybody, now.
    """

    def __init__(
        self,
        theme: Path | None = None,
        form_action: Iterable[str] = (),
        annonces: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        self._fichiers = {
            f"{f.relative_to(STATIC)}": f.read_bytes()
            for f in sorted(STATIC.rglob("*"))
            if f.suffix in _TYPES
        }
        for nom in (nom for nom in self._fichiers if nom.endswith(".js") and not nom.startswith(TIERS)):
            self._fichiers[nom] = sans_marge(self._fichiers[nom])
        if theme is not None:
            self._fichiers["theme.css"] = theme.read_bytes()
        for lot, noms in LOTS.items():
            self._fichiers[lot] = b"\n".join(self._fichiers[nom] for nom in noms)
        self._empreintes = {n: hashlib.sha256(c).hexdigest()[:12] for n, c in self._fichiers.items()}
        self.csp = (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            "connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; "
            f"form-action {' '.join(("'self'", *form_action))}; base-uri 'none'; frame-ancestors 'none'"
        )
        self._env = Environment(
            loader=FileSystemLoader(ICI / "templates"),
            autoescape=select_autoescape(default=True, default_for_string=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        communs: dict[str, Any] = {"fichier": self.adresse, "part": affichage.part, "annonces": annonces}
        self._env.globals.update(communs)
        self._env.filters.update({nom: getattr(affichage, nom) for nom in _FILTRES})
        self._env.filters["mis_en_forme"] = mis_en_forme
        self._env.filters.update({nom: _a_son_heure(getattr(affichage, nom)) for nom in _A_SON_HEURE})
        self._sans_reseau = (
            b"\n".join((self._fichiers[_FILE], self._fichiers.pop(_SANS_RESEAU)))
            .replace(b"__VERSION__", self._version().encode())
            .replace(b"__FICHIERS__", orjson.dumps([self.adresse(nom) for nom in _GARDES]))
        )
        # Once and at best: a tenth less than what the gateway does in passing.
        self._comprimes = {nom: gzip.compress(contenu, mtime=0) for nom, contenu in self._fichiers.items()}

    def _version(self) -> str:
        gabarits = sorted((ICI / "templates").rglob("*.html"))
        tout = hashlib.sha256("".join(self._empreintes.values()).encode())
        for gabarit in gabarits:
            tout.update(gabarit.read_bytes())
        return tout.hexdigest()[:12]

    def page(self, request: Request, gabarit: str, statut: int = 200, **contexte: Any) -> HTMLResponse:
        """gabarit : under templates/.   A person's page is never stored: the edge says `no-store`."""
        # The gateway puts its own page in the place of these (deploy/traefik): what was typed would be lost.
        statut = 503 if statut in (429, 502, 504) else statut
        html = self._env.get_template(gabarit).render({"moi": None, "chemin": request.url.path} | contexte)
        return HTMLResponse(
            html, statut, {"Content-Security-Policy": self.csp, "Referrer-Policy": "same-origin"}
        )

    def texte(self, gabarit: str, **contexte: Any) -> str:
        """What is no page: a feed."""
        return self._env.get_template(gabarit).render(contexte)

    def adresse(self, nom: str) -> str:
        """Where the browser finds this static file, for ever the same content."""
        return f"/static/{nom}?v={self._empreintes[nom]}"

    def sans_reseau(self) -> Response:
        """The service worker. Another version of anything that it keeps makes it another script."""
        return Response(
            self._sans_reseau,
            headers={"Cache-Control": "no-cache", "Content-Security-Policy": "default-src 'self'"},
            media_type=_TYPES[".js"],
        )

    def servir(self, nom: str, version: str | None, *, comprime: bool = False) -> Response:
        """The static file; immutable when asked by its version.   comprime : whether gzip can be read."""
        contenu = (self._comprimes if comprime else self._fichiers).get(nom)
        if contenu is None:
            return Response(status_code=404)
        garde = "public, max-age=31536000, immutable" if version == self._empreintes[nom] else "no-cache"
        entetes = {"Cache-Control": garde, "Vary": "Accept-Encoding"}
        entetes |= {"Content-Encoding": "gzip"} if comprime else {}
        return Response(contenu, headers=entetes, media_type=_TYPES[Path(nom).suffix])


def fuseau_de(moi: dict[str, Any] | None) -> str:
    """The time zone of who is signed in; Paris for anybody else."""
    return moi["fuseau"] if moi else affichage.PARIS


def _a_son_heure(filtre: Callable[..., str]) -> Callable[..., str]:
    @pass_context
    def lu(contexte: Context, *valeurs: Any) -> str:
        return filtre(*valeurs, fuseau=fuseau_de(contexte.get("moi")))

    return lu
