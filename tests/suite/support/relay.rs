//! A mail relay on loopback that refuses some mailboxes permanently and accepts the rest.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use common_id::config::{Config, MailTransport, SmtpRelay, SmtpTls};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A running relay.
#[derive(Clone)]
pub(crate) struct Relay {
    port: u16,
    nobody: Arc<Mutex<Vec<&'static str>>>,
}

impl Relay {
    /// Starts a relay that refuses these addresses.
    pub(crate) async fn without(nobody: &[&'static str]) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let relay = Self {
            port: listener.local_addr().unwrap().port(),
            nobody: Arc::new(Mutex::new(nobody.to_vec())),
        };
        let at_work = relay.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(at_work.clone().speak(stream));
            }
        });
        relay
    }

    /// Accepts mail for every address from now on.
    pub(crate) fn knows_everybody(&self) {
        self.nobody.lock().unwrap().clear();
    }

    /// Configures a provider to send its mails to this relay.
    pub(crate) fn for_mails_of(&self, config: &mut Config) {
        config.mail.transport = MailTransport::Smtp(SmtpRelay {
            host: "127.0.0.1".to_owned(),
            port: self.port,
            tls: SmtpTls::None,
            username: None,
            password: None,
            timeout: Duration::from_secs(5),
        });
    }

    /// Speaks RFC 5321, as far as a well-behaved client needs it.
    async fn speak(self, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        let mut within_data = false;
        let mut say = "220 relay\r\n".to_owned();
        loop {
            if stream.write_all(say.as_bytes()).await.is_err() {
                return;
            }
            let mut line = String::new();
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return;
            }
            say = match line.trim_end() {
                "." if within_data => {
                    within_data = false;
                    "250 taken\r\n".to_owned()
                }
                _ if within_data => String::new(),
                "DATA" => {
                    within_data = true;
                    "354 go on\r\n".to_owned()
                }
                "QUIT" => "221 bye\r\n".to_owned(),
                to if to.starts_with("RCPT TO:") => {
                    let nobody = self.nobody.lock().unwrap();
                    if nobody.iter().any(|address| to.contains(address)) {
                        "550 5.1.1 no such user here\r\n".to_owned()
                    } else {
                        "250 ok\r\n".to_owned()
                    }
                }
                _ => "250 ok\r\n".to_owned(),
            };
        }
    }
}
