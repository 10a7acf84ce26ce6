"""The per-sandbox API under ``/api/v1``: health, processes, output, files."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

import tui
from tui.core.errors import ApiError
from tui.local import files
from tui.local.bodies import read_body, read_json
from tui.local.faults import Faults
from tui.local.journal import Stream
from tui.local.requests import parse_run, parse_signal, parse_start
from tui.local.responses import StreamedBody
from tui.local.streams import END, Follower, FollowOptions, follow, run_to_end, snapshot

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from starlette.requests import Request

    from tui.local.process import Run
    from tui.local.supervisor import Supervisor

    Endpoint = Callable[[Request], Awaitable[Response]]

EVENT_STREAM = "text/event-stream"
OUTPUTS: dict[str, tuple[Stream, ...]] = {
    "stdout": (Stream.STDOUT,),
    "stderr": (Stream.STDERR,),
    "output": (Stream.STDOUT, Stream.STDERR),
}


class SandboxRoutes:
    """Endpoints over one supervisor. ``keep_alive`` is the seconds of silence before a keep-alive comment."""

    def __init__(self, supervisor: Supervisor, *, keep_alive: float) -> None:
        self._supervisor = supervisor
        self._keep_alive = keep_alive
        self._started = time.monotonic()

    def routes(self) -> list[Route]:
        """Every path with its methods."""
        one = "/api/v1/processes/{process}"
        routes = [
            Route("/api/v1/health", self.health),
            Route("/api/v1/info", self.info),
            Route("/api/v1/processes", self.list_processes, methods=["GET"]),
            Route("/api/v1/processes", self.start_process, methods=["POST"]),
            Route("/api/v1/processes/run", self.run_process, methods=["POST"]),
            Route(one, self.get_process, methods=["GET"]),
            Route(one, self.kill_process, methods=["DELETE"]),
            Route(f"{one}/signal", self.signal_process, methods=["POST"]),
            Route(f"{one}/restart", self.restart_process, methods=["POST"]),
            Route(f"{one}/stdin", self.write_stdin, methods=["POST"]),
            Route(f"{one}/stdin/close", self.close_stdin, methods=["POST"]),
            Route("/api/v1/files", files.read_file, methods=["GET"]),
            Route("/api/v1/files", files.write_file, methods=["PUT"]),
            Route("/api/v1/files", files.delete_file, methods=["DELETE"]),
            Route("/api/v1/files/list", files.list_directory),
        ]
        for kind, streams in OUTPUTS.items():
            routes.append(Route(f"{one}/{kind}", self._snapshot_of(streams)))
            routes.append(Route(f"{one}/{kind}/follow", self._follow_of(streams)))
        return routes

    async def health(self, request: Request) -> Response:
        """``GET /health``."""
        return JSONResponse({"healthy": True})

    async def info(self, request: Request) -> Response:
        """``GET /info``."""
        running, total = self._supervisor.count()
        return JSONResponse(
            {
                "version": tui.__version__,
                "uptime_secs": int(time.monotonic() - self._started),
                "running_processes": running,
                "total_processes": total,
                "server": "boxscope",
            }
        )

    async def list_processes(self, request: Request) -> Response:
        """``GET /processes``."""
        return JSONResponse({"processes": self._supervisor.describe_all()})

    async def start_process(self, request: Request) -> Response:
        """``POST /processes``."""
        run = self._supervisor.start(parse_start(await read_json(request)))
        return JSONResponse(self._supervisor.describe(run), status_code=201)

    async def run_process(self, request: Request) -> Response:
        """``POST /processes/run``: the process group is killed when the client leaves early."""
        start, timeout = parse_run(await read_json(request))
        run = self._supervisor.start(start)
        options = FollowOptions(tuple(Stream), tagged=True, event_name=False, keep_alive=self._keep_alive)
        # Made in the same step as the process, the follower sees every line live, with its time.
        follower = Follower(run, options, Faults())
        return StreamedBody(run_to_end(run, follower, timeout), EVENT_STREAM)

    async def get_process(self, request: Request) -> Response:
        """``GET /processes/{process}``."""
        return JSONResponse(self._supervisor.describe(self._run(request)))

    async def kill_process(self, request: Request) -> Response:
        """``DELETE /processes/{process}``: the whole group; a managed process gets its grace period first."""
        self._supervisor.kill(self._run(request))
        return Response(status_code=204)

    async def signal_process(self, request: Request) -> Response:
        """``POST /processes/{process}/signal``: to the whole group."""
        run = self._run(request)
        run.send_signal(parse_signal(await read_json(request)))
        return JSONResponse({"success": True})

    async def restart_process(self, request: Request) -> Response:
        """``POST /processes/{process}/restart``: answers when the next run has started."""
        run = await self._supervisor.restart(self._run(request))
        return JSONResponse(self._supervisor.describe(run))

    async def write_stdin(self, request: Request) -> Response:
        """``POST /processes/{process}/stdin``."""
        run = self._run(request)
        run.write_stdin(await read_body(request))
        return Response(status_code=204)

    async def close_stdin(self, request: Request) -> Response:
        """``POST /processes/{process}/stdin/close``."""
        self._run(request).close_stdin()
        return Response(status_code=204)

    def _run(self, request: Request) -> Run:
        return self._supervisor.get(request.path_params["process"])

    def _run_or_pid(self, request: Request) -> Run | int:
        """An unknown pid is no error on output endpoints; an unknown name is."""
        segment = request.path_params["process"]
        run = self._supervisor.find(segment)
        if run is not None:
            return run
        if segment.isascii() and segment.isdigit():
            return int(segment)
        raise ApiError(f"no process {segment}", status=404, code="NOT_FOUND")

    def _snapshot_of(self, streams: tuple[Stream, ...]) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            run = self._run_or_pid(request)
            if isinstance(run, int):
                return StreamedBody(snapshot(run, ()), "application/json")
            logs = tuple(run.logs[stream] for stream in streams)
            return StreamedBody(snapshot(run.pid, logs), "application/json")

        return endpoint

    def _follow_of(self, streams: tuple[Stream, ...]) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            run = self._run_or_pid(request)
            if isinstance(run, int):
                return StreamedBody(_only_end(), EVENT_STREAM)
            options = FollowOptions(streams, tagged=len(streams) > 1, keep_alive=self._keep_alive)
            return StreamedBody(follow(run, options, self._supervisor.faults), EVENT_STREAM)

        return endpoint


async def _only_end() -> AsyncGenerator[bytes, None]:
    yield END
