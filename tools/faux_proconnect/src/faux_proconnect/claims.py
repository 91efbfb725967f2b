"""What a service learns of a person: ID token and userinfo claims (docs/domaine/proconnect.md §4 and §5)."""

import re
from typing import Any

from referentiels.siret import NumeroRefuse, lire_siret

from faux_proconnect.monde import LEVELS, FournisseurIdentite, Personne
from faux_proconnect.provider import ID_TOKEN_S, Grant, Provider

PHONE = re.compile(r"\+?[0-9 .()\-]{8,20}")
SCOPE_CLAIMS = {"phone": "phone_number"}


def siret_valide(siret: str | None) -> bool:
    """Vrai pour les 14 chiffres d'un établissement, écrits sans rien à réparer."""
    try:
        return siret is not None and lire_siret(siret).valeur == siret
    except NumeroRefuse:
        return False


def usable_siret(personne: Personne, idp: FournisseurIdentite) -> str | None:
    """The person's SIRET, else the provider's default one."""
    siret = personne.siret if siret_valide(personne.siret) else idp.siret_par_defaut
    return siret if siret_valide(siret) else None


def level(personne: Personne, idp: FournisseurIdentite) -> tuple[str, tuple[str, ...]]:
    """(`acr`, `amr`) that the provider asserts; an unknown level is reported as eidas1."""
    identifiant = personne.identifiants[idp.id]
    acr = identifiant.acr or idp.acr
    amr = idp.amr if identifiant.amr is None else identifiant.amr
    return (acr if acr in LEVELS else "eidas1"), amr


def email_of(personne: Personne, idp: FournisseurIdentite) -> str:
    """The address as the provider sends it: only ProConnect Identité puts it in lower case."""
    email = personne.identifiants[idp.id].email or personne.email
    return email.lower() if idp.proconnect_identite else email


def id_token_claims(provider: Provider, grant: Grant) -> dict[str, Any]:
    """`acr`, `amr` and `auth_time` only when asked; never a name, never an e-mail."""
    request, authentication = grant.request, grant.authentication
    now = int(provider.clock.now())
    claims: dict[str, Any] = {
        "iss": provider.issuer,
        "sub": authentication.sub,
        "aud": request.client.client_id,
        "exp": now + ID_TOKEN_S,
        "iat": now,
        "nonce": request.nonce,
    }
    available = {
        "acr": authentication.acr,
        "amr": list(authentication.amr),
        "auth_time": authentication.auth_time,
    }
    claims |= {name: value for name, value in available.items() if name in request.asked_claims}
    return claims


def userinfo_claims(provider: Provider, grant: Grant) -> dict[str, Any]:
    """The claims of the granted scopes, then the raw replacements that the world asks for."""
    request, authentication = grant.request, grant.authentication
    personne = authentication.personne
    idp = provider.monde.fournisseurs[authentication.idp]
    phone = personne.phone_number
    siret = usable_siret(personne, idp) or ""
    acr, _ = level(personne, idp)
    available: dict[str, Any] = {
        "given_name": personne.given_name,
        "usual_name": personne.usual_name,
        "email": email_of(personne, idp),
        "uid": personne.identifiants[idp.id].uid,
        "siret": siret,
        "idp_id": idp.id,
        "organization_label": personne.organization_label,
        "roles": list(personne.roles),
        "phone_number": phone if phone is not None and PHONE.fullmatch(phone) else None,
        "custom": {},
        "idp_acr": acr,
        "siren": siret[:9],
    }
    for name, value in personne.claims.items():
        available[name] = value
    asked = [*request.scopes, *(s for s in request.client.scopes if s in request.userinfo_claims)]
    names = {SCOPE_CLAIMS.get(scope, scope) for scope in asked}
    released = {n: v for n, v in available.items() if n in names and v is not None}
    return {"sub": authentication.sub, **released}
