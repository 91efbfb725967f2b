"""La commune d'un compte rendu : son code INSEE décide, le référentiel donne le nom et le code postal."""

from collections.abc import Iterator

from events.decider import Refusal
from referentiels import communes
from referentiels.cles import cle

from activites.domain.refus import CodeInseeInconnu, CodePostalContredit, CommuneContredite
from activites.domain.vocabulaire import Commune


def canonique(saisie: Commune) -> Commune:
    """La commune d'après son code, ancien ou en minuscules ; telle quelle si elle a des fautes.

    Un nom ou un code postal vide n'a pas été donné. Un code postal donné est gardé, s'il est l'un des siens.
    """
    trouvee = communes.par_code(saisie.code_insee)
    if trouvee is None or any(fautes(saisie, "")):
        return saisie
    code_postal = saisie.code_postal or next(iter(trouvee.codes_postaux), "")
    return Commune(trouvee.nom, code_postal, trouvee.code)


def du_referentiel(code_insee: str) -> Commune | None:
    """Celle de ce code, ancien ou non, avec le premier de ses codes postaux ; None s'il est inconnu."""
    trouvee = communes.par_code(code_insee)
    return trouvee and Commune(trouvee.nom, next(iter(trouvee.codes_postaux), ""), trouvee.code)


def fautes(saisie: Commune, champ: str) -> Iterator[Refusal]:
    """Ce qui contredit le référentiel. champ : pointeur de la commune dans la saisie."""
    trouvee = communes.par_code(saisie.code_insee)
    ville = communes.ville_de(saisie.code_insee)
    if trouvee is None or ville is None:
        yield CodeInseeInconnu(field=f"{champ}/code_insee")
        return
    if saisie.nom and not _peut_s_appeler(saisie.nom, trouvee, ville):
        yield CommuneContredite(field=f"{champ}/nom")
    if saisie.code_postal and saisie.code_postal not in (*trouvee.codes_postaux, *ville.codes_postaux):
        yield CodePostalContredit(field=f"{champ}/code_postal")


def _peut_s_appeler(nom: str, trouvee: communes.Commune, ville: communes.Commune) -> bool:
    """Son nom, celui de sa ville pour un arrondissement, ou celui d'une commune qu'elle a absorbée."""
    if cle(nom) == cle(trouvee.nom):
        return True
    return any(ville in groupe for groupe in communes.homonymes(nom))
