//! The list of relying parties, and what each requests from the provider. A new one is an
//! entry of [`relying_parties`], and a variant of [`Service`] if it shows something new.

use std::fmt;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::locale::Text;

/// The grant type of devices that cannot show a login page (RFC 8628 §3.4).
pub(crate) const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// One relying party: address, client registration and appearance.
#[derive(Clone)]
pub struct RelyingPartyConfig {
    /// Short name: the first label of the host, and the theme's name in the style sheet.
    pub key: &'static str,
    /// The name shown to people.
    pub name: Text,
    /// One sentence under the name that says what the service is for.
    pub lead: Text,
    /// Base URL without a trailing slash: `http://maintenance.localhost:8080`.
    pub base_url: String,
    /// The provider's issuer identifier, exactly as the provider writes it.
    pub issuer: String,
    /// Another issuer of the provider at which people may log in.
    pub other_issuer: Option<OtherIssuer>,
    /// The `client_id`.
    pub client_id: String,
    /// The client secret; `None` for a public client.
    pub client_secret: Option<String>,
    /// The requested scopes, `openid` among them.
    pub scope: &'static str,
    /// The requested `authorization_details` (RFC 9396); may be empty.
    pub authorization_details: Vec<Value>,
    /// The file for data that must outlive the process, if there is any.
    pub keep: Option<PathBuf>,
    /// The dealer's own system, if the relying party is a dealer's.
    pub dealer_system: Option<DealerSystem>,
    /// The `claims` parameter of requests (OpenID Connect Core §5.5).
    pub claims: Option<Value>,
    /// What a signed-in person sees.
    pub service: Service,
}

/// A dealer's own system: its own client, and the credentials of its event receiver.
#[derive(Clone)]
pub struct DealerSystem {
    /// The dealer's code.
    pub dealer_code: &'static str,
    /// The system's `client_id`.
    pub client_id: String,
    /// The system's client secret.
    pub client_secret: String,
    /// The `Authorization` header with which the provider authenticates to the event
    /// receiver.
    pub event_authorization: String,
    /// E-mail addresses of the staff.
    pub staff: &'static [&'static str],
}

/// A second issuer at which a person may log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherIssuer {
    /// Label of the login button.
    pub log_in: Text,
    /// The issuer identifier.
    pub issuer: String,
}

/// What a relying party does for a signed-in person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// my route: journeys by any means of transport.
    Journeys,
    /// TOYOTA SHARE: car sharing.
    SharedCars,
    /// The maintenance log: the person's car and its service records.
    ServiceHistory,
    /// The old site, whose members move to a common ID.
    OwnersSite,
    /// The dealers that the person has linked.
    LinkedDealers,
    /// Ways to buy a car, which depend on how old the person is.
    PurchasePlans,
    /// TC smartphone navi: a device in the car, which cannot show a login page.
    Navigation,
    /// MyTOYOTA for T-Connect: remote commands to the car.
    RemoteCommands,
    /// A dealer's page for its staff: the customers who linked the dealer.
    DealerStaff,
}

/// Returns the relying parties of the demo, at `http://<key>.localhost:<port>`. `secret_of`
/// returns the secret of the client named.
pub fn relying_parties(
    issuer: &str,
    port: u16,
    secret_of: impl Fn(&str) -> String,
) -> Vec<RelyingPartyConfig> {
    let web = |key: &'static str| RelyingPartyConfig {
        key,
        name: Text { ja: key, en: key },
        lead: Text { ja: "", en: "" },
        base_url: format!("http://{key}.localhost:{port}"),
        issuer: issuer.to_owned(),
        other_issuer: None,
        client_id: key.to_owned(),
        client_secret: Some(secret_of(key)),
        scope: "openid profile email",
        authorization_details: Vec::new(),
        claims: None,
        keep: None,
        dealer_system: None,
        service: Service::LinkedDealers,
    };
    // Phone apps are public clients, and stay signed in by refresh tokens.
    let on_phones = |key: &'static str| RelyingPartyConfig {
        client_secret: None,
        scope: "openid profile phone offline_access",
        ..web(key)
    };
    vec![
        RelyingPartyConfig {
            name: Text {
                ja: "TOYOTA OWNER'S SITE",
                en: "TOYOTA OWNER'S SITE",
            },
            lead: Text {
                ja: "トヨタオーナーの皆さまのサイト",
                en: "The site for owners of a Toyota",
            },
            service: Service::OwnersSite,
            ..web("tos")
        },
        RelyingPartyConfig {
            name: Text {
                ja: "整備手帳",
                en: "Maintenance log",
            },
            lead: Text {
                ja: "点検も、整備も、クルマの記録をいつでも手もとに。",
                en: "Inspections, repairs, parts: your car's whole story in your hand.",
            },
            authorization_details: vec![
                json!({"type": "dealer_link", "identifier": "20100", "optional": true}),
            ],
            service: Service::ServiceHistory,
            ..web("maintenance")
        },
        RelyingPartyConfig {
            name: Text {
                ja: "MyTOYOTA",
                en: "MyTOYOTA",
            },
            lead: Text {
                ja: "販売店とつながる、あなた専用のページ。",
                en: "Your own page, in touch with your dealer.",
            },
            // Without an identifier, this asks for any dealer of the person.
            authorization_details: vec![json!({"type": "dealer_link"})],
            ..web("mytoyota")
        },
        RelyingPartyConfig {
            name: Text {
                ja: "TOYOTA.JP（購入サポート）",
                en: "TOYOTA.JP purchase support",
            },
            lead: Text {
                ja: "お見積りから納車まで、あなたに合った買い方を。",
                en: "From the estimate to the key: the way to buy that suits you.",
            },
            claims: Some(json!({"userinfo": {"birthdate": {"essential": true}}})),
            service: Service::PurchasePlans,
            ..web("toyota-jp")
        },
        RelyingPartyConfig {
            name: Text {
                ja: "my route",
                en: "my route",
            },
            lead: Text {
                ja: "電車も、バスも、クルマも。行き方をまとめて。",
                en: "Train, bus, bicycle or car: one way there.",
            },
            service: Service::Journeys,
            ..on_phones("my-route")
        },
        RelyingPartyConfig {
            name: Text {
                ja: "TOYOTA SHARE",
                en: "TOYOTA SHARE",
            },
            lead: Text {
                ja: "乗りたいときに、近くのクルマを15分から。",
                en: "A car near you, when you want one, from 15 minutes.",
            },
            service: Service::SharedCars,
            ..on_phones("toyota-share")
        },
        RelyingPartyConfig {
            name: Text {
                ja: "TCスマホナビ",
                en: "TC Smartphone Navi",
            },
            lead: Text {
                ja: "いつもの行き先を、クルマの画面で。",
                en: "Where you always go, on the screen in your car.",
            },
            service: Service::Navigation,
            scope: "openid profile offline_access",
            ..on_phones("navi")
        },
        RelyingPartyConfig {
            name: Text {
                ja: "MyTOYOTA for T-Connect",
                en: "MyTOYOTA for T-Connect",
            },
            lead: Text {
                ja: "離れていても、クルマのそばにいるように。",
                en: "As if you stood beside your car, wherever you are.",
            },
            service: Service::RemoteCommands,
            scope: "openid profile vehicle.command",
            ..web("t-connect")
        },
        RelyingPartyConfig {
            name: Text {
                ja: "長野トヨタ スタッフページ",
                en: "Nagano Toyota staff",
            },
            lead: Text {
                ja: "共通IDで連携されたお客様を、ひと目で。",
                en: "The customers who linked us by Common ID, at a glance.",
            },
            service: Service::DealerStaff,
            dealer_system: Some(DealerSystem {
                dealer_code: "20100",
                client_id: "dealer-20100".to_owned(),
                client_secret: secret_of("dealer-20100"),
                event_authorization: format!("Bearer {}", secret_of("dealer-20100 events")),
                staff: &["staff@nagano-toyota.example"],
            }),
            ..web("dealer")
        },
    ]
}

/// Leaves out the secret, because this output may end in a log.
impl fmt::Debug for RelyingPartyConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelyingPartyConfig")
            .field("client_id", &self.client_id)
            .field("base_url", &self.base_url)
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

impl RelyingPartyConfig {
    /// Returns the host with the port: `maintenance.localhost:8080`.
    #[must_use]
    pub fn host(&self) -> &str {
        self.base_url
            .split_once("://")
            .map_or(self.base_url.as_str(), |(_, host)| host)
    }

    /// Returns the redirect URI for authorization responses.
    #[must_use]
    pub fn redirect_uri(&self) -> String {
        format!("{}/callback", self.base_url)
    }

    /// Returns the redirect URI after a logout at the provider.
    #[must_use]
    pub fn post_logout_redirect_uri(&self) -> String {
        format!("{}/logged-out", self.base_url)
    }

    /// Returns the client metadata for registration, by the names of OpenID Connect Dynamic
    /// Client Registration §2. `client_name` is an object by language tag, `""` for the
    /// name without one. The secret is not included.
    #[must_use]
    pub fn registration(&self) -> Value {
        let method = match self.client_secret {
            Some(_) => "client_secret_basic",
            None => "none",
        };
        // A device polls the provider and needs no redirect URI (RFC 8628).
        let (redirects, after_logout, response_types) = match self.service {
            Service::Navigation => (json!([]), json!([]), json!([])),
            _ => (
                json!([self.redirect_uri()]),
                json!([self.post_logout_redirect_uri()]),
                json!(["code"]),
            ),
        };
        let mut registration = json!({
            "client_id": self.client_id,
            "client_name": {"": self.name.ja, "ja": self.name.ja, "en": self.name.en},
            "client_uri": self.base_url,
            "redirect_uris": redirects,
            "post_logout_redirect_uris": after_logout,
            "token_endpoint_auth_method": method,
            "grant_types": self.grant_types(),
            "response_types": response_types,
            "scope": self.scope,
            "authorization_details_types": self.authorization_details_types(),
        });
        if self.service == Service::OwnersSite
            && let Some(members) = registration.as_object_mut()
        {
            // The old site pushes its members' data, and never puts them in a URL (RFC 9126
            // §6).
            members.insert("may_prefill".to_owned(), json!(true));
            members.insert(
                "require_pushed_authorization_requests".to_owned(),
                json!(true),
            );
            members.insert(
                "authorization_details_types".to_owned(),
                json!(["dealer_link"]),
            );
        }
        if self.service == Service::ServiceHistory
            && let Some(members) = registration.as_object_mut()
        {
            // The client wants a logout token when the login ends, whatever the browser
            // does.
            let uri = format!("{}{}", self.base_url, crate::logout_token::PATH);
            members.insert("backchannel_logout_uri".to_owned(), json!(uri));
            members.insert(
                "backchannel_logout_session_required".to_owned(),
                json!(true),
            );
        }
        if self.service == Service::RemoteCommands
            && let Some(members) = registration.as_object_mut()
        {
            // The client's API accepts only tokens issued for it (RFC 9068 §2.2).
            members.insert("audience".to_owned(), json!([self.api()]));
        }
        registration
    }

    /// Returns the client metadata of the dealer's system, if there is one. The header for
    /// its events is a secret and not included.
    #[must_use]
    pub fn system_registration(&self) -> Option<Value> {
        let system = self.dealer_system.as_ref()?;
        Some(json!({
            "client_id": system.client_id,
            "client_name": {"": "長野トヨタ 顧客管理", "en": "Nagano Toyota customers"},
            "client_uri": self.base_url,
            "token_endpoint_auth_method": "client_secret_basic",
            "grant_types": ["client_credentials"],
            "response_types": [],
            "scope": "dealer.customers",
            "dealer_code": system.dealer_code,
            "event_delivery": {"endpoint_url": format!("{}/events", self.base_url)},
        }))
    }

    /// Returns the API's URL, which is also its audience.
    #[must_use]
    pub fn api(&self) -> String {
        format!("{}/api", self.base_url)
    }

    fn grant_types(&self) -> &'static [&'static str] {
        match (self.service, self.asks_offline_access()) {
            (Service::Navigation, _) => &[DEVICE_CODE, "refresh_token"],
            (_, true) => &["authorization_code", "refresh_token"],
            (_, false) => &["authorization_code"],
        }
    }

    /// Whether the client requests refresh tokens (OpenID Connect Core §11).
    pub(crate) fn asks_offline_access(&self) -> bool {
        self.scope.split(' ').any(|scope| scope == "offline_access")
    }

    /// Returns the types in `authorization_details`, each once (RFC 9396 §10).
    fn authorization_details_types(&self) -> Vec<&str> {
        let mut types: Vec<&str> = self
            .authorization_details
            .iter()
            .filter_map(|detail| detail.get("type")?.as_str())
            .collect();
        types.sort_unstable();
        types.dedup();
        types
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(key: &str) -> RelyingPartyConfig {
        relying_parties("http://id.toyota.localhost:8080", 8080, |id| {
            format!("secret of {id}")
        })
        .into_iter()
        .find(|party| party.key == key)
        .expect("is listed")
    }

    #[test]
    fn the_registration_names_what_the_party_will_ask() {
        assert_eq!(
            party("maintenance").registration(),
            json!({
                "client_id": "maintenance",
                "client_name": {"": "整備手帳", "ja": "整備手帳", "en": "Maintenance log"},
                "client_uri": "http://maintenance.localhost:8080",
                "redirect_uris": ["http://maintenance.localhost:8080/callback"],
                "post_logout_redirect_uris": ["http://maintenance.localhost:8080/logged-out"],
                "token_endpoint_auth_method": "client_secret_basic",
                "grant_types": ["authorization_code"],
                "response_types": ["code"],
                "scope": "openid profile email",
                "authorization_details_types": ["dealer_link"],
                "backchannel_logout_uri": "http://maintenance.localhost:8080/backchannel-logout",
                "backchannel_logout_session_required": true,
            })
        );
    }

    #[test]
    fn neither_registration_nor_log_holds_the_secret() {
        let party = party("mytoyota");
        assert_eq!(party.client_secret.as_deref(), Some("secret of mytoyota"));
        assert!(!party.registration().to_string().contains("secret of"));
        assert!(!format!("{party:?}").contains("secret of"));
    }

    #[test]
    fn a_party_without_a_secret_registers_as_a_public_client() {
        let public = RelyingPartyConfig {
            client_secret: None,
            ..party("mytoyota")
        };
        assert_eq!(public.registration()["token_endpoint_auth_method"], "none");
    }

    #[test]
    fn a_party_that_asks_for_offline_access_may_refresh() {
        let registration = party("my-route").registration();
        assert_eq!(registration["token_endpoint_auth_method"], "none");
        assert_eq!(
            registration["grant_types"],
            json!(["authorization_code", "refresh_token"])
        );
    }

    #[test]
    fn a_device_registers_for_its_own_grant_and_for_no_redirect() {
        let registration = party("navi").registration();
        assert_eq!(
            registration["grant_types"],
            json!([DEVICE_CODE, "refresh_token"])
        );
        assert_eq!(registration["redirect_uris"], json!([]));
        assert_eq!(registration["response_types"], json!([]));
        assert_eq!(registration["token_endpoint_auth_method"], "none");
    }

    #[test]
    fn a_party_with_an_api_registers_it_as_an_audience() {
        let registration = party("t-connect").registration();
        assert_eq!(
            registration["audience"],
            json!(["http://t-connect.localhost:8080/api"])
        );
        assert_eq!(registration["scope"], "openid profile vehicle.command");
    }

    #[test]
    fn the_host_is_the_address_without_its_scheme() {
        assert_eq!(party("maintenance").host(), "maintenance.localhost:8080");
    }
}
