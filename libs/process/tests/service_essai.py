"""A service as small as can be, run as a real process by test_serve.py: `python service_essai.py [role]`."""

import asyncio
import os
import sys
import time
from pathlib import Path

from process.serve import Runtime, main
from process.settings import ServiceSettings
from web.app import create_app


def say(text: str) -> None:
    """To the test, which reads the output."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


async def steady() -> None:
    await asyncio.Event().wait()


async def fragile() -> None:
    """Crashes while the file is there."""
    if Path(os.environ["PANNE"]).exists():
        raise RuntimeError("panne")
    await asyncio.Event().wait()


async def stubborn() -> None:
    """A thread that nothing can cancel."""
    if os.environ.get("TETU"):
        await asyncio.to_thread(time.sleep, 60)
    await asyncio.Event().wait()


async def close() -> None:
    say("fermé")


async def build(role: str, settings: ServiceSettings) -> Runtime:
    if os.environ.get("LENT"):
        say("construction")
        await asyncio.Event().wait()
    app = create_app(settings, title="Essai")
    tasks = {"steady": steady, "fragile": fragile, "stubborn": stubborn} if role != "api" else {}
    return Runtime(app, tasks, close)


def migrate(settings: ServiceSettings) -> None:
    say(f"migré : {settings.service}")


if __name__ == "__main__":
    main("essai", build, ServiceSettings, migrate)
