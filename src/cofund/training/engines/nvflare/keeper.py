"""What runs in an NVFlare server: it keeps one job running over the members that are connected, and says who is alive.

A job's members are fixed when it starts, and NVFlare fails a job when one of its processes dies. So when a job failed,
or somebody connected who is not in it, the keeper starts another one, and the hub goes over to that.
"""

import contextlib
import json
import os
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Final

from nvflare.apis.event_type import EventType
from nvflare.apis.fl_component import FLComponent
from nvflare.apis.fl_constant import RunProcessKey
from nvflare.apis.fl_context import FLContext
from nvflare.apis.job_def import JobMetaKey
from nvflare.fuel.utils.zip_utils import zip_directory_to_bytes
from nvflare.lighter.utils import load_private_key_file, sign_folders
from nvflare.private.fed.server.job_meta_validator import JobMetaValidator

from cofund.training.engines.nvflare.frames import VARIABLE, Closed, connect
from cofund.training.engines.nvflare.programs import GATHER_S, PREFIX

LOST_AFTER_S: Final = 12.0
"""A member that sent no heartbeat (every 2 s) for so long is lost, until it sends one again."""

START_S: Final = 45.0
"""How long a job may take to start before another one is tried."""

TICK_S: Final = 0.5

NAME: Final = "cofund"
PACKAGE: Final = "cofund.training.engines.nvflare.job"
SERVER: Final = {
    "format_version": 2,
    "server": {"task_request_interval": 1.0},
    "workflows": [
        {
            "id": "controller",
            "path": "nvflare.collab.runtime.controller.CollabController",
            "args": {"server_obj_id": "_server", "collab_obj_ids": [], "sync_task_timeout": 30},
        }
    ],
    "components": [{"id": "_server", "path": f"{PACKAGE}.Caller", "args": {}}],
}
CLIENT: Final = {
    "format_version": 2,
    "executors": [
        {
            "tasks": ["*"],
            "executor": {
                "path": "nvflare.collab.runtime.executor.CollabExecutor",
                "args": {"client_obj_id": "_client", "collab_obj_ids": []},
            },
        }
    ],
    "components": [{"id": "_client", "path": f"{PACKAGE}.Answerer", "args": {}}],
}


class Keeper(FLComponent):  # type: ignore[misc]
    """A component of ``local/resources.json``."""

    def __init__(self, members: list[str]) -> None:
        """Keep a job over those of the named members that are connected."""
        super().__init__()
        self.members = frozenset(members)
        self.job: str | None = None
        self.submitted_at = 0.0
        self.started_at = time.monotonic()

    def handle_event(self, event_type: str, fl_ctx: FLContext) -> None:
        """Start with the server."""
        if event_type == EventType.SYSTEM_START:
            threading.Thread(target=self._watch, args=(fl_ctx.get_engine(),), daemon=True).start()

    def _watch(self, engine: Any) -> None:
        with contextlib.suppress(Closed):  # our process is gone, and the guard ends this one
            link = connect(os.environ[VARIABLE])
            link.send({"from": "keeper"})
            while True:
                oldest = time.time() - LOST_AFTER_S
                seen = [c for c in engine.client_manager.get_clients().values() if c.last_connect_time > oldest]
                alive = {client.name.removeprefix(PREFIX): client.token for client in seen}
                link.send({"alive": alive, "jobs": _jobs(engine)})
                try:
                    self._keep(engine, alive)
                except Exception:  # NVFlare is between two states; the next look will see one of them
                    self.logger.exception("no job now")
                time.sleep(TICK_S)

    def _keep(self, engine: Any, alive: dict[str, str]) -> None:
        """Start a job if the last one ended or failed, or if somebody is missing in it; the hub ends the one before."""
        if self.job is None:
            wanted = alive.keys() == self.members or time.monotonic() - self.started_at > GATHER_S
        elif self.job in engine.run_processes:
            wanted = not set(alive.values()) <= set(_jobs(engine).get(self.job, ()))
        else:
            wanted = self.job in engine.job_runner.running_jobs or time.monotonic() - self.submitted_at > START_S
        if wanted and alive:
            self.job, self.submitted_at = self._submit(engine), time.monotonic()

    def _submit(self, engine: Any) -> str:
        """Submit a job as an operator would."""
        packed = _packed()
        valid, error, meta = JobMetaValidator().validate(NAME, packed)
        if not valid:
            raise RuntimeError(error)
        meta[JobMetaKey.SUBMITTER_NAME.value] = NAME
        meta[JobMetaKey.SUBMITTER_ORG.value] = NAME
        meta[JobMetaKey.SUBMITTER_ROLE.value] = "project_admin"
        meta[JobMetaKey.JOB_FOLDER_NAME.value] = NAME
        with engine.new_context() as context:
            created = engine.job_def_manager.create(meta, packed, context)
        return str(created[JobMetaKey.JOB_ID.value])


def _jobs(engine: Any) -> dict[str, list[str]]:
    """Running jobs that have not failed, with the tokens of their members; a token is new with every connection."""
    running = dict(engine.run_processes)
    failed = set(engine.exception_run_processes)
    return {job: list(process[RunProcessKey.PARTICIPANTS]) for job, process in running.items() if job not in failed}


def _packed() -> bytes:
    """The job: three configuration files and no code, signed with the server's key as sites demand."""
    meta = {"name": NAME, "resource_spec": {}, "min_clients": 1, "deploy_map": {"app": ["@ALL"]}}
    with tempfile.TemporaryDirectory() as scratch:
        configuration = Path(scratch) / NAME / "app" / "config"
        configuration.mkdir(parents=True)
        (Path(scratch) / NAME / "meta.json").write_text(json.dumps(meta), encoding="utf-8")
        (configuration / "config_fed_server.json").write_text(json.dumps(SERVER), encoding="utf-8")
        (configuration / "config_fed_client.json").write_text(json.dumps(CLIENT), encoding="utf-8")
        keys = Path("startup").resolve()  # NVFlare runs in the workspace
        sign_folders(
            str(configuration.parents[1]), load_private_key_file(keys / "server.key"), str(keys / "server.crt")
        )
        packed: bytes = zip_directory_to_bytes(scratch, NAME)
    return packed
