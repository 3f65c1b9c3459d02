//! One run of a module: a relying party that is registered as the suite registers its own,
//! checks every response strictly, and sends no PKCE, as the suite does.

use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common_id::accounts::profile::{PostalAddress, Profile};
use common_id::oidc::client::ResponseType;
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::support::browser::{Landed, Page, Phone};
use crate::support::provider::{CALLBACK, Provider};
use crate::support::relying_party::{Pending, RelyingParty, Reply, jwt_part};
use crate::support::steps::{self, Person};

/// The claims of an ID token that nobody requested by name.
const OF_THE_PROTOCOL: [&str; 13] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "sid",
    "at_hash",
    "c_hash",
    "s_hash",
];

/// The response mode of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The response type's default.
    Default,
    /// `form_post`.
    FormPost,
}

/// A provider and a person with every standard claim.
pub(crate) struct Stage {
    pub(crate) provider: Provider,
    pub(crate) person: Person,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::at(Provider::start().await).await
    }

    /// The same with a provider that is running already.
    pub(crate) async fn at(provider: Provider) -> Self {
        let email = "hanako@example.jp";
        let person = steps::person(&provider, email).await;
        let told = |text: &str| Some(text.to_owned());
        let page = told("https://people.example/hanako");
        provider
            .change_account(email, |account| {
                account.profile = Profile {
                    family_name: told("豊田"),
                    given_name: told("花子"),
                    middle_name: told("マリ"),
                    family_name_kana: told("トヨタ"),
                    given_name_kana: told("ハナコ"),
                    nickname: told("はな"),
                    preferred_username: told("hanako"),
                    profile: page.clone(),
                    picture: page.clone(),
                    website: page,
                    gender: told("female"),
                    birthdate: told("1995-12-25"),
                    zoneinfo: told("Asia/Tokyo"),
                    address: Some(PostalAddress {
                        postal_code: told("3800801"),
                        prefecture: told("長野県"),
                        city: told("長野市"),
                        block: told("箱清水1-1-1"),
                        building: None,
                    }),
                    home_phone: None,
                };
            })
            .await;
        provider.prove_mobile_phone(email).await;
        Self { provider, person }
    }

    /// Returns a run for a response type in a new browser.
    pub(crate) async fn run(&self, response_type: ResponseType, mode: Mode) -> Run<'_> {
        let id = format!("rp-{}", response_type.as_str().replace([' ', '_'], "-"));
        Run {
            party: self.party(&id, response_type, json!({})).await,
            stage: self,
            phone: Phone::new(),
            response_type,
            mode,
        }
    }

    /// A relying party like the suite's: another company's, by the metadata names of
    /// Dynamic Client Registration §2.
    pub(crate) async fn party(
        &self,
        client_id: &str,
        response_type: ResponseType,
        changes: Value,
    ) -> RelyingParty {
        let mut grants = response_type.grant_types().to_vec();
        if response_type.gives_code() {
            grants.push(common_id::oidc::client::GrantType::RefreshToken);
        }
        let scope = if response_type.gives_code() {
            "openid profile email phone address offline_access"
        } else {
            "openid profile email phone address"
        };
        let mut registration = json!({
            "party": "third",
            "grant_types": grants,
            "response_types": [response_type],
            "scope": scope,
            "may_omit_pkce": true,
        });
        let members = registration.as_object_mut().unwrap();
        members.extend(changes.as_object().unwrap().clone());
        self.provider.register(client_id, registration).await;
        self.provider.party(client_id).await
    }
}

/// One run of a module.
pub(crate) struct Run<'s> {
    pub(crate) stage: &'s Stage,
    pub(crate) party: RelyingParty,
    pub(crate) phone: Phone,
    pub(crate) response_type: ResponseType,
    pub(crate) mode: Mode,
}

/// The result of a request, verified.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The parameters of the authorization response.
    pub(crate) parameters: BTreeMap<String, String>,
    /// The claims of the ID token; of the token endpoint's, if there is one.
    pub(crate) id_token: Value,
    /// The same ID token as text.
    pub(crate) id_token_text: String,
    /// Every access token issued, the token endpoint's last.
    pub(crate) access_tokens: Vec<String>,
    /// The token response.
    pub(crate) token_reply: Option<Reply>,
}

impl Outcome {
    /// Returns the refresh token; fails the test if there is none.
    pub(crate) fn refresh_token(&self) -> String {
        let reply = self.token_reply.as_ref().expect("a token response");
        reply.text("refresh_token")
    }

    pub(crate) fn auth_time(&self) -> i64 {
        self.id_token["auth_time"].as_i64().expect("auth_time")
    }
}

impl Run<'_> {
    pub(crate) fn provider(&self) -> &Provider {
        &self.stage.provider
    }

    /// Creates an authorization request like the suite's, without PKCE.
    pub(crate) fn ask(&self, scope: &str) -> Pending {
        let pending = self
            .party
            .ask(scope)
            .without("code_challenge")
            .without("code_challenge_method")
            .with("response_type", self.response_type.as_str());
        match self.mode {
            Mode::Default => pending,
            Mode::FormPost => pending.with("response_mode", "form_post"),
        }
    }

    /// Opens the request, does what the pages ask for, and verifies the result.
    pub(crate) async fn go(&mut self, pending: &Pending) -> Outcome {
        let landed = self.phone.open(self.party.url(pending)).await;
        self.finish(landed, pending).await
    }

    /// Logs in and consents if a page asks for it, and verifies the result.
    pub(crate) async fn finish(&mut self, landed: Landed, pending: &Pending) -> Outcome {
        let landed = self.through_the_pages(landed).await;
        let parameters = self.answer(landed, pending);
        self.verified(parameters, pending).await
    }

    /// Does what [`Self::go`] does, but no page may be shown.
    pub(crate) async fn go_silently(&mut self, pending: &Pending) -> Outcome {
        let landed = self.phone.open(self.party.url(pending)).await;
        let parameters = self.answer(landed, pending);
        self.verified(parameters, pending).await
    }

    /// Returns the error in the authorization response.
    pub(crate) async fn error_of(&mut self, pending: &Pending) -> String {
        let landed = self.phone.open(self.party.url(pending)).await;
        let answer = self.answer(landed, pending);
        assert!(answer.contains_key("error_description"), "{answer:?}");
        answer["error"].clone()
    }

    /// Returns the page that is shown instead of an authorization response.
    pub(crate) async fn error_page(&mut self, pending: &Pending) -> Page {
        let page = self.phone.fetch(self.party.url(pending)).await;
        assert_eq!((page.status.as_u16(), page.redirect()), (400, None));
        assert_eq!(page.screen(), "error");
        page
    }

    /// Logs in and consents if a page asks for it.
    pub(crate) async fn through_the_pages(&mut self, mut landed: Landed) -> Landed {
        for _ in 0..3 {
            let screen = match &landed {
                Landed::Away(_) => break,
                Landed::On(page) => page.screen(),
            };
            landed = match screen.as_str() {
                "login" => steps::log_in(&mut self.phone, landed, &self.stage.person.email).await,
                "consent" => {
                    let page = landed.page();
                    self.phone.press(&page, "approve", &[]).await
                }
                _ => break,
            };
        }
        landed
    }

    /// Returns the parameters of a response, which must come in the requested response
    /// mode.
    #[track_caller]
    pub(crate) fn answer(&self, landed: Landed, pending: &Pending) -> BTreeMap<String, String> {
        let pairs: Vec<(String, String)> = match self.mode {
            Mode::FormPost => {
                let page = landed.screen("form-post");
                let form = page.form_away().expect("a form to the client");
                assert_eq!(form.action.as_str(), CALLBACK);
                let script = "<script>document.forms[0].submit()</script>";
                assert!(page.body.contains(script), "it does not send itself");
                form.fields
            }
            Mode::Default => {
                let url = landed.away();
                assert!(url.as_str().starts_with(CALLBACK), "{url}");
                let asked = pending.parameters.get("response_type");
                let in_fragment = asked.is_some_and(|asked| asked.contains("token"));
                let (holds, is_empty) = if in_fragment {
                    (url.fragment(), url.query())
                } else {
                    (url.query(), url.fragment())
                };
                assert_eq!(is_empty, None, "{url}");
                let holds = holds.expect("parameters").as_bytes();
                form_urlencoded::parse(holds).into_owned().collect()
            }
        };
        let parameters: BTreeMap<String, String> = pairs.iter().cloned().collect();
        assert_eq!(pairs.len(), parameters.len(), "repeated in {pairs:?}");
        assert_eq!(parameters.get("state"), pending.parameters.get("state"));
        assert_eq!(parameters.get("iss"), Some(&self.provider().issuer()));
        parameters
    }

    async fn verified(&self, parameters: BTreeMap<String, String>, pending: &Pending) -> Outcome {
        let (wanted, now) = (self.response_type, self.provider().app.clock.now().0);
        let mut expected = BTreeSet::from(["state", "iss", "session_state"]);
        expected.extend(wanted.gives_code().then_some("code"));
        expected.extend(wanted.gives_id_token().then_some("id_token"));
        if wanted.gives_access_token() {
            expected.extend(["access_token", "token_type", "expires_in", "scope"]);
            assert_eq!(parameters["token_type"], "Bearer");
            assert!(parameters["expires_in"].parse::<u32>().unwrap() > 0);
        }
        let there: BTreeSet<&str> = parameters.keys().map(String::as_str).collect();
        assert_eq!(there, expected);
        let code = parameters.get("code").map(String::as_str);
        assert!(code.is_none_or(|code| code.len() >= 43), "a guessable code");
        let nonce = pending.parameters.get("nonce").map(String::as_str);
        let front = parameters.get("id_token").map(|token| {
            let claims = self.party.verified_id_token(token, nonce);
            let hash = |name: &str| parameters.get(name).map(|text| half_hash(text));
            for (claim, beside) in [
                ("at_hash", "access_token"),
                ("c_hash", "code"),
                ("s_hash", "state"),
            ] {
                assert_eq!(
                    claims.get(claim),
                    hash(beside).map(Value::from).as_ref(),
                    "{claim}"
                );
            }
            (token.clone(), claims)
        });
        let mut access_tokens: Vec<String> = parameters
            .get("access_token")
            .cloned()
            .into_iter()
            .collect();
        let (mut back, mut token_reply) = (None, None);
        if let Some(code) = code {
            let reply = self.exchange(code, pending).await;
            assert_eq!(reply.status, 200, "{}", reply.body);
            assert_eq!(reply.header("cache-control"), "no-store");
            assert!(reply.json()["expires_in"].as_u64().unwrap() > 0);
            assert_eq!(reply.text("token_type"), "Bearer");
            let (token, access) = (reply.text("id_token"), reply.text("access_token"));
            let claims = self.party.verified_id_token(&token, nonce);
            assert_eq!(claims["at_hash"], half_hash(&access));
            assert_eq!(claims.get("s_hash"), None);
            access_tokens.push(access);
            (back, token_reply) = (Some((token, claims)), Some(reply));
        }
        for (token, claims) in front.iter().chain(&back) {
            self.check_id_token(token, claims, now);
        }
        if let (Some((_, front)), Some((_, back))) = (&front, &back) {
            // OpenID Connect Core §3.3.3.6.
            for claim in ["iss", "sub", "aud", "auth_time", "acr"] {
                assert_eq!(front[claim], back[claim], "{claim}");
            }
        }
        let (id_token_text, id_token) = back.or(front).unwrap_or_default();
        Outcome {
            parameters,
            id_token,
            id_token_text,
            access_tokens,
            token_reply,
        }
    }

    fn check_id_token(&self, token: &str, claims: &Value, now: i64) {
        let header = jwt_part(token, 0);
        assert_eq!(header["alg"], "RS256");
        assert!(!header["kid"].as_str().unwrap().is_empty());
        let time = |claim: &str| claims[claim].as_i64().unwrap();
        assert!(time("iat") <= now && time("exp") > now && time("auth_time") <= now);
        assert!(!claims["acr"].as_str().unwrap().is_empty());
        if self.response_type != ResponseType::IdToken {
            for claim in claims.as_object().unwrap().keys() {
                let known = OF_THE_PROTOCOL.contains(&claim.as_str());
                assert!(known, "nobody asked for {claim} in the ID token");
            }
        }
    }

    /// Exchanges a code, and returns any reply.
    pub(crate) async fn exchange(&self, code: &str, pending: &Pending) -> Reply {
        let mut parameters = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
        ];
        if pending.parameters.contains_key("code_challenge") {
            parameters.push(("code_verifier", &pending.verifier));
        }
        self.party.token(&parameters).await
    }

    /// Returns the person's claims from where this response type has them: UserInfo with
    /// every access token, or else the ID token.
    pub(crate) async fn claims(&self, outcome: &Outcome) -> Value {
        let mut claims = outcome.id_token.clone();
        for token in &outcome.access_tokens {
            let reply = self.party.userinfo(token).await;
            assert_eq!(reply.status, 200, "{}", reply.body);
            assert_eq!(reply.header("content-type"), "application/json");
            claims = reply.json();
            if !outcome.id_token.is_null() {
                assert_eq!(claims["sub"], outcome.id_token["sub"]);
            }
        }
        claims
    }
}

/// Returns the left half of a SHA-256, as for RS256 (OpenID Connect Core §3.1.3.6).
fn half_hash(text: &str) -> String {
    let hash = digest(&SHA256, text.as_bytes());
    URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16])
}
