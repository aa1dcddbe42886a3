"""The small run for tests of its exports, and what a validator would fetch."""

import contextlib
import shutil
import socket
from pathlib import Path

import pytest
from recorded_run import export, make_run
from requests_cache import CachedRequest, CachedResponse, CachedSession

CONTEXTS = {
    "https://w3id.org/ro/crate/1.1/context": "ro_crate_1_1.jsonld",
    "https://w3id.org/ro/terms/workflow-run/context": "workflow_run.jsonld",
}


@pytest.fixture(scope="session")
def exported(tmp_path_factory):
    """A folder with the small run and its exports; tests work in copies of it."""
    folder = tmp_path_factory.mktemp("run")
    with contextlib.chdir(folder):
        make_run()
        ended = export()
    assert ended.returncode == 0, ended.stderr
    return folder


@pytest.fixture
def run(exported, tmp_path, monkeypatch):
    """The working folder is one with the small run and its exports."""
    shutil.copytree(exported, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def contexts(tmp_path_factory):
    """The validator's cache of what it would fetch: the two contexts that a crate names."""
    cache = tmp_path_factory.mktemp("validator") / "cache"
    with CachedSession(cache_name=str(cache), backend="sqlite") as session:
        for url, name in CONTEXTS.items():
            content = (Path(__file__).parent / name).read_bytes()
            request = CachedRequest(method="GET", url=url)
            kind = {"Content-Type": "application/ld+json"}
            response = CachedResponse(status_code=200, url=url, headers=kind, request=request, content=content)
            session.cache.save_response(response)
    return cache


@pytest.fixture
def offline_contexts(contexts, monkeypatch):
    """That cache, and no network: the test fails if anyone so much as asks for an address."""
    asked = []

    def refuse(*address):
        asked.append(address)
        raise OSError("this test has no network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    yield contexts
    assert not asked
