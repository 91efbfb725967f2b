"""Mes bénéficiaires : les personnes que je suis. Rien de ce qui les nomme n'est dans une adresse."""

import asyncio
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any, BinaryIO
from urllib.parse import urlencode
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response
from tableurs.exportation import Format, en_tetes
from web.downloads import download

from portail.activites import montrees
from portail.communes import Ecrite, commune_ecrite
from portail.ecarts import OUVERT, Ailleurs, Ecart, ecarts_d_une_fiche, ouverts, reprise
from portail.erreurs import Echec, fautes_de, statut_de
from portail.formulaires import Saisie, Sorte, chiffres_a_redire, en_champs, en_json, recue
from portail.nomenclatures import libelles
from portail.notes import NOTES_HTML, notes_lues, notes_relues
from portail.passerelle import Muette, Refus, Reponse
from portail.rendez_vous import PAR_COTE, de_la_personne
from portail.saisie_cra import nom_de_commune
from portail.suivis import est_un_id, nommes
from portail.visiteur import Connecte, Visiteur

router = APIRouter(prefix="/espace/beneficiaires")

_API = "/beneficiaires"
_PAR_PAGE = 20
_FAIT = {
    "enregistre": "Fiche enregistrée.",
    "effaces": "Ces personnes sont effacées. Ce que vous avez fait avec elles compte toujours.",
    "fusionnee": "La fiche demandée est fusionnée avec celle-ci.",
    "personne": "Cochez d’abord les personnes à effacer.",
    "efface": "Cette personne est effacée. Ce que vous avez fait avec elle compte toujours.",
}
TRIS = {
    "prenom": "Par prénom",
    "naissance": "Par âge",
    "recents": "Modifiées récemment",
    "accompagnements": "Les plus accompagnées",
}
"""Outre celui des noms."""
FOIS = {"oui": "Déjà accompagnées", "non": "Jamais accompagnées"}
_FICHE = {
    **dict.fromkeys(
        ("prenom", "nom", "telephone", "courriel", "adresse", "genre", "statut_social", "notes"), Sorte.TEXTE
    ),
    "pas_de_telephone": Sorte.OUI_NON,
    "annee_naissance": Sorte.NOMBRE,
}
_QUESTIONS = {
    "prenom": "Prénom",
    "nom": "Nom",
    "telephone": "Téléphone",
    "pas_de_telephone": "N’a pas de téléphone",
    "courriel": "Courriel",
    "adresse": "Adresse",
    "annee_naissance": "Année de naissance",
    "genre": "Genre",
    "statut_social": "Situation",
    "notes": "Notes",
}
"""Du formulaire, dans son ordre : sa commune est à part."""
_ENSEMBLE = (
    *(("telephone", "pas_de_telephone"), ("commune", "adresse")),
    *((nom,) for nom in ("prenom", "nom", "courriel", "annee_naissance", "genre", "statut_social", "notes")),
)
"""Les contrôles, avec ceux qui leur répondent : qui touche à l'un les dit tous."""
_NOMMENT = ("prenom", "nom")
"""Sent even when empty: the API says what is missing."""


@dataclass(frozen=True, slots=True)
class Filtres:
    """Ce que la personne a choisi, dans l'adresse : rien n'y nomme quelqu'un. age : code d'une tranche.
    postal : ce qui est écrit.   fois : oui, non."""

    age: str = ""
    postal: str = ""
    fois: str = ""
    tri: str = ""

    @property
    def choisis(self) -> bool:
        return bool(self.age or self.postal or self.fois)

    @property
    def faute(self) -> str:
        """Ce qu'il faut dire de ce qui est écrit, ou rien."""
        lisible = not self.postal or re.fullmatch("[0-9]{2,5}", self.postal)
        return "" if lisible else "Un code postal s’écrit en chiffres : 21000, ou 21 pour toute la Côte-d’Or."

    def pour_l_api(self) -> dict[str, Any]:
        """Dans le corps d'une recherche ; sans valeur, absents."""
        fois = {"oui": True, "non": False}.get(self.fois)
        tranches = [self.age] if self.age else None
        choisis = {"tranches_age": tranches, "code_postal": self.postal or None, "accompagnes": fois}
        return {nom: valeur for nom, valeur in choisis.items() if valeur is not None}

    def dans_l_adresse(self) -> dict[str, Any]:
        """Les mêmes, dans une adresse de l'API."""
        return {n: str(v).lower() if isinstance(v, bool) else v for n, v in self.pour_l_api().items()}

    def adresse(self, **suite: str | None) -> str:
        """De la page qui les montre."""
        tous = asdict(self) | suite
        choisis = urlencode({nom: valeur for nom, valeur in tous.items() if valeur})
        return f"/espace/beneficiaires?{choisis}" if choisis else "/espace/beneficiaires"

    @property
    def en_cours(self) -> "Filtres":
        """Pendant la frappe : un code postal d'un seul chiffre attend le suivant."""
        return replace(self, postal="") if re.fullmatch("[0-9]", self.postal) else self

    def actifs(self, tranches: Mapping[str, str]) -> list[tuple[str, "Filtres"]]:
        """Chacun par ses mots, et les autres sans lui."""
        sans: list[tuple[str, Filtres]] = []
        if self.age:
            sans.append((tranches.get(self.age, self.age), replace(self, age="")))
        if self.postal:
            sans.append((f"Code postal {self.postal}", replace(self, postal="")))
        if self.fois:
            sans.append((FOIS.get(self.fois, self.fois), replace(self, fois="")))
        return sans


def _filtres(
    age: Annotated[str, Query(max_length=40)] = "",
    postal: Annotated[str, Query(max_length=20)] = "",
    fois: Annotated[str, Query(max_length=5)] = "",
    tri: Annotated[str, Query(max_length=20)] = "",
) -> Filtres:
    return _propres(age, postal, fois, tri)


def _propres(age: str, postal: str, fois: str, tri: str) -> Filtres:
    return Filtres(age, postal.strip(), fois if fois in FOIS else "", tri if tri in TRIS else "")


@router.get("")
async def liste(
    qui: Connecte,
    filtres: Annotated[Filtres, Depends(_filtres)],
    apres: Annotated[str | None, Query(max_length=4096)] = None,
    fait: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Toutes, ou celles que l'on retient. Le curseur de l'adresse est scellé."""
    if filtres.faute:
        return await _liste(qui, None, filtres, faute=filtres.faute)
    try:
        lue = await qui.api.lire(
            _API, **filtres.dans_l_adresse(), apres=apres, limite=_PAR_PAGE, tri=filtres.tri
        )
    except Refus as refus:
        if refus.statut != 422:
            raise
        return await _liste(qui, None, filtres, faute=refus.phrases)
    return await _liste(qui, lue, filtres, message=_FAIT.get(fait))


@router.post("")
async def chercher(qui: Connecte) -> Response:
    """Celles qui répondent aux mots, dits dans le corps de la demande ; sans mots, l’adresse dit tout."""
    saisie = await recue(qui.request)
    filtres = _propres(*(saisie.un(nom) for nom in ("age", "postal", "fois", "tri")))
    mots = saisie.un("recherche")
    if qui.veut_la_partie("resultats"):
        filtres = filtres.en_cours
    if not mots and not qui.veut_la_partie("resultats"):
        return qui.aller(filtres.adresse())
    if filtres.faute:
        return await _liste(qui, None, filtres, recherche=mots, faute=filtres.faute)
    corps = filtres.pour_l_api() | {"recherche": mots, "limite": _PAR_PAGE, "tri": filtres.tri or "nom"}
    if apres := saisie.un("apres"):
        corps["apres"] = apres
    try:
        lue = await qui.api.demander(f"{_API}/recherche", corps, csrf=saisie.un("csrf"))
    except Refus as refus:
        if refus.statut != 422:
            raise
        return await _liste(qui, None, filtres, recherche=mots, faute=refus.phrases)
    return await _liste(qui, lue, filtres, recherche=mots)


@router.post("/export")
async def exporter(qui: Connecte) -> Response:
    """Le tableau de celles qui répondent aux mots, dits dans le corps de la demande."""
    saisie = await recue(qui.request)
    filtres = _propres(*(saisie.un(nom) for nom in ("age", "postal", "fois", "tri")))
    mots, choisi = saisie.un("recherche"), saisie.un("format")
    sorte = Format(choisi) if choisi in [*Format] else Format.XLSX
    corps = filtres.pour_l_api() | {"recherche": mots, "format": sorte}

    async def remplir(sortie: BinaryIO) -> None:
        await qui.api.recopier(f"{_API}/export", corps, sortie, csrf=saisie.un("csrf"))

    try:
        nom = f"coop-numerique_beneficiaires_{qui.aujourd_hui}"
        return qui.api.rendre(await download(remplir, en_tetes(nom, sorte)))
    except Refus as refus:
        if refus.statut != 422:
            raise
        return await _liste(qui, None, filtres, recherche=mots, faute=refus.phrases)


async def _liste(
    qui: Visiteur,
    lue: Reponse | None,
    filtres: Filtres,
    *,
    recherche: str = "",
    faute: str = "",
    message: str | None = None,
) -> Response:
    vide: dict[str, Any] = {"elements": [], "total": 0, "suivant": None}
    corps = lue.corps if lue is not None else vide
    nomenclatures = await qui.request.app.state.nomenclatures.de("activites")
    tranches = nomenclatures["tranche_age"]
    reponse = qui.page(
        "beneficiaires/resultats.html" if qui.veut_la_partie("resultats") else "beneficiaires/liste.html",
        personnes=corps["elements"],
        noms=nommes(corps["elements"]),
        total=corps["total"],
        suivante=corps["suivant"],
        precedente=corps.get("precedent"),
        recherche=recherche,
        filtres=filtres,
        actifs=filtres.actifs(libelles(tranches)),
        export=urlencode(filtres.dans_l_adresse(), doseq=True),
        formats=nomenclatures["format"],
        tranches=tranches,
        tris=TRIS,
        les_fois=FOIS,
        faute=faute,
        en_retard=lue is not None and lue.en_retard,
        message=message,
    )
    # The words that name somebody stay out of it.
    reponse.headers["HX-Push-Url"] = filtres.adresse()
    return reponse


@router.get("/nouveau")
async def nouveau(qui: Connecte) -> Response:
    """Suivre une personne de plus."""
    return await _formulaire(qui, Saisie([("id", str(uuid4()))]))


@router.post("/nouveau")
async def enregistrer(qui: Connecte) -> Response:
    """Enregistrer sa fiche."""
    saisie = await recue(qui.request)
    if not saisie.un("id"):
        saisie = saisie.avec("id", str(uuid4()))
    corps, commune = await _corps(qui, saisie)
    try:
        await qui.api.ecrire("POST", _API, corps | {"id": saisie.un("id")}, csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        return await _formulaire(qui, saisie, commune.dite(echec))
    return qui.aller(f"/espace/beneficiaires/{saisie.un('id')}?fait=enregistre")


@router.post("/effacer")
async def effacer_plusieurs(qui: Connecte) -> Response:
    """Une page d'abord, qui dit qui part ; confirmé, elles partent ensemble."""
    saisie = await recue(qui.request)
    ids = [un for un in dict.fromkeys(saisie.tous("ids")) if est_un_id(un)][:_PAR_PAGE]
    if not ids:
        return qui.aller("/espace/beneficiaires?fait=personne")
    if saisie.un("confirme"):
        await qui.api.ecrire("POST", f"{_API}/effacement", {"ids": ids}, csrf=saisie.un("csrf"))
        return qui.aller("/espace/beneficiaires?fait=effaces")
    corps = {"ids": ids, "limite": _PAR_PAGE}
    lues = await qui.api.demander(f"{_API}/recherche", corps, csrf=saisie.un("csrf"))
    return qui.page("beneficiaires/effacer_plusieurs.html", personnes=lues.corps["elements"])


@router.get("/{beneficiaire_id}")
async def une(
    beneficiaire_id: UUID,
    qui: Connecte,
    apres: Annotated[str | None, Query(max_length=4096)] = None,
    fait: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Sa fiche, ses rendez-vous et son histoire ; d’une fiche en double, ceux de la personne."""
    try:
        fiche, histoire, les_rdv, nomenclatures = await asyncio.gather(
            qui.api.lire(f"{_API}/{beneficiaire_id}"),
            qui.api.lire(f"{_API}/{beneficiaire_id}/accompagnements", apres=apres, limite=_PAR_PAGE),
            de_la_personne(qui, beneficiaire_id),
            qui.request.app.state.nomenclatures.de("activites"),
        )
    except Refus as refus:
        return qui.aller(f"{_de_la_personne(refus)}?fait=fusionnee")
    return qui.page(
        "beneficiaires/fiche.html",
        b=fiche.corps,
        rdvs=les_rdv,
        par_cote=PAR_COTE,
        activites=montrees(histoire.corps["elements"], nomenclatures),
        total=histoire.corps["total"],
        suivante=histoire.corps["suivant"],
        precedente=histoire.corps.get("precedent"),
        noms={champ: libelles(termes) for champ, termes in nomenclatures.items()},
        en_retard=histoire.en_retard,
        message=_FAIT.get(fait),
    )


def _de_la_personne(refus: Refus) -> str:
    """D'une fiche en double, la page de celle qui reste. Lève le refus quand il dit autre chose."""
    vers = str(refus.probleme.get("vers", ""))
    if refus.nom != "FicheEnDouble" or not est_un_id(vers):
        raise refus
    return f"/espace/beneficiaires/{vers}"


@router.get("/{beneficiaire_id}/modifier")
async def modifier(
    beneficiaire_id: UUID, qui: Connecte, fait: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """Le formulaire, rempli de sa fiche ; d’une fiche en double, celui de la personne."""
    try:
        lue = await qui.api.lire(f"{_API}/{beneficiaire_id}")
    except Refus as refus:
        return qui.aller(f"{_de_la_personne(refus)}/modifier?fait=fusionnee")
    champs = _controles(lue.corps)
    saisie = Saisie([*champs, *ouverts(champs), ("si_version", lue.etag or "")])
    return await _formulaire(qui, saisie, beneficiaire_id=beneficiaire_id, message=_FAIT.get(fait))


@router.post("/{beneficiaire_id}/modifier")
async def corriger(beneficiaire_id: UUID, qui: Connecte) -> Response:
    """Enregistrer la correction, si personne n'a corrigé entre-temps."""
    saisie = await recue(qui.request)
    corps, commune = await _corps(qui, saisie)
    try:
        version = saisie.un("si_version") or None
        adresse = f"{_API}/{beneficiaire_id}"
        await qui.api.ecrire("PUT", adresse, corps, csrf=saisie.un("csrf"), si_version=version)
    except (Refus, Muette) as echec:
        if isinstance(echec, Refus) and echec.statut == 412 and not commune.faute:
            # Without the other version, the refusal alone is said: what was typed stays on the page.
            with suppress(Refus, Muette):
                return await _cote_a_cote(qui, beneficiaire_id, saisie, corps)
        return await _formulaire(qui, saisie, commune.dite(echec), beneficiaire_id=beneficiaire_id)
    return qui.aller(f"/espace/beneficiaires/{beneficiaire_id}?fait=enregistre")


@router.get("/{beneficiaire_id}/effacer")
async def confirmer(beneficiaire_id: UUID, qui: Connecte) -> Response:
    """Une page, jamais une fenêtre : elle dit ce qui part et ce qui reste."""
    return qui.page("beneficiaires/effacer.html", b=(await qui.api.lire(f"{_API}/{beneficiaire_id}")).corps)


@router.post("/{beneficiaire_id}/effacer")
async def effacer(beneficiaire_id: UUID, qui: Connecte) -> Response:
    """Ne plus savoir qui elle est."""
    saisie = await recue(qui.request)
    await qui.api.ecrire("DELETE", f"{_API}/{beneficiaire_id}", csrf=saisie.un("csrf"))
    return qui.aller("/espace/beneficiaires?fait=efface")


async def _corps(qui: Visiteur, saisie: Saisie) -> tuple[dict[str, Any], Ecrite]:
    """Ce que l'API attend, et la commune écrite, pour dire ce qui ne va pas."""
    corps: dict[str, Any] = dict.fromkeys(_NOMMENT, "") | en_json(saisie, _FICHE)
    chiffres_a_redire(corps, _FICHE)  # what the API says of a year that is none is clear enough
    if "notes" in corps:
        corps["notes"] = notes_lues(saisie)
    commune = await commune_ecrite(qui.api, saisie)
    if commune.corps:
        corps["commune"] = commune.corps
    return corps, commune


def _controles(fiche: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Ceux du formulaire, remplis de cette fiche."""
    champs = en_champs({nom: fiche[nom] for nom in _FICHE if nom != "notes"}) + notes_relues(fiche["notes"])
    commune = fiche["commune"]
    return [*champs, ("commune", nom_de_commune(commune))] if commune else champs


async def _cote_a_cote(
    qui: Visiteur, beneficiaire_id: UUID, saisie: Saisie, corps: Mapping[str, Any]
) -> Response:
    """Corrigée ailleurs depuis : ce que l'on a changé se montre face à ce qui est enregistré.

    Le reste du formulaire devient ce qui est enregistré : le garder n'y défait rien.
    """
    lue, termes = await asyncio.gather(
        qui.api.lire(f"{_API}/{beneficiaire_id}"), qui.request.app.state.nomenclatures.de("activites")
    )
    noms = {champ: libelles(termes[champ]) for champ in ("genre", "statut_social")}
    relue, changes = reprise(saisie, _controles(lue.corps), _ENSEMBLE)
    if "notes" not in changes:
        relue = relue.avec(NOTES_HTML, lue.corps["notes"] or "")
    questions = {champ: texte for champ, texte in _QUESTIONS.items() if champ in changes}
    ecarts = ecarts_d_une_fiche(corps, lue.corps, questions, noms)
    ici, la_bas = corps.get("commune") or {}, lue.corps["commune"] or {}
    if "commune" in changes and ici.get("code_insee") != la_bas.get("code_insee"):
        ecarts.append(Ecart("Commune", saisie.un("commune"), nom_de_commune(la_bas) if la_bas else ""))
    return await _formulaire(
        qui,
        relue.avec("si_version", lue.etag or ""),
        beneficiaire_id=beneficiaire_id,
        ailleurs=Ailleurs(ecarts, lue.corps["corrige_le"], reprise=True),
    )


async def _formulaire(
    qui: Visiteur,
    saisie: Saisie,
    echec: Echec | None = None,
    *,
    beneficiaire_id: UUID | None = None,
    ailleurs: Ailleurs | None = None,
    message: str | None = None,
) -> Response:
    return qui.page(
        "beneficiaires/formulaire.html",
        412 if ailleurs else statut_de(echec),
        saisie=saisie,
        fautes=fautes_de(echec),
        beneficiaire_id=beneficiaire_id,
        ouverts=[f"{OUVERT}{nom}" for noms in _ENSEMBLE for nom in noms],
        ailleurs=ailleurs,
        message=message,
        maintenant=qui.request.app.state.clock.now(),
        n=await qui.request.app.state.nomenclatures.de("activites"),
    )
