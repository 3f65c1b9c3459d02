#!/usr/bin/env bash
# github.com/lestrrat-go/jwx/v3 v3.4.0 (Go): with the token type of its package `jwt/openid`, an ID token whose `birthdate` is a year
# alone ("1970") is refused as a whole, as if it were no JWT. OpenID Connect Core §5.1 allows YYYY beside YYYY-MM-DD, for people who
# tell no more; the other short form, 0000-05-12 (the year left out), is taken.
# What a user would meet: one person cannot log in while everybody else can, because of a claim that the service may never look at.
# Mend: parse with the plain `jwt` token type and read `birthdate` as a string; or have the provider send full dates only.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
export GOPATH=$dir/go GOFLAGS=-modcacherw
go mod init look >/dev/null 2>&1
go get github.com/lestrrat-go/jwx/v3/jwt/openid@v3.4.0 2>/dev/null
cat > main.go <<'GO'
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"os"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jws"
	"github.com/lestrrat-go/jwx/v3/jwt"
	"github.com/lestrrat-go/jwx/v3/jwt/openid"
)

func main() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	asDescribed := true
	for _, birthdate := range []string{"1970-05-12", "0000-05-12", "1970"} {
		claims := fmt.Sprintf(`{"iss":"https://id.example","sub":"hanako","birthdate":%q}`, birthdate)
		token, err := jws.Sign([]byte(claims), jws.WithKey(jwa.ES256(), key))
		if err != nil {
			panic(err)
		}
		verify := jwt.WithKey(jwa.ES256(), key.Public())
		_, asOpenID := jwt.Parse(token, verify, jwt.WithToken(openid.New()))
		_, asPlain := jwt.Parse(token, verify)
		fmt.Printf("birthdate %q: plain token %v; openid token %v\n", birthdate, outcome(asPlain), outcome(asOpenID))
		asDescribed = asDescribed && asPlain == nil && (asOpenID != nil) == (birthdate == "1970")
	}
	if !asDescribed {
		os.Exit(1)
	}
}

func outcome(err error) string {
	if err == nil {
		return "taken"
	}
	return "refused (" + err.Error() + ")"
}
GO
go mod tidy 2>/dev/null
go list -m github.com/lestrrat-go/jwx/v3
go run .
