"""Le code qui prouve une boîte. Ne dit rien du compte : la boîte est peut-être à quelqu’un d’autre."""

from courriels.message import Courriel, Lien, composer

OBJET = "Votre code pour La Coop de la médiation numérique"


def rediger(code: str, *, minutes: int, base: str, aide: str) -> Courriel:
    """base : adresse publique de la plateforme.   aide : adresse du support, vide s'il n'y en a pas."""
    moitie = len(code) // 2
    question = f" Une question ? Écrivez à {aide}." if aide else ""
    return composer(
        OBJET,
        [
            "Bonjour,",
            "Quelqu’un dit que cette adresse est la sienne, sur La Coop de la médiation numérique. "
            "Si c’est vous, recopiez ce code sur la page où vous l’avez demandé :",
            f"{code[:moitie]} {code[moitie:]}",
            f"Il vaut {minutes} minutes, pour cette demande seulement. Ne le donnez à personne, pas même au "
            "support : nous ne le demandons jamais.",
            "Si ce n’est pas vous, ne faites rien : sans ce code, rien ne change." + question,
            Lien("La page de vos adresses", f"{base}/espace/profil/courriels"),
            "Ce message est envoyé automatiquement : personne ne lit les réponses.",
        ],
        base=base,
    )
