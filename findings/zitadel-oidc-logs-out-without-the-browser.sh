#!/usr/bin/env bash
# github.com/zitadel/oidc/v3 v3.52.0 (Go), relying party side: `rp.EndSession` calls the end session endpoint itself, by a POST from the
# server. RP-Initiated Logout 1.0 §2 has the relying party send the *browser* there: the cookie of the login to be ended is nowhere
# else. A provider that therefore asks the person first answers 200 with a page; EndSession throws that page away and returns a nil
# URL and a nil error, just as it would after a logout that worked.
# What a user would meet: "log out" succeeds, and the next click on "log in" goes straight through without a password.
# Mend: build the address yourself (`end_session_endpoint` with `id_token_hint`, `client_id`, `post_logout_redirect_uri`, `state`) and
# redirect the browser to it; where EndSession returns a URL, redirect the browser there.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
export GOPATH=$dir/go GOFLAGS=-modcacherw
go mod init look >/dev/null 2>&1
go get github.com/zitadel/oidc/v3/pkg/client/rp@v3.52.0 2>/dev/null
cat > main.go <<'GO'
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"

	"github.com/zitadel/oidc/v3/pkg/client/rp"
)

func main() {
	loggedIn := true
	var issuer string
	provider := http.NewServeMux()
	provider.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode(map[string]string{
			"issuer": issuer, "authorization_endpoint": issuer + "/authorize", "token_endpoint": issuer + "/token",
			"jwks_uri": issuer + "/jwks", "end_session_endpoint": issuer + "/logout",
		})
	})
	provider.HandleFunc("/logout", func(w http.ResponseWriter, r *http.Request) {
		_, err := r.Cookie("login")
		fmt.Printf("  %s /logout, cookie of the login: %t\n", r.Method, err == nil)
		if err != nil { // Whose login is meant cannot be told: ask.
			io.WriteString(w, "<form method=post action=/logout/confirm><button>Log out?</button></form>")
			return
		}
		loggedIn = false
		http.Redirect(w, r, r.FormValue("post_logout_redirect_uri"), http.StatusSeeOther)
	})
	provider.HandleFunc("/bye", func(w http.ResponseWriter, r *http.Request) {})
	server := httptest.NewServer(provider)
	defer server.Close()
	issuer = server.URL

	ctx := context.Background()
	party, err := rp.NewRelyingPartyOIDC(ctx, issuer, "notes", "secret", issuer+"/callback", []string{"openid"})
	if err != nil {
		panic(err)
	}
	fmt.Println("rp.EndSession:")
	to, err := rp.EndSession(ctx, party, "the.id.token", issuer+"/bye", "s1", "", nil)
	fmt.Printf("  returned URL %v, error %v; still logged in: %t\n", to, err, loggedIn)
	asDescribed := to == nil && err == nil && loggedIn

	// The same request by the browser, which has the cookie.
	fmt.Println("redirect of the browser:")
	base, _ := url.Parse(issuer)
	jar, _ := cookiejar.New(nil)
	jar.SetCookies(base, []*http.Cookie{{Name: "login", Value: "hanako"}})
	query := url.Values{"id_token_hint": {"the.id.token"}, "post_logout_redirect_uri": {issuer + "/bye"}, "state": {"s1"}}
	if _, err = (&http.Client{Jar: jar}).Get(issuer + "/logout?" + query.Encode()); err != nil {
		panic(err)
	}
	fmt.Printf("  still logged in: %t\n", loggedIn)
	if !asDescribed || loggedIn {
		os.Exit(1)
	}
}
GO
go mod tidy 2>/dev/null
go list -m github.com/zitadel/oidc/v3
go run .
