"""Ce que ProConnect répond n'est ni suivi, ni gardé, ni lu sans fin."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx2
import pytest
from identity.connexion.proconnect.errors import Reason, SigninFailed
from identity.connexion.proconnect.sending import MAX_BODY, Sender

type Reponse = Callable[[asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def _serveur(repondre: Reponse) -> AsyncGenerator[tuple[str, list[bytes]]]:
    """A server of one answer on loopback: its address, and the requests it received."""
    recues: list[bytes] = []

    async def accueillir(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            recues.append(await reader.readuntil(b"\r\n\r\n"))
            await repondre(writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(accueillir, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", recues


def _brut(entetes: str, corps: bytes = b"{}") -> Reponse:
    async def repondre(writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 {entetes}\r\nConnection: close\r\nContent-Length: {len(corps)}\r\n\r\n"
        writer.write(head.encode() + corps)
        await writer.drain()

    return repondre


async def _demander(url: str, secondes: float = 60) -> bytes:
    async with httpx2.AsyncClient(timeout=60, trust_env=False, follow_redirects=True) as http:
        sender = Sender(http, secondes)
        await sender.get(url)
        return (await sender.get(url)).body


async def _refus(url: str, secondes: float = 60) -> tuple[Reason, str]:
    with pytest.raises(SigninFailed) as refus:
        await _demander(url, secondes)
    return refus.value.reason, refus.value.detail


async def test_une_redirection_n_est_pas_suivie() -> None:
    async with (
        _serveur(_brut("200 OK")) as (ailleurs, visites),
        _serveur(_brut(f"302 Found\r\nLocation: {ailleurs}")) as (ici, _),
    ):
        assert await _refus(ici) == (Reason.PROVIDER_UNREACHABLE, "302")
        assert visites == []


async def test_un_cookie_recu_n_est_jamais_rendu() -> None:
    async with _serveur(_brut("200 OK\r\nSet-Cookie: suivi=1; Path=/")) as (url, recues):
        assert await _demander(url) == b"{}"
    assert len(recues) == 2
    assert not any(b"cookie" in requete.lower() for requete in recues)


async def test_une_reponse_trop_longue_est_refusee() -> None:
    async with _serveur(_brut("200 OK", b"x" * MAX_BODY)) as (url, _):
        assert len(await _demander(url)) == MAX_BODY
    async with _serveur(_brut("200 OK", b"x" * (MAX_BODY + 1))) as (url, _):
        assert await _refus(url) == (Reason.BAD_ANSWER, "too_long")


async def test_une_reponse_qui_s_egoutte_sans_fin_est_abandonnee() -> None:
    async def egoutter(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"1\r\nx\r\n")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with _serveur(egoutter) as (url, _):
        assert await _refus(url, 0.3) == (Reason.PROVIDER_UNREACHABLE, "TimeoutError")


@pytest.mark.parametrize("corps", [b"", b"<html>", b"[]", b'"x"', b"\xff", b"[" * 5000])
async def test_ce_qui_n_est_pas_un_objet_json_est_refuse(corps: bytes) -> None:
    async with (
        _serveur(_brut("200 OK", corps)) as (url, _),
        httpx2.AsyncClient(trust_env=False, timeout=60) as http,
    ):
        answer = await Sender(http).get(url)
    with pytest.raises(SigninFailed) as refus:
        answer.json()
    assert (refus.value.reason, refus.value.detail) == (Reason.BAD_ANSWER, "json")
