"""`make chaos` : des pannes jouées pour de bon, et un vérificateur qui voit ce qu'on lui abîme."""

import asyncio
import datetime as dt
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib import import_module
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from uuid import uuid4

import psutil
import pytest
from chaos.__main__ import described, main, play, total
from chaos.checker import check
from chaos.findings import Findings
from chaos.history import Attempt, Command, Operation, Outcome, commands, longest_stall
from chaos.points import POINTS, Point
from chaos.proxy import FaultProxy
from chaos.role import shifted
from chaos.run import Result, run
from chaos.schedule import BLOCK, DRAWN, ROLES, STALL, Family, draw
from chaos.snapshot import Snapshot
from embedded.settings import SERVICES

pytestmark = pytest.mark.timeout(180)

GRAINE = 3


# --- Un horaire, pour de bon ---


async def test_un_kill_9_de_la_base_ou_du_bus_ne_perd_ne_double_ni_ne_desordonne_rien(
    horaire_joue: tuple[Result, Snapshot],
) -> None:
    resultat, releve = horaire_joue
    pannes = {panne.family for panne in resultat.schedule.faults}
    assert pannes == {Family.POSTGRES_KILLED, Family.NATS_KILLED, Family.ROLE_KILLED}
    assert resultat.findings == Findings(), resultat.findings.all
    assert resultat.outcomes[Outcome.ACKNOWLEDGED] > 0
    assert len(releve.journal) >= resultat.outcomes[Outcome.ACKNOWLEDGED]
    pleines = {table.name for table in releve.tables if table.actual}
    assert pleines >= {"activites_listees", "emplois", "activites_vues", "statistiques"}
    assert resultat.folder is None
    assert resultat.attempts > len(resultat.commands), (
        "aucune demande n'a dû être refaite : les pannes n'ont gêné personne"
    )


# --- Entre deux instructions ---


def test_un_processus_tue_entre_deux_instructions_quelles_qu_elles_soient_ne_perd_ni_ne_double_rien(
    horaire_joue: tuple[Result, Snapshot],
) -> None:
    """At all the points: a death that did not happen is a divergence."""
    resultat, _ = horaire_joue
    assert [panne.target for panne in resultat.schedule.points] == [point.name for point in POINTS]
    assert resultat.findings == Findings(), resultat.findings.all
    assert {c.operation for c in resultat.commands} == set(Operation)


@pytest.mark.parametrize("point", POINTS, ids=[point.name for point in POINTS])
def test_un_point_est_une_fonction_qui_existe(point: Point) -> None:
    module, _, path = point.function.partition(":")
    owner, _, name = path.rpartition(".")
    assert hasattr(attrgetter(owner)(import_module(module)) if owner else import_module(module), name)


# --- Un horaire qui n'en finit pas ---


def au_travail_dans(dossier: Path) -> list[list[str]]:
    """Les commandes des processus encore en vie qui nomment ce dossier, ou y écrivent."""
    vus = [processus.info for processus in psutil.process_iter(["cmdline", "open_files"])]
    noms = [[*(vu["cmdline"] or []), *(ouvert.path for ouvert in vu["open_files"] or [])] for vu in vus]
    return [mots for mots in noms if any(str(dossier) in mot for mot in mots)]


@pytest.mark.parametrize("secondes", [0.0, 4.0])
async def test_un_horaire_trop_long_est_arrete_et_compte_comme_divergence(
    modele: Path, tmp_path: Path, secondes: float
) -> None:
    """Au démarrage de ses serveurs, puis pendant qu'ils travaillent."""
    [horaire] = draw(GRAINE, 1, (Family.LATENCY,))
    peu = replace(horaire, whole=False, points=())
    resultat, releve = await run(peu, tmp_path / "horaire", modele, seconds=secondes)
    assert releve is None
    assert resultat.findings == Findings(divergences=(f"pas fini au bout de {secondes:.0f} s",))
    assert resultat.folder == tmp_path / "horaire"
    assert au_travail_dans(tmp_path) == []
    assert f"pas fini au bout de {secondes:.0f} s" in described(resultat)


async def test_une_execution_dont_le_temps_est_ecoule_compte_une_divergence_par_horaire(
    tmp_path: Path,
) -> None:
    resultats = await play(GRAINE, 2, None, tmp_path, seconds=0.0)
    assert [resultat.findings.divergences for resultat in resultats] == [("pas fini au bout de 0 s",)] * 2
    assert "divergences 2" in total(GRAINE, resultats)
    assert au_travail_dans(tmp_path) == []


def test_un_numero_d_horaire_qui_n_existe_pas_est_refuse(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as fin:
        main(["--graine", "7", "--scenarios", "2", "--seul", "3"])
    assert fin.value.code == 2
    assert "il n’y a que 2 horaires" in capsys.readouterr().err


# --- Le vérificateur voit ce qu'on abîme ---

type Histoire = tuple[tuple[Command, ...], Snapshot]


@pytest.fixture
def histoire(horaire_joue: tuple[Result, Snapshot]) -> Histoire:
    resultat, releve = horaire_joue
    return resultat.commands, releve


def une(demandes: tuple[Command, ...], operation: Operation, issue: Outcome) -> Command:
    return next(c for c in demandes if c.operation is operation and c.outcome is issue)


def test_une_histoire_intacte_ne_montre_rien(histoire: Histoire) -> None:
    assert check(*histoire) == Findings()


def test_une_ligne_retiree_du_journal_est_une_perte(histoire: Histoire) -> None:
    demandes, releve = histoire
    perdue = releve.journal[len(releve.journal) // 2]
    constat = check(demandes, replace(releve, journal=tuple(e for e in releve.journal if e != perdue)))
    assert any(perdue.stream.removeprefix("activite-") in phrase for phrase in constat.lost)


def test_un_trou_dans_les_versions_d_un_flux_est_une_perte(histoire: Histoire) -> None:
    demandes, releve = histoire
    corrigee = next(e for e in releve.journal if e.version > 1)
    journal = tuple(replace(e, version=e.version + 1) if e == corrigee else e for e in releve.journal)
    assert any(corrigee.stream in phrase for phrase in check(demandes, replace(releve, journal=journal)).lost)


def test_une_ligne_que_le_flux_ne_montre_pas_est_une_perte(histoire: Histoire) -> None:
    demandes, releve = histoire
    assert check(demandes, replace(releve, hidden=1)).lost


def test_un_message_retire_du_bus_est_une_perte(histoire: Histoire) -> None:
    demandes, releve = histoire
    perdu = releve.stream[-1]
    constat = check(demandes, replace(releve, stream=tuple(m for m in releve.stream if m.id != perdu.id)))
    assert constat.lost == (f"{perdu.stream} version {perdu.version} : jamais publié",)


def test_un_evenement_stocke_deux_fois_est_un_double(histoire: Histoire) -> None:
    demandes, releve = histoire
    deux_fois = replace(releve.journal[0], id=uuid4(), version=2)
    assert check(demandes, replace(releve, journal=(*releve.journal, deux_fois))).duplicated


def test_deux_messages_d_un_flux_intervertis_sont_un_desordre(histoire: Histoire) -> None:
    demandes, releve = histoire
    apres = next(m for m in releve.stream if m.version == 2)
    avant = next(m for m in releve.stream if (m.stream, m.version) == (apres.stream, 1))
    echange = {
        avant: replace(avant, sequence=apres.sequence),
        apres: replace(apres, sequence=avant.sequence),
    }
    constat = check(demandes, replace(releve, stream=tuple(echange.get(m, m) for m in releve.stream)))
    assert any(phrase.startswith(f"{apres.stream} version 1 : publié après") for phrase in constat.reordered)
    assert constat.all == constat.reordered


def test_deux_messages_de_deux_flux_intervertis_sont_un_desordre(histoire: Histoire) -> None:
    demandes, releve = histoire
    avant, apres = next((a, b) for a, b in pairwise(releve.stream) if a.stream != b.stream)
    echange = {
        avant: replace(avant, sequence=apres.sequence),
        apres: replace(apres, sequence=avant.sequence),
    }
    constat = check(demandes, replace(releve, stream=tuple(echange.get(m, m) for m in releve.stream)))
    attendu = (
        f"{avant.stream} version {avant.version} : publié après {apres.stream} version {apres.version}, "
        "qui le suit dans le journal"
    )
    assert constat == Findings(reordered=(attendu,))


def test_un_message_repete_a_l_identique_est_un_double(histoire: Histoire) -> None:
    demandes, releve = histoire
    premier = releve.stream[0]
    repete = replace(premier, sequence=releve.stream[-1].sequence + 1)
    constat = check(demandes, replace(releve, stream=(*releve.stream, repete)))
    attendu = f"{premier.stream} version {premier.version} : publié 2 fois"
    assert constat == Findings(duplicated=(attendu,))


def test_un_fait_prive_publie_est_une_divergence(histoire: Histoire) -> None:
    demandes, releve = histoire
    prive = replace(releve.journal[0], contract=None)
    constat = check(demandes, replace(releve, journal=(prive, *releve.journal[1:])))
    assert constat == Findings(divergences=("message 1 : publié, absent des faits publics du journal",))


def test_un_message_que_le_journal_ne_connait_pas_est_une_divergence(histoire: Histoire) -> None:
    demandes, releve = histoire
    etranger = replace(releve.stream[0], id=uuid4(), sequence=releve.stream[-1].sequence + 1)
    assert check(demandes, replace(releve, stream=(*releve.stream, etranger))).divergences


def test_un_message_dont_le_contenu_a_change_est_une_divergence(histoire: Histoire) -> None:
    demandes, releve = histoire
    premier, *suite = releve.stream
    assert check(demandes, replace(releve, stream=(replace(premier, body=b"{}"), *suite))).divergences


def test_le_texte_d_une_personne_effacee_encore_lisible_est_une_divergence(histoire: Histoire) -> None:
    demandes, releve = histoire
    assert check(demandes, replace(releve, readable=("activite-1 version 1",))).divergences


def test_un_arret_plus_long_que_les_pannes_est_une_divergence() -> None:
    [horaire] = draw(GRAINE, 1, (Family.LATENCY,))
    seules = replace(
        horaire, faults=tuple(f for f in horaire.faults if f.family is Family.LATENCY), points=()
    )
    assert seules.faults
    assert seules.longest_stall == STALL + sum(panne.seconds for panne in seules.faults)


def test_une_activite_comptee_deux_fois_par_les_statistiques_est_un_double(histoire: Histoire) -> None:
    demandes, releve = histoire
    [table] = [t for t in releve.tables if t.name == "statistiques"]
    activite, _ = cle = next(iter(table.actual))
    double = {**table.actual, (activite, 2): table.actual[cle]}
    tables = tuple(replace(t, actual=double) if t is table else t for t in releve.tables)
    assert check(demandes, replace(releve, tables=tables)).duplicated


def test_une_commande_refusee_qui_est_stockee_est_une_divergence(histoire: Histoire) -> None:
    demandes, releve = histoire
    acquittee = une(demandes, Operation.RECORD, Outcome.ACKNOWLEDGED)
    dites = tuple(replace(c, outcome=Outcome.REFUSED) if c == acquittee else c for c in demandes)
    assert any(str(acquittee.id) in phrase for phrase in check(dites, releve).divergences)


def test_un_contenu_autre_que_la_demande_est_une_divergence(histoire: Histoire) -> None:
    demandes, releve = histoire
    acquittee = une(demandes, Operation.RECORD, Outcome.ACKNOWLEDGED)
    autre = replace(acquittee, expected={"date": "2020-01-01", "duree_minutes": 1})
    assert check(tuple(autre if c == acquittee else c for c in demandes), releve).divergences


def test_un_evenement_que_personne_n_a_demande_est_une_divergence(histoire: Histoire) -> None:
    demandes, releve = histoire
    oubliee = une(demandes, Operation.RECORD, Outcome.ACKNOWLEDGED)
    assert check(tuple(c for c in demandes if c != oubliee), releve).divergences


def test_un_evenement_mis_de_cote_ou_un_lecteur_en_retard_est_une_divergence(histoire: Histoire) -> None:
    demandes, releve = histoire
    constat = check(demandes, replace(releve, parked=("equipes activites_vues",), late=("relay",)))
    assert len(constat.divergences) == 2


# --- L'historique et les tirages ---


def test_une_demande_sans_reponse_interdit_de_dire_la_commande_refusee() -> None:
    def essai(issue: Outcome, fin: float) -> Attempt:
        return Attempt(Operation.RECORD, activite_id, fin - 0.1, fin, 0, issue, {})

    activite_id = uuid4()
    suite = [essai(Outcome.UNKNOWN, 1.0), essai(Outcome.REFUSED, 2.0)]
    assert [c.outcome for c in commands(suite)] == [Outcome.UNKNOWN]
    suite += [essai(Outcome.ACKNOWLEDGED, 3.0), essai(Outcome.ACKNOWLEDGED, 7.5)]
    assert [c.outcome for c in commands(suite)] == [Outcome.ACKNOWLEDGED]
    assert longest_stall(suite) == 4.5


def test_la_meme_graine_donne_les_memes_horaires() -> None:
    assert draw(GRAINE, 20) == draw(GRAINE, 20) != draw(GRAINE + 1, 20)


@pytest.mark.parametrize("graine", range(20))
def test_dix_horaires_couvrent_toutes_les_pannes_une_ou_deux_a_la_fois(graine: int) -> None:
    horaires = draw(graine, BLOCK)
    assert {len(h.faults) for h in horaires} == {1, 2}
    assert {panne.family for h in horaires for panne in h.faults} == set(DRAWN)
    assert {point.target for h in horaires for point in h.points} == {point.name for point in POINTS}
    assert all(h.cluster for h in horaires if h.has(Family.LEADER_KILLED))


def test_les_quatre_services_et_leurs_flux_sont_frappes() -> None:
    pannes = [panne for graine in range(30) for h in draw(graine, BLOCK) for panne in h.faults]
    for famille in (Family.ROLE_KILLED, Family.ROLE_FROZEN):
        assert {panne.target for panne in pannes if panne.family is famille} == set(ROLES)
    for famille in (Family.STREAM_LOST, Family.REPUBLISH, Family.LEADER_KILLED):
        assert {panne.target for panne in pannes if panne.family is famille} == set(SERVICES)


# --- Le mandataire de pannes ---


@asynccontextmanager
async def en_echo() -> AsyncGenerator[FaultProxy]:
    """Un mandataire devant un serveur qui répète ce qu'on lui dit."""

    async def repeter(lecteur: asyncio.StreamReader, scribe: asyncio.StreamWriter) -> None:
        try:
            while recu := await lecteur.read(1000):
                scribe.write(recu)
        except ConnectionError:
            pass
        finally:
            scribe.close()

    serveur = await asyncio.start_server(repeter, "127.0.0.1", 0)
    mandataire = FaultProxy(serveur.sockets[0].getsockname()[1])
    await mandataire.start()
    try:
        yield mandataire
    finally:
        await mandataire.close()
        serveur.close()


@asynccontextmanager
async def appel(
    mandataire: FaultProxy,
) -> AsyncGenerator[Callable[[bytes], "asyncio.Task[bytes]"]]:
    """Une connexion ; dire quelque chose donne la réponse à venir."""
    lecteur, scribe = await asyncio.open_connection("127.0.0.1", mandataire.port)

    async def attendre(mots: bytes) -> bytes:
        scribe.write(mots)
        return await lecteur.readexactly(len(mots))

    try:
        yield lambda mots: asyncio.create_task(attendre(mots))
    finally:
        scribe.close()


async def muet(reponse: "asyncio.Task[bytes]") -> bool:
    """Rien n'arrive, et personne n'est prévenu."""
    return not (await asyncio.wait([reponse], timeout=0.3))[0]


async def test_une_coupure_ferme_les_connexions_et_refuse_les_suivantes() -> None:
    async with en_echo() as mandataire, appel(mandataire) as dire:
        assert await dire(b"avant") == b"avant"
        mandataire.cut()
        with pytest.raises((OSError, asyncio.IncompleteReadError)):
            await dire(b"pendant")
        async with appel(mandataire) as autre:
            with pytest.raises((OSError, asyncio.IncompleteReadError)):
                await autre(b"pendant")
        mandataire.heal()
        async with appel(mandataire) as encore:
            assert await encore(b"apres") == b"apres"


async def test_un_trou_noir_retient_tout_puis_le_livre() -> None:
    async with en_echo() as mandataire, appel(mandataire) as dire:
        assert await dire(b"avant") == b"avant"
        mandataire.swallow()
        reponse = dire(b"pendant")
        async with appel(mandataire) as autre:
            nouvelle = autre(b"nouvelle")
            assert await muet(reponse)
            assert await muet(nouvelle)
            mandataire.heal()
            assert (await reponse, await nouvelle) == (b"pendant", b"nouvelle")


async def test_une_connexion_a_demi_ouverte_ne_repond_plus_jamais_et_ne_le_dit_qu_a_qui_parle() -> None:
    async with en_echo() as mandataire, appel(mandataire) as dire, appel(mandataire) as silencieuse:
        assert await dire(b"avant") == await silencieuse(b"avant") == b"avant"
        mandataire.forget()
        reponse = dire(b"pendant")
        assert await muet(reponse)
        mandataire.heal()
        with pytest.raises((OSError, asyncio.IncompleteReadError)):
            await reponse
        with pytest.raises((OSError, asyncio.IncompleteReadError)):
            await silencieuse(b"apres")


async def test_la_latence_retarde_sans_rien_perdre() -> None:
    async with (
        en_echo() as mandataire,
        en_echo() as direct,
        appel(mandataire) as dire,
        appel(direct) as dire_vite,
    ):
        assert (await dire(b"avant"), await dire_vite(b"avant")) == (b"avant", b"avant")
        mandataire.slow(0.5)
        lente, vite = dire(b"lentement"), dire_vite(b"vite")
        finies, _ = await asyncio.wait([lente, vite], return_when=asyncio.FIRST_COMPLETED)
        assert finies == {vite}
        assert await lente == b"lentement"


# --- L'horloge ---


def test_l_horloge_d_un_role_suit_le_fichier(tmp_path: Path) -> None:
    fichier = tmp_path / "horloge"
    horloge = shifted(fichier)
    avant = horloge.now()
    fichier.write_text(str(-36 * 3600))
    assert horloge.now() < avant - dt.timedelta(hours=35)
    fichier.write_text("0.0")
    assert horloge.now() >= avant
