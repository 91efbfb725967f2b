"""Corps, adresses et en-têtes hostiles, envoyés à un vrai serveur."""

import asyncio
import json

import httpx2
import pytest

ID = "00000000-0000-0000-0000-000000000007"
JSON = "Content-Type: application/json"


async def send(port: int, *parts: bytes, keep_open: bool = False) -> tuple[int, dict[str, str], bytes]:
    """Raw bytes to the server; its status, headers and body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
    except ConnectionError:
        pass  # the server has answered and hung up already
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {n.lower(): v for n, _, v in (line.partition(": ") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    writer.close()
    return int(head[0].split()[1]), headers, body


def post(*headers: str, path: str = "/essais") -> bytes:
    return "\r\n".join((f"POST {path} HTTP/1.1", "Host: essai", *headers, "", "")).encode("latin-1")


def whole(body: bytes, content_type: str = JSON, path: str = "/essais") -> bytes:
    return post(content_type, f"Content-Length: {len(body)}", path=path) + body


async def test_un_corps_annonce_trop_grand_est_refuse_sans_etre_lu(port: int) -> None:
    status, headers, body = await send(port, post(JSON, "Content-Length: 50000000"))
    assert (status, json.loads(body)["type"]) == (413, "/problemes/CorpsTropGrand")
    assert headers["connection"] == "close"


async def test_un_corps_sans_longueur_est_coupe_a_la_borne(port: int) -> None:
    chunk = b"10000\r\n" + b"[" * 65536 + b"\r\n"
    status, _, body = await send(port, post(JSON, "Transfer-Encoding: chunked"), *[chunk] * 20)
    assert (status, json.loads(body)["type"]) == (413, "/problemes/CorpsTropGrand")


async def test_un_corps_sans_longueur_mais_petit_est_lu(port: int) -> None:
    body = json.dumps({"id": ID}).encode()
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in (body[:9], body[9:])) + b"0\r\n\r\n"
    status, headers, _ = await send(port, post(JSON, "Transfer-Encoding: chunked"), chunks)
    assert status == 201
    assert headers["x-position"] == "essai:12-34"


async def test_un_corps_qui_narrive_pas_est_abandonne(impatient: int) -> None:
    status, _, _ = await send(impatient, post(JSON, "Content-Length: 100"), b'{"id"')
    assert status == 408


@pytest.mark.parametrize(
    ("content_type", "attendu"),
    [
        ("Content-Type: application/json", 201),
        ("Content-Type: application/json; charset=utf-8", 201),
        ("Content-Type: APPLICATION/JSON", 201),
        ("Content-Type: text/plain", 415),
        ("Content-Type: application/x-www-form-urlencoded", 415),
        ("Content-Type: multipart/form-data; boundary=x", 415),
        ("Content-Type: application/json, text/plain", 415),
        ("Content-Type: text/json", 415),
        ("Content-Type: application/merge-patch+json", 415),
        ("Content-Type:", 415),
        ("X-Rien: rien", 415),
        ("Content-Type: application/json\r\nContent-Encoding: gzip", 415),
    ],
)
async def test_seul_le_json_est_accepte(port: int, content_type: str, attendu: int) -> None:
    status, _, body = await send(port, whole(json.dumps({"id": ID}).encode(), content_type))
    assert status == attendu
    if attendu == 415:
        assert json.loads(body)["type"] == "/problemes/FormatRefuse"


async def test_une_route_peut_declarer_un_autre_format(port: int) -> None:
    form = "Content-Type: application/x-www-form-urlencoded"
    assert (await send(port, whole(b"a=1", form, "/essais/formulaire")))[0] == 200
    assert (await send(port, whole(b"{}", JSON, "/essais/formulaire")))[0] == 415
    assert (await send(port, whole(b"a=%00", form, "/essais/formulaire")))[0] == 422


async def test_une_route_peut_recevoir_un_fichier_plus_lourd_et_des_octets_quelconques(port: int) -> None:
    file, octets = "Content-Type: multipart/form-data; boundary=b", b"\0%00" * 375_000
    status, _, body = await send(port, whole(octets, file, "/essais/fichier"))
    assert (status, body) == (200, b"1500000")
    assert (await send(port, whole(octets * 2, file, "/essais/fichier")))[0] == 413
    assert (await send(port, whole(octets, JSON)))[0] == 413


@pytest.mark.parametrize(
    ("corps", "type_"),
    [
        (b"{", "json_invalid"),
        (b"", None),
        (b'{"id": NaN}', "json_invalid"),
        (b'{"id": "\xff\xfe"}', "json_invalid"),
        (b'{"nom": "\\ud800"}', "json_invalid"),
        (b'{"nom": "a\x00b"}', "json_invalid"),
        (b"[" * 100_000, "json_invalid"),
        (b"[" * 65 + b"]" * 65, "too_deep"),
        (b'{"libre":' + b'{"a":' * 64 + b"1" + b"}" * 65, "too_deep"),
        (b'{"nom": "a\\u0000b"}', "nul_byte"),
        (b'{"libre": {"x\\u0000": 1}}', "nul_byte"),
        (b'{"lignes": [{"quantite": "\\u0000"}]}', "nul_byte"),
    ],
)
async def test_un_json_hostile_est_un_422(port: int, corps: bytes, type_: str | None) -> None:
    status, _, body = await send(port, whole(corps))
    assert status == 422
    errors = json.loads(body)["erreurs"]
    assert errors[0]["type"] == (type_ or "missing")


async def test_le_caractere_nul_est_situe(port: int) -> None:
    _, _, body = await send(port, whole(b'{"lignes": [{"quantite": "\\u0000"}]}'))
    assert json.loads(body)["erreurs"][0]["pointeur"] == "/lignes/0/quantite"


async def test_soixante_quatre_niveaux_passent(port: int) -> None:
    nested = b'{"id": "' + ID.encode() + b'", "libre":' + b'{"a":' * 63 + b"1" + b"}" * 64
    assert (await send(port, whole(nested)))[0] == 201


async def test_une_liste_dun_million_dentiers_est_refusee(port: int) -> None:
    assert (await send(port, whole(b"[" + b"1," * 600_000 + b"1]")))[0] == 413


async def test_une_barre_oblique_inverse_suivie_de_u0000_nest_pas_un_nul(port: int) -> None:
    assert (await send(port, whole(b'{"id": "' + ID.encode() + b'", "nom": "\\\\u0000"}')))[0] == 201


async def test_un_nombre_immense_nest_pas_une_erreur_interne(port: int) -> None:
    status, _, _ = await send(port, whole(b'{"lignes": [{"quantite": ' + b"9" * 6000 + b"}]}"))
    assert status in (400, 422)


async def test_un_nom_d_hote_etranger_est_refuse(client: httpx2.AsyncClient) -> None:
    """As the gateway passes it on; the machines that call directly name an address."""
    for host in ("localhost", "LOCALHOST:8080", "127.0.0.1:8080", "[::1]:8080"):
        answer = await client.get("/essais/heure", headers={"X-Forwarded-Host": host})
        assert answer.status_code == 200, host
    for host in ("ailleurs.exemple.fr", "localhost.exemple.fr", "localhost, ailleurs", "[", ""):
        answer = await client.get("/essais/heure", headers={"X-Forwarded-Host": host})
        assert (answer.status_code, answer.json()["type"]) == (421, "/problemes/HoteInconnu"), host


async def test_en_tetes_et_adresses_demesures(port: int) -> None:
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        assert (await client.get("/essais", headers={"X-Long": "a" * 66_000})).status_code == 431
        many = {f"X-{i}": "1" for i in range(120)}
        assert (await client.get("/essais", headers=many)).status_code == 431
        assert (await client.get("/essais?" + "filtre=" + "a" * 50_000)).status_code == 414
        assert (await client.get("/essais?" + "&".join(f"a{i}=1" for i in range(1_201)))).status_code == 414
        assert (await client.get("/essais/" + "a" * 3000)).status_code == 414
        assert (await client.get("/essais?filtre=%00")).status_code == 400
        assert (await client.get("/essais?filtre=%ff")).status_code == 400
        assert (await client.get("/essais/%00")).status_code == 400
        assert (await client.get("/essais?limite=1000000000")).status_code == 422


async def test_reponses_gardees_et_identifiees(port: int) -> None:
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        answer = await client.get("/essais", headers={"X-Request-Id": "abc def"})
        assert answer.headers["x-request-id"] != "abc def"
        assert len(answer.headers["x-request-id"]) == 32
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        kept = await client.get("/essais", headers={"X-Request-Id": "Passerelle-0001"})
        assert kept.headers["x-request-id"] == "Passerelle-0001"
