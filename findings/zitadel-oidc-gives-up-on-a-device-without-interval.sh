#!/usr/bin/env bash
# github.com/zitadel/oidc/v3 v3.52.0 (Go), relying party side of the device grant: `interval` of the device authorization response is
# OPTIONAL, and without it a client polls every 5 seconds (RFC 8628 §3.2). The library leaves 0 in `Interval`, and its own example hands
# that on to `rp.DeviceAccessToken`, which takes the interval for the timeout of each request as well: the first poll has timed out before
# it is sent, and the error ends the login. golang.org/x/oauth2 v0.38.0 waits the 5 seconds.
# What a user would meet: the device shows its code and at once "context deadline exceeded"; what the person types in a minute later
# leads nowhere, and the provider's log has no token request at all.
# Mend: `if answer.Interval == 0 { answer.Interval = 5 }` before the call; at the provider: always send `interval`.
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
	"golang.org/x/oauth2"
)

func main() {
	var issuer string
	polls := 0
	provider := http.NewServeMux()
	answer := func(path string, body func() map[string]any) {
		provider.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			json.NewEncoder(w).Encode(body())
		})
	}
	answer("/.well-known/openid-configuration", func() map[string]any {
		return map[string]any{
			"issuer": issuer, "authorization_endpoint": issuer + "/authorize", "token_endpoint": issuer + "/token",
			"jwks_uri": issuer + "/jwks", "device_authorization_endpoint": issuer + "/device",
		}
	})
	answer("/device", func() map[string]any {
		return map[string]any{"device_code": "d", "user_code": "BCDF-GHJK", "verification_uri": issuer + "/activate", "expires_in": 600}
	})
	answer("/token", func() map[string]any { // The person has agreed already.
		polls++
		return map[string]any{"access_token": "a", "token_type": "Bearer", "expires_in": 300}
	})
	server := httptest.NewServer(provider)
	defer server.Close()
	issuer = server.URL

	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	party, err := rp.NewRelyingPartyOIDC(ctx, issuer, "tv", "", "", []string{"openid"})
	if err != nil {
		panic(err)
	}
	device, err := rp.DeviceAuthorization(ctx, party.OAuthConfig().Scopes, party, nil)
	if err != nil {
		panic(err)
	}
	_, ofZitadel := rp.DeviceAccessToken(ctx, device.DeviceCode, time.Duration(device.Interval)*time.Second, party)
	pollsOfZitadel := polls
	fmt.Printf("zitadel/oidc: interval %d, %d polls, %v\n", device.Interval, pollsOfZitadel, ofZitadel)

	config := &oauth2.Config{ClientID: "tv", Endpoint: oauth2.Endpoint{
		DeviceAuthURL: issuer + "/device", TokenURL: issuer + "/token", AuthStyle: oauth2.AuthStyleInParams,
	}}
	begun := time.Now()
	again, err := config.DeviceAuth(ctx)
	if err != nil {
		panic(err)
	}
	_, ofOAuth2 := config.DeviceAccessToken(ctx, again)
	waited := time.Since(begun).Round(time.Second)
	fmt.Printf("x/oauth2: first poll after %s, %v\n", waited, ofOAuth2)
	if ofZitadel == nil || pollsOfZitadel != 0 || ofOAuth2 != nil || waited < 5*time.Second {
		os.Exit(1)
	}
}
GO
go mod tidy 2>/dev/null
go list -m github.com/zitadel/oidc/v3 golang.org/x/oauth2
go run .
