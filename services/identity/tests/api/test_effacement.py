"""Un compte effacé : plus rien ne dit qui était la personne, et si elle revient, c'est quelqu'un d'autre."""

import asyncio
import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from events.projection.projection import Projection, fold_rows
from events.store.appender import Erasure
from events.store.store import Context
from events.testing import Scenario
from events.types import ERASED
from identity.domain import compte, emploi, emploi_faits
from identity.domain.compte import CompteInconnu
from identity.domain.vocabulaire import CompteId, EmploiId, MotifFin, StructureId
from identity.erasure import effacer
from identity.projections import comptes, emplois
from process.clock import Clock

CONTEXT = Context("operateur", "demande-42")
MOTIF = "demande de la personne"
CANARI = "Zuldravine"
JOUR = dt.date(2026, 3, 2)
MAINTENANT = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


async def inscrire(plateforme: Any, navigateur: Any) -> tuple[Any, UUID]:
    """A médiatrice signed in, with a role and an emploi whose employer's name is a canary too."""
    # An earlier test may have had the signing keys made again: those it knows are read anew.
    plateforme.app.state.verifier.keys_changed()
    personne = plateforme.personne(given_name=CANARI, usual_name=CANARI)
    await navigateur.se_connecter(personne)
    mairie = {"nom": f"Mairie de {CANARI}", "adresse": f"1 rue {CANARI}", "debut": "2024-01-01"}
    assert (await navigateur.s_inscrire(**mairie)).status_code == 201
    return personne, UUID((await navigateur.moi())["compte_id"])


async def tables(plateforme: Any) -> str:
    """Every row of every table, as text."""
    async with plateforme.database.raw() as connection:
        noms = await connection.fetch(
            "select format('%I.%I', schemaname, tablename) t from pg_tables"
            " where schemaname in ('public', 'coffre')"
        )
        lignes = [await connection.fetch(f"select x::text from {nom['t']} x") for nom in noms]
    return "\n".join(ligne[0] for trouvees in lignes for ligne in trouvees)


async def jusqu_a_la_projection(plateforme: Any) -> None:
    for projection in ("comptes", "emplois"):
        await plateforme.rattraper(projection)


async def test_un_compte_efface_ne_laisse_ni_nom_ni_session_ni_employeur(
    plateforme: Any, navigateur: Any
) -> None:
    personne, compte_id = await inscrire(plateforme, navigateur)
    await jusqu_a_la_projection(plateforme)
    avant = await tables(plateforme)
    assert avant.count(CANARI) >= 3
    assert personne.email in avant

    await effacer(plateforme.store, "compte", compte_id, MOTIF, CONTEXT, Clock().now())
    await jusqu_a_la_projection(plateforme)
    apres = await tables(plateforme)
    assert CANARI not in apres
    assert personne.email not in apres
    assert (await navigateur.demander("GET", "/auth/session")).status_code == 401
    assert (await plateforme.faits(compte_id))[-1] == "CompteEfface"
    [ouvert, *_] = await plateforme.store.load(f"compte-{compte_id}")
    assert isinstance(ouvert.event, compte.CompteOuvert)
    assert (ouvert.event.prenom, ouvert.event.nom, ouvert.event.telephone) == (ERASED, ERASED, ERASED)
    # Replayed from the first fact: the same rows, and no other.
    faits = [recorded.event async for page in plateforme.store.read() for recorded in page]
    projections: tuple[Projection[Any], ...] = (comptes, emplois)
    for projection in projections:
        rejouees = {key for key, row in fold_rows(projection, {}, faits).items() if row is not None}
        async with plateforme.database.engine.connect() as connection:
            [cle] = projection.table.primary_key
            assert set((await connection.execute(sa.select(cle))).scalars()) == rejouees
        assert compte_id not in rejouees


def test_l_emploi_d_une_personne_effacee_ne_se_lit_ni_ne_se_termine_plus() -> None:
    ids = EmploiId(uuid4()), CompteId(uuid4())
    structure = StructureId(uuid4())
    declare = emploi_faits.EmploiDeclare(*ids, structure, "13002603200016", ERASED, JOUR, JOUR, MAINTENANT)
    efface = emploi_faits.EmploiEfface(*ids, MAINTENANT)
    Scenario(emploi).given(declare).when(emploi.EffacerEmploi(MAINTENANT)).then(efface)
    histoire = (declare, efface)
    # The daily pass reads a table, which may be late: nothing to do, and no fault.
    passage = emploi.TerminerContrat(None, JOUR, MotifFin.TERME, MAINTENANT)
    for commande in (emploi.EffacerEmploi(MAINTENANT), emploi.CommencerEmploi(MAINTENANT), passage):
        Scenario(emploi).given(*histoire).when(commande).then()
    demande = emploi.TerminerContrat(ids[1], JOUR, MotifFin.TERME, MAINTENANT)
    Scenario(emploi).given(*histoire).when(demande).refused(emploi.EmploiInconnu)
    Scenario(emploi).when(emploi.EffacerEmploi(MAINTENANT)).refused(emploi.EmploiInconnu)


async def test_qui_revient_apres_son_effacement_ouvre_un_autre_compte(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    personne, compte_id = await inscrire(plateforme, nouveau_navigateur())
    await effacer(plateforme.store, "compte", compte_id, MOTIF, CONTEXT, Clock().now())
    retour = nouveau_navigateur()
    assert (await retour.se_connecter(personne)).status_code == 303
    moi = await retour.moi()
    assert UUID(moi["compte_id"]) != compte_id
    assert moi["prenom"] == CANARI
    assert moi["inscription"] == "profil"
    await effacer(plateforme.store, "compte", UUID(moi["compte_id"]), MOTIF, CONTEXT, Clock().now())


async def test_l_identifiant_de_mediateur_d_une_personne_effacee_ne_sert_a_personne_d_autre(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    premier = nouveau_navigateur()
    _, compte_id = await inscrire(plateforme, premier)
    mediateur_id = (await premier.moi())["mediateur_id"]
    await effacer(plateforme.store, "compte", compte_id, MOTIF, CONTEXT, Clock().now())
    autre = nouveau_navigateur()
    await autre.se_connecter(plateforme.personne())
    assert (await autre.s_inscrire(role_id=mediateur_id)).status_code == 409


async def test_effacer_deux_fois_n_ajoute_rien(plateforme: Any, navigateur: Any) -> None:
    _, compte_id = await inscrire(plateforme, navigateur)
    await effacer(plateforme.store, "compte", compte_id, MOTIF, CONTEXT, Clock().now())
    faits = await plateforme.compter("events")
    await effacer(plateforme.store, "compte", compte_id, MOTIF, CONTEXT, Clock().now())
    assert await plateforme.compter("events") == faits


async def test_un_effacement_coupe_juste_apres_son_fait_se_termine_tout_seul(
    plateforme: Any, navigateur: Any
) -> None:
    _, compte_id = await inscrire(plateforme, navigateur)
    # Only the fact and the keys: the process died there.
    await plateforme.store.execute(
        compte.COMPTE(compte_id),
        compte.EffacerCompte(dt.datetime.now(dt.UTC)),
        CONTEXT,
        erasures=[Erasure("compte", compte_id, MOTIF)],
    )
    assert (await navigateur.demander("GET", "/auth/session")).status_code == 401
    await plateforme.suivre("effacements")
    await jusqu_a_la_projection(plateforme)
    apres = await tables(plateforme)
    assert CANARI not in apres
    async with plateforme.database.raw() as connection:
        assert await connection.fetchval("select count(*) from sessions where compte_id = $1", compte_id) == 0
        assert await connection.fetchval("select count(*) from emplois where compte_id = $1", compte_id) == 0


async def test_une_connexion_au_meme_instant_finit_sur_un_compte_entier(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    """The person changes address while being erased: what they claimed meanwhile is released too."""
    for _ in range(4):
        personne, compte_id = await inscrire(plateforme, nouveau_navigateur())
        change = plateforme.changer(personne, email=f"{uuid4().hex}@autre.exemple.fr")
        retour = nouveau_navigateur()
        await asyncio.gather(
            effacer(plateforme.store, "compte", compte_id, MOTIF, CONTEXT, Clock().now()),
            retour.se_connecter(change),
        )
        fin = nouveau_navigateur()
        assert (await fin.se_connecter(change)).status_code == 303
        nouveau = UUID((await fin.moi())["compte_id"])
        assert nouveau != compte_id
        assert "CompteEfface" not in await plateforme.faits(nouveau)
        await effacer(plateforme.store, "compte", nouveau, MOTIF, CONTEXT, Clock().now())
    await jusqu_a_la_projection(plateforme)
    assert CANARI not in await tables(plateforme)


async def test_apres_une_restauration_le_registre_suffit_a_effacer_de_nouveau(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    """The restored journal does not know of it: the keys die by the ledger, then the facts are written."""
    personne, compte_id = await inscrire(plateforme, nouveau_navigateur())
    le = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
    vault = plateforme.store.vault
    assert vault is not None
    assert await vault.apply_ledger([("compte", compte_id, le)]) == 1
    await effacer(plateforme.store, "compte", compte_id, MOTIF, CONTEXT, Clock().now())
    retour = nouveau_navigateur()
    assert (await retour.se_connecter(personne)).status_code == 303
    assert UUID((await retour.moi())["compte_id"]) != compte_id
    assert ("compte", compte_id, le) in [ligne async for ligne in vault.ledger()]
    await effacer(
        plateforme.store, "compte", UUID((await retour.moi())["compte_id"]), MOTIF, CONTEXT, Clock().now()
    )


async def test_on_n_efface_ici_que_des_comptes_qui_existent(plateforme: Any) -> None:
    with pytest.raises(CompteInconnu):
        await effacer(plateforme.store, "compte", uuid4(), MOTIF, CONTEXT, Clock().now())
    with pytest.raises(ValueError, match="lieu"):
        await effacer(plateforme.store, "lieu", uuid4(), MOTIF, CONTEXT, Clock().now())
