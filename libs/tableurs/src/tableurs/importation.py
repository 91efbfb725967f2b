"""Décrire un import : les colonnes attendues, et la commande que demande une ligne."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import batched

from tableurs.correspondance import Colonne, ColonnesAConfirmer, Proposition, proposer, verifier
from tableurs.rapport import Bilan, Rapport, Refus
from tableurs.tableau import Ligne, Remarque, Tableau

_PAGE = 500
"""Commandes appliquées ensemble : la mémoire d'un import ne dépend pas de la longueur du fichier."""
_CLE_MAX = 200


class LigneRefusee(Exception):
    """Levée par `to_command` : la ligne ne peut pas devenir une commande."""

    def __init__(self, refus: Refus) -> None:
        super().__init__(refus.message)
        self.refus = refus


@dataclass(slots=True)
class Saisie:
    """Une ligne en cours de lecture : champ -> texte, et ce qu'on en a dit.

    numero : celui de la ligne dans le fichier.   cle : ce qui l'identifie, tiré des champs `cle` de l'import.
    """

    numero: int
    cle: str
    valeurs: Mapping[str, str]
    remarques: list[Remarque] = field(default_factory=list[Remarque])

    def texte(self, champ: str) -> str:
        """La valeur du champ, vide si le fichier ne la donne pas."""
        return self.valeurs.get(champ, "")

    def corriger(self, champ: str, message: str, avant: str, apres: str | None) -> None:
        """Dire qu'une valeur a été changée, ou retirée (apres None)."""
        reparation = "retiré" if apres is None else "corrigé"
        self.remarques.append(Remarque(champ, message, avant, reparation, apres))


@dataclass(frozen=True, slots=True)
class Lue[C]:
    """Une ligne lue : la commande qu'elle demande, ou son refus."""

    numero: int
    cle: str
    resultat: C | Refus
    remarques: tuple[Remarque, ...]


type Appliquer[C] = Callable[[Sequence[C]], Awaitable[Sequence[str | Refus]]]
"""Applique des commandes, dans l'ordre ; rend pour chacune son verdict (« créée »…) ou son refus."""


@dataclass(frozen=True, slots=True)
class Import[C]:
    """columns : les colonnes attendues.   to_command : la commande d'une ligne (peut lever LigneRefusee).

    cle : les champs dont la réunion identifie une ligne. Une ligne sans clé ou en double est refusée, et le
    même fichier relu donne les mêmes identifiants : le relire n'écrit rien de plus.
    """

    columns: Sequence[Colonne]
    to_command: Callable[[Saisie], C]
    cle: Sequence[str] = ()

    def proposer(self, tableau: Tableau) -> Proposition:
        """Ce que les colonnes du fichier semblent être."""
        return proposer(self.columns, tableau.colonnes)

    def lire(self, tableau: Tableau, correspondance: Mapping[str, str] | None = None) -> Iterator[Lue[C]]:
        """Chaque ligne du tableau, une fois, dans l'ordre.

        correspondance : colonne du fichier -> champ, telle que la personne l'a confirmée. Sans elle, la
        proposition doit être sûre. Raises ColonnesAConfirmer, CorrespondanceFausse, FichierRefuse.
        """
        if correspondance is None:
            proposition = self.proposer(tableau)
            if not proposition.sure():
                raise ColonnesAConfirmer(proposition)
            correspondance = proposition.correspondance()
        verifier(self.columns, tableau.colonnes, correspondance)
        return self._lues(tableau, correspondance)

    async def executer(
        self,
        tableau: Tableau,
        appliquer: Appliquer[C],
        rapport: Rapport,
        correspondance: Mapping[str, str] | None = None,
    ) -> Bilan:
        """Importe le fichier entier, par pages. Rien n'est appliqué si sa fin est illisible.

        À blanc : donner un `appliquer` qui décide sans écrire (ou `essayer`). Raises comme `lire`.
        """
        lues = self.lire(tableau, correspondance)
        for _ in tableau.lire():
            pass
        bilan = Bilan()
        for page in batched(lues, _PAGE):
            commandes = [lue.resultat for lue in page if not isinstance(lue.resultat, Refus)]
            verdicts = iter(await appliquer(commandes))
            for lue in page:
                verdict = lue.resultat if isinstance(lue.resultat, Refus) else next(verdicts)
                _compter(bilan, rapport, lue, verdict)
        return bilan

    def _lues(self, tableau: Tableau, correspondance: Mapping[str, str]) -> Iterator[Lue[C]]:
        vues: dict[str, int] = {}
        for ligne in tableau.lire():
            cle, refus = "", None
            valeurs = {correspondance[c]: v for c, v in (ligne.valeurs or {}).items() if c in correspondance}
            if ligne.valeurs is None:
                refus = _illisible(ligne)
            elif self.cle:
                cle, refus = self._identifier(valeurs, ligne.numero, vues)
            if refus is not None:
                yield Lue(ligne.numero, cle, refus, ligne.remarques[:-1] if ligne.valeurs is None else ())
                continue
            saisie = Saisie(ligne.numero, cle, valeurs, list(ligne.remarques))
            try:
                resultat = self.to_command(saisie)
            except LigneRefusee as refusee:
                resultat = refusee.refus
            yield Lue(ligne.numero, cle, resultat, tuple(saisie.remarques))

    def _identifier(
        self, valeurs: Mapping[str, str], numero: int, vues: dict[str, int]
    ) -> tuple[str, Refus | None]:
        parties = [valeurs.get(champ, "").strip() for champ in self.cle]
        cle = "-".join(parties)
        if not all(parties) or len(cle) > _CLE_MAX:
            message = f"identifiant absent ou trop long (colonne {', '.join(self.cle)})"
            return cle[:_CLE_MAX], Refus("IdentifiantManquant", self.cle[0], message)
        premiere = vues.setdefault(cle, numero)
        if premiere != numero:
            return cle, Refus("Doublon", self.cle[0], f"doublon de la ligne {premiere}", cle)
        return cle, None


async def essayer[C](lues: Sequence[C]) -> Sequence[str | Refus]:
    """Un `appliquer` qui ne fait rien : lire et vérifier le fichier seulement."""
    return ["lisible"] * len(lues)


def _illisible(ligne: Ligne) -> Refus:
    faute = ligne.remarques[-1]
    return Refus("LigneIllisible", faute.champ, faute.message, faute.avant)


def _compter[C](bilan: Bilan, rapport: Rapport, lue: Lue[C], verdict: str | Refus) -> None:
    bilan.lues += 1
    bilan.reparations += len(lue.remarques)
    for remarque in lue.remarques:
        rapport.remarque(lue.numero, lue.cle, remarque)
    if isinstance(verdict, Refus):
        bilan.refus[verdict.motif] += 1
        rapport.refus(lue.numero, lue.cle, verdict)
    else:
        bilan.verdicts[verdict] += 1
