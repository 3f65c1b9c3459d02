#!/usr/bin/env bash
# PyJWT 2.15.1 (PyPI): an RSA key that a JWKS publishes without `alg` is a key for RS256 and nothing else. A token signed with it by
# PS256 is refused ("does not match the key's algorithm") even where the caller allows PS256 and only PS256. `alg` of a JWK is
# OPTIONAL (RFC 7517 §4.4), and with no `alg` the `algorithms` of the caller and the `alg` of the token are all there is to go by.
# What a user would meet: a provider that moves to PS256 (FAPI 2.0 Security Profile §5.4 allows no RS256) with `kty`, `kid`, `use`
# and the numbers in its JWKS locks out every service that follows the `PyJWKClient` example.
# Mend: the provider publishes `alg`; else the service makes the key by `jwt.PyJWK(key, algorithm="PS256")` itself.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check PyJWT==2.15.1 cryptography==50.0.2
venv/bin/python - <<'PY'
import http.server
import json
import sys
import threading

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

private = rsa.generate_private_key(65537, 2048)
public = jwt.algorithms.RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
bare = {"kty": "RSA", "kid": "spring", "use": "sig", "n": public["n"], "e": public["e"]}
published = {"/bare": bare, "/named": {**bare, "alg": "PS256"}}


class Provider(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"keys": [published[self.path]]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}"
print("PyJWT", jwt.__version__)


def outcome(algorithm, path, made_for=None):
    token = jwt.encode({"sub": "hanako"}, private, algorithm=algorithm, headers={"kid": "spring"})
    key = jwt.PyJWKClient(address + path).get_signing_key_from_jwt(token)
    if made_for:
        key = jwt.PyJWK(published[path], algorithm=made_for)
    try:
        jwt.decode(token, key, algorithms=[algorithm])
        return "verified"
    except jwt.InvalidTokenError as refused:
        return f"{type(refused).__name__}: {refused}"


seen = {
    "RS256, key without alg": outcome("RS256", "/bare"),
    "PS256, key without alg": outcome("PS256", "/bare"),
    "PS256, key with alg": outcome("PS256", "/named"),
    "PS256, key without alg, made for PS256": outcome("PS256", "/bare", "PS256"),
}
for what, came in seen.items():
    print(f"{what}: {came}")
verified = [came == "verified" for came in seen.values()]
sys.exit(0 if verified == [True, False, True, True] else 1)
PY
