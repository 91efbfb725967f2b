"""Les bénéficiaires suivis d'un compte rendu : ceux qu'il propose, ceux que désignent des mots."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from portail.affichage import le_jour
from portail.formulaires import Saisie
from portail.passerelle import Muette, Passerelle, Refus

CHERCHE = "suivi_cherche"
"""The control where one writes who it is; an atelier takes several names, separated by commas."""
_RECHERCHE = "/beneficiaires/recherche"
_PROPOSES = 8
_NOMS = 20


@dataclass(slots=True)
class Designes:
    """ids : ceux que les mots désignent.   proposes : quand ils en désignent plusieurs.   faute : à dire."""

    ids: list[str] = field(default_factory=list[str])
    proposes: list[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])
    faute: str = ""


def nom(beneficiaire: Mapping[str, Any]) -> str:
    """« Amina Berger », ou ce que l'on dit d'une personne effacée."""
    return f"{beneficiaire.get('prenom') or ''} {beneficiaire.get('nom') or ''}".strip() or "Personne effacée"


def nommes(beneficiaires: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Nom par identifiant. Des homonymes, avec ce qui les distingue : « Amina Berger (1948, Dijon) »."""
    lus = {str(b["id"]): b for b in beneficiaires}
    noms = {un: nom(b) for un, b in lus.items()}
    combien = Counter(noms.values())
    return {un: f"{n} ({_ce_qui_distingue(lus[un])})" if combien[n] > 1 else n for un, n in noms.items()}


def _ce_qui_distingue(beneficiaire: Mapping[str, Any]) -> str:
    connu = [str(v) for champ in ("annee_naissance", "commune") if (v := beneficiaire.get(champ))]
    fiche = f"fiche du {le_jour(beneficiaire['enregistre_le'])}" if beneficiaire.get("enregistre_le") else ""
    return ", ".join(connu) or fiche or "effacée"


def choisis(saisie: Saisie) -> list[str]:
    """Les identifiants cochés."""
    return [valeur for valeur in saisie.tous("beneficiaire/id") + saisie.tous("suivis") if est_un_id(valeur)]


async def proposes(
    api: Passerelle, saisie: Saisie, csrf: str, autres: Sequence[Mapping[str, Any]] = ()
) -> list[dict[str, Any]]:
    """`{id, nom, commune}` : ceux qui sont choisis, puis ceux qu'il est naturel de proposer.

    autres : ce que des mots viennent de désigner. Sans réponse, le formulaire s'ouvre sans eux.
    """
    ids = choisis(saisie)
    recents = await api.lire_si_possible("/beneficiaires", tri="recents", limite=_PROPOSES)
    lus = [*autres, *(recents["elements"] if recents else ())]
    if inconnus := [un for un in ids if un not in {str(b["id"]) for b in lus}]:
        corps = {"ids": inconnus[:200], "limite": 200}
        try:
            trouves = (await api.demander(_RECHERCHE, corps, csrf=csrf)).corps["elements"]
        except (Refus, Muette):
            trouves = []
        lus = [*({"id": un} for un in inconnus), *trouves, *lus]
    connus = nommes(lus)
    communes = _communes(lus)
    ordre = dict.fromkeys([*ids, *connus])
    return [{"id": un, "nom": connus[un], "commune": communes.get(un, "")} for un in ordre]


def a_choisir(beneficiaires: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """`{id, nom, commune}` de ceux-ci."""
    communes = _communes(beneficiaires)
    return [{"id": un, "nom": n, "commune": communes.get(un, "")} for un, n in nommes(beneficiaires).items()]


def _communes(beneficiaires: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """« Dijon (21000) », comme le formulaire l'écrit, de ceux dont on la connaît."""
    return {
        str(b["id"]): f"{b['commune']} ({b['code_postal']})"
        for b in beneficiaires
        if b.get("commune") and b.get("code_postal")
    }


async def trouves(api: Passerelle, mots: str, csrf: str) -> list[dict[str, Any]]:
    """Ceux qui répondent à ces mots ; rien quand ils ne se cherchent pas. Lève Muette, SessionAbsente."""
    try:
        lus = await api.demander(_RECHERCHE, {"recherche": mots[:100], "limite": _PROPOSES}, csrf=csrf)
    except Refus:
        return []
    elements: list[dict[str, Any]] = lus.corps["elements"]
    return elements


async def designes(api: Passerelle, saisie: Saisie) -> Designes:
    """Ceux que l'on a écrits sans les cocher. Lève Muette, SessionAbsente."""
    resultat, fautes = Designes(), list[str]()
    ecrits = [m.strip() for m in saisie.un(CHERCHE).split(",") if m.strip()]
    if len(ecrits) > _NOMS:
        fautes.append(f"{_NOMS} noms au plus s’écrivent à la fois.")
    for mots in ecrits[:_NOMS]:
        lus = await trouves(api, mots, saisie.un("csrf"))
        exacts = [b for b in lus if nom(b).casefold() == mots.casefold()]
        match exacts or lus:
            case [seul]:
                resultat.ids.append(seul["id"])
            case []:
                fautes.append(f"Personne, parmi celles que vous suivez, ne répond à « {mots} ».")
            case plusieurs:
                resultat.proposes += plusieurs
                fautes.append(f"Plusieurs personnes répondent à « {mots} » : choisissez la bonne.")
    resultat.faute = " ".join(fautes)
    return resultat


def est_un_id(texte: str) -> bool:
    """Rien d'autre n'entre dans une adresse de l'API."""
    try:
        UUID(texte)
    except ValueError:
        return False
    return True
