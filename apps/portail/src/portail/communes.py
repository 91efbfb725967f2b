"""La commune d'une structure : écrite par son nom, lue de l'API par son code."""

from collections.abc import Mapping

from portail.filtres import communes_lues
from portail.formulaires import Saisie
from portail.passerelle import Muette, Passerelle, Refus
from portail.saisie_cra import nom_de_commune


async def code_de_la_commune(api: Passerelle, saisie: Saisie) -> dict[str, str]:
    """`{"code_insee": …}` de celle qui est écrite, vide si aucune ne l'est.

    Lève Refus, comme l'API, pour celle qui n'en désigne pas une et une seule.
    """
    ecrite = saisie.un("commune")
    if not ecrite:
        return {}
    try:
        lues = await communes_lues(api, ecrite)
    except (Refus, Muette):
        raise _refusee("La recherche de communes ne répond pas : videz ce champ, ou réessayez.") from None
    if len(lues.codes) != 1:
        plusieurs = f"Plusieurs communes répondent à « {ecrite} » : écrivez le nom de la bonne."
        raise _refusee(lues.faute or plusieurs)
    return {"code_insee": lues.codes[0]}


def _refusee(message: str) -> Refus:
    return Refus(422, {"erreurs": [{"pointeur": "/commune", "message": message}]})


async def commune_ecrite(api: Passerelle, code_insee: str | None) -> str:
    """Comme on l'écrirait ; le code si la recherche ne répond pas."""
    if not code_insee:
        return ""
    lues = await api.lire_si_possible("/carte/communes", q=code_insee, limite=1)
    return nom_de_commune(lues["elements"][0]) if lues and lues["elements"] else code_insee


def sur_la_commune(fautes: Mapping[str, str]) -> dict[str, str]:
    """Ce que l'API reproche au code se dit sur le champ où la commune s'écrit."""
    return {"/commune" if pointeur == "/code_insee" else pointeur: m for pointeur, m in fautes.items()}
