"""Inviter une adresse (D5) : le compte qu'elle trouve, préparé quand personne ne la porte encore."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from identity.api.comptes_prepares import PREPARATIONS
from identity.domain.compte import COMPTE, Efface

PREPARES = "/comptes/prepares"
ADRESSE = "inconnue@ville.exemple.fr"


@pytest.fixture
async def coordinatrice(plateforme: Any, nouveau_navigateur: Any) -> Any:
    navigateur = nouveau_navigateur()
    await navigateur.se_connecter(plateforme.personne())
    await navigateur.recevoir_le_role("coordinateur")
    return navigateur


async def preparer(qui: Any, courriel: str) -> str:
    prepare = await qui.passer("POST", PREPARES, {"courriel": courriel})
    assert prepare.status_code == 200, prepare.text
    assert prepare.headers["x-position"].startswith("identity:")
    return prepare.json()["compte_id"]


async def test_d5_une_adresse_invitee_ouvre_a_sa_premiere_connexion_le_compte_qui_l_attendait(
    plateforme: Any, coordinatrice: Any, navigateur: Any
) -> None:
    personne = plateforme.personne()
    compte_id = await preparer(coordinatrice, f" {personne.email.upper()} ")
    # Nobody is there yet: neither a name to show, nor an account to manage.
    assert await plateforme.faits(compte_id) == ["ComptePrepare"]
    await navigateur.se_connecter(personne)
    moi = await navigateur.moi()
    assert (moi["compte_id"], moi["inscription"], moi["roles"]) == (compte_id, "profil", [])
    assert await plateforme.faits(compte_id) == ["ComptePrepare", "CompteOuvert", "IdentiteLiee"]
    # In use since, the address finds the same account, and nothing is written.
    assert await preparer(coordinatrice, personne.email) == compte_id
    assert (await plateforme.faits(compte_id))[-1] == "IdentiteLiee"


async def test_d5_une_adresse_n_attend_qu_un_compte_meme_invitee_partout_a_la_fois(
    plateforme: Any, coordinatrice: Any
) -> None:
    adresse = plateforme.personne().email
    trouves = await asyncio.gather(*(preparer(coordinatrice, adresse) for _ in range(5)))
    assert len(set(trouves)) == 1
    assert await plateforme.faits(trouves[0]) == ["ComptePrepare"]


async def test_d5_sans_connexion_l_adresse_est_effacee_quand_l_invitation_ne_vaut_plus(
    plateforme: Any, coordinatrice: Any, nouveau_navigateur: Any
) -> None:
    oubliee, venue = plateforme.personne(), plateforme.personne()
    perdu, garde = [await preparer(coordinatrice, p.email) for p in (oubliee, venue)]
    await nouveau_navigateur().se_connecter(venue)
    await plateforme.suivre("preparations")
    plateforme.heure.avancer(days=180)
    await plateforme.suivre("preparations")
    assert (await plateforme.faits(perdu))[-1] == "ComptePrepare"
    plateforme.heure.avancer(days=10)
    await plateforme.suivre("preparations")
    assert isinstance((await plateforme.store.state(COMPTE(UUID(perdu))))[0], Efface)
    assert (await plateforme.faits(garde))[-1] == "IdentiteLiee"
    async with plateforme.database.raw() as connection:
        assert not await connection.fetchval(
            "select exists (select from claims where stream = $1)", f"compte-{perdu}"
        )
        assert not await connection.fetchval(
            "select exists (select from utilisateurs where compte_id = $1)", UUID(perdu)
        )


async def test_un_compte_qui_attend_ne_se_gere_pas_et_ne_se_rapproche_pas(
    plateforme: Any, coordinatrice: Any, gestionnaires: Any, nouveau_navigateur: Any
) -> None:
    personne = plateforme.personne()
    nouvelle = f"durand.{personne.email}"
    navigateur = nouveau_navigateur()
    await navigateur.se_connecter(personne)
    attendu = await preparer(coordinatrice, nouvelle)
    for admin in gestionnaires.values():
        vu = await admin.passer(
            "POST", f"/comptes/gestion/utilisateurs/{attendu}/usurpation", {"raison": "Pour voir."}
        )
        assert vu.status_code == 404
    # Her address becomes the one that was invited (E1): no case is opened with an account that nobody has.
    apres = nouveau_navigateur()
    await apres.se_connecter(plateforme.changer(personne, email=nouvelle))
    assert (await apres.moi())["compte_id"] == (await navigateur.moi())["compte_id"]
    assert (await plateforme.faits(attendu)) == ["ComptePrepare"]
    async with plateforme.database.raw() as connection:
        assert not await connection.fetchval(
            "select exists (select from events where type = 'RapprochementOuvert' and data::text like $1)",
            f"%{attendu}%",
        )


@pytest.mark.parametrize(
    ("courriel", "nature"),
    [
        ("lea@conseiller-numerique.fr", "AdresseSupprimee"),
        ("lea@Ain.Conseiller-Numerique.FR.", "AdresseSupprimee"),
        ("lea", "CourrielIllisible"),
    ],
)
async def test_a6_une_adresse_supprimee_ou_illisible_ne_s_invite_pas(
    plateforme: Any, coordinatrice: Any, courriel: str, nature: str
) -> None:
    avant = await plateforme.compter("events")
    refus = await coordinatrice.passer("POST", PREPARES, {"courriel": courriel})
    assert (refus.status_code, refus.json()["type"]) == (422, f"/problemes/{nature}")
    assert [e["pointeur"] for e in refus.json()["erreurs"]] == ["/courriel"]
    assert await plateforme.compter("events") == avant


async def test_seul_un_coordinateur_invite_une_adresse_et_pas_sans_fin(
    plateforme: Any, coordinatrice: Any, navigateur: Any
) -> None:
    await navigateur.se_connecter(plateforme.personne())
    await navigateur.recevoir_le_role()
    refus = await navigateur.passer("POST", PREPARES, {"courriel": ADRESSE})
    assert refus.status_code == 403
    compte_id = UUID((await coordinatrice.moi())["compte_id"])
    paces = plateforme.app.state.paces
    while paces.take(PREPARATIONS, compte_id, plateforme.heure.lire()) is None:
        pass
    trop = await coordinatrice.passer("POST", PREPARES, {"courriel": ADRESSE})
    assert trop.status_code == 429
