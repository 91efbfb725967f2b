"""Le monde du faux ProConnect : fournisseurs d'identité, personnes, clients. Rien n'y est réel."""

import hashlib
import re
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

type AuthMethod = Literal["client_secret_post", "private_key_jwt"]

DOMAINE_LIBRE = "test.proconnect.exemple.fr"
DEFAULT_SCOPES = (
    "openid",
    "given_name",
    "usual_name",
    "email",
    "uid",
    "siret",
    "idp_id",
    "organization_label",
    "roles",
    "phone",
)
GRANTED_SCOPES = (
    "custom",
    "idp_acr",
    "siren",
    "organizational_unit",
    "belonging_population",
    "chorusdt:matricule",
    "chorusdt:societe",
)
KNOWN_SCOPES = frozenset(DEFAULT_SCOPES + GRANTED_SCOPES)
LEVELS = ("eidas0", "eidas0-mfa", "eidas1", "eidas1-mfa", "eidas2", "eidas3")
EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]{1,190}\.[^@\s.,;<>\"]{2,63}")

# Accents are wanted: names of people have some.
_PRENOMS = (
    *("Adèle", "Basile", "Camille", "Diane", "Élie", "Fanny", "Gaspard", "Hélène", "Idris", "Jeanne"),
    *("Karim", "Louise", "Malik", "Nora", "Octave", "Paul", "Quentin", "Rose", "Samir", "Thaïs"),
)
_NOMS = (
    *("Abadie", "Bonnet", "Chevalier", "Delmas", "Estève", "Fabre", "Garnier", "Hamon", "Imbert", "Joly"),
    *("Kermarrec", "Lacroix", "Marchand", "Noël", "Olivier", "Perrin", "Quéré", "Renaud", "Salmon"),
)


class Modele(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FournisseurIdentite(Modele):
    """Un fournisseur d'identité relié à la fédération.

    domaines : adresses qu'il reçoit d'office.   restreint : il ne peut en affirmer aucune autre.
    acr, amr : niveau rendu pour ses personnes, sauf précision.   code_courriel : la fédération sait
    compléter ce fournisseur par un code envoyé par courriel quand un service exige deux facteurs.
    """

    id: str
    nom: str
    proconnect_identite: bool = False
    domaines: tuple[str, ...] = ()
    restreint: bool = False
    siret_par_defaut: str | None = None
    acr: str = "eidas1"
    amr: tuple[str, ...] = ("pwd",)
    code_courriel: bool = True


class Identifiant(Modele):
    """L'identifiant d'une personne chez un fournisseur, et ce que ce fournisseur affirme d'elle."""

    uid: str
    email: str | None = None
    acr: str | None = None
    amr: tuple[str, ...] | None = None


class Personne(Modele):
    """Une personne. `claims` remplace des valeurs du userinfo telles quelles ; `null` en retire une."""

    id: str = ""
    email: str
    given_name: str
    usual_name: str
    siret: str | None = None
    organization_label: str | None = None
    phone_number: str | None = None
    roles: tuple[str, ...] = ()
    prive: bool = False
    bloque: bool = False
    identifiants: dict[str, Identifiant] = {}
    claims: dict[str, Any] = {}


class Client(Modele):
    """Un service relié. `alg` inconnu, ou ni secret ni clés : configuration invalide (page Y04A586)."""

    client_id: str
    nom: str = "La Coop de la médiation numérique"
    client_secret: str | None = Field(default=None, repr=False)
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...] = ()
    scopes: tuple[str, ...] = DEFAULT_SCOPES
    alg: str = "RS256"
    userinfo_signe: bool = True
    auth_method: AuthMethod = "client_secret_post"
    jwks: dict[str, Any] | None = None
    prive_accepte: bool = True
    actif: bool = True
    domaines_autorises: tuple[str, ...] = ()

    @property
    def valide(self) -> bool:
        keyed = self.jwks if self.auth_method == "private_key_jwt" else self.client_secret
        return self.alg in {"RS256", "ES256"} and bool(keyed)


class Fichier(Modele):
    """La forme du fichier `monde.json`."""

    fournisseurs: tuple[FournisseurIdentite, ...]
    personnes: tuple[Personne, ...] = ()
    clients: tuple[Client, ...] = ()


def domaine(email: str) -> str:
    return email.rpartition("@")[2].strip().lower()


class Monde:
    """Ce que le fournisseur connaît à cet instant."""

    def __init__(self, fichier: Fichier) -> None:
        self.fournisseurs = {f.id: f for f in fichier.fournisseurs}
        self.personnes: dict[str, Personne] = {}
        self.clients = {c.client_id: c for c in fichier.clients}
        for personne in fichier.personnes:
            self.placer(personne)

    @classmethod
    def charger(cls, chemin: Path) -> "Monde":
        return cls(Fichier.model_validate_json(chemin.read_bytes()))

    def placer(self, personne: Personne) -> Personne:
        """Ajoute ou remplace une personne ; sans identifiant dit, elle garde ou reçoit celui de son domaine.

        La clé est `id`, à défaut l'adresse : changer l'adresse en gardant `id`, c'est un changement
        d'adresse chez le même fournisseur.
        """
        cle = personne.id or personne.email.lower()
        connue = self.personnes.get(cle)
        identifiants = personne.identifiants or (connue.identifiants if connue else {})
        if inconnus := identifiants.keys() - self.fournisseurs.keys():
            raise ValueError(f"fournisseur inconnu : {', '.join(sorted(inconnus))}")
        if not identifiants:
            identifiants = {self.fournisseur_de(personne.email).id: Identifiant(uid=_uid(cle))}
        placee = personne.model_copy(update={"id": cle, "identifiants": identifiants})
        self.personnes[cle] = placee
        return placee

    def fournisseur_de(self, email: str) -> FournisseurIdentite:
        """Celui qui reçoit le domaine de l'adresse, à défaut ProConnect Identité."""
        for fournisseur in self.fournisseurs.values():
            if domaine(email) in fournisseur.domaines:
                return fournisseur
        return next(f for f in self.fournisseurs.values() if f.proconnect_identite)

    def identites(self, email: str, idp: str | None) -> list[tuple[Personne, str]]:
        """Les (personne, fournisseur) que cette adresse ouvre, limitées au fournisseur `idp` s'il est dit."""
        cherchee = email.strip().lower()
        trouvees = [
            (personne, fournisseur)
            for personne in self.personnes.values()
            for fournisseur, identifiant in personne.identifiants.items()
            if (identifiant.email or personne.email).lower() == cherchee and idp in {None, fournisseur}
        ]
        if not trouvees and domaine(cherchee) == DOMAINE_LIBRE and EMAIL.fullmatch(cherchee):
            fournisseur = self.fournisseurs[idp] if idp else self.fournisseur_de(cherchee)
            trouvees = [(_personne_libre(cherchee, fournisseur), fournisseur.id)]
        return trouvees


def _uid(cle: str) -> str:
    return hashlib.sha256(f"uid:{cle}".encode()).hexdigest()[:24]


def _personne_libre(email: str, fournisseur: FournisseurIdentite) -> Personne:
    """La personne d'une adresse du domaine libre : toujours la même pour la même adresse, jamais gardée."""
    empreinte = hashlib.sha256(email.encode()).digest()
    return Personne(
        id=email,
        email=email,
        given_name=_PRENOMS[empreinte[0] % len(_PRENOMS)],
        usual_name=_NOMS[empreinte[1] % len(_NOMS)],
        siret=fournisseur.siret_par_defaut,
        organization_label="Organisation d'essai",
        # Numbers that the numbering plan keeps for fiction.
        phone_number=f"+336399800{empreinte[2] % 100:02d}",
        roles=("agent_public", "agent_public_territorial"),
        identifiants={fournisseur.id: Identifiant(uid=_uid(email))},
    )
