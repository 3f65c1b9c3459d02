//! The configuration of `common-id demo`: both brands on loopback by host name,
//! SQLite, no other server, and messages kept readable instead of sent.

use std::ffi::OsString;
use std::path::Path;

use super::document::{Document, Problems, Value};
use super::{Config, environment, sections};

impl Config {
    /// Returns the demo's configuration on `port`, with its data under `data_dir`.
    ///
    /// # Errors
    /// Never by itself; the return type is that of every way to get a configuration.
    pub fn demo(port: u16, data_dir: &Path) -> Result<Self, Problems> {
        Self::demo_with(port, data_dir, [])
    }

    /// Returns the demo's configuration, overridden by environment variables.
    ///
    /// # Errors
    /// `Problems` with every variable that names no setting or has a wrong value.
    pub fn demo_with(
        port: u16,
        data_dir: &Path,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, Problems> {
        let mut document = Document::default();
        let database = data_dir.join("common-id.db");
        let texts = [
            ("listen", format!("127.0.0.1:{port}")),
            ("sealing_key_file", "keys/sealing.key".to_owned()),
            ("database.url", format!("sqlite:{}", database.display())),
            ("mail.transport", "outbox".to_owned()),
            ("sms.transport", "outbox".to_owned()),
        ];
        for (name, text) in texts {
            document.set(name, Value::Text(text));
        }
        document.set("debugger.enabled", Value::Truth(true));
        // The demo's services, all on loopback.
        let services = Value::List(vec!["*.localhost".to_owned()]);
        document.set("outgoing.allow_hosts", services);
        for brand in ["toyota", "lexus"] {
            let texts = [
                ("issuer", format!("http://id.{brand}.localhost:{port}")),
                ("display_name.ja", "TOYOTA/LEXUSの共通ID".to_owned()),
                ("display_name.en", "TOYOTA/LEXUS Common ID".to_owned()),
                ("mail_from", format!("no-reply@id.{brand}.jp")),
            ];
            for (name, text) in texts {
                document.set(&format!("brands.{brand}.{name}"), Value::Text(text));
            }
        }
        let problems = |list| Problems {
            file: "demo".to_owned(),
            list,
        };
        let overlaid = environment::overlay(&mut document, variables);
        if !overlaid.is_empty() {
            return Err(problems(overlaid));
        }
        sections::read("demo", &document).map_err(problems)
    }
}
