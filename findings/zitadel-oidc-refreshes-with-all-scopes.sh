#!/usr/bin/env bash
# github.com/zitadel/oidc/v3 v3.52.0 (Go), relying party side: `rp.RefreshTokens` puts every scope of the configuration into the refresh,
# whatever the token response said was granted, and there is no argument to leave them out. RFC 6749 §6 forbids a refresh to ask for
# more than was granted, and a refresh without `scope` gets all that was. (golang.org/x/oauth2 v0.38.0 sends none.)
# What a user would meet: a scope that the provider does not know, or that the person unticked, is left out silently at the login
# (OpenID Connect Core §3.1.2.1), which works; an hour later each refresh fails with `invalid_scope`, and the person is logged out.
# Mend: configure exactly what the client is registered for; after a smaller grant refresh by x/oauth2's token source instead.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
export GOPATH=$dir/go GOFLAGS=-modcacherw
go mod init look >/dev/null 2>&1
go get github.com/zitadel/oidc/v3/pkg/client/rp@v3.52.0 golang.org/x/oauth2@v0.38.0 2>/dev/null
cat > main.go <<'GO'
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"github.com/zitadel/oidc/v3/pkg/client/rp"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"golang.org/x/oauth2"
)

const granted = "openid offline_access"

func main() {
	var issuer string
	asked := map[string]string{}
	provider := http.NewServeMux()
	provider.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode(map[string]string{
			"issuer": issuer, "authorization_endpoint": issuer + "/authorize", "token_endpoint": issuer + "/token", "jwks_uri": issuer + "/jwks",
		})
	})
	provider.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		scope := r.FormValue("scope")
		asked[r.FormValue("refresh_token")] = scope
		w.Header().Set("Content-Type", "application/json")
		if scope != "" && scope != granted {
			w.WriteHeader(http.StatusBadRequest)
			json.NewEncoder(w).Encode(map[string]string{"error": "invalid_scope"})
			return
		}
		json.NewEncoder(w).Encode(map[string]any{"access_token": "a", "token_type": "Bearer", "expires_in": 300, "scope": granted})
	})
	server := httptest.NewServer(provider)
	defer server.Close()
	issuer = server.URL

	ctx := context.Background()
	scopes := []string{"openid", "phone", "offline_access"}
	party, err := rp.NewRelyingPartyOIDC(ctx, issuer, "notes", "secret", issuer+"/callback", scopes)
	if err != nil {
		panic(err)
	}
	fmt.Printf("granted at the login: %q\n", granted)
	_, ofZitadel := rp.RefreshTokens[*oidc.IDTokenClaims](ctx, party, "of-zitadel", "", "")
	fmt.Printf("zitadel/oidc asked for %q: %v\n", asked["of-zitadel"], ofZitadel)
	old := &oauth2.Token{RefreshToken: "of-oauth2", Expiry: time.Now().Add(-time.Minute)}
	_, ofOAuth2 := party.OAuthConfig().TokenSource(ctx, old).Token()
	fmt.Printf("x/oauth2 asked for %q: %v\n", asked["of-oauth2"], ofOAuth2)
	if asked["of-zitadel"] != "openid phone offline_access" || ofZitadel == nil || asked["of-oauth2"] != "" || ofOAuth2 != nil {
		os.Exit(1)
	}
}
GO
go mod tidy 2>/dev/null
go list -m github.com/zitadel/oidc/v3 golang.org/x/oauth2
go run .
