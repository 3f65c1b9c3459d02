#!/usr/bin/env bash
# social-auth-core 7.0.0 (PyPI; what python-social-auth and its Django app stand on): the OpenID Connect backend takes
# `revocation_endpoint` out of the discovery document, so with REVOKE_TOKENS_ON_DISCONNECT it revokes at any provider. What it sends is a
# GET without the token and without client authentication. RFC 7009 §2.1 has a POST with `token`, and the client's credentials.
# What a user would meet: a provider by the book answers 405 (or 400), that is raised, and the person cannot disconnect their account.
# Mend: a backend of your own that overrides `revoke_token` whole (POST, `token` in the form, client authentication). REVOKE_TOKEN_METHOD =
# "POST" and `revoke_token_params` are not enough: what they hold is sent in the query as well, where it ends up in logs.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check social-auth-core==7.0.0 PyJWT==2.15.1 cryptography==50.0.2 requests==2.34.2
venv/bin/python - <<'PY'
import http.server
import importlib.metadata
import json
import sys
import threading

from social_core.backends.open_id_connect import OpenIdConnectAuth
from social_core.exceptions import SocialAuthBaseException
from social_core.pipeline.disconnect import revoke_tokens
from social_core.storage import BaseStorage
from social_core.strategy import BaseStrategy

seen = []


class Provider(http.server.BaseHTTPRequestHandler):
    def answer(self):
        form = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        status, body = 200, {}
        if self.path == "/.well-known/openid-configuration":
            body = {"issuer": issuer, "authorization_endpoint": issuer + "/authorize", "token_endpoint": issuer + "/token",
                    "jwks_uri": issuer + "/jwks", "revocation_endpoint": issuer + "/revoke"}
        else:
            seen.append((self.command, self.path, form, self.headers.get("Authorization")))
            status = 200 if self.command == "POST" else 405
        body = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
threading.Thread(target=server.serve_forever, daemon=True).start()
issuer = f"http://127.0.0.1:{server.server_port}"


class Strategy(BaseStrategy):
    def get_setting(self, name):
        return {"SOCIAL_AUTH_OIDC_OIDC_ENDPOINT": issuer, "SOCIAL_AUTH_OIDC_KEY": "notes", "SOCIAL_AUTH_OIDC_SECRET": "s3cret",
                "SOCIAL_AUTH_REVOKE_TOKENS_ON_DISCONNECT": True}[name]


    def get_request_data(self, merge=True):
        return {}

    def build_absolute_uri(self, path=None):
        return "https://notes.example/" + (path or "")


class Entry:
    """A person's link to the provider, as a project's database has it."""

    uid, extra_data = "hanako", {"access_token": "the-access-token"}

    def get_backend_instance(self, strategy):
        return OpenIdConnectAuth(strategy)


print("social-auth-core", importlib.metadata.version("social-auth-core"))
raised = None
try:
    revoke_tokens(Strategy(BaseStorage), [Entry()])
except SocialAuthBaseException as error:
    raised = error
for method, path, form, authorization in seen:
    print(f"{method} {path}, form {form!r}, Authorization {authorization!r}")
print("raised:", repr(raised))
sys.exit(0 if seen == [("GET", "/revoke", "", None)] and raised else 1)
PY
