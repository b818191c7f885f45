"""The workflow by which Immich calls us: made once, brought up to date, verified, and only where that can be."""

from __future__ import annotations

import pytest
from fakes.immich import FakeImmich
from fakes.immich.server import PERMISSIONS

from plugins.galleries import GalleryBug
from plugins.galleries.http.patience import Patience
from plugins.galleries.immich.client import Client, connect
from plugins.galleries.immich.permissions import CALLING, permissions_for
from plugins.galleries.immich.workflows import Workflows, address_of

URL, HEADER, SECRET = "http://127.0.0.1:9/hooks/family", "X-Albumen-Secret", "a secret of ours"


@pytest.fixture
def server(shared):
    with FakeImmich("3.1.0") as fake:
        fake.validate_with(shared.parent / "contracts" / "immich-3.1.0-openapi.json")
        fake.key = fake.add_key([*PERMISSIONS, *permissions_for(CALLING)])
        yield fake
        assert fake.violations == []


def workflows(server: FakeImmich, library: str = "family", key: str = "") -> Workflows:
    return Workflows(Client(connect(server.url, key or server.key), Patience(2, 0.001)), library)


def install(server: FakeImmich, url: str = URL, secret: str = SECRET) -> str:
    with workflows(server) as ours:
        return ours.install(url, HEADER, secret)


def writes(server: FakeImmich) -> list[str]:
    return [seen.method for seen in server.requests if seen.method != "GET"]


def test_it_is_made_and_does_what_it_should(server):
    assert install(server) == "made"
    (made,) = server.state.workflows.values()
    assert (made.name, made.trigger, made.enabled) == ("Albumen: family", "AssetMetadataExtraction", True)
    (step,) = made.steps
    assert step["config"] == {"url": URL, "method": "POST", "headerName": HEADER, "headerValue": SECRET}


def test_twice_is_once(server):
    install(server)
    assert install(server) == "there already"
    assert (len(server.state.workflows), writes(server)) == (1, ["POST"])


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda made: made.steps[0]["config"].update(headerValue="old"), id="another secret"),
        pytest.param(lambda made: made.steps[0]["config"].update(url="http://old/"), id="another address"),
        pytest.param(lambda made: setattr(made, "enabled", False), id="switched off"),
        pytest.param(lambda made: made.steps[0].update(enabled=False), id="its step switched off"),
        pytest.param(lambda made: setattr(made, "trigger", "AssetCreate"), id="another trigger"),
        pytest.param(lambda made: made.steps.clear(), id="without steps"),
        pytest.param(lambda made: made.steps.append(made.steps[0]), id="with a step too many"),
        pytest.param(lambda made: made.steps[0].update(config=None), id="not set up"),
    ],
)
def test_what_differs_is_brought_up_to_date(server, change):
    install(server)
    (made,) = server.state.workflows.values()
    change(made)
    assert install(server) == "updated"
    assert install(server) == "there already"
    assert len(server.state.workflows) == 1


def test_what_the_server_adds_to_its_settings_is_its_own(server):
    install(server)
    (made,) = server.state.workflows.values()
    made.steps[0]["config"]["timeout"] = 5
    assert install(server) == "there already"


def test_the_users_own_workflows_stay_as_they_are(server):
    with workflows(server, "club") as others:
        others.install("http://127.0.0.1:9/hooks/club", HEADER, "another")
    before = [vars(made).copy() for made in server.state.workflows.values()]
    install(server)
    with workflows(server) as ours:
        assert ours.remove() == 1
        assert ours.remove() == 0
    assert [vars(made) for made in server.state.workflows.values()] == before


def test_a_copy_of_ours_is_removed_so_that_no_photo_is_told_twice(server):
    install(server)
    (made,) = server.state.workflows.values()
    copy = type(made)(**vars(made) | {"id": server.state.new_id()})
    server.state.workflows[copy.id] = copy
    assert install(server) == "there already"
    assert len(server.state.workflows) == 1


def test_a_server_that_says_made_and_does_not_is_not_believed(server):
    def forget(method: str, path: str, number: int) -> None:
        for made in server.state.workflows.values():
            made.steps = []

    server.before_request = forget
    with pytest.raises(GalleryBug, match="Albumen: family"):
        install(server)


def test_where_it_calls_is_told(server):
    install(server)
    with workflows(server) as ours:
        assert [address_of(one) for one in ours.found()] == [URL]


def test_nothing_stands_against_it(server):
    with workflows(server) as ours:
        assert ours.why_not() == ""


@pytest.mark.parametrize("version", ["2.5.3", "2.7.5"])
def test_a_server_without_webhooks_says_so_and_is_asked_for_nothing_else(version):
    with FakeImmich(version) as server, workflows(server) as ours:
        assert f"Immich {version} has no webhooks" in ours.why_not()
        assert [seen.path for seen in server.requests] == ["/api/server/version"]


def test_a_key_that_may_not_names_what_it_lacks(server):
    key = server.add_key([*PERMISSIONS, "plugin.read", "workflow.read"])
    with workflows(server, key=key) as ours:
        assert ours.why_not() == "the key lacks workflow.create, workflow.update, workflow.delete"


def test_a_server_without_its_own_plugin_cannot(server):
    server.has_core_plugin = False
    with workflows(server) as ours:
        assert "no webhook among its plugins" in ours.why_not()


def test_a_key_that_may_everything_may_this(server):
    with workflows(server, key=server.add_key(["all"])) as ours:
        assert ours.why_not() == ""
