"""``GET /health``: the process is up. ``GET /ready``: everything an answer needs really answers now."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from seamless_retail import __version__
from seamless_retail.core.errors import SeamlessError

log = logging.getLogger(__name__)

DEADLINE_S = 5.0

Probe = Callable[[], Awaitable[object]]

router = APIRouter()


@router.get("/health")
async def health() -> dict[str, str]:
    """The process is up."""
    return {"status": "up", "version": __version__}


@router.get("/ready")
async def ready(request: Request) -> JSONResponse:
    """200 when every part answers, else 503 with the reason by part."""
    probes: Mapping[str, Probe] = request.app.state.probes
    results = await asyncio.gather(*(_try(name, probe) for name, probe in probes.items()))
    parts = dict(zip(probes, results, strict=True))
    is_ready = all(result == "ok" for result in results)
    return JSONResponse({"status": "ready" if is_ready else "not ready", "parts": parts}, 200 if is_ready else 503)


async def _try(name: str, probe: Probe) -> str:
    try:
        await asyncio.wait_for(probe(), DEADLINE_S)
    except TimeoutError:
        return f"no answer within {DEADLINE_S:.0f} s"
    except SeamlessError as error:
        log.warning("%s is not ready: %s", name, error)
        return str(error)
    except Exception:
        log.exception("%s is not ready", name)
        return "failed; the operator finds the cause in the log"
    return "ok"
