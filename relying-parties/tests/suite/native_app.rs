//! The maintenance log's app, used as a person at a terminal would.

use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use relying_parties::native_app::{NativeApp, Terminal, Way, registration};
use serde_json::json;
use url::Url;

use crate::fake_provider::{FakeProvider, Mischief, PERSON};

/// The app's output so far, readable while the app writes more.
#[derive(Clone, Default)]
struct Screen(Arc<Mutex<Vec<u8>>>);

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Screen {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// Waits for the address that the app prints, and returns it.
    async fn address(&self) -> Url {
        loop {
            let text = self.text();
            if let Some(line) = text.lines().find(|line| line.starts_with("http")) {
                return Url::parse(line).unwrap();
            }
            tokio::task::yield_now().await;
        }
    }
}

fn app(provider: &FakeProvider, name: &str, way: Way) -> NativeApp {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let keep = folder.join(format!("{name}-{}.json", provider.port()));
    let _ = std::fs::remove_file(&keep);
    NativeApp {
        issuer: provider.issuer.clone(),
        port: provider.port(),
        keep,
        way,
    }
}

/// Opens the app; `type_in` is what the person types.
async fn open(app: &NativeApp, type_in: &str, screen: &Screen) -> Result<(), String> {
    let (mut input, mut output) = (type_in.as_bytes(), screen.clone());
    let mut terminal = Terminal {
        input: &mut input,
        output: &mut output,
    };
    let outcome = app.open(&mut terminal).await;
    outcome.map_err(|stopped| stopped.to_string())
}

/// Logs in by the loopback address, as a browser on the same machine does.
async fn log_in(provider: &FakeProvider, app: &NativeApp) -> Screen {
    let screen = Screen::default();
    let browser = async {
        let there = screen.address().await;
        let parameters: Vec<_> = there.query_pairs().into_owned().collect();
        let (_, home) = parameters
            .iter()
            .find(|(name, _)| name == "redirect_uri")
            .unwrap();
        assert!(home.starts_with("http://127.0.0.1:"), "{home}");
        let back = Url::parse(home).unwrap().join(&provider.authorize(&there));
        let answer = reqwest::get(back.unwrap()).await.unwrap();
        assert!(answer.text().await.unwrap().contains("native-app"));
    };
    let (outcome, ()) = tokio::join!(open(app, "", &screen), browser);
    outcome.unwrap();
    screen
}

#[tokio::test]
async fn the_first_opening_logs_in_by_the_browser_and_shows_the_car() {
    let provider = FakeProvider::start().await;
    let app = app(&provider, "first", Way::Loopback);
    let screen = log_in(&provider, &app).await;
    assert!(screen.text().contains(&format!("{PERSON} 様")));
    assert!(screen.text().contains("長野トヨタ自動車株式会社"));
    let mode = std::fs::metadata(&app.keep).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "only its owner reads the token");
}

#[tokio::test]
async fn later_openings_need_no_browser_and_spend_a_token_each() {
    let provider = FakeProvider::start().await;
    let app = app(&provider, "later", Way::Loopback);
    log_in(&provider, &app).await;
    let before = std::fs::read(&app.keep).unwrap();
    for _ in 0..2 {
        let screen = Screen::default();
        open(&app, "", &screen).await.unwrap();
        assert!(screen.text().contains(PERSON));
        assert!(!screen.text().contains("http"), "no browser is needed");
    }
    assert_ne!(std::fs::read(&app.keep).unwrap(), before);
}

#[tokio::test]
async fn by_the_claimed_address_the_system_hands_over_what_the_person_pastes_here() {
    let provider = FakeProvider::start().await;
    let app = app(&provider, "claimed", Way::Claimed);
    let screen = Screen::default();
    // The app prints the address only once it is open, so the first time nothing is pasted.
    open(&app, "\n", &screen).await.unwrap_err();
    let there = screen.address().await;
    let home = format!(
        "http://maintenance.localhost:{}/app/callback",
        provider.port()
    );
    assert!(
        there
            .query_pairs()
            .any(|(name, value)| name == "redirect_uri" && value == home)
    );
    // A response to an earlier request of the app is refused.
    let stale = format!(
        "http://maintenance.localhost{}\n",
        provider.authorize(&there)
    );
    let refused = open(&app, &stale, &Screen::default()).await.unwrap_err();
    assert!(refused.contains("no such login"), "{refused}");
}

#[tokio::test]
async fn whoever_took_the_permission_back_is_asked_to_log_in_again() {
    let provider = FakeProvider::start().await;
    let app = app(&provider, "revoked", Way::Loopback);
    log_in(&provider, &app).await;
    provider.misbehave(Mischief::RefusesRefreshTokens);
    let screen = log_in(&provider, &app).await;
    assert!(screen.text().contains(PERSON));
}

#[tokio::test]
async fn after_logging_out_nothing_is_kept() {
    let provider = FakeProvider::start().await;
    let app = app(&provider, "out", Way::Loopback);
    log_in(&provider, &app).await;
    app.log_out().await.unwrap();
    assert!(!app.keep.exists());
    app.log_out().await.unwrap();
}

#[test]
fn the_app_registers_as_a_public_client_with_both_ways_back() {
    let registration = registration("http://id.toyota.localhost:8080", 8080);
    assert_eq!(registration["token_endpoint_auth_method"], "none");
    assert_eq!(
        registration["redirect_uris"],
        json!([
            "http://127.0.0.1/callback",
            "http://[::1]/callback",
            "http://maintenance.localhost:8080/app/callback",
        ])
    );
    assert!(registration.get("post_logout_redirect_uris").is_none());
}
