// A relying party made with go-oidc and golang.org/x/oauth2: at one brand a public client, at the other one with a secret
// (client_secret_basic), and told of logouts at both.
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"maps"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

type settings struct {
	Issuer       string            `json:"issuer"`
	ClientID     string            `json:"client_id"`
	ClientSecret string            `json:"client_secret"`
	Scope        string            `json:"scope"`
	Parameters   map[string]string `json:"parameters"`
}

type login struct {
	settings
	base       string
	name       string
	config     oauth2.Config
	provider   *oidc.Provider
	verifier   *oidc.IDTokenVerifier
	endSession string
	sessions   map[string]*session
}

// What a browser is doing, or has done, with one login.
type session struct {
	state, nonce, verifier string
	person                 *person
}

type person struct {
	IDToken      map[string]any `json:"id_token"`
	UserInfo     map[string]any `json:"userinfo"`
	AccessToken  string         `json:"access_token"`
	RefreshToken string         `json:"refresh_token"`
	rawIDToken   string
}

func main() {
	content, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	var configuration struct {
		Port   int                 `json:"port"`
		Logins map[string]settings `json:"logins"`
	}
	if err := json.Unmarshal(content, &configuration); err != nil {
		log.Fatal(err)
	}
	for name, settings := range configuration.Logins {
		one, err := newLogin(name, fmt.Sprintf("http://localhost:%d", configuration.Port), settings)
		if err != nil {
			log.Fatal(err)
		}
		one.serve()
	}
	log.Fatal(http.ListenAndServe(fmt.Sprintf("127.0.0.1:%d", configuration.Port), oneAtATime(http.DefaultServeMux)))
}

// The sessions are anybody's who asks, so that only one may.
func oneAtATime(handler http.Handler) http.Handler {
	var mutex sync.Mutex
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mutex.Lock()
		defer mutex.Unlock()
		handler.ServeHTTP(w, r)
	})
}

func newLogin(name, base string, settings settings) (*login, error) {
	provider, err := oidc.NewProvider(context.Background(), settings.Issuer)
	if err != nil {
		return nil, err
	}
	var metadata struct {
		EndSession string `json:"end_session_endpoint"`
	}
	if err := provider.Claims(&metadata); err != nil {
		return nil, err
	}
	endpoint := provider.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	if settings.ClientSecret == "" {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	return &login{
		settings: settings,
		base:     base,
		name:     name,
		config: oauth2.Config{
			ClientID:     settings.ClientID,
			ClientSecret: settings.ClientSecret,
			Endpoint:     endpoint,
			RedirectURL:  base + "/callback/" + name,
			Scopes:       strings.Fields(settings.Scope),
		},
		provider:   provider,
		verifier:   provider.Verifier(&oidc.Config{ClientID: settings.ClientID}),
		endSession: metadata.EndSession,
		sessions:   map[string]*session{},
	}, nil
}

func (l *login) serve() {
	for place, handle := range map[string]func(*session, *http.Request) (string, error){
		"start": l.start, "callback": l.callback, "refresh": l.refresh, "logout": l.logout,
	} {
		http.HandleFunc("GET /"+place+"/"+l.name, func(w http.ResponseWriter, r *http.Request) {
			there, err := handle(l.session(w, r), r)
			if err != nil {
				answer(w, http.StatusBadGateway, failure(err))
				return
			}
			http.Redirect(w, r, there, http.StatusSeeOther)
		})
	}
	http.HandleFunc("GET /me/"+l.name, func(w http.ResponseWriter, r *http.Request) {
		if me := l.session(w, r).person; me != nil {
			answer(w, http.StatusOK, me)
			return
		}
		answer(w, http.StatusUnauthorized, map[string]string{"error": "nobody is logged in"})
	})
	http.HandleFunc("POST /backchannel/"+l.name, l.backchannel)
	http.HandleFunc("GET /bye/"+l.name, func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]string{})
	})
}

func (l *login) start(s *session, r *http.Request) (string, error) {
	*s = session{state: rand.Text(), nonce: rand.Text(), verifier: oauth2.GenerateVerifier(), person: s.person}
	parameters := maps.Clone(l.Parameters)
	for name := range r.URL.Query() {
		parameters[name] = r.URL.Query().Get(name)
	}
	options := []oauth2.AuthCodeOption{oidc.Nonce(s.nonce), oauth2.S256ChallengeOption(s.verifier)}
	for name, value := range parameters {
		options = append(options, oauth2.SetAuthURLParam(name, value))
	}
	return l.config.AuthCodeURL(s.state, options...), nil
}

func (l *login) callback(s *session, r *http.Request) (string, error) {
	query := r.URL.Query()
	if s.state == "" || query.Get("state") != s.state {
		return "", errors.New("the answer is not to a request of this browser")
	}
	if code := query.Get("error"); code != "" {
		return "", &oauth2.RetrieveError{ErrorCode: code, ErrorDescription: query.Get("error_description")}
	}
	token, err := l.config.Exchange(r.Context(), query.Get("code"), oauth2.VerifierOption(s.verifier))
	if err != nil {
		return "", err
	}
	me, idToken, err := l.read(r.Context(), token)
	if err != nil {
		return "", err
	}
	if idToken.Nonce != s.nonce {
		return "", errors.New("the ID token is not for this request")
	}
	*s = session{person: me}
	return "/me/" + l.name, nil
}

func (l *login) refresh(s *session, r *http.Request) (string, error) {
	token, err := l.config.TokenSource(r.Context(), &oauth2.Token{RefreshToken: s.person.RefreshToken}).Token()
	if err != nil {
		return "", err
	}
	me, _, err := l.read(r.Context(), token)
	if err != nil {
		return "", err
	}
	s.person = me
	return "/me/" + l.name, nil
}

func (l *login) logout(s *session, _ *http.Request) (string, error) {
	query := url.Values{
		"id_token_hint":            {s.person.rawIDToken},
		"post_logout_redirect_uri": {l.base + "/bye/" + l.name},
	}
	s.person = nil
	return l.endSession + "?" + query.Encode(), nil
}

func (l *login) backchannel(w http.ResponseWriter, r *http.Request) {
	token, err := l.verifier.VerifyLogout(r.Context(), r.PostFormValue("logout_token"))
	if err != nil {
		answer(w, http.StatusBadRequest, failure(err))
		return
	}
	for _, session := range l.sessions {
		if session.person != nil && session.person.IDToken["sid"] == token.SessionID {
			session.person = nil
		}
	}
}

// Verifies the ID token that came with an access token, and asks UserInfo.
func (l *login) read(ctx context.Context, token *oauth2.Token) (*person, *oidc.IDToken, error) {
	raw, _ := token.Extra("id_token").(string)
	idToken, err := l.verifier.Verify(ctx, raw)
	if err != nil {
		return nil, nil, err
	}
	if err := idToken.VerifyAccessToken(token.AccessToken); err != nil {
		return nil, nil, err
	}
	me := &person{AccessToken: token.AccessToken, RefreshToken: token.RefreshToken, rawIDToken: raw}
	if err := idToken.Claims(&me.IDToken); err != nil {
		return nil, nil, err
	}
	info, err := l.provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return nil, nil, err
	}
	return me, idToken, info.Claims(&me.UserInfo)
}

func (l *login) session(w http.ResponseWriter, r *http.Request) *session {
	if cookie, err := r.Cookie("rp-" + l.name); err == nil {
		if known := l.sessions[cookie.Value]; known != nil {
			return known
		}
	}
	id := rand.Text()
	l.sessions[id] = &session{}
	http.SetCookie(w, &http.Cookie{Name: "rp-" + l.name, Value: id, Path: "/", HttpOnly: true})
	return l.sessions[id]
}

// What is told of an error: by its OAuth code, if it has one.
func failure(err error) map[string]string {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) && refused.ErrorCode != "" {
		return map[string]string{"error": refused.ErrorCode, "description": refused.ErrorDescription}
	}
	return map[string]string{"error": err.Error()}
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		log.Print(err)
	}
}
