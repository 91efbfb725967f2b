"""`coop rapprocher` et `coop identite` : les règles de la gestion, leurs codes de sortie, leur histoire."""

import base64
import datetime as dt
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from banc import CLES, Banc, cles
from events.postgres.database import Database
from events.store.store import Context
from events.testing import Copies
from identity.app import DESCRIPTION
from identity.connexion.chiffre import Empreintes
from identity.domain.acces import ACCES, ChangerDroit
from identity.domain.compte import COMPTE, ChoisirRole, Identite, OuvrirCompte, Personne, Renvoye
from identity.domain.intervention import Geste, InterventionFaite
from identity.domain.vocabulaire import CompteId, CoordinateurId, Droit, MediateurId, Role
from nats.aio.client import Client

EMETTEUR = "https://proconnect.exemple.fr/api/v2"
CONTEXTE = Context("essai", "essai")
MOTIF = ("--motif", "vue-en-visio")


class Identity(Banc):
    """The same bench, on the database of identity."""

    store: Any

    async def compte(self, sub: str, role: Role | None = None, droit: Droit = Droit.AUCUN) -> CompteId:
        """An account opened by this identity, with the names of everybody here."""
        compte_id, maintenant = CompteId(uuid4()), dt.datetime.now(dt.UTC)
        empreintes = Empreintes(CLES[1])
        personne = Personne("Léa", "Martin", f"{sub}@ville.exemple.fr")
        ouvrir = OuvrirCompte(compte_id, personne, Identite(EMETTEUR, sub), maintenant)
        claims = [empreintes.identite(EMETTEUR, sub), empreintes.courriel(personne.courriel)]
        await self.store.execute(COMPTE(compte_id), ouvrir, CONTEXTE, claims=claims)
        if role is not None:
            mediateur_id = MediateurId(uuid4()) if role is Role.MEDIATEUR else None
            coordinateur_id = CoordinateurId(uuid4()) if role is Role.COORDINATEUR else None
            choisir = ChoisirRole(role, mediateur_id, coordinateur_id, True, "2026-01", maintenant)
            await self.store.execute(COMPTE(compte_id), choisir, CONTEXTE)
        if droit is not Droit.AUCUN:
            donner = ChangerDroit(compte_id, droit, None, "essai", maintenant)
            await self.store.execute(ACCES(compte_id), donner, CONTEXTE)
        return compte_id

    async def administratrice(self) -> str:
        return str(await self.compte(uuid4().hex, droit=Droit.ADMIN))


@pytest.fixture
async def identity(
    copies: Copies,
    bus: Client,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> AsyncIterator[Identity]:
    async with copies.of(DESCRIPTION) as url:
        for variable, value in {
            "DATABASE_URL": url,
            "NATS_URL": "nats://127.0.0.1:1",
            "ISSUER": "http://localhost:1",
            "PUBLIC_URL": "http://localhost:1",
            "JWKS_URL": "http://localhost:1/jwks",
            "COFFRE_CLES": cles(1),
            "HASH_KEY": base64.b64encode(CLES[1]).decode(),
            "PROCONNECT_ISSUER": EMETTEUR,
            "PROCONNECT_CLIENT_ID": "coop",
            "PROCONNECT_CLIENT_SECRET": "secret",
            "COOP_AUTEUR": "operatrice",
        }.items():
            monkeypatch.setenv(variable, value)
        store: Any = DESCRIPTION.store(Database(url), {1: CLES[1]})
        banc = Identity(store, bus, url, capsys)
        yield banc
        await banc.store.database.close()


async def test_e4_l_exploitant_rapproche_deux_comptes_au_nom_d_un_administrateur(identity: Identity) -> None:
    mediatrice, neuf = await identity.compte("une", Role.MEDIATEUR), await identity.compte("deux")
    qui = ("--par", await identity.administratrice(), *MOTIF)
    code, out, _ = await identity.coop("rapprocher", str(neuf), str(mediatrice), *qui)
    assert (code, out) == (0, "Les deux comptes n’en font plus qu’un.\n")
    etat, _ = await identity.store.state(COMPTE(neuf))
    assert isinstance(etat, Renvoye)
    assert etat.vers == mediatrice
    code, out, _ = await identity.coop("rapprocher", str(neuf), str(mediatrice), *qui, "--defaire", "--json")
    assert (code, json.loads(out)["resultat"]) == (0, "defait")
    etat, _ = await identity.store.state(COMPTE(neuf))
    assert not isinstance(etat, Renvoye)


async def test_e4_un_compte_qui_coordonne_demande_deux_administrateurs(identity: Identity) -> None:
    coordonne, neuf = await identity.compte("une", Role.COORDINATEUR), await identity.compte("deux")
    deux = (str(neuf), str(coordonne))
    premiere, seconde = await identity.administratrice(), await identity.administratrice()
    for _ in range(2):
        code, out, _ = await identity.coop("rapprocher", *deux, "--par", premiere, *MOTIF, "--json")
        assert (code, json.loads(out)["resultat"]) == (1, "confie")
    code, _, _ = await identity.coop("rapprocher", *deux, "--par", seconde, *MOTIF)
    assert code == 0


@pytest.mark.parametrize("cas", ["meme_compte", "pour_soi", "pas_administrateur", "inconnu", "sans_motif"])
async def test_ce_que_la_gestion_refuse_la_commande_le_refuse_et_n_ecrit_rien(
    identity: Identity, cas: str
) -> None:
    une, par = await identity.compte("une", Role.MEDIATEUR), await identity.administratrice()
    qui = str(await identity.compte("trois")) if cas == "pas_administrateur" else par
    autres = {"meme_compte": str(une), "pour_soi": par, "inconnu": str(uuid4())}
    second = autres.get(cas) or str(await identity.compte("deux"))
    avant = await identity.sql("select count(*) from events")
    motif = () if cas == "sans_motif" else MOTIF
    code, out, err = await identity.coop("rapprocher", str(une), second, "--par", qui, *motif)
    assert (code, out) == (2, "")
    assert err
    assert await identity.sql("select count(*) from events") == avant


async def test_e6_l_exploitant_relie_une_identite_et_en_retire_une(identity: Identity) -> None:
    compte_id = await identity.compte("ancienne", Role.MEDIATEUR)
    code, out, _ = await identity.coop("identite", "lier", str(compte_id), "nouvelle", *MOTIF)
    assert (code, out) == (0, f"compte {compte_id} : identité liée\n")
    code, out, _ = await identity.coop("identite", "lier", str(compte_id), "nouvelle", *MOTIF, "--json")
    assert (code, json.loads(out)["changee"]) == (0, False)
    code, out, _ = await identity.coop("identite", "list", str(compte_id), "--json")
    premiere, seconde = (UUID(json.loads(ligne)["identite_id"]) for ligne in out.splitlines())
    assert "nouvelle" not in out
    assert (await identity.coop("identite", "retirer", str(compte_id), str(premiere), *MOTIF))[0] == 0
    code, _, err = await identity.coop("identite", "retirer", str(compte_id), str(seconde), *MOTIF)
    assert (code, "seule identité" in err) == (2, True)
    notes = [r.event for r in await identity.store.load(f"intervention-{compte_id}")]
    assert [(n.geste, n.par, n.raison) for n in notes if isinstance(n, InterventionFaite)] == [
        (Geste.IDENTITE_LIEE, None, "vue-en-visio"),
        (Geste.IDENTITE_RETIREE, None, "vue-en-visio"),
    ]
    assert await identity.sql(
        "select metadata->>'author' from events where stream like 'intervention-%'"
    ) == ("coop:operatrice")


async def test_une_identite_d_un_autre_compte_ne_se_relie_pas(identity: Identity) -> None:
    compte_id, _ = await identity.compte("une"), await identity.compte("autre")
    code, _, err = await identity.coop("identite", "lier", str(compte_id), "autre", *MOTIF)
    assert (code, "rapprochez" in err) == (2, True)
    code, _, err = await identity.coop("identite", "lier", str(compte_id), "s" * 256, *MOTIF)
    assert (code, "255 caractères" in err) == (2, True)
    assert await identity.store.load(f"intervention-{compte_id}") == []
