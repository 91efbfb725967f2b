"""Un rendez-vous : qui y était, de qui il s'agit, et ce qui se lit de ce qu'en dit RDV Service Public."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx2
import pytest
from activites.domain.doublons import Comparee
from activites.domain.rdv import Participant, Rdv, StatutRdv, deja_suivi, fiche_de
from activites.domain.vocabulaire import BeneficiaireId
from activites.rdv.http import OCTETS_MAX, RdvHttp, instant, lire_rdv
from activites.rdv.service import Muet, Refuse

AUJOURD_HUI = dt.date(2026, 11, 29)
JEANNE = Participant(7, "Jeanne", "Noël-Petit", StatutRdv.A_VENIR, "06 12 34 56 78", "j.noel@exemple.fr")


def _suivi(numero: int, prenom: str, nom: str, telephone: Any = None, courriel: Any = None) -> Comparee:
    return Comparee(BeneficiaireId(UUID(int=numero)), prenom, nom, telephone, courriel)


@pytest.mark.parametrize(
    ("suivi", "meme"),
    [
        (_suivi(1, "JEANNE", "noel petit"), True),
        (_suivi(1, "Jeanne", "Noël-Petit", "+33699999999"), False),
        (_suivi(1, "Jeanne", "Martin", "+33612345678"), False),
        (_suivi(1, "Jeanne", "Noël", "+33612345678", "j.noel@exemple.fr"), False),
        (_suivi(1, "Jeanne", "Noelpetit", "+33612345678"), True),
        (_suivi(1, "Jeanne", "Noël-Petit", None, "jnoel@exemple.fr"), False),
    ],
)
def test_une_personne_se_reconnait_a_deux_champs_egaux_sans_aucun_qui_la_distingue(
    suivi: Comparee, meme: bool
) -> None:
    fiche = fiche_de(JEANNE, AUJOURD_HUI)
    assert fiche is not None
    assert (deja_suivi(fiche, [suivi]) is not None) is meme


def test_entre_deux_qui_lui_ressemblent_la_plus_proche_est_la_sienne() -> None:
    fiche = fiche_de(JEANNE, AUJOURD_HUI)
    assert fiche is not None
    proche = _suivi(2, "Jeanne", "Noël-Petit", "+33612345678")
    assert deja_suivi(fiche, [_suivi(1, "Jeanne", "Noël-Petit"), proche]) == proche.beneficiaire_id


@pytest.mark.parametrize(
    ("naissance", "annee"),
    [("1900-01-01", None), ("1951-05-07", 1951), ("1800-01-01", None), ("inconnue", None), (None, None)],
)
def test_une_naissance_au_1er_janvier_1900_n_est_pas_dite(naissance: str | None, annee: int | None) -> None:
    fiche = fiche_de(replace(JEANNE, naissance=naissance), AUJOURD_HUI)
    assert fiche is not None
    assert fiche.annee_naissance == annee


def test_ce_qui_ne_serait_pas_accepte_d_une_fiche_en_est_laisse_de_cote() -> None:
    fiche = fiche_de(replace(JEANNE, telephone="12", courriel="pas une adresse"), AUJOURD_HUI)
    assert fiche is not None
    assert (fiche.telephone, fiche.courriel, fiche.nom) == (None, None, "Noël-Petit")
    assert fiche_de(replace(JEANNE, nom=" "), AUJOURD_HUI) is None


def test_on_rend_compte_de_qui_est_venu_d_un_individuel_le_premier_seulement() -> None:
    absente = replace(JEANNE, usager_id=8, statut=StatutRdv.ABSENCE)
    autre = replace(JEANNE, usager_id=9, statut=StatutRdv.HONORE)
    debut = dt.datetime(2026, 11, 29, 9, tzinfo=dt.UTC)
    atelier = Rdv(1, 1, (1,), debut, 60, True, StatutRdv.A_VENIR, participants=(absente, JEANNE, autre))
    assert [p.usager_id for p in atelier.presents] == [7, 9]
    assert [p.usager_id for p in replace(atelier, collectif=False).presents] == [7]
    assert replace(atelier, motif="Photos").titre == "Photos"
    assert len(replace(atelier, nom="x" * 250).titre or "") == 200, "comme un titre d'atelier"


def test_un_rendez_vous_se_lit_tel_que_dit_et_rien_d_autre() -> None:
    dit: dict[str, Any] = {
        "id": 3,
        "agents": [{"id": 5, "email": "a@exemple.fr"}],
        "organisation": {"id": 2, "name": "MDS"},
        "motif": {"id": 1, "name": "Aide\x1b[31m\nà tout"},
        "collectif": False,
        "status": "waiting",
        "starts_at": "2026-11-29 10:00:00 +0100",
        "duration_in_min": 30,
        "participations": [{"status": "seen", "user": {"id": 9, "first_name": "Ana", "last_name": None}}],
        "demain": {"inconnu": True},
    }
    lu = lire_rdv(dit)
    assert lu is not None
    assert (lu.debut, lu.statut) == (dt.datetime(2026, 11, 29, 9, tzinfo=dt.UTC), StatutRdv.A_VENIR)
    assert lu.titre == "Aide [31m à tout"
    assert (lu.participants[0].statut, lu.participants[0].nom) == (StatutRdv.HONORE, "")
    assert lire_rdv(dit | {"deleted_at": "2026-11-28 10:00:00 +0100"}) is None
    assert lire_rdv(dit | {"duration_in_min": 0}) is None
    for aberrant in (
        {**dit, "id": "x"},
        {**dit, "starts_at": "demain"},
        [],
        {**dit, "organisation": None},
        dit | {"id": 2**63},
    ):
        with pytest.raises(Muet):
            lire_rdv(aberrant)


@pytest.mark.parametrize(
    "texte", ["2026-11-29T09:00:00Z", "2026-11-29 09:00:00 UTC", "2026-11-29T10:00:00+01:00"]
)
def test_un_instant_a_son_decalage(texte: str) -> None:
    assert instant(texte) == dt.datetime(2026, 11, 29, 9, tzinfo=dt.UTC)
    with pytest.raises(Muet):
        instant("2026-11-29T09:00:00")


@pytest.mark.parametrize(
    ("reponse", "echec"),
    [
        (httpx2.Response(302, headers={"location": "http://127.0.0.1:1/"}), Muet),
        (httpx2.Response(200, content=b"[" * (OCTETS_MAX + 1)), Muet),
        (httpx2.Response(200, content=b"<html>"), Muet),
        (httpx2.Response(200, json=[]), Muet),
        (httpx2.Response(200, json={"organisations": {}, "meta": None}), Muet),
        (httpx2.Response(200, json={"organisations": [], "meta": {"total_pages": 10**9}}), Muet),
        (httpx2.Response(500), Muet),
        (httpx2.Response(429), Muet),
        (httpx2.Response(401), Refuse),
    ],
)
async def test_un_service_qui_repond_n_importe_quoi_vaut_un_silence(
    reponse: httpx2.Response, echec: type[Exception]
) -> None:
    def repondre(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(reponse.status_code, headers=reponse.headers, content=reponse.content)

    with pytest.raises(echec):
        await _service(repondre).organisations("jeton")


@pytest.mark.parametrize(
    ("statut", "corps", "echec"),
    [
        (400, {"error": "invalid_grant"}, Refuse),
        (401, {"error": "invalid_client"}, Muet),
        (400, [], Muet),
        (403, {"error": ["invalid_grant"]}, Muet),
    ],
)
async def test_seule_une_autorisation_perdue_delie(statut: int, corps: Any, echec: type[Exception]) -> None:
    with pytest.raises(echec):
        await _service(lambda _: httpx2.Response(statut, json=corps)).renouveler("jeton")


async def test_on_n_ecrit_pas_sur_l_ecoute_d_un_autre() -> None:
    demandes: list[str] = []

    def repondre(demande: httpx2.Request) -> httpx2.Response:
        demandes.append(demande.method)
        la = [{"id": 7, "target_url": "http://un-autre/"}]
        return httpx2.Response(200, json={"webhook_endpoints": la, "meta": {"total_pages": 1}})

    await _service(repondre).ecouter("jeton", 2, "http://nous/rdv/webhooks", "secret")
    assert demandes == ["GET", "POST"]


def _service(repondre: Callable[[httpx2.Request], httpx2.Response]) -> RdvHttp:
    return RdvHttp(
        httpx2.AsyncClient(transport=httpx2.MockTransport(repondre)),
        lambda: dt.datetime.now(dt.UTC),
        url="http://rdv",
        client_id="c",
        secret="s",
        retour="http://r",
    )
