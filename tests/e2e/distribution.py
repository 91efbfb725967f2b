"""La distribution des rôles pour la politique d'accès : les acteurs, et ce qui est à eux."""

import asyncio
import re
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import canaris
import httpx2
from documentation import acteurs as a
from documentation.acteurs import Acteur
from embedded import etapes
from embedded.runtime import Platform
from faussaire import Faussaire, vraie_cle
from identity.policies import COOKIE, PREUVE_CLIENT
from joserfc.jwk import ECKey
from politique import DELIER, FERMETURE, RAPPROCHER, ROLE, VALIDATION, VERIFICATION, Ligne
from scene import (
    Navigateur,
    Scene,
    code_recu,
    creer_une_equipe,
    effacer,
    evenement,
    finit_par,
    individuel,
    inviter,
    jour,
    relier_ses_rdv,
    sans_id,
)
from web.policies import INTERNAL, TOKEN


@dataclass
class Programme:
    """Un client de machine, avec son secret, et le jeton qu'il lui a valu."""

    passerelle: str
    client_id: str
    secret: str
    jeton: str = ""

    @property
    def ancien_contrat(self) -> str:
        return f"Bearer {self.client_id}:{self.secret}"

    async def se_prouver(self, chemin: str, *, montre: bool = True) -> httpx2.Response:
        """Une demande aux points OAuth. montre : avec son secret."""
        preuve = httpx2.BasicAuth(self.client_id, self.secret) if montre else httpx2.Auth()
        champs = {"grant_type": "client_credentials", "scope": "lieux:lire", "token": "illisible"}
        async with httpx2.AsyncClient(base_url=self.passerelle, timeout=60, verify=False) as http:
            return await http.post(chemin, data=champs, auth=preuve)

    async def demander(self, methode: str, chemin: str, corps: Any = None) -> httpx2.Response:
        options = {} if corps is None else {"json": corps}
        entetes = {"Authorization": f"Bearer {self.jeton}"}
        async with httpx2.AsyncClient(base_url=self.passerelle, timeout=60, verify=False) as http:
            return await http.request(methode, chemin, headers=entetes, **options)


@dataclass
class Distribution:
    """Qui joue chaque acteur, et les objets du médiateur et du coordinateur, par nom.

    remplacants : qui joue à la place d'un acteur ce qui changerait son rôle, ou lui ôterait son compte.
    jetons : ceux que la passerelle ne peut pas encore faire entrer, et de quoi signer leur jeton.
    """

    platform: Platform
    navigateurs: dict[Acteur, Navigateur]
    jetons: dict[Acteur, Faussaire]
    remplacants: dict[tuple[tuple[str, str], Acteur], Navigateur]
    programme: Programme
    objets: dict[str, str]

    async def demander(self, acteur: Acteur, ligne: Ligne, chemin: str, corps: Any) -> httpx2.Response:
        """La réponse à cet acteur : par la passerelle, ou au port du service pour qui n'y passe pas."""
        if ligne.sert.rule.door == PREUVE_CLIENT:
            return await self.programme.se_prouver(chemin, montre=acteur == a.CLIENT_DE_MACHINE)
        if acteur == a.CLIENT_DE_MACHINE:
            return await self.programme.demander(ligne.methode, chemin, corps)
        if acteur in self.navigateurs:
            qui = self.remplacants.get((ligne.route, acteur), self.navigateurs[acteur])
            return await qui.demander(ligne.methode, chemin, corps)
        if acteur in self.jetons:
            if ligne.sert.rule.door != TOKEN:
                return await self.navigateurs[a.ANONYME].demander(ligne.methode, chemin, corps)
            signe = self.jetons[acteur]
            if autre := self.remplacants.get((ligne.route, acteur)):
                signe = signe.au_nom_de(autre.moi["compte_id"])
            jeton = signe.bon(ligne.service)
            return await self._au_port(ligne, chemin, corps, {"Authorization": f"Bearer {jeton}"})
        # The gateway forwards the cookie of the request that it asks about, and a machine's own words.
        transmis = ligne.sert.rule.door == INTERNAL
        cookie, mots = self.navigateurs[a.MEDIATEUR].cookies(), self.programme.ancien_contrat
        entetes = {"Cookie": cookie, "Authorization": mots} if transmis else {}
        return await self._au_port(ligne, chemin, corps, {**entetes, "X-Forwarded-Method": "GET"})

    async def _au_port(
        self, ligne: Ligne, chemin: str, corps: Any, entetes: dict[str, str]
    ) -> httpx2.Response:
        options = {} if corps is None else {"json": corps}
        async with httpx2.AsyncClient(verify=False, timeout=60) as http:
            url = self.platform.settings.url(ligne.service) + chemin
            return await http.request(ligne.methode, url, headers=entetes, **options)

    def chemin(self, modele: str, remplaces: Mapping[str, str]) -> str:
        """Le chemin d'une règle, ses paramètres remplis. remplaces : paramètre -> nom de l'objet."""
        return re.sub("{(.+?)}", lambda trou: self.objets[remplaces.get(trou[1], trou[1])], modele)

    def corps(self, route: tuple[str, str]) -> Any:
        """Un corps valable et neuf, ou None pour une route qui n'en lit pas."""
        fabrique = CORPS.get(route)
        return fabrique(self.objets) if fabrique else None


_GERER = "/comptes/gestion/utilisateurs/{compte_id}"
CORPS: dict[tuple[str, str], Callable[[dict[str, str]], dict[str, Any]]] = {
    ("PUT", f"{_GERER}/droit"): lambda _: {"droit": "support", "raison": canaris.NOTES},
    ("POST", f"{_GERER}/suspension"): lambda _: {"raison": canaris.NOTES},
    **{
        ("POST", f"{_GERER}/{geste}"): lambda _: {"raison": canaris.NOTES}
        for geste in (
            "fermeture",
            "reouverture",
            "emplois/{emploi_id}/retrait",
            "identites/{identite_id}/retrait",
        )
    },
    ("PUT", f"{_GERER}/roles"): lambda _: {
        "id": str(uuid4()),
        "roles": ["mediateur"],
        "raison": canaris.NOTES,
    },
    ("POST", f"{_GERER}/identites"): lambda _: {"sub": str(uuid4()), "raison": canaris.NOTES},
    ("POST", f"{_GERER}/emplois"): lambda _: emploi() | {"raison": canaris.NOTES},
    ("PUT", f"{_GERER}/emplois/{{emploi_id}}"): lambda _: sans_id(emploi()) | {"raison": canaris.NOTES},
    ("POST", f"{_GERER}/emplois/{{emploi_id}}/fin"): lambda _: {
        "fin": jour(0),
        "motif": "rupture",
        "raison": canaris.NOTES,
    },
    ("POST", "/comptes/gestion/rectifications/{rectification_id}/reponse"): lambda _: {
        "acceptee": True,
        "raison": canaris.NOTES,
    },
    ("PUT", "/comptes/gestion/maintenance"): lambda _: {"message": "Mise à jour, jusqu’à 20 h."},
    ("POST", "/comptes/gestion/annonces"): lambda _: {"id": str(uuid4()), "texte": "Une annonce."},
    ("POST", f"{_GERER}/usurpation"): lambda _: {"raison": canaris.NOTES},
    ("POST", f"{_GERER}/suspension/fin"): lambda _: {"raison": canaris.NOTES},
    ("POST", RAPPROCHER): lambda objets: {
        "compte_id": objets["compte_jumeau"],
        "autre": objets["compte_jumele"],
        "raison": canaris.NOTES,
    },
    **{
        ("POST", f"{RAPPROCHER}/{{rapprochement_id}}/{geste}"): lambda _: {"raison": canaris.NOTES}
        for geste in ("attestation", "ecartement", "annulation")
    },
    ("POST", "/comptes/moi/role"): lambda _: {
        "role": "mediateur",
        "id": str(uuid4()),
        "cgu_acceptees": True,
        "version_cgu": "2026-01",
    },
    ("PUT", "/comptes/moi/inscription/profil"): lambda _: {
        "profil": "conseiller_numerique",
        "cgu_acceptees": True,
        "version_cgu": "2026-01",
    },
    ("PUT", "/comptes/moi/inscription/informations"): lambda _: {"profession": f"Aidant {canaris.TITRE}"},
    ("PUT", "/comptes/moi/inscription/employeur"): lambda _: {
        "emploi_id": str(uuid4()),
        "siret": etapes.SIRET,
        "nom": "Une autre ville",
        "adresse": "2 place de la Mairie",
        "debut": jour(-30),
    },
    ("PUT", "/comptes/moi/inscription/lieux"): lambda objets: {"lieux": [objets["autre_lieu_id"]]},
    VALIDATION: lambda _: {"id": str(uuid4())},
    ("POST", "/comptes/moi/emplois"): lambda _: emploi(),
    ("PUT", "/comptes/moi/emplois/{emploi_id}"): lambda _: sans_id(emploi()),
    ("POST", "/comptes/moi/employeur"): lambda _: {"reponse": "erreur", "siret": etapes.SIRET},
    ("PUT", "/comptes/moi/prise-de-poste/{etape}"): lambda _: {"le": jour(-1)},
    ("POST", "/comptes/moi/emplois/{emploi_id}/fin"): lambda _: {"fin": jour(0), "motif": "rupture"},
    ("POST", "/comptes/moi/courriels"): lambda _: {"id": str(uuid4()), "courriel": adresse()},
    ("POST", "/comptes/moi/courriels/retrait"): lambda _: {"courriel": adresse()},
    ("POST", "/comptes/moi/courriels/{preuve_id}/code"): lambda objets: {"code": objets["code"]},
    ("POST", "/comptes/moi/rectification"): lambda _: {"texte": f"Mon nom est {canaris.NOM}."},
    ("PUT", "/comptes/moi/limitation"): lambda _: {"limitation": False},
    ("PUT", "/comptes/moi/fiche/competences"): lambda _: {"competences": ["pix"]},
    ("PUT", "/comptes/moi/fiche/accords"): lambda _: {"montre": ["annuaire"]},
    ("POST", "/clients"): lambda _: client(),
    ("PUT", "/clients/{client_id}/droits"): lambda _: {"portees": ["lieux:lire"]},
    ("POST", "/clients/{client_id}/secrets"): lambda _: {"id": str(uuid4())},
    ("PUT", "/clients/{client_id}/cles"): lambda _: {"cles": [cle_publique()]},
    ("POST", "/clients/{client_id}/cles"): lambda _: cle_publique(),
    ("POST", "/clients/{client_id}/suspension"): lambda _: {"motif": "demande"},
    ("POST", "/activites"): lambda _: individuel(),
    ("PUT", "/activites/{activite_id}"): lambda _: sans_id(individuel(duree_minutes=30)),
    ("POST", "/coordinations"): lambda _: evenement(),
    ("PUT", "/coordinations/{coordination_id}"): lambda _: sans_id(evenement(participants=30)),
    ("PUT", "/brouillons/{brouillon_id}"): lambda _: brouillon(),
    ("POST", "/brouillons/lot"): lambda _: {"brouillons": [brouillon() | {"id": str(uuid4())}]},
    ("PUT", "/modeles/{modele_id}"): lambda _: brouillon() | {"nom": f"Modèle {canaris.TITRE}"},
    ("POST", "/beneficiaires"): lambda _: suivi(),
    ("PUT", "/beneficiaires/{beneficiaire_id}"): lambda _: sans_id(suivi()),
    ("POST", "/beneficiaires/{beneficiaire_id}/fusion"): lambda objets: {
        "vers": objets["beneficiaire_id"],
        "prendre": ["nom"],
    },
    ("POST", "/beneficiaires/{beneficiaire_id}/distinction"): lambda objets: {
        "autre": objets["beneficiaire_en_double"]
    },
    ("POST", "/beneficiaires/recherche"): lambda _: {"recherche": canaris.NOM},
    ("POST", "/beneficiaires/export"): lambda _: {"recherche": canaris.NOM},
    ("POST", "/beneficiaires/effacement"): lambda _: {"ids": [str(uuid4())]},
    ("POST", "/tags"): lambda _: etiquette(),
    ("PUT", "/tags/{tag_id}"): lambda _: sans_id(etiquette()),
    ("POST", "/tags/{tag_id}/fusion"): lambda objets: {"vers": objets["tag_id"]},
    ("POST", "/activites/lot"): lambda _: {"mode": "tout_ou_rien", "activites": [individuel()]},
    ("POST", "/activites/imports"): lambda _: depot(),
    ("POST", "/activites/imports/{import_id}/essai"): lambda _: {},
    ("POST", "/beneficiaires/imports"): lambda _: depot_de_beneficiaires(),
    ("POST", "/beneficiaires/imports/{import_id}/essai"): lambda _: {},
    ("POST", "/beneficiaires/imports/{import_id}/execution"): lambda _: {"mode": "lignes_justes"},
    ("POST", "/activites/imports/{import_id}/execution"): lambda _: {"mode": "lignes_justes"},
    ("POST", "/rdv/compte/liaison"): lambda _: {},
    ("POST", "/rdv/compte/retour"): lambda _: {"code": canaris.NOTES, "state": str(uuid4())},
    ("PUT", "/rdv/{rdv_id}/statut"): lambda _: {"statut": "noshow"},
    ("POST", "/rdv/{rdv_id}/preparation"): lambda _: {},
    ("POST", "/rdv/webhooks"): lambda _: {"data": {"id": 1}, "meta": {"model": "Rdv"}},
    ("POST", "/statistiques"): lambda _: {"types": ["individuel"]},
    ("POST", "/statistiques/partages"): lambda _: {"jusqu_au": jour(30)},
    ("POST", "/equipes"): lambda _: {"id": str(uuid4()), "nom": "Une équipe de plus"},
    ("POST", "/equipes/{equipe_id}/invitations"): lambda objets: {
        "id": str(uuid4()),
        "compte_id": objets["compte_id"],
    },
    ("POST", "/equipes/{equipe_id}/passation"): lambda _: {
        "effet": jour(30),
        "raison": f"Départ de {canaris.NOM}.",
    },
    ("POST", "/equipes/{equipe_id}/passation/reponse"): lambda _: {"accepte": True},
    ("POST", "/equipes/{equipe_id}/reclamation/voix"): lambda _: {"pour": True},
    ("POST", "/comptes/prepares"): lambda _: {"courriel": adresse()},
    ("PUT", "/comptes/moi/lieux"): lambda objets: {"lieux": [objets["autre_lieu_id"]]},
}


def suivi() -> dict[str, Any]:
    """Un bénéficiaire de plus."""
    return {"id": str(uuid4()), "prenom": canaris.PRENOM, "nom": canaris.NOM, "notes": canaris.NOTES}


def brouillon() -> dict[str, Any]:
    return {"sorte": "individuel", "contenu": {"champs": [["notes", canaris.NOTES]]}}


def etiquette() -> dict[str, Any]:
    return {"id": str(uuid4()), "portee": "personnel", "nom": f"{canaris.TITRE} {uuid4()}"}


def depot() -> dict[str, Any]:
    """Un fichier d'un compte rendu, à importer."""
    ligne = (jour(-1), "Individuel", "30", "À distance", "E-mail", canaris.NOTES)
    texte = "\n".join(("Date;Type;Durée;Canal;Thématique;Notes", ";".join(ligne)))
    return {"id": str(uuid4()), "fichier": b64encode(texte.encode()).decode()}


def depot_de_beneficiaires() -> dict[str, Any]:
    """Un fichier d'une personne, à importer."""
    texte = f"Nom;Prénom;Notes\n{canaris.NOM};{canaris.PRENOM};{canaris.NOTES}"
    return {"id": str(uuid4()), "fichier": b64encode(texte.encode()).decode()}


def adresse() -> str:
    """Une boîte de plus."""
    return f"{uuid4().hex}@ailleurs.exemple.fr"


def client() -> dict[str, Any]:
    return {"id": str(uuid4()), "nom": f"Programme {uuid4()}", "portees": ["lieux:lire"]}


def cle_publique() -> dict[str, Any]:
    return {**ECKey.generate_key("P-256").as_dict(private=False), "kid": str(uuid4())}


def emploi() -> dict[str, Any]:
    return {"id": str(uuid4()), "siret": etapes.SIRET, "nom": "Ville d’Exemple", "debut": jour(-30)}


async def distribuer(scene: Scene, dossier: Path) -> Distribution:
    """Fait entrer tout le monde, et crée un objet par route qui le consomme.

    dossier : du registre d'effacement.
    """
    entrees = {
        a.ANONYME: scene.anonyme(),
        a.EN_INSCRIPTION: scene.presque_inscrite("Debutante"),
        a.MEDIATEUR: scene.inscrite("Mediatrice", "mediateur"),
        a.AUTRE_MEDIATEUR: scene.inscrite("Voisine", "mediateur"),
        a.ANCIEN_MEMBRE: scene.inscrite("Partie", "mediateur"),
        a.COORDINATEUR: scene.inscrite("Coordinatrice", "coordinateur"),
        a.AUTRE_COORDINATEUR: scene.inscrite("Collegue", "coordinateur"),
        a.ADMIN: _repondue(scene.habilitee("Administratrice", "admin")),
        a.SUPPORT: _repondue(scene.habilitee("Soutien", "support")),
        a.SUSPENDU: scene.inscrite("Suspendue", "mediateur"),
        a.EFFACEE: scene.inscrite("Effacee", "mediateur"),
    }
    navigateurs = await _ensemble(entrees)
    mediateur, coordinateur = navigateurs[a.MEDIATEUR], navigateurs[a.COORDINATEUR]
    platform = scene.platform
    gestion = "/comptes/gestion/utilisateurs"
    suspendu = navigateurs[a.SUSPENDU].moi["compte_id"]
    await navigateurs[a.ADMIN].post(f"{gestion}/{suspendu}/suspension", {"raison": "essai"})
    await effacer(platform, navigateurs[a.EFFACEE].moi["compte_id"], dossier)
    cle, emetteur = await vraie_cle(platform), platform.settings.public_url
    coordonne = {
        "roles": ["mediateur", "coordinateur"],
        "coordinateur_id": coordinateur.moi["coordinateur_id"],
    }
    # A session of nobody's: those of the browsers are closed on the way.
    sans_session = {"session_id": str(uuid4())}
    jetons = {a.DEUX_ROLES: Faussaire(cle, emetteur, mediateur.moi | coordonne | sans_session)}
    clients, programme = await _clients(navigateurs[a.ADMIN])
    objets = clients | {
        "mediateur_id": mediateur.moi["mediateur_id"],
        "compte_id": mediateur.moi["compte_id"],
        "compte_a_voir": (await scene.connectee("Vue")).moi["compte_id"],
        "compte_a_gerer": (await scene.connectee("Geree")).moi["compte_id"],
        "session_id": (await scene.autre_navigateur(mediateur)).moi["session_id"],
        **await _deux_lieux(navigateurs[a.EN_INSCRIPTION]),
        "departement": "976",
        "dessin": "mois.svg",
        "structure_id": str(uuid4()),
        "lieu_d_ailleurs": str(uuid4()),
        "name": "swagger-ui.css",
        "nom": "Introuvable",
        "version": "2026-01",
        "etape": "ccp1",
    }
    declare = emploi()
    await mediateur.post("/comptes/moi/emplois", declare)
    objets["emploi_id"] = declare["id"]
    for nom in ("lien_id", "lien_a_revoquer"):
        donne = await mediateur.post("/statistiques/partages", {"jusqu_au": jour(30)})
        objets |= {nom: donne["id"], "jeton": objets.get("jeton", donne["jeton"])}
    objets |= await _comptes_a_gerer(scene, navigateurs[a.ADMIN], objets["compte_a_gerer"])
    objets["rectification_id"] = await _rectification(mediateur, navigateurs[a.SUPPORT])
    objets["identite_id"] = await _seconde_identite(scene, mediateur)
    objets |= await _dossiers(scene, navigateurs[a.SUPPORT])
    annonce = {"id": str(uuid4()), "texte": "Une annonce, à retirer."}
    await navigateurs[a.ADMIN].post("/comptes/gestion/annonces", annonce)
    objets["annonce_id"] = annonce["id"]
    objets["preuve_id"], seconde = str(uuid4()), adresse()
    await mediateur.post("/comptes/moi/courriels", {"id": objets["preuve_id"], "courriel": seconde})
    objets["code"] = await code_recu(platform, seconde)
    for nom in ("activite_id", "activite_a_supprimer"):
        objets[nom] = await _enregistrer(mediateur)
    for nom in ("coordination_id", "coordination_a_supprimer"):
        fait = evenement()
        await coordinateur.post("/coordinations", fait)
        objets[nom] = fait["id"]
    objets["activite_a_reprendre"] = await _enregistrer(mediateur)
    await mediateur.write("DELETE", f"/activites/{objets['activite_a_reprendre']}")
    objets |= {"brouillon_id": str(uuid4()), "brouillon_a_ecrire": str(uuid4()), "modele_id": str(uuid4())}
    await mediateur.write("PUT", f"/brouillons/{objets['brouillon_id']}", brouillon())
    for nom in (
        *("beneficiaire_id", "beneficiaire_a_effacer"),
        *("beneficiaire_en_double", "beneficiaire_a_separer"),
    ):
        suivie = suivi()
        await mediateur.post("/beneficiaires", suivie)
        objets[nom] = suivie["id"]
    fusion = {"vers": objets["beneficiaire_id"]}
    await mediateur.post(f"/beneficiaires/{objets['beneficiaire_a_separer']}/fusion", fusion)
    await mediateur.write("PUT", f"/modeles/{objets['modele_id']}", brouillon() | {"nom": "Mon modèle"})
    for nom in ("tag_id", "tag_a_supprimer", "tag_a_fusionner"):
        tag = etiquette()
        await mediateur.post("/tags", tag)
        objets[nom] = tag["id"]
    attendue = {"first_name": canaris.PRENOM, "last_name": canaris.NOM, "phone_number": canaris.TELEPHONE}
    objets["rdv_id"] = str(await relier_ses_rdv(platform, mediateur, attendue))
    a_importer = depot()
    objets["import_id"] = a_importer["id"]
    await mediateur.post("/activites/imports", a_importer)
    personnes = depot_de_beneficiaires()
    objets["import_de_beneficiaires"] = personnes["id"]
    await mediateur.post("/beneficiaires/imports", personnes)
    for nom in ("equipe_id", "equipe_a_quitter"):
        objets[nom] = await creer_une_equipe(coordinateur)
        invitation_id = await inviter(coordinateur, objets[nom], mediateur)
        await mediateur.post(f"/invitations/{invitation_id}/acceptation")
    await _passer(coordinateur, navigateurs[a.ANCIEN_MEMBRE], objets["equipe_id"])
    for nom in ("invitation_a_accepter", "invitation_a_refuser", "invitation_a_annuler"):
        objets[nom] = await inviter(coordinateur, await creer_une_equipe(coordinateur), mediateur)
    objets["equipe_qui_invite"] = await creer_une_equipe(coordinateur)
    objets |= await _lier(coordinateur, navigateurs[a.AUTRE_COORDINATEUR])
    for membre in (mediateur, navigateurs[a.ANCIEN_MEMBRE]):
        await _comptee_dans_son_equipe(coordinateur, membre)
    sans_droit = [acteur for acteur in (*navigateurs, *jetons) if COOKIE in acteur.portes or acteur in jetons]
    remplacants = {
        (VALIDATION, a.EN_INSCRIPTION): scene.presque_inscrite("Nouvelle"),
        (VALIDATION, a.ADMIN): _repondue(scene.habilitee("Nouvelle", "admin")),
        (VALIDATION, a.SUPPORT): _repondue(scene.habilitee("Nouvelle", "support")),
        # One verification a minute, and both are the same account.
        (VERIFICATION, a.DEUX_ROLES): scene.connectee("Verifiee"),
        (DELIER, a.MEDIATEUR): scene.inscrite("Deliante", "mediateur"),
        (DELIER, a.DEUX_ROLES): scene.inscrite("Deliante", "mediateur"),
        (ROLE, a.COORDINATEUR): scene.inscrite("Polyvalente", "coordinateur"),
        (ROLE, a.AUTRE_COORDINATEUR): scene.inscrite("Versatile", "coordinateur"),
    } | {
        (FERMETURE, acteur): scene.connectee("Fermable")
        for acteur in sans_droit
        if acteur not in (a.ADMIN, a.SUPPORT)
    }
    return Distribution(platform, navigateurs, jetons, await _ensemble(remplacants), programme, objets)


async def _ensemble[K](entrees: Mapping[K, Awaitable[Navigateur]]) -> dict[K, Navigateur]:
    """Tout le monde entre à la fois."""
    return dict(zip(entrees, await asyncio.gather(*entrees.values()), strict=True))


async def _seconde_identite(scene: Scene, qui: Navigateur) -> str:
    """Un second compte de la même personne, rapproché du sien : son identité ouvre aussi celui-ci."""
    jumelle = await scene.connectee("Mediatrice")
    demande = {"id": str(uuid4()), "courriel": qui.email}
    await jumelle.post("/comptes/moi/courriels", demande)
    code = {"code": await code_recu(scene.platform, qui.email)}
    await jumelle.post(f"/comptes/moi/courriels/{demande['id']}/code", code)
    [_, seconde] = await qui.get("/comptes/moi/identites")
    return seconde["id"]


async def _comptes_a_gerer(scene: Scene, admin: Navigateur, compte_a_gerer: str) -> dict[str, str]:
    """Un compte à fermer, un dont une identité se retire, un emploi à corriger."""
    gestion, donne = "/comptes/gestion/utilisateurs", emploi()
    a_delier = (await scene.connectee("Deliee")).moi["compte_id"]
    await admin.post(f"{gestion}/{a_delier}/identites", {"sub": str(uuid4()), "raison": "essai"})
    [_, seconde] = await admin.get(f"{gestion}/{a_delier}/identites")
    await admin.post(f"{gestion}/{compte_a_gerer}/emplois", donne | {"raison": "essai"})
    return {
        "compte_a_fermer": (await scene.connectee("Fermee")).moi["compte_id"],
        "compte_a_delier": a_delier,
        "identite_a_delier": seconde["id"],
        "emploi_gere": donne["id"],
    }


async def _rectification(qui: Navigateur, support: Navigateur) -> str:
    await qui.post("/comptes/moi/rectification", {"texte": "essai"})
    lues = await support.get("/comptes/gestion/rectifications?limite=200", qui.positions["identity"])
    return next(d["rectification_id"] for d in lues["elements"] if d["compte_id"] == qui.moi["compte_id"])


async def _dossiers(scene: Scene, support: Navigateur) -> dict[str, str]:
    """Deux comptes à rapprocher, et un dossier pour chaque décision."""

    async def compte(prenom: str) -> str:
        return str((await scene.connectee(prenom)).moi["compte_id"])

    async def dossier(autre: str) -> str:
        un = await compte("Jumelle")
        await support.post(RAPPROCHER, {"compte_id": un, "autre": autre, "raison": "essai"})
        lus = await support.get(RAPPROCHER, support.positions["identity"])
        return next(d["rapprochement_id"] for d in lus["elements"] if d["demandeur"]["compte_id"] == un)

    # A coordinateur's takes two people: this one stays to be decided.
    a_ecarter = await scene.inscrite("Jumelee", "coordinateur")
    return {
        "compte_jumeau": await compte("Jumelle"),
        "compte_jumele": await compte("Jumelle"),
        "rapprochement_id": await dossier(await compte("Jumelle")),
        "rapprochement_a_defaire": await dossier(await compte("Jumelle")),
        "rapprochement_a_ecarter": await dossier(a_ecarter.moi["compte_id"]),
    }


async def _clients(admin: Navigateur) -> tuple[dict[str, str], Programme]:
    """Les clients de machine, et celui qui joue."""

    async def creer() -> str:
        nouveau = client()
        await admin.post("/clients", nouveau)
        return nouveau["id"]

    async def secret(client_id: str) -> Any:
        donne = await admin.demander("POST", f"/clients/{client_id}/secrets", {"id": str(uuid4())})
        return donne.raise_for_status().json()

    noms = ("client_id", "client_a_cles", "client_a_deux_cles", "client_a_suspendre")
    objets = {nom: await creer() for nom in noms}
    deux = [cle_publique(), cle_publique()]
    await admin.write("PUT", f"/clients/{objets['client_a_deux_cles']}/cles", {"cles": deux})
    objets["kid"] = deux[0]["kid"]
    objets["secret_id"] = (await secret(objets["client_id"]))["id"]
    qui = await creer()
    programme = Programme(admin.public_url, qui, (await secret(qui))["secret"])
    obtenu = (await programme.se_prouver("/oauth/token")).raise_for_status()
    programme.jeton = obtenu.json()["access_token"]
    return objets, programme


async def _repondue(entree: Awaitable[Navigateur]) -> Navigateur:
    """Celle qui entre, et qui n'a plus qu'à valider son inscription."""
    qui = await entree
    await etapes.repondre(qui, "mediateur")
    return qui


async def _deux_lieux(en_inscription: Navigateur) -> dict[str, str]:
    """Deux lieux ; identity connaît le second."""
    un, autre = (await en_inscription.get("/lieux?limite=2"))["elements"]

    async def choisir() -> int:
        lieux = {"lieux": [autre["id"]]}
        return (await en_inscription.demander("PUT", "/comptes/moi/inscription/lieux", lieux)).status_code

    assert await finit_par(choisir, lambda statut: statut == 204, 60) == 204
    return {"lieu_id": un["id"], "autre_lieu_id": autre["id"]}


async def _passer(coordinateur: Navigateur, membre: Navigateur, equipe_id: str) -> None:
    """Entrer dans l'équipe, y saisir, et en repartir : son coordinateur n'a pas qu'un membre qui a saisi."""
    invitation_id = await inviter(coordinateur, equipe_id, membre)
    await membre.post(f"/invitations/{invitation_id}/acceptation")
    await _enregistrer(membre)
    await membre.post(f"/equipes/{equipe_id}/membres/{membre.moi['mediateur_id']}/depart")


async def _lier(coordinateur: Navigateur, autre: Navigateur) -> dict[str, str]:
    """Une relation de réseau, et une équipe que l'autre est désigné pour reprendre."""
    equipe_id = await creer_une_equipe(coordinateur)
    invitation_id = await inviter(coordinateur, equipe_id, autre)
    await autre.post(f"/invitations/{invitation_id}/acceptation")
    passation = {"effet": jour(30), "successeur": autre.moi["compte_id"]}
    await coordinateur.post(f"/equipes/{equipe_id}/passation", passation)
    return {"invitation_de_reseau": invitation_id, "equipe_a_reprendre": equipe_id}


async def _enregistrer(mediateur: Navigateur) -> str:
    corps = individuel()
    await mediateur.post("/activites", corps, after="identity")
    return corps["id"]


async def _comptee_dans_son_equipe(coordinateur: Navigateur, mediateur: Navigateur) -> None:
    """Attend que activites sache qui est membre de l'équipe."""
    question = f"/statistiques?mediateurs={mediateur.moi['mediateur_id']}"

    async def demander() -> int:
        return (await coordinateur.demander("GET", question)).status_code

    assert await finit_par(demander, lambda statut: statut == 200, 60) == 200
