"""The public contracts: snapshots, examples, catalogue, and what may never change or be published."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

import pytest
from contracts.activites import ActiviteSupprimeeV1
from contracts.publish import asyncapi, catalogue, snapshots
from contracts.publish.__main__ import main
from contracts.publish.compatibility import incompatibilities
from contracts.publish.examples import example_of
from contracts.publish.rules import broken_rules
from contracts.publish.schema import json_schema
from events.bus import relay
from events.contract import Contract
from events.types import Json, Personal, Position, Recorded
from jsonschema import Draft202012Validator
from pydantic import Field, create_model

ROOT = Path(__file__).resolve().parents[2]
PUBLICATIONS = catalogue.discover(catalogue.modules())
NAMES = [p.name for p in PUBLICATIONS]
EXAMPLES = sorted((ROOT / snapshots.EXAMPLES).glob("*.json"))


def contract(name: str, doc: str | None = "Un essai a été fait.", **fields: Any) -> type[Contract]:
    """A contract class of the module `faux`. fields : name -> type, or (type, default)."""
    defined: dict[str, Any] = {n: t if isinstance(t, tuple) else (t, ...) for n, t in fields.items()}
    made = create_model(name, __base__=Contract, __module__="faux", **defined)
    # Pydantic writes a docstring of its own when there is none.
    made.__doc__ = doc
    return made


def service(*classes: type[Contract]) -> dict[str, ModuleType]:
    """One service, `essais`, that publishes these contracts."""
    module = ModuleType("faux")
    vars(module).update({cls.__name__: cls for cls in classes})
    return {"essais": module}


def run(root: Path, action: str, seed: str = "0") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "contracts.publish", action, "--root", str(root)],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=False,
    )


def files_of(root: Path) -> dict[str, bytes]:
    return {str(f.relative_to(root)): f.read_bytes() for f in sorted(root.rglob("*")) if f.is_file()}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The generated files of the repository, to damage."""
    for folder in (snapshots.SCHEMAS, snapshots.EXAMPLES, snapshots.DOCS):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


# --- The repository ---


def test_les_fichiers_du_depot_disent_la_meme_chose_que_le_code() -> None:
    assert snapshots.check(ROOT, catalogue.modules()).faults == []


def test_ce_qui_est_publie_est_trouve_sans_registre() -> None:
    assert len(NAMES) == len(set(NAMES))
    assert {
        "identity.CompteOuvert.v1",
        "identity.ContratTermine.v1",
        "activites.ActiviteEnregistree.v1",
        "activites.ActiviteCorrigee.v1",
        "activites.ActiviteSupprimee.v1",
        "equipes.MembreRejoint.v1",
        "equipes.MembreParti.v1",
        "cartographie.LieuReference.v1",
    } <= set(NAMES)
    # A type of field and a base are not events.
    assert not {"activites.Participants.v1", "activites.ActiviteDecrite.v1"} & set(NAMES)


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda f: f.name)
def test_tout_ancien_message_se_lit_encore(file: Path) -> None:
    name = ".".join(file.name.split(".")[:3])
    [publication] = [p for p in PUBLICATIONS if p.name == name]
    lu = publication.contract.model_validate_json(file.read_bytes())
    assert publication.contract.model_validate_json(lu.model_dump_json()) == lu


@pytest.mark.parametrize("publication", PUBLICATIONS, ids=NAMES)
def test_le_schema_publie_admet_l_exemple_et_les_champs_a_venir(publication: catalogue.Publication) -> None:
    schema = json.loads((ROOT / snapshots.SCHEMAS / f"{publication.name}.json").read_text())
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    example = json.loads((ROOT / snapshots.EXAMPLES / f"{publication.name}.json").read_text())
    validator.validate(example | {"champ_de_demain": 1})
    for required in schema["required"]:
        without = {key: value for key, value in example.items() if key != required}
        assert not validator.is_valid(without)


def test_le_document_asyncapi_se_tient() -> None:
    document = json.loads((ROOT / snapshots.DOCS / "asyncapi.json").read_text())
    assert document["asyncapi"] == "3.0.0"
    questions = {question.subject for question in catalogue.questions(catalogue.modules())}
    assert questions == {
        "equipes.noms",
        *(f"identity.{nom}" for nom in ("adresse", "inscrits", "personnes", "structures")),
    }
    assert set(document["operations"]) == {*NAMES, *questions}
    assert set(document["channels"]) == {*NAMES, *questions, *(f"{q}.reponse" for q in questions)}
    assert {o for o, said in document["operations"].items() if said["action"] == "receive"} == questions
    assert {o for o, said in document["operations"].items() if "reply" in said} == questions

    def references(node: Any) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return own + [r for value in node.values() for r in references(value)]
        return [r for value in node for r in references(value)] if isinstance(node, list) else []

    for reference in references(document):
        found = document
        for key in reference.removeprefix("#/").split("/"):
            found = found[key]


def test_le_catalogue_decrit_les_messages_que_le_relais_envoie() -> None:
    [publication] = [p for p in PUBLICATIONS if p.name == "activites.ActiviteSupprimee.v1"]
    message = ActiviteSupprimeeV1.model_validate(example_of(publication))
    recorded: Recorded[Any] = Recorded(None, uuid4(), "activite-1", 1, Position(1, 1), message.supprimee_le)
    sent = relay.message_of("activites", message, recorded)
    assert set(sent.headers) == set(asyncapi.HEADERS)
    pattern = asyncapi.address(publication).split(".")
    tokens = sent.subject.split(".")
    assert len(tokens) == len(pattern)
    assert tokens[:3] == pattern[:3]
    assert tokens[4] == "39"


def test_deux_ecritures_donnent_les_memes_octets(tmp_path: Path) -> None:
    written: list[dict[str, bytes]] = []
    for seed in ("1", "2"):
        root = tmp_path / seed
        assert run(root, "--write", seed).returncode == 0
        written.append(files_of(root))
        assert run(root, "--write", seed).stdout == "contrats : tout est à jour\n"
    assert written[0] == written[1]
    assert len(written[0]) == 2 * len(NAMES) + 2


# --- The command ---


def test_la_verification_dit_quel_fichier_manque_differe_ou_est_orphelin(copy: Path) -> None:
    assert run(copy, "--check").returncode == 0
    (copy / snapshots.SCHEMAS / "identity.CompteOuvert.v1.json").unlink()
    (copy / snapshots.EXAMPLES / "equipes.EquipeCreee.v1.json").unlink()
    (copy / snapshots.DOCS / "README.md").write_text("à la main")
    for orphan in ("identity.CompteOuvert.v2.json", "notes.txt"):
        (copy / snapshots.SCHEMAS / orphan).write_text("{}")
    found = run(copy, "--check")
    assert found.returncode == 1
    for said in (
        "tests/contracts/schemas/identity.CompteOuvert.v1.json : il manque",
        "tests/contracts/examples/equipes.EquipeCreee.v1.json : il manque",
        "docs/contrats/README.md : ne dit plus la même chose",
        "tests/contracts/schemas/identity.CompteOuvert.v2.json : orphelin",
        "tests/contracts/schemas/notes.txt : orphelin",
    ):
        assert said in found.stderr
    assert len(found.stderr.splitlines()) == 5
    # Writing repairs what can be, deletes nothing, and says what is left.
    assert run(copy, "--write").returncode == 1
    assert (copy / snapshots.SCHEMAS / "notes.txt").exists()
    left = run(copy, "--check").stderr
    assert all("orphelin" in line for line in left.splitlines())


def test_un_exemple_ecrit_a_la_main_est_garde_et_lu(copy: Path) -> None:
    file = copy / snapshots.EXAMPLES / "identity.SessionRevoquee.v1.json"
    example = json.loads(file.read_text()) | {"revoquee_le": "2020-02-29T23:59:59+02:00"}
    file.write_text(json.dumps(example))
    (file.parent / "identity.SessionRevoquee.v1.ancien.json").write_text(json.dumps(example))
    assert run(copy, "--write").returncode == 0
    assert json.loads(file.read_text()) == example
    assert "2020-02-29T23:59:59+02:00" in (copy / snapshots.DOCS / "README.md").read_text()
    assert run(copy, "--check").returncode == 0


# --- Compatibility ---


def schema_of(cls: type[Contract]) -> Json:
    return json_schema(catalogue.Publication("essais", cls))


class PartieV1(Contract):
    """Une partie d'un essai."""

    total: int
    detail: dict[str, int] = Field(default_factory=dict)


class PartieAutreV1(Contract):
    """Une partie d'un essai, autrement."""

    total: str
    detail: dict[str, int] = Field(default_factory=dict)


BEFORE: dict[str, Any] = {
    "essai_id": UUID,
    "nombre": int,
    "sorte": Literal["a", "b"],
    "lieu": (str | None, None),
    "codes": (list[str], []),
    "partie": PartieV1,
}


def changed(**fields: Any) -> list[str]:
    """What the change of these fields breaks; None removes a field."""
    after = {name: hint for name, hint in (BEFORE | fields).items() if hint is not None}
    return incompatibilities(
        schema_of(contract("EssaiV1", **BEFORE)), schema_of(contract("EssaiV1", **after))
    )


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"nouveau": (int | None, None)},
        {"codes": (list[str], ["x"])},
        {"nombre": Annotated[int, Field(description="mieux dit")]},
    ],
    ids=str,
)
def test_un_champ_facultatif_ou_un_texte_peut_changer(fields: dict[str, Any]) -> None:
    assert changed(**fields) == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"nombre": None}, "/nombre est retiré"),
        ({"lieu": None}, "/lieu est retiré"),
        ({"lieu": str | None}, "/lieu devient obligatoire"),
        ({"nouveau": int}, "/nouveau est ajouté comme obligatoire"),
        ({"nombre": str}, "/nombre a changé de type"),
        ({"nombre": int | None}, "/nombre a changé de type"),
        ({"nombre": Annotated[int, Field(le=10)]}, "/nombre a changé de type"),
        ({"sorte": Literal["a", "b", "c"]}, "/sorte a changé de type"),
        ({"sorte": Literal["a"]}, "/sorte a changé de type"),
        ({"codes": (list[int], [])}, "/codes[] a changé de type"),
        ({"lieu": (UUID | None, None)}, "/lieu a changé de type"),
        ({"partie": PartieAutreV1}, "/partie/total a changé de type"),
    ],
    ids=str,
)
def test_tout_autre_changement_demande_une_version(fields: dict[str, Any], said: str) -> None:
    [reason] = changed(**fields)
    assert said in reason


def test_un_changement_incompatible_est_refuse_meme_a_l_ecriture(tmp_path: Path) -> None:
    old = service(contract("EssaiFaitV1", essai_id=UUID, nombre=int))
    assert snapshots.write(tmp_path, old).faults == []
    before = files_of(tmp_path)
    new = service(contract("EssaiFaitV1", essai_id=UUID))
    for outcome in (snapshots.write(tmp_path, new), snapshots.check(tmp_path, new)):
        assert any("/nombre est retiré" in f and "publiez EssaiFaitV2" in f for f in outcome.faults)
    assert files_of(tmp_path) == before
    # Version 2 beside version 1: nothing to say.
    both = service(contract("EssaiFaitV1", essai_id=UUID, nombre=int), contract("EssaiFaitV2", essai_id=UUID))
    assert snapshots.write(tmp_path, both).faults == []
    assert snapshots.check(tmp_path, both).faults == []


def test_l_exemple_d_avant_reste_quand_un_champ_facultatif_arrive(tmp_path: Path) -> None:
    snapshots.write(tmp_path, service(contract("EssaiFaitV1", nombre=int)))
    file = tmp_path / snapshots.EXAMPLES / "essais.EssaiFait.v1.json"
    before = file.read_bytes()
    new = service(contract("EssaiFaitV1", nombre=int, lieu=(str | None, None)))
    assert len(snapshots.check(tmp_path, new).faults) == 3
    outcome = snapshots.write(tmp_path, new)
    assert outcome.faults == []
    assert file.read_bytes() == before


def test_un_ancien_message_devenu_illisible_est_signale(tmp_path: Path) -> None:
    snapshots.write(tmp_path, service(contract("EssaiFaitV1", nombre=int)))
    new = service(contract("EssaiFaitV1", mot=str))
    # Even for who deletes the snapshot to silence it: the old messages are still in the stream.
    old = tmp_path / snapshots.EXAMPLES / "essais.EssaiFait.v1.ancien.json"
    old.write_text('{"nombre": 1}')
    (tmp_path / snapshots.SCHEMAS / "essais.EssaiFait.v1.json").unlink()
    [fault] = snapshots.write(tmp_path, new).faults
    assert "essais.EssaiFait.v1.ancien.json" in fault
    assert "publiez EssaiFaitV2" in fault


# --- Rules ---


@pytest.mark.parametrize(
    "field",
    [
        "prenom",
        "nom",
        "courriel",
        "email",
        "adresse_email",
        "telephone",
        "notes",
        "adresse",
        "sub",
        "nom_usage",
    ],
)
def test_un_champ_qui_nomme_une_personne_est_refuse(field: str) -> None:
    fields: dict[str, Any] = {field: str}
    essai = service(contract("EssaiFaitV1", **fields))
    [fault] = broken_rules(essai)
    assert f"essais.EssaiFaitV1.{field}" in fault
    assert "donnée personnelle" in fault
    assert broken_rules(essai, {("essais", "EssaiFaitV1", field)}) == []


def test_la_regle_vaut_aussi_pour_les_parties_d_un_contrat() -> None:
    partie = contract("ContactV1", "Un contact du lieu.", telephone=str)
    faults = broken_rules(service(partie, contract("EssaiFaitV1", partie=partie)))
    assert [f.split(" : ")[0] for f in faults] == ["essais.ContactV1.telephone"]


@pytest.mark.parametrize(
    "hint",
    [
        Any,
        dict,
        dict[str, Any],
        bytes,
        object,
        Annotated[str, Personal("compte", "compte_id")],
        list[Annotated[str, Personal("compte", "compte_id")]],
    ],
    ids=str,
)
def test_un_type_qui_peut_tout_porter_est_refuse(hint: Any) -> None:
    [fault] = broken_rules(service(contract("EssaiFaitV1", champ=hint)))
    assert "champ : type non admis" in fault


@pytest.mark.parametrize("doc", [None, "", "An event happened.", "Une phrase sans point"])
def test_un_contrat_sans_definition_francaise_est_refuse(doc: str | None) -> None:
    [fault] = broken_rules(service(contract("EssaiFaitV1", doc, nombre=int)))
    assert "docstring française" in fault


def test_deux_services_ne_publient_pas_le_meme_nom() -> None:
    one, other = service(contract("EssaiFaitV1", n=int)), service(contract("EssaiFaitV1", n=int))
    [fault] = broken_rules({"essais": one["essais"], "autres": other["essais"]})
    assert fault == "EssaiFaitV1 : deux services publient ce nom"


def test_les_contrats_du_depot_suivent_les_regles() -> None:
    assert broken_rules(catalogue.modules()) == []
    # The list of exceptions is needed, and only it.
    assert len(broken_rules(catalogue.modules(), allowed=())) == 2


def test_une_commande_mal_ecrite_repond_en_francais(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["--wrote"], ["--write", "--check"]):
        with pytest.raises(SystemExit):
            main(arguments)
        assert capsys.readouterr().err.startswith("usage : python -m contracts.publish (--write | --check)")
