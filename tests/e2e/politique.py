"""Le tableau des droits, tel que les règles et les routes le donnent, prêt à être joué par les acteurs."""

from dataclasses import dataclass

from documentation.acteurs import (
    ADMIN,
    AUTRE_COORDINATEUR,
    CLIENT_DE_MACHINE,
    COORDINATEUR,
    DEUX_ROLES,
    EN_INSCRIPTION,
    MACHINE,
    SUPPORT,
    Acteur,
)
from documentation.applications import applications
from web.policies import Governed, governed

type Route = tuple[str, str]

MAINTENANCE = "/comptes/gestion/maintenance"
RAPPROCHER = "/comptes/gestion/rapprochements"
USURPATION: Route = ("POST", "/comptes/gestion/utilisateurs/{compte_id}/usurpation")
OBJETS: dict[Route, dict[str, str]] = {
    ("DELETE", "/activites/{activite_id}"): {"activite_id": "activite_a_supprimer"},
    ("POST", "/activites/{activite_id}/restauration"): {"activite_id": "activite_a_reprendre"},
    ("DELETE", "/coordinations/{coordination_id}"): {"coordination_id": "coordination_a_supprimer"},
    ("POST", "/coordinations/{coordination_id}/restauration"): {
        "coordination_id": "coordination_a_supprimer"
    },
    ("PUT", "/brouillons/{brouillon_id}"): {"brouillon_id": "brouillon_a_ecrire"},
    ("DELETE", "/brouillons/{brouillon_id}"): {"brouillon_id": "brouillon_a_ecrire"},
    ("DELETE", "/beneficiaires/{beneficiaire_id}"): {"beneficiaire_id": "beneficiaire_a_effacer"},
    ("POST", "/beneficiaires/{beneficiaire_id}/fusion"): {"beneficiaire_id": "beneficiaire_en_double"},
    ("POST", "/beneficiaires/{beneficiaire_id}/separation"): {"beneficiaire_id": "beneficiaire_a_separer"},
    ("DELETE", "/activites/imports/{import_id}"): {"import_id": "brouillon_a_ecrire"},
    ("DELETE", "/beneficiaires/imports/{import_id}"): {"import_id": "brouillon_a_ecrire"},
    **{
        (methode, f"/beneficiaires/imports/{{import_id}}{geste}"): {"import_id": "import_de_beneficiaires"}
        for methode, geste in (("GET", ""), ("POST", "/essai"), ("POST", "/execution"))
    },
    ("PUT", "/modeles/{modele_id}"): {"modele_id": "brouillon_a_ecrire"},
    ("DELETE", "/modeles/{modele_id}"): {"modele_id": "brouillon_a_ecrire"},
    ("DELETE", "/tags/{tag_id}"): {"tag_id": "tag_a_supprimer"},
    ("POST", "/tags/{tag_id}/fusion"): {"tag_id": "tag_a_fusionner"},
    ("POST", "/equipes/{equipe_id}/membres/{mediateur_id}/depart"): {"equipe_id": "equipe_a_quitter"},
    ("POST", "/equipes/{equipe_id}/invitations"): {"equipe_id": "equipe_qui_invite"},
    ("POST", "/invitations/{invitation_id}/acceptation"): {"invitation_id": "invitation_a_accepter"},
    ("POST", "/invitations/{invitation_id}/refus"): {"invitation_id": "invitation_a_refuser"},
    ("DELETE", "/invitations/{invitation_id}"): {"invitation_id": "invitation_a_annuler"},
    ("POST", "/invitations/{invitation_id}/rupture"): {"invitation_id": "invitation_de_reseau"},
    ("POST", "/equipes/{equipe_id}/passation/reponse"): {"equipe_id": "equipe_a_reprendre"},
    ("GET", "/statistiques/lieux/{lieu_id}"): {"lieu_id": "lieu_d_ailleurs"},
    ("DELETE", "/statistiques/partages/{lien_id}"): {"lien_id": "lien_a_revoquer"},
    USURPATION: {"compte_id": "compte_a_voir"},
    **{
        (methode, f"/comptes/gestion/utilisateurs/{{compte_id}}/{quoi}"): {
            "compte_id": "compte_a_gerer",
            "emploi_id": "emploi_gere",
        }
        for methode, quoi in (
            ("PUT", "droit"),
            ("POST", "suspension"),
            ("POST", "suspension/fin"),
            ("POST", "deconnexion"),
            ("POST", "verification"),
            ("POST", "identites"),
            ("POST", "emplois"),
            ("PUT", "emplois/{emploi_id}"),
            ("POST", "emplois/{emploi_id}/fin"),
            ("POST", "emplois/{emploi_id}/retrait"),
        )
    },
    **{
        ("POST", f"/comptes/gestion/utilisateurs/{{compte_id}}/{quoi}"): {"compte_id": "compte_a_fermer"}
        for quoi in ("fermeture", "reouverture")
    },
    ("POST", "/comptes/gestion/utilisateurs/{compte_id}/identites/{identite_id}/retrait"): {
        "compte_id": "compte_a_delier",
        "identite_id": "identite_a_delier",
    },
    ("POST", f"{RAPPROCHER}/{{rapprochement_id}}/ecartement"): {
        "rapprochement_id": "rapprochement_a_ecarter"
    },
    ("POST", f"{RAPPROCHER}/{{rapprochement_id}}/annulation"): {
        "rapprochement_id": "rapprochement_a_defaire"
    },
    ("PUT", "/clients/{client_id}/cles"): {"client_id": "client_a_cles"},
    ("POST", "/clients/{client_id}/cles"): {"client_id": "client_a_cles"},
    ("DELETE", "/clients/{client_id}/cles/{kid}"): {"client_id": "client_a_deux_cles"},
    ("POST", "/clients/{client_id}/suspension"): {"client_id": "client_a_suspendre"},
    ("POST", "/clients/{client_id}/reprise"): {"client_id": "client_a_suspendre"},
}
"""L'objet qui remplit un paramètre du chemin, quand ce n'est pas celui du même nom."""
QUESTIONS: dict[Route, str] = {
    ("GET", "/auth/verifier"): "?audience=equipes",
    ("GET", "/auth/verifier/v1"): "?audience=equipes&portee=lieux:lire",
    ("GET", "/carte/communes"): "?q=lille",
    ("GET", "/comptes/entreprises"): "?q=mairie",
    ("GET", "/carte/points"): "?bbox=-5,41,9,51&zoom=5",
}
"""Ce qu'une route demande dans son adresse."""
OPAQUES = {"contenu"}
"""Champs dont le service ne lit rien : tout y est permis."""
FERMETURE: Route = ("POST", "/comptes/moi/fermeture")
IDENTITE: Route = ("DELETE", "/comptes/moi/identites/{identite_id}")
EMPLOYEUR: Route = ("POST", "/comptes/moi/employeur")
VERIFICATION: Route = ("POST", "/comptes/moi/reconnaissance/verification")
DECONNEXION: Route = ("POST", "/auth/deconnexion")
ROLE: Route = ("POST", "/comptes/moi/role")
MEDIATION: Route = ("DELETE", "/comptes/moi/role/mediateur")
SANS_ROLE = {EN_INSCRIPTION, ADMIN, SUPPORT}
"""Ceux dont l'inscription n'est pas validée."""
INSCRIPTION = "/comptes/moi/inscription"
VALIDATION: Route = ("POST", f"{INSCRIPTION}/validation")
INVITATIONS: Route = ("POST", "/equipes/{equipe_id}/invitations")
TAGS: Route = ("POST", "/tags")
RETOUR_RDV: Route = ("POST", "/rdv/compte/retour")
DELIER: Route = ("DELETE", "/rdv/compte")
WEBHOOKS: Route = ("POST", "/rdv/webhooks")
VOIX: Route = ("POST", "/equipes/{equipe_id}/reclamation/voix")


@dataclass(frozen=True, slots=True)
class Ligne:
    """Une route d'un service et sa règle."""

    service: str
    sert: Governed

    @property
    def route(self) -> Route:
        return self.sert.method, self.sert.path

    @property
    def methode(self) -> str:
        return self.sert.method

    def attendu(self, acteur: Acteur) -> int:
        """Le statut dû à cet acteur : le refus de la règle ; admis, celui de la réussite ou du domaine."""
        refus = acteur.refus(self.sert.rule)
        if refus is not None:
            return refus
        if self.route == DECONNEXION and acteur in {MACHINE, CLIENT_DE_MACHINE}:
            return 403  # comes from no page
        if self.route == ROLE and acteur not in {COORDINATEUR, AUTRE_COORDINATEUR}:
            return 409  # holds it already, or has an inscription to finish
        if self.route == MEDIATION and acteur not in {COORDINATEUR, AUTRE_COORDINATEUR}:
            return 409  # their only role, or none
        if self.route == FERMETURE and acteur in {ADMIN, SUPPORT}:
            return 409  # an account of theirs loses its right first
        if self.route == IDENTITE and acteur == DEUX_ROLES:
            return 404  # the médiateur, who is the same person, has just taken it away
        if self.route == EMPLOYEUR and acteur in SANS_ROLE:
            return 409  # the inscription asks for it
        if self.methode != "GET" and self.route[1].startswith(INSCRIPTION) and acteur not in SANS_ROLE:
            return 409  # it is over
        if self.route == INVITATIONS and acteur == DEUX_ROLES:
            return 409  # the coordinateur has just invited the same person
        if self.route == TAGS and acteur == ADMIN:
            return 403  # a personal one is for who records
        if self.route == RETOUR_RDV:
            return 409  # nobody has asked for this one
        if self.route == WEBHOOKS:
            return 403  # open to all, and believed signed only
        if self.route == VOIX:
            return 409  # the team has a coordinateur: nobody claims it
        return self.sert.status


def _tableau() -> tuple[Ligne, ...]:
    servies = {service: governed(app) for service, app in applications().items()}
    return tuple(Ligne(service, sert) for service, routes in servies.items() for sert in routes)


POLITIQUE = _tableau()
