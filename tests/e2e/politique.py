"""La politique d'accès : pour chaque route des quatre services, la réponse due à chaque acteur.

Une seule table, lue par test_politique.py : une route absente d'ici fait échouer les tests.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

ACTEURS = (
    "anonyme",
    "en_inscription",  # connectée, sans rôle
    "mediateur",  # à qui sont les objets
    "autre_mediateur",  # d'une autre équipe
    "coordinateur",  # de l'équipe du médiateur
    "autre_coordinateur",
)


@dataclass(frozen=True, slots=True)
class Regle:
    """chemin : celui de l'OpenAPI, plus des paramètres.   statuts : dans l'ordre d'ACTEURS.

    objets : l'objet qui remplit un paramètre du chemin, quand ce n'est pas celui du même nom.
    """

    methode: str
    chemin: str
    statuts: tuple[int, int, int, int, int, int]
    objets: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def route(self) -> tuple[str, str]:
        return self.methode, self.chemin.partition("?")[0]


#                                                       anon. inscr. méd.  autre  coord. autre
IDENTITY = (
    Regle("GET", "/.well-known/jwks.json", (200, 200, 200, 200, 200, 200)),
    Regle("GET", "/auth/connexion", (303, 303, 303, 303, 303, 303)),
    Regle("GET", "/auth/retour", (400, 303, 303, 303, 303, 303)),
    Regle("GET", "/auth/deconnexion/retour", (303, 303, 303, 303, 303, 303)),
    Regle("GET", "/auth/session", (401, 200, 200, 200, 200, 200)),
    Regle("GET", "/auth/sessions", (401, 200, 200, 200, 200, 200)),
    Regle("DELETE", "/auth/sessions/{session_id}", (401, 404, 204, 404, 404, 404)),
    Regle("POST", "/auth/deconnexion", (200, 200, 200, 200, 200, 200)),
    Regle("GET", "/comptes/moi", (401, 200, 200, 200, 200, 200)),
    Regle("POST", "/comptes/moi/role", (401, 201, 409, 409, 409, 409)),
    Regle("POST", "/comptes/moi/emplois", (401, 201, 201, 201, 201, 201)),
    Regle("GET", "/comptes/moi/emplois", (401, 200, 200, 200, 200, 200)),
    Regle("POST", "/comptes/moi/emplois/{emploi_id}/fin", (401, 404, 204, 404, 404, 404)),
)
ACTIVITES = (
    Regle("POST", "/activites", (401, 403, 201, 201, 403, 403)),
    Regle("GET", "/activites", (401, 403, 200, 200, 403, 403)),
    Regle("GET", "/activites/{activite_id}", (401, 403, 200, 404, 403, 403)),
    Regle("PUT", "/activites/{activite_id}", (401, 403, 200, 404, 403, 403)),
    Regle(
        "DELETE",
        "/activites/{activite_id}",
        (401, 403, 204, 404, 403, 403),
        {"activite_id": "activite_a_supprimer"},
    ),
    Regle("GET", "/statistiques", (401, 403, 200, 200, 200, 200)),
    Regle("GET", "/statistiques?mediateurs={mediateur_id}", (401, 403, 200, 404, 200, 404)),
    Regle("GET", "/statistiques/publiques", (200, 200, 200, 200, 200, 200)),
)
EQUIPES = (
    Regle("POST", "/equipes", (401, 403, 403, 403, 201, 201)),
    Regle("GET", "/equipes", (401, 403, 200, 200, 403, 403)),
    Regle("GET", "/equipes/miennes", (401, 403, 403, 403, 200, 200)),
    Regle("GET", "/equipes/{equipe_id}", (401, 404, 200, 404, 200, 404)),
    Regle("GET", "/equipes/{equipe_id}/membres", (401, 404, 200, 404, 200, 404)),
    Regle(
        "POST",
        "/equipes/{equipe_id}/membres/{mediateur_id}/depart",
        (401, 404, 204, 404, 204, 404),
        {"equipe_id": "equipe_a_quitter"},
    ),
    Regle(
        "POST",
        "/equipes/{equipe_id}/invitations",
        (401, 403, 403, 403, 201, 404),
        {"equipe_id": "equipe_qui_invite"},
    ),
    Regle("GET", "/equipes/{equipe_id}/invitations", (401, 403, 403, 403, 200, 404)),
    Regle("GET", "/invitations", (401, 200, 200, 200, 200, 200)),
    Regle(
        "POST",
        "/invitations/{invitation_id}/acceptation",
        (401, 404, 204, 404, 404, 404),
        {"invitation_id": "invitation_a_accepter"},
    ),
    Regle(
        "POST",
        "/invitations/{invitation_id}/refus",
        (401, 404, 204, 404, 404, 404),
        {"invitation_id": "invitation_a_refuser"},
    ),
    Regle(
        "DELETE",
        "/invitations/{invitation_id}",
        (401, 403, 403, 403, 204, 404),
        {"invitation_id": "invitation_a_annuler"},
    ),
)
CARTOGRAPHIE = (
    Regle("GET", "/lieux", (200, 200, 200, 200, 200, 200)),
    Regle("GET", "/lieux/comptage", (200, 200, 200, 200, 200, 200)),
    Regle("GET", "/lieux/{lieu_id}", (200, 200, 200, 200, 200, 200)),
)

POLITIQUE: tuple[Regle, ...] = (*IDENTITY, *ACTIVITES, *EQUIPES, *CARTOGRAPHIE)
