"""D'un fichier de colonnes inconnues à des commandes : proposition, essai à blanc, rapport, relecture."""

import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from tableurs import (
    Colonne,
    ColonnesAConfirmer,
    CorrespondanceFausse,
    FichierRefuse,
    Import,
    LigneRefusee,
    Limites,
    Rapport,
    Refus,
    Saisie,
    Tableau,
    essayer,
    ouvrir,
)

type Lire = Callable[[str | bytes], Tableau]


@dataclass(frozen=True)
class Ajouter:
    id: str
    nom: str


def ajouter(saisie: Saisie) -> Ajouter:
    nom = saisie.texte("nom").strip()
    if not nom:
        raise LigneRefusee(Refus("NomManquant", "nom", "le nom est vide"))
    if nom.isupper():
        saisie.corriger("nom", "tout en capitales", nom, nom.title())
    return Ajouter(saisie.cle, nom.title())


COLONNES = (
    Colonne("id", "Identifiant"),
    Colonne("nom", "Nom du lieu", autres=("Dénomination",)),
    Colonne("tel", "Téléphone", facultative=True),
)
IMPORT = Import(COLONNES, ajouter, cle=("id",))


class Registre:
    """Ce qu'un service ferait des commandes : créer, changer, ou rien."""

    def __init__(self) -> None:
        self.noms: dict[str, str] = {}

    async def appliquer(self, commandes: Sequence[Ajouter]) -> list[str | Refus]:
        return [self._appliquer(c) for c in commandes]

    def _appliquer(self, commande: Ajouter) -> str | Refus:
        if commande.nom == "Interdit":
            return Refus("Interdit", "nom", "ce nom est interdit", commande.nom)
        avant = self.noms.get(commande.id)
        self.noms[commande.id] = commande.nom
        return "créé" if avant is None else "inchangé" if avant == commande.nom else "changé"


def test_les_colonnes_se_reconnaissent_et_chaque_choix_est_motive(lire: Lire) -> None:
    tableau = lire("identifiant;DENOMINATION;Telephonne;commentaire\n1;Mairie;;\n")
    proposition = IMPORT.proposer(tableau)
    assert [(a.entete, a.champ, a.raison, a.sur) for a in proposition.appariements] == [
        ("identifiant", "id", "même nom", True),
        ("DENOMINATION", "nom", "autre nom connu", True),
        ("Telephonne", "tel", "ressemble à « Téléphone »", False),
    ]
    assert (proposition.ignorees, proposition.manquantes) == (("commentaire",), ())


def test_le_nom_exact_l_emporte_sur_le_meme_nom_ecrit_autrement(lire: Lire) -> None:
    proposition = Import((Colonne("nom"),), ajouter).proposer(lire("NOM;nom\na;b\n"))
    assert (proposition.correspondance(), proposition.ignorees) == ({"nom": "nom"}, ("NOM",))


def test_une_colonne_renommee_arrete_l_import_jusqu_a_ce_qu_on_confirme(lire: Lire) -> None:
    tableau = lire("id;libelle\n1;Mairie\n")
    with pytest.raises(ColonnesAConfirmer, match=r"ignorées : libelle ; .*absentes : nom"):
        IMPORT.lire(tableau)
    (lue,) = IMPORT.lire(tableau, {"id": "id", "libelle": "nom"})
    assert lue.resultat == Ajouter("1", "Mairie")


def test_une_colonne_facultative_absente_n_arrete_pas_l_import(lire: Lire) -> None:
    tableau = lire("id;nom\n1;Mairie\n")
    assert IMPORT.proposer(tableau).absentes == ("tel",)
    assert len(list(IMPORT.lire(tableau))) == 1


@pytest.mark.parametrize("fausse", [{"ailleurs": "nom"}, {"id": "inconnu"}, {"id": "nom", "nom": "nom"}])
def test_une_correspondance_impossible_est_refusee(lire: Lire, fausse: dict[str, str]) -> None:
    with pytest.raises(CorrespondanceFausse):
        IMPORT.lire(lire("id;nom\n1;Mairie\n"), fausse)


async def test_chaque_ligne_est_importee_ou_refusee_et_tout_est_dit(lire: Lire) -> None:
    tableau = lire("id;nom;tel\n1;MAIRIE;\n2;;\n1;École;\n;Poste;\n3;Interdit;\n4;a;b;c\n5;Gare\n")
    sortie, registre = io.BytesIO(), Registre()
    rapport = Rapport(sortie, {"fichier": "lieux.csv"})
    bilan = await IMPORT.executer(tableau, registre.appliquer, rapport)
    assert (bilan.lues, bilan.verdicts, bilan.reparations) == (7, {"créé": 2}, 2)
    assert bilan.lues == bilan.verdicts.total() + bilan.refus.total()
    assert registre.noms == {"1": "Mairie", "5": "Gare"}
    dits = [json.loads(ligne) for ligne in sortie.getvalue().splitlines()]
    assert dits[0] == {
        "fichier": "lieux.csv",
        "ligne": 2,
        "cle": "1",
        "motif": None,
        "champ": "nom",
        "message": "tout en capitales",
        "avant": "MAIRIE",
        "reparation": "corrigé",
        "apres": "Mairie",
    }
    assert [(d["ligne"], d["motif"], d["message"]) for d in dits[1:]] == [
        (3, "NomManquant", "le nom est vide"),
        (4, "Doublon", "doublon de la ligne 2"),
        (5, "IdentifiantManquant", "identifiant absent ou trop long (colonne id)"),
        (6, "Interdit", "ce nom est interdit"),
        (7, "LigneIllisible", "4 cellules pour 3 colonnes"),
        (8, None, "2 cellules pour 3 colonnes"),
    ]


async def test_le_meme_fichier_relu_ne_change_rien(lire: Lire) -> None:
    registre = Registre()
    tableau = lire("id;nom;tel\n" + "".join(f"{n};Lieu {n};\n" for n in range(1200)))
    premier = await IMPORT.executer(tableau, registre.appliquer, Rapport(None))
    second = await IMPORT.executer(tableau, registre.appliquer, Rapport(None))
    assert (premier.verdicts, second.verdicts) == ({"créé": 1200}, {"inchangé": 1200})


async def test_un_essai_a_blanc_rend_le_meme_rapport_sans_rien_appliquer(lire: Lire) -> None:
    tableau = lire("id;nom;tel\n1;MAIRIE;\n2;;\n")
    a_blanc, pour_de_vrai = io.BytesIO(), io.BytesIO()
    essai = await IMPORT.executer(tableau, essayer, Rapport(a_blanc))
    await IMPORT.executer(tableau, Registre().appliquer, Rapport(pour_de_vrai))
    assert (essai.lues, essai.verdicts, essai.refus) == (2, {"lisible": 1}, {"NomManquant": 1})
    assert a_blanc.getvalue() == pour_de_vrai.getvalue()


async def test_rien_n_est_applique_quand_la_fin_du_fichier_est_refusee(tmp_path: Path) -> None:
    chemin, registre = tmp_path / "long.csv", Registre()
    chemin.write_text("id;nom;tel\n" + "".join(f"{n};Lieu {n};\n" for n in range(1200)), encoding="utf-8")
    with pytest.raises(FichierRefuse):
        await IMPORT.executer(ouvrir(chemin, Limites(lignes=1000)), registre.appliquer, Rapport(None))
    assert registre.noms == {}
