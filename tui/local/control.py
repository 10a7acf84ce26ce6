"""The control plane of the one sandbox there is: ``/sandboxes`` and ``/v1/namespaces/{namespace}/sandboxes``."""

from __future__ import annotations

import os
import platform
import shutil
import time
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tui.core.errors import ApiError

if TYPE_CHECKING:
    from starlette.requests import Request

    from tui.local.faults import Faults

DEFAULT_NAMESPACE = "default"


class ControlPlane:
    """Answers for a sandbox that lives as long as the server. Every namespace shows the same sandbox."""

    def __init__(self, *, sandbox_id: str, name: str, url: str, faults: Faults) -> None:
        self._id = sandbox_id
        self._name = name
        self._url = url
        self._faults = faults
        self._created_at = time.time_ns() // 1_000_000
        self._resources = _resources()

    def routes(self) -> list[Route]:
        """Both spellings of the two endpoints."""
        bases = ("/sandboxes", "/v1/namespaces/{namespace}/sandboxes")
        lists = [Route(base, self.list_sandboxes) for base in bases]
        return lists + [Route(base + "/{sandbox}", self.get_sandbox) for base in bases]

    async def list_sandboxes(self, request: Request) -> Response:
        """``GET …/sandboxes``: one page; a ``status`` filter is honoured."""
        sandbox = self._describe(request)
        wanted = request.query_params.get("status", "").lower()
        found = [sandbox] if wanted in {"", sandbox["status"].lower()} else []
        return JSONResponse({"sandboxes": found, "next_cursor": None, "prev_cursor": None})

    async def get_sandbox(self, request: Request) -> Response:
        """``GET …/sandboxes/{id-or-name}``."""
        if request.path_params["sandbox"] not in {self._id, self._name}:
            raise ApiError(f"no sandbox {request.path_params['sandbox']}", status=404, code="NOT_FOUND")
        return JSONResponse(self._describe(request))

    def _describe(self, request: Request) -> dict[str, Any]:
        status = self._faults.sandbox_status
        return {
            "id": self._id,
            "namespace": request.path_params.get("namespace", DEFAULT_NAMESPACE),
            "name": self._name,
            "image": f"{platform.system()} {platform.machine()} (this machine, no isolation)",
            "status": status,
            "created_at": self._created_at,
            "resources": self._resources,
            "timeout_secs": 0,
            "auto_resume": False,
            "allow_unauthenticated_access": False,
            "exposed_ports": [],
            "sandbox_url": self._url if status == "running" else None,
        }


def _resources() -> dict[str, Any]:
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
    except (OSError, ValueError):
        memory = 0
    return {"cpus": float(os.cpu_count() or 1), "memory_mb": memory, "disk_mb": shutil.disk_usage("/").total // 2**20}
