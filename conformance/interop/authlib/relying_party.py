"""A relying party made with Authlib's Flask client, which proves itself by client_secret_post."""

import json
import os
import sys

from authlib.integrations.flask_client import OAuth
from flask import Flask, jsonify, redirect, request, session

with open(sys.argv[1], encoding="utf-8") as file:
    CONFIGURATION = json.load(file)
BASE = f"http://localhost:{CONFIGURATION['port']}"
LOGINS = CONFIGURATION["logins"]

app = Flask(__name__)
app.secret_key = os.urandom(32)

# By browser and login, which is more than fits into a cookie.
known = {}


def key(name):
    return session.setdefault("browser", os.urandom(16).hex()), name


def keep_refreshed(name, token, refresh_token=None, access_token=None):
    """Authlib calls this when it has refreshed a token that had expired."""
    known[key(name)]["token"] |= token


oauth = OAuth(app, update_token=keep_refreshed)
for login, settings in LOGINS.items():
    oauth.register(
        name=login,
        client_id=settings["client_id"],
        client_secret=settings["client_secret"],
        server_metadata_url=f"{settings['issuer']}/.well-known/openid-configuration",
        client_kwargs={
            "scope": settings["scope"],
            "code_challenge_method": "S256",
            "token_endpoint_auth_method": settings["method"],
        },
    )


@app.get("/start/<name>")
def start(name):
    parameters = LOGINS[name]["parameters"] | request.args.to_dict()
    return oauth.create_client(name).authorize_redirect(f"{BASE}/callback/{name}", **parameters)


@app.get("/callback/<name>")
def callback(name):
    client = oauth.create_client(name)
    token = client.authorize_access_token()
    claims = token.pop("userinfo")
    known[key(name)] = {"token": token, "claims": claims, "userinfo": client.userinfo(token=token)}
    return redirect(f"/me/{name}")


@app.get("/me/<name>")
def me(name):
    person = known.get(key(name))
    if person is None:
        return jsonify(error="nobody is logged in"), 401
    token = person["token"]
    return jsonify(
        id_token=person["claims"],
        userinfo=person["userinfo"],
        access_token=token["access_token"],
        refresh_token=token["refresh_token"],
    )


@app.get("/refresh/<name>")
def refresh(name):
    person = known[key(name)]
    # Whoever asks with a token that has expired gets another first.
    person["userinfo"] = oauth.create_client(name).userinfo(token=person["token"] | {"expires_at": 1})
    return redirect(f"/me/{name}")


@app.get("/logout/<name>")
def logout(name):
    hint = known.pop(key(name))["token"]["id_token"]
    return oauth.create_client(name).logout_redirect(f"{BASE}/bye/{name}", id_token_hint=hint)


@app.get("/bye/<name>")
def bye(name):
    if "state" in request.args:
        oauth.create_client(name).validate_logout_response()
    return jsonify({})


@app.errorhandler(Exception)
def failed(error):
    return jsonify(error=getattr(error, "error", None) or str(error), description=getattr(error, "description", None)), 502


app.run(host="127.0.0.1", port=CONFIGURATION["port"], threaded=True)
