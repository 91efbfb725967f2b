"""La distribution des rôles pour la politique d'accès : les acteurs, et ce qui est à eux."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from embedded import etapes
from scene import Navigateur, Scene, creer_une_equipe, finit_par, individuel, inviter, jour, sans_id


@dataclass
class Distribution:
    """acteurs : par leur nom dans la politique.   objets : ceux du médiateur et du coordinateur, par nom.

    nouvelle : quelqu'un dont l'inscription peut aboutir, sans que `en_inscription` cesse de l'être.
    """

    acteurs: dict[str, Navigateur]
    nouvelle: Navigateur
    objets: dict[str, str]

    def chemin(self, modele: str, remplaces: Mapping[str, str]) -> str:
        """Le chemin d'une règle, ses paramètres remplis. remplaces : paramètre -> nom de l'objet."""
        return re.sub("{(.+?)}", lambda trou: self.objets[remplaces.get(trou[1], trou[1])], modele)

    def corps(self, route: tuple[str, str]) -> Any:
        """Un corps valable et neuf, ou None pour une route qui n'en lit pas."""
        fabrique = CORPS.get(route)
        return fabrique(self.objets) if fabrique else None


CORPS: dict[tuple[str, str], Callable[[dict[str, str]], dict[str, Any]]] = {
    ("POST", "/comptes/moi/role"): lambda _: {
        "role": "coordinateur",
        "id": str(uuid4()),
        "cgu_acceptees": True,
        "version_cgu": "2026-01",
    },
    ("POST", "/comptes/moi/emplois"): lambda _: emploi(),
    ("POST", "/comptes/moi/emplois/{emploi_id}/fin"): lambda _: {"fin": jour(0), "motif": "rupture"},
    ("POST", "/activites"): lambda _: individuel(),
    ("PUT", "/activites/{activite_id}"): lambda _: sans_id(individuel(duree_minutes=30)),
    ("POST", "/equipes"): lambda _: {"id": str(uuid4()), "nom": "Une équipe de plus"},
    ("POST", "/equipes/{equipe_id}/invitations"): lambda objets: {
        "id": str(uuid4()),
        "compte_id": objets["compte_id"],
    },
}


def emploi() -> dict[str, Any]:
    return {"id": str(uuid4()), "siret": etapes.SIRET, "nom": "Ville d’Exemple", "debut": jour(-30)}


async def distribuer(scene: Scene) -> Distribution:
    """Fait entrer tout le monde, et crée un objet par route qui le consomme."""
    mediateur = await scene.inscrite("Mediatrice", "mediateur")
    coordinateur = await scene.inscrite("Coordinatrice", "coordinateur")
    acteurs = {
        "anonyme": await scene.anonyme(),
        "en_inscription": await scene.connectee("Debutante"),
        "mediateur": mediateur,
        "autre_mediateur": await scene.inscrite("Voisine", "mediateur"),
        "coordinateur": coordinateur,
        "autre_coordinateur": await scene.inscrite("Collegue", "coordinateur"),
    }
    objets = {
        "mediateur_id": mediateur.moi["mediateur_id"],
        "compte_id": mediateur.moi["compte_id"],
        "session_id": (await scene.autre_navigateur(mediateur)).moi["session_id"],
        "lieu_id": (await acteurs["anonyme"].get("/lieux?limite=1"))["elements"][0]["id"],
    }
    declare = emploi()
    await mediateur.post("/comptes/moi/emplois", declare)
    objets["emploi_id"] = declare["id"]
    for nom in ("activite_id", "activite_a_supprimer"):
        objets[nom] = await _enregistrer(mediateur)
    for nom in ("equipe_id", "equipe_a_quitter"):
        objets[nom] = await creer_une_equipe(coordinateur)
        invitation_id = await inviter(coordinateur, objets[nom], mediateur)
        await mediateur.post(f"/invitations/{invitation_id}/acceptation")
    for nom in ("invitation_a_accepter", "invitation_a_refuser", "invitation_a_annuler"):
        objets[nom] = await inviter(coordinateur, await creer_une_equipe(coordinateur), mediateur)
    objets["equipe_qui_invite"] = await creer_une_equipe(coordinateur)
    await _comptee_dans_son_equipe(coordinateur, mediateur)
    return Distribution(acteurs, await scene.connectee("Nouvelle"), objets)


async def _enregistrer(mediateur: Navigateur) -> str:
    corps = individuel()
    await mediateur.post("/activites", corps, after="identity")
    return corps["id"]


async def _comptee_dans_son_equipe(coordinateur: Navigateur, mediateur: Navigateur) -> None:
    """Attend que activites sache qui est membre de l'équipe."""
    question = f"/statistiques?mediateurs={mediateur.moi['mediateur_id']}"

    async def demander() -> int:
        return (await coordinateur.demander("GET", question)).status_code

    assert await finit_par(demander, lambda statut: statut == 200, 5) == 200
