"""Ce que la source répond, par HTTP ou dans un fichier : lu strictement, borné, jamais suivi ailleurs."""

import datetime as dt
import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import faux_proconnect
import httpx2
import pytest
import pytest_asyncio
from faux_proconnect.dispositif import Panne, Source, contrat, fiche_simple, structure
from faux_proconnect.monde import Monde
from identity.dispositif.fichier import COLONNES, SourceFichier, lire_fichier
from identity.dispositif.http import SourceHttp
from identity.dispositif.source import ReponseAberrante, SourceMuette, lire
from identity.domain.reconnaissance import Contrat, Fiche
from identity.domain.vocabulaire import EtapeDePriseDePoste

LEA = "lea.martin@ville.exemple.fr"
FICHE = fiche_simple(7, structure(contrat("2025-03-01T00:00:00+01:00", "2026-12-31")))


@pytest_asyncio.fixture
async def source(plateforme: Any) -> AsyncGenerator[tuple[Source, SourceHttp]]:
    """A source that knows Léa, and what asks it."""
    sait = plateforme.source
    sait.fiches[LEA] = FICHE
    async with httpx2.AsyncClient(timeout=60, trust_env=False, follow_redirects=True) as http:
        yield sait, SourceHttp(http, plateforme.settings.dispositif_url, sait.cle, secondes=60)


async def test_la_source_dit_qui_est_conseiller(source: tuple[Source, SourceHttp]) -> None:
    sait, http = source
    reponse = await http.de(LEA)
    assert reponse is not None
    assert reponse.fiche == Fiche(
        7,
        None,
        conseiller=True,
        coordinateur=False,
        a_des_lieux=False,
        contrats=(Contrat(dt.date(2025, 3, 1), dt.date(2026, 12, 31)),),
    )
    assert await http.de("inconnue@ville.exemple.fr") is None
    assert sait.demandes == [LEA, "inconnue@ville.exemple.fr"]


@pytest.mark.parametrize(
    ("panne", "patience"),
    [(Panne.INDISPONIBLE, 60), (Panne.REDIRECTION, 60), (Panne.ENORME, 60), (Panne.MUETTE, 1)],
)
async def test_c6_une_source_qui_ne_repond_pas_est_muette(
    plateforme: Any, panne: Panne, patience: float
) -> None:
    sait: Source = plateforme.source
    sait.panne = panne
    async with httpx2.AsyncClient(timeout=60, trust_env=False, follow_redirects=True) as http:
        demandee = SourceHttp(http, plateforme.settings.dispositif_url, sait.cle, patience)
        with pytest.raises(SourceMuette) as dit:
            await demandee.de(LEA)
    assert "@" not in str(dit.value)
    # A redirection is not followed.
    assert len(sait.demandes) == 1


@pytest.mark.parametrize("panne", [Panne.HTML, Panne.TRONQUEE, Panne.AUTRE_PERSONNE])
async def test_c6_c8_une_reponse_aberrante_ou_d_un_autre_est_rejetee(
    source: tuple[Source, SourceHttp], panne: Panne
) -> None:
    source[0].panne = panne
    with pytest.raises(ReponseAberrante) as dit:
        await source[1].de(LEA)
    assert "@" not in str(dit.value)


async def test_une_cle_refusee_est_une_source_muette(
    plateforme: Any, source: tuple[Source, SourceHttp]
) -> None:
    sait, _ = source
    async with httpx2.AsyncClient(timeout=60, trust_env=False) as http:
        with pytest.raises(SourceMuette):
            await SourceHttp(http, plateforme.settings.dispositif_url, f"{sait.cle}-fausse").de(LEA)


@pytest.mark.parametrize(
    "faux",
    [
        {"id": "7"},
        {"id": -1},
        {"id": 2**63},
        {"is_conseiller_numerique": "true"},
        {"is_conseiller_numerique": None},
        {"structures_employeuses": {}},
        {"structures_employeuses": [{"nom": "x" * 301}]},
        {"structures_employeuses": [{"contrats": [{"date_debut": "hier"}]}]},
        {"structures_employeuses": [{"contrats": [{"date_debut": "1900-01-01"}]}]},
        {"structures_employeuses": [{"contrats": [{"date_debut": 1735689600}]}]},
        {"structures_employeuses": [None] * 51},
        {"prise_de_poste": [{"etape": "inconnue", "le": "2026-01-01"}]},
        {"email": "pas une adresse"},
    ],
)
def test_c6_un_champ_d_un_autre_type_fait_rejeter_toute_la_reponse(faux: dict[str, Any]) -> None:
    with pytest.raises(ReponseAberrante):
        lire(json.dumps([{**FICHE, **faux}]).encode(), LEA)


def test_ce_qui_manque_ou_s_ajoute_ne_gene_pas() -> None:
    minimal = {"id": 7, "pg_id": 3, "is_conseiller_numerique": False, "is_coordinateur": True}
    reponse = lire(json.dumps([{**minimal, "nouveau_champ": {"a": 1}}, {}]).encode(), LEA)
    assert reponse is not None
    assert reponse.fiche == Fiche(7, 3, conseiller=False, coordinateur=True, a_des_lieux=False)
    assert lire(b"[]", LEA) is None
    # A contract whose dates contradict each other, or without a first day, is not one.
    dates = [contrat("2026-03-01", "2026-01-01"), contrat(None, "2026-01-01"), None]
    reponse = lire(json.dumps([{**FICHE, "structures_employeuses": [structure(*dates), None]}]).encode(), LEA)
    assert reponse is not None
    assert reponse.fiche.contrats == ()


async def test_le_fichier_dit_la_meme_chose_en_json_et_en_csv(tmp_path: Path) -> None:
    chemin = tmp_path / "dispositif.json"
    chemin.write_text(
        json.dumps([{**FICHE, "email": "Lea.Martin@Ville.exemple.fr"}, {"email": "hugo@ville.exemple.fr"}])
    )
    source = SourceFichier(chemin)
    lea = await source.de(LEA)
    assert lea is not None
    assert lea.fiche.contrats == (Contrat(dt.date(2025, 3, 1), dt.date(2026, 12, 31)),)
    assert await source.de("inconnue@ville.exemple.fr") is None
    with pytest.raises(ReponseAberrante):
        await source.de("hugo@ville.exemple.fr")

    tableau = tmp_path / "dispositif.csv"
    ligne = {
        "email": LEA, "id": "7", "is_conseiller_numerique": "oui", "is_coordinateur": "non",
        "structure_nom": "Ville d'Exemple", "structure_siret": "13002603200016",
        "nom_voie": "rue de l'Exemple", "code_insee": "75056", "code_postal": "75001",
        "nom_commune": "Paris", "type": "CDD", "date_debut": "2025-03-01", "date_fin": "2026-12-31",
        "ccp1": "2025-06-01",
    }  # fmt: skip
    second = {**ligne, "date_debut": "2024-01-01", "date_fin": "2024-12-31"}
    lignes = [";".join(une.get(c, "") for c in COLONNES) for une in (ligne, second)]
    tableau.write_text("\ufeff" + "\n".join([";".join(COLONNES), *lignes]), encoding="utf-8")
    lue = await SourceFichier(tableau).de(LEA)
    assert lue is not None
    assert lue.fiche.contrats == (*lea.fiche.contrats, Contrat(dt.date(2024, 1, 1), dt.date(2024, 12, 31)))
    assert [(e.etape, e.le) for e in lue.prise_de_poste] == [(EtapeDePriseDePoste.CCP1, dt.date(2025, 6, 1))]


async def test_un_fichier_change_est_relu_un_fichier_illisible_est_une_source_muette(tmp_path: Path) -> None:
    chemin = tmp_path / "dispositif.json"
    source = SourceFichier(chemin)
    with pytest.raises(SourceMuette):
        await source.de(LEA)
    chemin.write_text("[]")
    assert await source.de(LEA) is None
    chemin.write_text(json.dumps([{**FICHE, "email": LEA}]))
    assert await source.de(LEA) is not None
    for faux in ("{", "{}", '[{"email": "x"}]'):
        chemin.write_text(faux)
        with pytest.raises(SourceMuette):
            await source.de(LEA)
    tableau = tmp_path / "vide.csv"
    tableau.write_text("a,b\n1,2\n")
    with pytest.raises(SourceMuette):
        await SourceFichier(tableau).de(LEA)


def test_le_fichier_livre_parle_de_personnes_du_faux_proconnect() -> None:
    dossier = Path(faux_proconnect.__file__).parent
    gens = lire_fichier(dossier / "dispositif.json")
    connues = {p.email.lower() for p in Monde.charger(dossier / "monde.json").personnes.values()}
    assert gens.keys() <= connues
    assert all(reponse is not None for reponse in gens.values())
    assert {r.is_conseiller_numerique for r in gens.values() if r} == {True, False}
