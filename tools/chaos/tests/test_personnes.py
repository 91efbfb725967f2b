"""Identités, effacements, lieux, équipes : ce que le vérificateur voit des trois autres services."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import pytest
from chaos.bus import Published
from chaos.checker import check
from chaos.claims import Held, addresses, held, of_accounts
from chaos.findings import Findings
from chaos.forgotten import Forgotten, forgotten, readable_in_journal, readable_in_stream, readable_in_tables
from chaos.history import Command, Deed, Erased, SignIn, Told
from chaos.journals import SERVICES
from chaos.people import EMPREINTES, new_mark
from chaos.points import BY_NAME, IDENTITY, POINTS
from chaos.run import Result
from chaos.snapshot import Kept, Snapshot, Table
from events.postgres.database import Database
from events.store.store import Claim
from events.types import Position, Recorded
from identity.domain import compte
from identity.domain.vocabulaire import CompteId

pytestmark = pytest.mark.timeout(180)

MAINTENANT = dt.datetime(2026, 11, 28, tzinfo=dt.UTC)


type Joue = tuple[tuple[Command, ...], Snapshot, Told]


@pytest.fixture
def joue(horaire_joue: tuple[Result, Snapshot]) -> Joue:
    resultat, releve = horaire_joue
    return resultat.commands, releve, resultat.told


# --- Un horaire, pour de bon ---


def test_identity_et_cartographie_tombent_et_tout_ce_qu_ils_ont_dit_est_la(
    horaire_joue: tuple[Result, Snapshot],
) -> None:
    resultat, releve = horaire_joue
    assert "cartographie all" in {panne.target for panne in resultat.schedule.faults}
    morts = {BY_NAME[point.target] for point in resultat.schedule.points}
    assert morts >= {point for point in POINTS if point.role in IDENTITY}
    assert {k.service for k in releve.kept} == set(SERVICES)
    assert all(k.journal and k.stream for k in releve.kept)
    assert {d.service for d in resultat.told.deeds} == {"equipes", "cartographie"}
    assert {e.service for e in resultat.told.erased} == {"identity", "cartographie"}
    assert {f.service for f in releve.forgotten} == set(SERVICES)
    assert {h.kind for h in releve.claims} >= {"identite", "courriel", "mediateur", "invitation"}
    assert releve.followed
    assert resultat.told.sign_ins


def test_deux_connexions_d_une_personne_menent_au_meme_compte_et_une_adresse_a_un_seul(joue: Joue) -> None:
    """The load did make them meet."""
    _, releve, dit = joue
    assert max(sum(s.who == autre.who for s in dit.sign_ins) for autre in dit.sign_ins) > 1
    partagees = [h for h in releve.claims if h.kind == "courriel" and len(h.says) > 1]
    assert partagees
    assert all(len(h.holders) == 1 for h in releve.claims if h.must)


def test_toutes_les_tables_de_lecture_des_quatre_services_sont_comparees(joue: Joue) -> None:
    _, releve, _ = joue
    attendues = {(nom, p.table.name) for nom, s in SERVICES.items() for p in s.own}
    attendues |= {(nom, f.name) for nom, s in SERVICES.items() for f in s.fed}
    comparees = {(table.service, table.name) for table in releve.tables}
    assert comparees == attendues | {("activites", "statistiques")}
    pleines = {(table.service, table.name) for table in releve.tables if table.actual}
    assert pleines >= {
        *(("identity", nom) for nom in ("comptes", "utilisateurs", "annuaire", "emplois", "rapprochements")),
        *(("identity", nom) for nom in ("lieux_connus", "comptes_actifs", "equipes_animees", "membres")),
        *(("equipes", nom) for nom in ("equipes", "mandats", "invitations", "membres", "comptes_connus")),
        *(("cartographie", nom) for nom in ("lieux_publies", "ouvertures", "sources_importees")),
        *(("activites", nom) for nom in ("lieux_connus", "appartenances", "coordinations")),
    }


# --- Le vérificateur voit ce qu'on abîme ---


def test_ce_qui_a_ete_dit_et_fait_intact_ne_montre_rien(joue: Joue) -> None:
    assert check(*joue) == Findings()


@pytest.mark.parametrize("geste", ["retirer", "ajouter", "changer"])
def test_chaque_table_de_chaque_service_abimee_est_une_divergence(joue: Joue, geste: str) -> None:
    demandes, releve, _ = joue

    def abimee(table: Table) -> Table:
        lignes = dict(table.actual)
        cle = next(iter(lignes))
        match geste:
            case "retirer":
                del lignes[cle]
            case "ajouter":
                # A key of the same shape, whatever it is made of.
                lignes[(uuid4(), *cle[1:]) if isinstance(cle, tuple) else uuid4()] = lignes[cle]
            case _:
                lignes[cle] = {**lignes[cle], "abime": True}
        return replace(table, actual=lignes)

    for table in releve.tables:
        if table.actual:
            tables = tuple(abimee(t) if t is table else t for t in releve.tables)
            constat = check(demandes, replace(releve, tables=tables))
            assert [phrase.startswith(f"{table} : ") for phrase in constat.divergences] == [True], table.name


def dans(releve: Snapshot, service: str, change: Callable[[Kept], Kept]) -> Snapshot:
    """Le relevé, où ce qu'un service a écrit et publié est changé."""
    return replace(releve, others=tuple(change(k) if k.service == service else k for k in releve.others))


AUTRES = ("identity", "equipes", "cartographie")


@pytest.mark.parametrize("service", AUTRES)
def test_un_message_d_un_autre_service_perdu_ou_interverti_se_voit(joue: Joue, service: str) -> None:
    demandes, releve, _ = joue
    [k] = [k for k in releve.others if k.service == service]
    premier, second, *suite = k.stream
    constat = check(demandes, dans(releve, service, lambda k: replace(k, stream=k.stream[1:])))
    assert constat == Findings(lost=(f"{premier.stream} version {premier.version} : jamais publié",))
    echange = (
        replace(premier, sequence=second.sequence),
        replace(second, sequence=premier.sequence),
        *suite,
    )
    assert check(demandes, dans(releve, service, lambda k: replace(k, stream=echange))).reordered


@pytest.mark.parametrize("service", AUTRES)
def test_un_fait_d_un_autre_service_perdu_ou_cache_se_voit(joue: Joue, service: str) -> None:
    demandes, releve, _ = joue
    assert check(demandes, dans(releve, service, lambda k: replace(k, hidden=1))).lost
    [k] = [k for k in releve.others if k.service == service]
    suivi = next(e for e in k.journal if e.version == 2)
    troue = tuple(e for e in k.journal if (e.stream, e.version) != (suivi.stream, 1))
    perdu = check(demandes, dans(releve, service, lambda k: replace(k, journal=troue))).lost
    assert any(suivi.stream in phrase for phrase in perdu)


def test_un_geste_acquitte_absent_du_journal_est_une_perte(joue: Joue) -> None:
    demandes, releve, dit = joue
    de_plus = Deed("equipes", "equipe-1", 1)
    constat = check(demandes, releve, replace(dit, deeds=[*dit.deeds, de_plus]))
    assert constat == Findings(lost=("equipe-1 version 1 : acquitté, absent du journal de equipes",))


def test_une_acceptation_sans_suite_ou_suivie_deux_fois_se_voit(joue: Joue) -> None:
    demandes, releve, _ = joue
    premiere, *suite = releve.followed
    sans = check(demandes, replace(releve, followed=(replace(premiere, times=0), *suite)))
    assert sans == Findings(lost=(f"{premiere.fact} : rien n’a suivi",))
    deux = check(demandes, replace(releve, followed=(replace(premiere, times=2), *suite)))
    assert deux == Findings(duplicated=(f"{premiere.fact} : suivi 2 fois",))


# --- Ce qu'un seul compte tient ---


def changee(releve: Snapshot, kind: str, change: Callable[[Held], Held]) -> Snapshot:
    """Le relevé, où une revendication de cette sorte, tenue, est changée."""
    une = next(h for h in releve.claims if h.kind == kind and h.must and h.holders)
    return replace(releve, claims=tuple(change(h) if h is une else h for h in releve.claims))


@pytest.mark.parametrize("kind", ["identite", "courriel", "mediateur", "invitation"])
def test_une_revendication_que_personne_ou_deux_tiennent_se_voit(joue: Joue, kind: str) -> None:
    demandes, releve, _ = joue
    libre = check(demandes, changee(releve, kind, lambda h: replace(h, holders=frozenset())))
    assert len(libre.lost) == len(libre.all) == 1
    deux = check(demandes, changee(releve, kind, lambda h: replace(h, holders=h.holders | {"compte-2"})))
    assert len(deux.duplicated) == 1
    autre = check(demandes, changee(releve, kind, lambda h: replace(h, holders=frozenset({"compte-2"}))))
    assert len(autre.divergences) == len(autre.all) == 1


@pytest.mark.parametrize("kind", ["identite", "mediateur"])
def test_une_identite_ou_un_role_que_deux_comptes_disent_leurs_est_un_double(joue: Joue, kind: str) -> None:
    demandes, releve, _ = joue
    deux = check(demandes, changee(releve, kind, lambda h: replace(h, says=h.says | {"compte-2"})))
    assert len(deux.duplicated) == len(deux.all) == 1


def deux_personnes(dit: Told) -> tuple[SignIn, SignIn]:
    """Les connexions de deux personnes, à deux comptes qui ne sont pas effacés."""
    effaces = {e.person for e in dit.erased}
    une, autre, *_ = {s.who: s for s in dit.sign_ins if s.compte_id not in effaces}.values()
    return une, autre


def test_une_personne_qui_a_deux_comptes_est_un_double_et_un_compte_absent_une_perte(joue: Joue) -> None:
    demandes, releve, dit = joue
    une, autre = deux_personnes(dit)
    double = replace(une, compte_id=autre.compte_id)
    constat = check(demandes, releve, replace(dit, sign_ins=[*dit.sign_ins, double]))
    assert constat == Findings(duplicated=(f"{une.who} : 2 comptes",))
    inconnu = SignIn("quelqu’un", "une@exemple.fr", uuid4())
    constat = check(demandes, releve, replace(dit, sign_ins=[*dit.sign_ins, inconnu]))
    assert constat == Findings(
        lost=(f"compte-{inconnu.compte_id}, ouvert par quelqu’un : absent du journal",)
    )


async def test_ce_que_la_table_tient_et_ce_que_les_faits_disent_sont_lus(journal: Database) -> None:
    """Une identité tenue par un autre compte que celui dont c'est le fait."""
    compte_id = CompteId(uuid4())
    faits = (
        compte.CompteOuvert(compte_id, "Zoé", "Test", "zoe@exemple.fr", None, None, MAINTENANT),
        compte.IdentiteLiee(compte_id, "https://emetteur", "sub", MAINTENANT),
    )
    flux = f"compte-{compte_id}"
    lus = [
        Recorded(fait, uuid4(), flux, n, Position(n, n), MAINTENANT) for n, fait in enumerate(faits, start=1)
    ]
    identite, courriel = EMPREINTES.identite("https://emetteur", "sub"), EMPREINTES.courriel("zoe@exemple.fr")
    async with journal.raw() as connection:
        await connection.execute(
            "insert into claims (kind, key, stream) values ($1, $2, 'compte-2'), ($3, $4, $5)",
            *(identite.kind, identite.key, courriel.kind, courriel.key, flux),
        )
    trouvees = {h.kind: h for h in await held(journal, of_accounts(lus), [courriel])}
    assert trouvees["identite"] == Held("identite", identite.key, frozenset({flux}), frozenset({"compte-2"}))
    assert trouvees["courriel"] == Held("courriel", courriel.key, frozenset({flux}), frozenset({flux}))


def adresse(nom: str) -> Claim:
    return EMPREINTES.courriel(nom)


def test_une_adresse_doit_etre_tenue_tant_que_ceux_qui_l_ont_sont_la() -> None:
    a, b = SignIn("a", "x@exemple.fr", uuid4()), SignIn("b", "x@exemple.fr", uuid4())
    essayees = {"a": "x@exemple.fr", "b": "x@exemple.fr"}
    assert addresses(Told(sign_ins=[a, b], tried=essayees)) == {adresse("x@exemple.fr")}
    assert addresses(Told(sign_ins=[a, b], tried=essayees | {"a": "y@exemple.fr"})) == set()
    efface = Erased("identity", "compte", a.compte_id, new_mark())
    assert addresses(Told(sign_ins=[a, b], tried=essayees, erased=[efface])) == set()
    revenu = replace(a, compte_id=uuid4())
    assert addresses(Told(sign_ins=[a, b, revenu], tried=essayees, erased=[efface])) == {
        adresse("x@exemple.fr")
    }


# --- Qui est effacé ---


@pytest.mark.parametrize("service", ["identity", "activites", "equipes", "cartographie"])
def test_un_effacement_qu_un_service_n_a_pas_entendu_ou_une_cle_qui_reste_se_voit(
    joue: Joue, service: str
) -> None:
    demandes, releve, _ = joue
    une = next(f for f in releve.forgotten if f.service == service)

    def constat(**change: object) -> Findings:
        autres = tuple(replace(f, **change) if f is une else f for f in releve.forgotten)
        return check(demandes, replace(releve, forgotten=autres))

    assert constat(ledger=0) == Findings(lost=(f"{une} : absent du registre des effacements",))
    assert constat(keys=(False,)) == Findings(divergences=(f"{une} : une clé n’est pas détruite",))
    assert constat(keys=(True, True)) == Findings(duplicated=(f"{une} : 2 clés ont été détruites",))


def test_un_effacement_sans_fait_est_une_perte_et_deux_faits_un_double(joue: Joue) -> None:
    demandes, releve, _ = joue
    for faits, attendu in ((0, "lost"), (2, "duplicated")):
        decide = next(f for f in releve.forgotten if f.facts is not None)
        autres = tuple(replace(f, facts=faits) if f is decide else f for f in releve.forgotten)
        constat = check(demandes, replace(releve, forgotten=autres))
        assert len(getattr(constat, attendu)) == len(constat.all) == 1


async def test_le_texte_d_un_efface_est_trouve_ou_qu_il_reste_dans_la_base(journal: Database) -> None:
    efface = Erased("identity", "compte", uuid4(), new_mark())
    assert await readable_in_tables(journal, "identity", [efface]) == []
    async with journal.raw() as connection:
        await connection.execute(
            "insert into reaction_rows values ('r', 'k', jsonb_build_object('nom', $1::text))",
            f"Zoé {efface.mark.upper()}",
        )
    assert await readable_in_tables(journal, "identity", [efface]) == [
        "identity public.reaction_rows, 1 lignes"
    ]


async def test_la_cle_d_un_efface_et_sa_ligne_au_registre_sont_lues(journal: Database) -> None:
    efface = Erased("identity", "compte", uuid4(), new_mark())
    async with journal.raw() as connection:
        await connection.execute(
            "insert into coffre.cles (kind, person, version, wrapped, master_version) "
            "values ('compte', $1, 1, 'cle', 1)",
            efface.person,
        )
    attendu = Forgotten(efface, "identity", 0, 0, (False,))
    assert await forgotten(journal, "identity", [efface], []) == [attendu]
    assert await forgotten(journal, "activites", [efface], []) == [
        replace(attendu, service="activites", facts=None)
    ]
    assert await forgotten(journal, "cartographie", [efface], []) == []


def test_le_texte_d_un_efface_est_trouve_dans_un_fait_et_dans_un_message() -> None:
    efface = Erased("identity", "compte", uuid4(), new_mark())
    ouvert = compte.CompteOuvert(
        CompteId(efface.person), "Zoé", efface.mark, "z@exemple.fr", None, None, MAINTENANT
    )
    flux = f"compte-{efface.person}"
    lu = Recorded(ouvert, uuid4(), flux, 1, Position(1, 1), MAINTENANT)
    assert list(readable_in_journal("identity", [lu], [efface])) == [f"identity {flux} version 1"]
    assert list(readable_in_journal("identity", [lu], [replace(efface, mark=new_mark())])) == []
    message = Published(7, uuid4(), flux, 1, f'{{"nom": "{efface.mark}"}}'.encode())
    assert list(readable_in_stream("identity", [message])) == ["flux identity, message 7"]
