"""Routes of what a client asks first: whether the server is there, what it is, and who it is itself."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from fakes.photoprism import shapes
from fakes.photoprism.access import LOGINS, may, token_of
from fakes.photoprism.answers import PUBLIC, Answer, Call, Refusal, route
from fakes.photoprism.records import Session, User

_BATCH_SINCE = 251130
_SECOND_FACTOR = 32
"""What `code` says where the password was right and the passcode is missing."""


@route("GET", "/status", PUBLIC)
def status(call: Call) -> Answer:
    return Answer({"status": "operational"})


@route("GET", "/config", PUBLIC)
def config(call: Call) -> Answer:
    """Answer with what everybody may know, and with more to a session whose scope has it."""
    found = call.server.access.session(call.headers)
    is_in = found is not None and may(found, "config", "GET")
    return Answer(_config(call, found.user if found and is_in else None, is_in))


@route("POST", "/session", PUBLIC)
@route("POST", "/sessions", PUBLIC)
def log_in(call: Call) -> Answer:
    form = call.form()
    access = call.server.access
    if access.is_public:
        return Answer(_described(call, Session("public", call.server.admin, kind="login"), "public"))
    if access.bad_logins >= LOGINS:
        raise Refusal(429, "Too many requests, please try again later")
    user = _user_of(call, str(form.get("username", "")), str(form.get("password", "")))
    if user is None:
        access.bad_logins += 1
        raise Refusal(401, "Invalid credentials")
    if user.passcode and not _is_app_password(call, str(form["password"])) and form.get("code") != user.passcode:
        raise Refusal(401, "Verification code required", code=_SECOND_FACTOR)
    made = Session(call.state.new_text(48, "0123456789abcdef"), user, kind="login", name="")
    call.state.sessions[made.token] = made
    access.session_of(made.token)
    return Answer(_described(call, made, made.token))


@route("GET", "/session", "sessions")
def whoami(call: Call) -> Answer:
    return Answer(_described(call, call.session or Session("public", call.server.admin), ""))


@route("DELETE", "/session", "sessions")
def log_out(call: Call) -> Answer:
    """Delete the session, an app password too."""
    if call.session:
        del call.state.sessions[call.session.token]
    return Answer({"status": "ok", "id": token_of(call.headers)})


def _user_of(call: Call, name: str, password: str) -> User | None:
    """Return the user of a name and a password, for which one of their app passwords is good too."""
    user = next((u for u in call.state.users.values() if u.name == name.lower().strip()), None)
    if user is None or not password:
        return None
    if user.password == password:
        return user
    found = call.state.sessions.get(password)
    return user if found and found.user is user and found.kind == "app" and not found.expired else None


def _is_app_password(call: Call, password: str) -> bool:
    return password in call.state.sessions


def _described(call: Call, found: Session, token: str) -> dict[str, Any]:
    user = shapes.user(found.user) if found.user else {"UID": "", "Name": "", "Role": ""}
    shape: dict[str, Any] = {
        "status": "ok",
        "session_id": sha256(found.token.encode()).hexdigest(),
        "expires_in": 31_536_000,
    }
    shape |= {"provider": "application" if found.kind == "app" else "local", "scope": found.scope, "user": user}
    shape |= {"data": {"tokens": None, "shares": None}, "config": _config(call, found.user, is_in=True)}
    return shape | ({"access_token": token, "id": token, "token_type": "Bearer"} if token else {})


def _config(call: Call, user: User | None, is_in: bool) -> dict[str, Any]:
    server = call.server
    features = dict(server.features)
    if call.version < _BATCH_SINCE:
        features.pop("batchEdit", None)
    shape: dict[str, Any] = {
        "mode": "user" if is_in or server.public else "public",
        "name": "PhotoPrism",
        "edition": "ce",
        "version": f"{server.version}-28c46a116-Linux-AMD64",
        "siteUrl": f"{server.url}/",
        "public": server.public,
        "readonly": False,
        "settings": {"features": features},
        "disable": {"faces": False, "classification": False},
        "previewToken": server.access.preview_token(user),
        "downloadToken": server.access.download_token(user, call.version),
    }
    return shape | ({"count": _counts(call)} if is_in or server.public else {})


def _counts(call: Call) -> dict[str, int]:
    state = call.state
    kinds = [p.type for p in state.photos.values() if not p.deleted]
    return {
        "all": len(kinds),
        "photos": len(kinds) - kinds.count("video"),
        "videos": kinds.count("video"),
        "albums": sum(a.type == "album" and not a.deleted for a in state.albums.values()),
        "labels": len(state.labels),
        "people": len(state.subjects),
    }
