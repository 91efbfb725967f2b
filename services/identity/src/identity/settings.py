"""Settings of the identity service: everyone's, ProConnect's, mail's, and the key of the look-ups."""

from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from courriels.reglages import ReglagesCourriels
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from process.production import is_local, is_trivial
from process.settings import Base64Key, HttpUrl, ServiceSettings
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, TypeAdapter, model_validator
from pydantic_settings import NoDecode

from identity.connexion.proconnect.oidc import Registration


def _parse_list(value: object) -> object:
    if not isinstance(value, str):
        return value
    return tuple(part.rstrip("/") for part in (p.strip() for p in value.split(",")) if part)


def _check_encrypted(url: str) -> str:
    """Outside this machine, ProConnect is spoken to over TLS."""
    if not (url.startswith("https:") or is_local(url)):
        raise ValueError("https est obligatoire hors de cette machine")
    return url


def read_private_key(text: str) -> RSAKey | ECKey:
    """A private JWK with its `kid`: RSA of 2048 bits or more, or EC P-256. Raises ValueError."""
    try:
        document = TypeAdapter(dict[str, str | list[str]]).validate_json(text)
        key = {"RSA": RSAKey, "EC": ECKey}[str(document["kty"])].import_key(document)
        strong = key.curve_name == "P-256" if isinstance(key, ECKey) else key.public_key.key_size >= 2048
    except (JoseError, ValueError, TypeError, KeyError):
        document, key, strong = {}, None, False
    if key is None or not (strong and key.is_private and document.get("kid")):
        raise ValueError("clé privée attendue : un JWK avec kid, RSA de 2048 bits au moins ou EC P-256")
    return key


def _check_private_key(text: str) -> str:
    if text:
        read_private_key(text)
    return text


Text = Annotated[str, StringConstraints(min_length=1)]


class Settings(ServiceSettings, ReglagesCourriels):
    """What the identity service is told by its environment."""

    proconnect_issuer: Annotated[HttpUrl, AfterValidator(_check_encrypted)]
    """Exact issuer; the discovery document must name it, or the service does not start."""
    proconnect_client_id: Text
    proconnect_client_secret: Annotated[str, Field(repr=False)] = ""
    proconnect_private_key: Annotated[str, AfterValidator(_check_private_key), Field(repr=False)] = ""
    """Instead of the secret (`private_key_jwt`): a private JWK; ProConnect is given its public half."""
    proconnect_alg: Literal["RS256", "ES256"] = "RS256"
    proconnect_scopes: Text = "openid given_name usual_name email phone siret idp_id"
    """One scope that the federation did not grant makes every sign-in fail."""
    proconnect_pkce: bool = True
    mfa_exigee: Literal["admin", "tous"] = "admin"
    """Who must authenticate with several factors."""
    hash_key: Base64Key
    """Base64. Key of the look-ups by e-mail and by identity: changing it loses every account's owner."""
    origines: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_parse_list)] = ()
    """Origins of front-ends allowed to write, besides the gateway's own, separated by commas."""
    dispositif_url: Annotated[HttpUrl, AfterValidator(_check_encrypted)] | Literal[""] = ""
    """Base address of the source that says who is conseiller numérique; empty: there is none, or a file."""
    dispositif_cle: Annotated[str, Field(repr=False)] = ""
    """Key given to that source as a bearer token."""
    dispositif_fichier: Path | None = None
    """Instead: a JSON or CSV file (`dispositif/fichier.py`), read again when it changes."""
    annuaire_entreprises_url: HttpUrl | Literal[""] = ""
    """The State's « Recherche d'entreprises »; empty: the file that comes with the service."""
    support_coop: str = ""
    """E-mail that our mails give for questions."""

    @model_validator(mode="after")
    def _one_proof(self) -> Self:
        if bool(self.proconnect_client_secret) == bool(self.proconnect_private_key):
            raise ValueError("PROCONNECT_CLIENT_SECRET ou PROCONNECT_PRIVATE_KEY : exactement un des deux.")
        return self

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.dispositif_url and self.dispositif_fichier is not None:
            raise ValueError("DISPOSITIF_URL ou DISPOSITIF_FICHIER : un seul des deux.")
        if bool(self.dispositif_url) != bool(self.dispositif_cle):
            raise ValueError("DISPOSITIF_URL et DISPOSITIF_CLE vont ensemble.")
        return self

    @model_validator(mode="after")
    def _safe_with_people(self) -> Self:
        if is_local(self.public_url):
            return self
        faults: list[str] = []
        if is_local(self.proconnect_issuer):
            faults.append("PROCONNECT_ISSUER : un fournisseur de cette machine ne sert qu’à l’essai.")
        if is_trivial(self.hash_key):
            faults.append("HASH_KEY : la clé n’a pas été tirée au hasard.")
        if not all(origin.startswith("https:") for origin in self.origines):
            faults.append("ORIGINES : https est obligatoire hors de cette machine.")
        if not self.smtp_host:
            faults.append("SMTP_HOST : sans lui les courriels restent sur le disque du service.")
        if faults:
            raise ValueError("\n  ".join(faults))
        return self

    @property
    def allowed_origins(self) -> frozenset[str]:
        return frozenset({self.public_url, *self.origines})

    def one_origin(self, host: str) -> str | None:
        """Where to send a browser that came by another name of this machine; None at the right one."""
        return None if host.lower() == urlsplit(self.public_url).netloc.lower() else self.public_url

    @property
    def registration(self) -> Registration:
        key = self.proconnect_private_key
        return Registration(
            issuer=self.proconnect_issuer,
            client_id=self.proconnect_client_id,
            proof=read_private_key(key) if key else self.proconnect_client_secret,
            algorithm=self.proconnect_alg,
            scopes=self.proconnect_scopes,
            pkce=self.proconnect_pkce,
            redirect_uri=f"{self.public_url}/auth/retour",
            post_logout_redirect_uri=f"{self.public_url}/auth/deconnexion/retour",
        )
