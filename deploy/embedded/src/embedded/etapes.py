"""Les étapes du parcours, chacune comme son acteur la ferait : lire, écrire, constater."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol
from uuid import NAMESPACE_URL, uuid4, uuid5

from embedded.client import Person, Refused

type Dire = Callable[[str], None]

SIRET = "13002603200016"
_INSCRIPTION = "/comptes/moi/inscription"
_ESSAIS = 600
_SUPPOSES = ("AucunEmploi", "InviteInconnu", "LieuDActiviteInconnu", "LieuDUnAutre")
A_VENIR = {f"/problemes/{nom}" for nom in _SUPPOSES}
"""Refus de qui n'a pas encore appris d'un autre service, par le bus, ce que la demande suppose."""
A_DOMICILE: dict[str, Any] = {
    "type_lieu": "domicile",
    "commune": {"nom": "Lyon", "code_postal": "69003", "code_insee": "69123"},
}


class Compteurs(Protocol):
    """Ce qui a été accepté jusqu'ici."""

    activites: int
    accompagnements: int


async def inscrire(qui: Person, role: str, dire: Dire) -> None:
    """Se connecter, s'inscrire une fois, déclarer un emploi quand il n'y en a plus en cours."""
    session = await qui.sign_in()
    nom = f"{session['prenom']} {session['nom']}"
    if session["inscription"] != "terminee":
        await repondre(qui, role)
        await qui.post(f"{_INSCRIPTION}/validation", {"id": str(uuid4())})
        session = await qui.who()
    emplois = await qui.get("/comptes/moi/emplois", qui.positions.get("identity"))
    if not any(e["fin"] is None for e in emplois):
        await qui.post(
            "/comptes/moi/emplois",
            {
                "id": str(uuid4()),
                "siret": SIRET,
                "nom": "Ville d’Exemple",
                "debut": _jour(-400).isoformat(),
                "fin_prevue": _jour(60).isoformat(),
            },
        )
    dire(f"{nom} se connecte avec ProConnect : {', '.join(session['roles'])}, emploi déclaré.")


async def repondre(qui: Person, role: str) -> None:
    """Les étapes de l'inscription, dans leur ordre, jusqu'à ce qu'il ne reste qu'à valider."""
    profil = "mediateur" if role == "mediateur" else "coordinateur_hors_dispositif"
    await qui.write(
        "PUT", f"{_INSCRIPTION}/profil", {"profil": profil, "cgu_acceptees": True, "version_cgu": "2026-01"}
    )
    reponses: dict[str, Callable[[], Awaitable[Any]]] = {
        "informations": lambda: qui.write("PUT", f"{_INSCRIPTION}/informations"),
        "employeur": lambda: qui.write("PUT", f"{_INSCRIPTION}/employeur", _employeur()),
        "lieux": lambda: choisir_un_lieu(qui),
    }
    for etape in (await qui.get(_INSCRIPTION))["etapes"]:
        if etape in reponses:
            await reponses[etape]()


def _employeur() -> dict[str, Any]:
    return {
        "emploi_id": str(uuid4()),
        "siret": SIRET,
        "nom": "Ville d’Exemple",
        "adresse": "1 place de la Mairie",
        "debut": _jour(-400).isoformat(),
        "fin_prevue": _jour(60).isoformat(),
    }


async def choisir_un_lieu(qui: Person, lieu_id: str = "") -> None:
    """identity peut n'avoir pas encore appris ce que la cartographie vient d'importer."""
    lieu_id = lieu_id or (await qui.get("/lieux?limite=1"))["elements"][0]["id"]
    await _insister(lambda: qui.write("PUT", f"{_INSCRIPTION}/lieux", {"lieux": [lieu_id]}))


async def exercer(qui: Person, lieu: dict[str, Any]) -> None:
    """Ce lieu est désormais l'un des siens, avec ceux d'avant."""
    miens = [un["id"] for un in (await qui.get("/comptes/moi/lieux"))["elements"]]
    voulus = {"lieux": list(dict.fromkeys([*miens, lieu["id"]]))}
    await _insister(lambda: qui.write("PUT", "/comptes/moi/lieux", voulus))


async def _insister(ecrire: Callable[[], Awaitable[Any]]) -> None:
    """Redemande tant que le service n'a pas appris d'un autre, par le bus, ce que la demande suppose."""
    for _ in range(_ESSAIS):
        try:
            await ecrire()
            return
        except Refused as refus:
            if refus.problem.get("type") not in A_VENIR:
                raise
            await asyncio.sleep(0.2)
    raise AssertionError("ce qu'un autre service a publié n'est pas arrivé")


async def former_une_equipe(coordinateur: Person, invites: Sequence[Person], dire: Dire) -> str:
    """L'équipe du coordinateur : la crée une fois, invite, et chaque invité accepte lui-même."""
    miennes = await coordinateur.get("/equipes/miennes")
    if miennes["elements"]:
        equipe_id: str = miennes["elements"][0]["id"]
    else:
        equipe_id = str(uuid4())
        await coordinateur.post("/equipes", {"id": equipe_id, "nom": "Équipe du Rhône"})
    for invite in invites:
        compte_id = (await invite.who())["compte_id"]
        coordinateur.positions |= {k: v for k, v in invite.positions.items() if k == "identity"}
        try:
            await _inviter(coordinateur, equipe_id, invite, compte_id, dire)
        except Refused as refus:
            # Already a member, from an earlier start of the platform.
            if refus.problem.get("type") != "/problemes/DejaMembre":
                raise
    return equipe_id


async def _inviter(coordinateur: Person, equipe_id: str, invite: Person, compte_id: str, dire: Dire) -> None:
    invitation_id = str(uuid4())
    await _insister(
        lambda: coordinateur.post(
            f"/equipes/{equipe_id}/invitations",
            {"id": invitation_id, "compte_id": compte_id},
            after="identity",
        )
    )
    try:
        await coordinateur.post(f"/invitations/{invitation_id}/acceptation")
        raise AssertionError("quelqu'un d'autre a accepté l'invitation")
    except Refused as refus:
        reponse = refus.status
    await invite.post(f"/invitations/{invitation_id}/acceptation")
    coordinateur.positions["equipes"] = invite.positions["equipes"]
    dire(
        f"Invitation de {invite.email} (courriel écrit, aucun ne part) ; "
        f"acceptée par quelqu’un d’autre : refusé ({reponse}) ; acceptée par lui-même : membre."
    )


async def rendre_compte(lea: Person, hugo: Person, attendu: Compteurs, dire: Dire) -> None:
    """Un accompagnement individuel, un atelier, une correction, une suppression. Les mêmes d'un allumage à
    l'autre du même jour : rien ne s'enregistre deux fois."""
    lieux = await lea.get("/lieux?commune=69123&limite=1") or {}
    if not lieux["elements"]:
        lieux = await lea.get("/lieux?departement=69&limite=1")
    lieu = lieux["elements"][0]
    await exercer(lea, lieu)
    au_lieu = {"type_lieu": "lieu_activite", "lieu_id": lieu["id"]}
    un = individuel(
        _jour(0),
        au_lieu,
        thematiques=["email", "aide_aux_demarches_administratives", "logement"],
        id=_du_jour("individuel"),
    )
    await _compter(lea, un, attendu, 1)
    dire(f"Léa enregistre un accompagnement individuel de 45 min : {lieu['nom']}, {lieu['commune']}.")
    atelier = {
        "id": _du_jour("atelier"),
        "type": "collectif",
        "date": _jour(-1).isoformat(),
        "duree_minutes": 90,
        **A_DOMICILE,
        "type_lieu": "autre",
        "thematiques": ["securite_numerique"],
        "titre_atelier": "Déjouer les arnaques en ligne",
        "niveau": "debutant",
        "materiels": ["telephone"],
        "participants": {
            "total": 8,
            "deja_accompagnes": 3,
            "genres": {"feminin": 5, "masculin": 3},
            "tranches_age": {"soixante_dix_plus": 6},
        },
    }
    await _compter(lea, atelier, attendu, 8)
    dire("Léa enregistre un atelier de 8 personnes, « Déjouer les arnaques en ligne ».")
    await lea.post("/activites", un)
    corrige = {k: v for k, v in un.items() if k != "id"} | {"duree_minutes": 60}
    await lea.write("PUT", f"/activites/{un['id']}", corrige)
    dire("Elle renvoie le premier (rien de plus n’est enregistré), puis corrige sa durée : 60 min.")
    erreur = individuel(_jour(0), au_lieu)
    await lea.post("/activites", erreur)
    await lea.write("DELETE", f"/activites/{erreur['id']}")
    await _compter(hugo, individuel(_jour(-2), A_DOMICILE, id=_du_jour("hugo")), attendu, 1)
    dire("Elle supprime un compte rendu fait par erreur. Hugo en enregistre un.")


async def _compter(qui: Person, corps: dict[str, Any], attendu: Compteurs, accompagnements: int) -> None:
    """Enregistre, et ne compte que ce qui ne l'était pas déjà."""
    await _insister(lambda: qui.post("/activites", corps, after="identity"))
    if qui.last.status_code == 201:
        attendu.activites += 1
        attendu.accompagnements += accompagnements


def _du_jour(nom: str) -> str:
    """Un identifiant qui ne change pas de la journée."""
    return str(uuid5(NAMESPACE_URL, f"parcours/{_jour(0)}/{nom}"))


async def terminer_un_contrat(hugo: Person, marc: Person, equipe_id: str, dire: Dire) -> None:
    """Le contrat de Hugo se termine, et il quitte l'équipe."""
    session = await hugo.who()
    for emploi in await hugo.get("/comptes/moi/emplois", hugo.positions.get("identity")):
        if emploi["fin"] is None:
            fin = {"fin": _jour(0).isoformat(), "motif": "rupture"}
            await hugo.post(f"/comptes/moi/emplois/{emploi['emploi_id']}/fin", fin)
    await hugo.post(f"/equipes/{equipe_id}/membres/{session['mediateur_id']}/depart")
    marc.positions["equipes"] = hugo.positions["equipes"]
    dire("Le contrat de Hugo se termine ; il quitte l’équipe.")


async def montrer(lea: Person, marc: Person, equipe_id: str, dire: Dire) -> None:
    """Ce que la médiatrice et le coordinateur lisent par la passerelle."""
    chiffres = await lea.get("/statistiques", lea.positions.get("activites"))
    totaux = chiffres["totaux"]
    dire(
        f"\nStatistiques de Léa : activités {totaux['activites']['total']} "
        f"(individuelles {totaux['activites']['individuels']['total']}, "
        f"ateliers {totaux['activites']['collectifs']['total']}), "
        f"accompagnements {totaux['accompagnements']['total']}."
    )
    for ligne in chiffres["activites"]["thematiques"]:
        if ligne["nombre"]:
            part = f"{ligne['proportion']:.1f}".replace(".", ",")
            dire(f"  {ligne['libelle']} : {ligne['nombre']} ({part} %)")
    membres = await marc.get(f"/equipes/{equipe_id}/membres", marc.positions.get("equipes"))
    dire("Équipe de Marc :")
    for membre in membres["elements"]:
        contrat = membre["contrat"]
        fin = f", fin de contrat le {contrat['fin']}" if contrat and contrat["fin"] else ""
        depuis = f" depuis le {membre['statut_depuis'][:10]}" if membre["statut_depuis"] else ""
        cra = f", dernier CRA le {membre['dernier_cra_le'][:10]}" if membre["dernier_cra_le"] else ""
        dire(f"  {membre['nom'] or membre['mediateur_id']} : {membre['statut']}{depuis}{cra}{fin}")


def individuel(date: dt.date, endroit: dict[str, Any], **champs: Any) -> dict[str, Any]:
    """Le corps d'un compte rendu individuel."""
    return {
        "id": str(uuid4()),
        "type": "individuel",
        "date": date.isoformat(),
        "duree_minutes": 45,
        **endroit,
        "thematiques": ["navigation_sur_internet"],
        "materiels": ["ordinateur"],
        "beneficiaire": {"genre": "feminin", "tranche_age": "soixante_dix_plus"},
        **champs,
    }


def _jour(decalage: int) -> dt.date:
    return dt.datetime.now(dt.UTC).date() + dt.timedelta(days=decalage)
