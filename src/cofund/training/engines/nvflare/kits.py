"""What every party installs: NVFlare's start-up kits with certificates, made by NVFlare's provisioning.

``coordinator/``, ``edge-ID/`` and ``client-ID/`` each hold ``training.toml``, who they are (``kit.json``) and the
NVFlare workspaces ``server`` and ``client`` that they need. ``authority/`` holds the private keys of the certificate
authorities; it stays with whoever made the kits.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cofund.errors import CheckFailed, InputError
from cofund.training.engines.nvflare.layout import ADDRESS, COORDINATOR, Layout, dump_layout, load_layout
from cofund.training.engines.nvflare.programs import PREFIX

TRAINING: Final = "training.toml"
PACKAGE: Final = "cofund.training.engines.nvflare"
CLASSES: Final = (
    f"{PACKAGE}.job.Caller",
    f"{PACKAGE}.job.Answerer",
    "nvflare.collab.runtime.controller.CollabController",
    "nvflare.collab.runtime.executor.CollabExecutor",
)
"""The only classes that a site builds for a job, whatever the job says."""

RIGHTS: Final = {"submit_job": "any", "manage_job": "any", "view": "any", "byoc": "none", "shell_commands": "none"}
"""What a job's sender may do at a site: no code of its own, no commands (NVFlare's words for rights)."""


@dataclass(frozen=True, slots=True)
class Kit:
    """One party's kit.

    Attributes:
        folder: where it is.
        role: ``coordinator``, ``edge`` or ``client``.
        name: of the edge or client.
        layout: the training.
    """

    folder: Path
    role: str
    name: str
    layout: Layout

    @property
    def server(self) -> Path:
        """NVFlare's workspace of the server that this party runs."""
        return self.folder / "server"

    @property
    def client(self) -> Path:
        """NVFlare's workspace of the client that this party is."""
        return self.folder / "client"


def make_kits(layout: Layout, out: Path) -> list[Path]:
    """Write all kits below ``out``; their folders.

    Raises:
        InputError: there is something at ``out`` already.
        CheckFailed: NVFlare could not make the certificates.
    """
    if out.exists() and any(out.iterdir()):
        raise InputError(str(out), "", "an empty folder, or none")
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    coordinator = _folder(out / COORDINATOR, COORDINATOR, COORDINATOR, layout)
    edges = {edge.id: _folder(out / f"edge-{edge.id}", "edge", edge.id, layout) for edge in layout.edges}
    below = {
        edge.id: {name: _folder(out / f"client-{name}", "client", name, layout) for name in edge.clients}
        for edge in layout.edges
    }
    (out / "authority").mkdir(mode=0o700)
    deployments = [(COORDINATOR, layout.address, coordinator, edges)]
    deployments += [(edge.id, edge.address, edges[edge.id], below[edge.id]) for edge in layout.edges]
    with ThreadPoolExecutor(os.cpu_count()) as several:
        list(several.map(lambda deployment: _deployment(out, *deployment), deployments))
    return [coordinator, *edges.values(), *(folder for clients in below.values() for folder in clients.values())]


def open_kit(folder: Path, role: str) -> Kit:
    """A kit that ``make_kits`` wrote.

    Raises:
        InputError: it is none, or one of another role.
    """
    try:
        who = json.loads((folder / "kit.json").read_text(encoding="utf-8"))
        found, name = who["role"], who["name"]
    except (OSError, ValueError, KeyError) as error:
        raise InputError(str(folder), "kit.json", "a kit of `cofund kits`") from error
    if found != role:
        raise InputError(str(folder), "role", f"the kit of {role}; this is that of {found} {name}")
    return Kit(folder, role, name, load_layout(folder / TRAINING))


def use_own_storage(workspace: Path) -> None:
    """Point a server to storage in its workspace, wherever that is now.

    NVFlare's default is one folder in /tmp for all servers of a host, and it takes absolute paths only.
    """
    path = workspace / "local" / "resources.json"
    resources = json.loads(path.read_text(encoding="utf-8"))
    root = workspace.resolve()
    resources["snapshot_persistor"]["args"]["storage"]["args"]["root_dir"] = str(root / "snapshots")
    _component(resources, "job_manager")["args"]["uri_root"] = str(root / "jobs")
    path.write_text(json.dumps(resources, indent=1), encoding="utf-8")


def _component(resources: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in resources["components"] if each["id"] == name)
    return found


def _folder(folder: Path, role: str, name: str, layout: Layout) -> Path:
    folder.mkdir(mode=0o700)
    (folder / "kit.json").write_text(json.dumps({"role": role, "name": name}) + "\n", encoding="utf-8")
    (folder / TRAINING).write_text(dump_layout(layout), encoding="utf-8")
    return folder


def _deployment(out: Path, name: str, address: str, server: Path, clients: dict[str, Path]) -> None:
    """One server with its clients: a certificate authority of its own, so no edge can speak for another's clients."""
    matched = ADDRESS.fullmatch(address)
    if matched is None:
        raise InputError("training", "address", "host:port")
    host, port = matched[1], int(matched[2])
    authority = out / "authority" / name
    with tempfile.TemporaryDirectory() as scratch:
        project = Path(scratch) / "project.json"
        project.write_text(json.dumps(_project(name, host, port, list(clients))), encoding="utf-8")
        command = [sys.executable, "-m", "nvflare.lighter.provision", "-p", str(project), "-w", scratch]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=scratch)  # noqa: S603
        made = Path(scratch) / name / "prod_00"
        if done.returncode or not made.exists():
            raise CheckFailed(f"nvflare provision: {(done.stderr or done.stdout).strip()[-300:]}")
        shutil.move(Path(scratch) / name / "state", authority)
        shutil.move(made / host, server / "server")
        for client, folder in clients.items():
            shutil.move(made / f"{PREFIX}{client}", folder / "client")
            _configure(folder / "client", {})
    _configure(server / "server", {"members": list(clients)})


def _project(name: str, host: str, port: int, clients: list[str]) -> dict[str, Any]:
    """NVFlare's project file; JSON is YAML."""
    impl = "nvflare.lighter.impl"
    return {
        "api_version": 3,
        "name": name,
        "description": "cofund",
        "participants": [
            {"name": host, "type": "server", "org": "cofund", "fed_learn_port": port, "admin_port": port},
            *({"name": PREFIX + client, "type": "client", "org": "cofund"} for client in clients),
        ],
        "builders": [
            {"path": f"{impl}.workspace.WorkspaceBuilder", "args": {"template_file": ["master_template.yml"]}},
            {"path": f"{impl}.static_file.StaticFileBuilder", "args": {"config_folder": "config"}},
            {"path": f"{impl}.cert.CertBuilder", "args": {"root_valid_days": 3650}},
            {"path": f"{impl}.signature.SignatureBuilder"},
        ],
    }


def _configure(workspace: Path, keeper: dict[str, Any]) -> None:
    """Write what NVFlare reads in ``local``: the keeper, the allowed classes, and that nobody may send code."""
    local = workspace / "local"
    resources = json.loads((local / "resources.json.default").read_text(encoding="utf-8"))
    resources["class_allow_list"] = list(CLASSES)
    resources["allow_log_streaming"] = False
    drop = ("log_receiver", "site_log_streamer")
    components = [each for each in resources["components"] if each["id"] not in drop]
    if keeper:
        resources["servers"][0]["heart_beat_timeout"] = 20
        _component(resources, "job_scheduler")["args"] |= {"min_schedule_interval": 1.0}
        components.append({"id": "keeper", "path": f"{PACKAGE}.keeper.Keeper", "args": keeper})
    resources["components"] = components
    (local / "resources.json").write_text(json.dumps(resources, indent=1), encoding="utf-8")
    policy = {"format_version": "1.0", "permissions": {"project_admin": RIGHTS}}
    (local / "authorization.json").write_text(json.dumps(policy, indent=1), encoding="utf-8")
