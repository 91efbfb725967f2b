"""structlog JSON lines on stdout, for our events and for the standard library's loggers alike.

Never a query string, a body, a header or a token: callers log keys that they chose.
"""

import logging
import sys
from typing import TextIO

import structlog
from structlog.typing import Processor


def configure(service: str, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Once per process. level : DEBUG, INFO, WARNING or ERROR. stream : stdout by default."""
    out = stream or sys.stdout

    def add_service(
        _logger: object, _method: str, event: structlog.typing.EventDict
    ) -> structlog.typing.EventDict:
        event["service"] = service
        return event

    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_service,
        # A text, not dictionaries of local variables: those hold people's data.
        structlog.processors.format_exc_info,
    ]
    # ASCII only: line separators, ANSI sequences and the like leave escaped.
    render = structlog.processors.JSONRenderer()
    number = logging.getLevelNamesMapping()[level]
    structlog.configure(
        processors=[*shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared[:3], structlog.stdlib.add_logger_name, *shared[3:]],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(number)
    # At lower levels these print tokens (authlib), addresses (httpx) or repeat what the edge logs (uvicorn).
    for name in ("authlib", "httpx2", "httpcore2", "joserfc", "uvicorn", "uvicorn.error", "asyncio"):
        logging.getLogger(name).setLevel(max(number, logging.WARNING))
    access = logging.getLogger("uvicorn.access")
    access.handlers = []
    access.propagate = False
