//! Messages from the outbox to a mail relay and to an SMS gateway: they are retried if
//! refused, given up if the address does not exist, and neither lost nor kept.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use common_id::accounts::email_address::EmailAddress;
use common_id::accounts::phone_number::MobileNumber;
use common_id::accounts::verification_code::{CodeLength, VerificationCode};
use common_id::brand::{Brand, Brands};
use common_id::clock::{Clock, Timestamp};
use common_id::config::Config;
use common_id::ephemeral::{Ephemeral, Limits};
use common_id::locale::Locale;
use common_id::mail::message::Message;
use common_id::outbox::Outbox;
use common_id::outgoing::Outgoing;
use common_id::random::Random;
use common_id::seal::Sealer;
use common_id::store::outbox::Channel;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::support::database::{self, Database};

const START: Timestamp = Timestamp(1_795_359_600);

/// An outbox for one test.
struct Post {
    outbox: Outbox,
    brand: Arc<Brand>,
    clock: Clock,
    #[expect(dead_code, reason = "held so that the database stays")]
    database: Database,
}

/// What a server received, in order.
type Received = Arc<Mutex<Vec<String>>>;

impl Post {
    async fn with(settings: &[(&str, String)]) -> Self {
        let variables = settings.iter().map(|(name, value)| {
            let name = format!("COMMON_ID__{}", name.replace('.', "__").to_uppercase());
            (name.into(), value.into())
        });
        let folder = std::path::Path::new("unused");
        let config = Config::demo_with(8080, folder, variables).unwrap();
        let database = database::sqlite().await;
        let store = database.open().await;
        let clock = Clock::manual(START);
        let own = (clock.clone(), Random::seeded(1));
        let outgoing = Outgoing::open(&config.outgoing).unwrap();
        let state = (store, Ephemeral::memory(clock.clone(), Limits::default()));
        let sealer = Sealer::from_key([7; 32]);
        let outbox = Outbox::open(&config, outgoing, state, sealer, own).unwrap();
        let brands = Brands::load(&config).unwrap();
        Self {
            outbox,
            brand: brands.by_name("toyota").unwrap().clone(),
            clock,
            database,
        }
    }

    async fn with_relay(answers: &[&'static str]) -> (Self, Received) {
        let (port, received) = smtp_server(answers).await;
        let settings = [
            ("mail.transport", "smtp".to_owned()),
            ("mail.host", "127.0.0.1".to_owned()),
            ("mail.port", port.to_string()),
            ("mail.tls", "none".to_owned()),
            ("mail.timeout", "5s".to_owned()),
        ];
        (Self::with(&settings).await, received)
    }

    async fn with_gateway(answers: &[&'static str]) -> (Self, Received) {
        let (port, received) = http_server(answers).await;
        let settings = [
            ("sms.transport", "http".to_owned()),
            ("sms.url", format!("http://127.0.0.1:{port}/v1/messages")),
            ("sms.token", "gateway-token".to_owned()),
            ("sms.sender", "TOYOTA".to_owned()),
        ];
        (Self::with(&settings).await, received)
    }

    async fn send_code(&self, to: &str) {
        let (to, code) = (EmailAddress::read(to).unwrap(), code());
        let expires_at = self.clock.now().after(Duration::from_secs(600));
        let message = Message::VerificationCode {
            to: &to,
            code: &code,
            expires_at,
        };
        self.outbox
            .post(&self.brand, Locale::Ja, &message)
            .await
            .unwrap();
    }

    async fn welcome(&self, to: &str) {
        let to = EmailAddress::read(to).unwrap();
        let message = Message::Welcome { to: &to };
        self.outbox
            .post(&self.brand, Locale::En, &message)
            .await
            .unwrap();
    }

    async fn send_sms(&self) {
        let (to, code) = (MobileNumber::read("090-1234-5678").unwrap(), code());
        let expires_at = self.clock.now().after(Duration::from_secs(600));
        let message = Message::SmsVerificationCode {
            to: &to,
            code: &code,
            expires_at,
        };
        self.outbox
            .post(&self.brand, Locale::Ja, &message)
            .await
            .unwrap();
    }

    /// Returns how many messages are tried after so many seconds.
    async fn tried_after(&self, seconds: u64) -> usize {
        self.clock.advance(Duration::from_secs(seconds));
        self.outbox.deliver_due().await.unwrap()
    }
}

fn code() -> VerificationCode {
    VerificationCode::read("001164", CodeLength::Six).unwrap()
}

/// A relay that answers `RCPT TO` with `answers` in turn, then accepts all.
async fn smtp_server(answers: &[&'static str]) -> (u16, Received) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let received = Received::default();
    let answers = Arc::new(Mutex::new(answers.to_vec()));
    let mails = received.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(smtp_session(stream, answers.clone(), mails.clone()));
        }
    });
    (port, received)
}

async fn smtp_session(stream: TcpStream, answers: Arc<Mutex<Vec<&'static str>>>, mails: Received) {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 relay\r\n").await.unwrap();
    let mut line = String::new();
    while stream.read_line(&mut line).await.unwrap_or(0) > 0 {
        let command = line.trim_end().to_owned();
        line.clear();
        let answer = if command.starts_with("RCPT") {
            let mut answers = answers.lock().unwrap();
            if answers.is_empty() {
                "250 ok"
            } else {
                answers.remove(0)
            }
        } else if command == "DATA" {
            stream.write_all(b"354 go on\r\n").await.unwrap();
            let mut mail = String::new();
            while !mail.ends_with("\r\n.\r\n") {
                stream.read_line(&mut mail).await.unwrap();
            }
            mails.lock().unwrap().push(mail);
            "250 queued"
        } else if command.starts_with("QUIT") {
            "221 bye"
        } else {
            "250 ok"
        };
        stream
            .write_all(format!("{answer}\r\n").as_bytes())
            .await
            .unwrap();
    }
}

/// A gateway that answers with `answers` in turn, then with 202.
async fn http_server(answers: &[&'static str]) -> (u16, Received) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let received = Received::default();
    let requests = received.clone();
    let mut answers = answers.to_vec();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = String::new();
            let mut buffer = [0; 4096];
            while !request.contains("\r\n\r\n") || !request.ends_with('}') {
                let read = stream.read(&mut buffer).await.unwrap();
                request.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
            }
            requests.lock().unwrap().push(request);
            let status = if answers.is_empty() {
                "202 Accepted"
            } else {
                answers.remove(0)
            };
            let answer =
                format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (port, received)
}

#[tokio::test]
async fn a_mail_that_the_relay_refuses_for_now_arrives_later() {
    let (post, received) = Post::with_relay(&["451 try again later"]).await;
    post.send_code("taro@docomo.ne.jp").await;
    assert_eq!(post.tried_after(0).await, 1);
    assert!(received.lock().unwrap().is_empty());
    assert_eq!(post.tried_after(1).await, 0, "it waits");
    assert_eq!(post.tried_after(10).await, 1);
    assert_eq!(post.tried_after(3_600).await, 0, "it is gone");
    let mails = received.lock().unwrap().clone();
    assert_eq!(mails.len(), 1);
    assert!(
        mails[0].contains("\r\nTo: taro@docomo.ne.jp\r\n"),
        "{}",
        mails[0]
    );
    assert!(mails[0].contains("<no-reply@id.toyota.jp>"), "{}", mails[0]);
    assert!(post.outbox.kept(10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_way_that_failed_twice_is_late_until_something_leaves_by_it() {
    let busy = "451 try again later";
    let (post, received) = Post::with_relay(&[busy, busy]).await;
    let is_late = || post.outbox.is_late(Channel::Email);
    post.welcome("one@docomo.ne.jp").await;
    assert_eq!(post.tried_after(0).await, 1);
    assert!(!is_late(), "one mailbox may be busy");
    assert_eq!(post.tried_after(10).await, 1);
    assert!(is_late());
    assert!(!post.outbox.is_late(Channel::Sms), "another way");
    assert_eq!(post.tried_after(60).await, 1);
    assert_eq!(received.lock().unwrap().len(), 1);
    assert!(!is_late());
}

#[tokio::test]
async fn a_mail_to_nobody_is_given_up_at_once_and_holds_up_no_other() {
    let (post, received) = Post::with_relay(&["550 no such user"]).await;
    post.welcome("nobody@docomo.ne.jp").await;
    assert_eq!(post.tried_after(0).await, 1);
    post.welcome("taro@docomo.ne.jp").await;
    assert_eq!(post.tried_after(3_600).await, 1, "only the second is left");
    assert_eq!(received.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_mail_waits_while_the_relay_is_misconfigured() {
    let (post, received) = Post::with_relay(&["554 relay access denied", "530 log in first"]).await;
    post.welcome("taro@docomo.ne.jp").await;
    assert_eq!(post.tried_after(0).await, 1);
    assert_eq!(post.tried_after(10).await, 1);
    assert_eq!(post.tried_after(60).await, 1);
    assert_eq!(received.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_mail_waits_while_no_relay_is_there_and_is_given_up_after_days() {
    let port = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let settings = [
        ("mail.transport", "smtp".to_owned()),
        ("mail.host", "127.0.0.1".to_owned()),
        ("mail.port", port.to_string()),
        ("mail.tls", "none".to_owned()),
    ];
    let post = Post::with(&settings).await;
    post.welcome("taro@docomo.ne.jp").await;
    let mut hours = 0;
    while post.tried_after(0).await == 1 {
        post.clock.advance(Duration::from_secs(5_000));
        hours += 1;
    }
    assert!((50..60).contains(&hours), "three days, not {hours} times");
    assert_eq!(post.tried_after(86_400).await, 0);
}

#[tokio::test]
async fn a_code_that_expired_on_its_way_is_not_sent() {
    let (post, received) = Post::with_relay(&["451 try again later"]).await;
    post.send_code("taro@docomo.ne.jp").await;
    assert_eq!(post.tried_after(0).await, 1);
    assert_eq!(post.tried_after(600).await, 1);
    assert_eq!(post.tried_after(3_600).await, 0);
    assert!(received.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_carrier_address_that_breaks_the_rfc_is_quoted_to_the_relay() {
    let (post, received) = Post::with_relay(&[]).await;
    post.welcome("a..b.@docomo.ne.jp").await;
    assert_eq!(post.tried_after(0).await, 1);
    assert!(received.lock().unwrap()[0].contains("To: \"a..b.\"@docomo.ne.jp"));
}

#[tokio::test]
async fn an_sms_that_the_gateway_cannot_take_now_is_posted_again_under_the_same_name() {
    let (post, received) =
        Post::with_gateway(&["503 Service Unavailable", "401 Unauthorized"]).await;
    post.send_sms().await;
    for seconds in [0, 10, 60] {
        assert_eq!(post.tried_after(seconds).await, 1);
    }
    assert_eq!(post.tried_after(300).await, 0);
    let requests = received.lock().unwrap();
    assert_eq!(requests.len(), 3);
    let name_of = |request: &String| {
        let line = request
            .lines()
            .find(|line| line.starts_with("idempotency-key: "));
        line.unwrap().to_owned()
    };
    assert_eq!(name_of(&requests[0]), name_of(&requests[2]));
    assert!(requests[2].starts_with("POST /v1/messages HTTP/1.1\r\n"));
    assert!(requests[2].contains("authorization: Bearer gateway-token\r\n"));
    let (_, body) = requests[2].split_once("\r\n\r\n").unwrap();
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["to"], "+819012345678");
    assert_eq!(body["from"], "TOYOTA");
    let text = body["text"].as_str().unwrap();
    assert!(text.ends_with("@id.toyota.localhost #001164"), "{text}");
}

#[tokio::test]
async fn an_sms_that_the_gateway_refuses_for_good_is_given_up() {
    let (post, received) = Post::with_gateway(&["422 Unprocessable Content"]).await;
    post.send_sms().await;
    assert_eq!(post.tried_after(0).await, 1);
    assert_eq!(post.tried_after(3_600).await, 0);
    assert_eq!(received.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn the_demo_keeps_what_it_would_have_sent_readable() {
    let post = Post::with(&[]).await;
    post.send_code("taro@docomo.ne.jp").await;
    post.send_sms().await;
    assert!(
        post.outbox.kept(10).await.unwrap().is_empty(),
        "not yet delivered"
    );
    assert_eq!(post.tried_after(0).await, 2);
    let kept = post.outbox.kept(10).await.unwrap();
    let mail = kept
        .iter()
        .find(|kept| kept.channel == Channel::Email)
        .unwrap();
    assert_eq!(
        (mail.from.as_str(), mail.to.as_str()),
        ("no-reply@id.toyota.jp", "taro@docomo.ne.jp")
    );
    assert!(mail.text.contains("認証番号：001164"));
    assert_eq!(mail.sent_at, START);
    let sms = kept
        .iter()
        .find(|kept| kept.channel == Channel::Sms)
        .unwrap();
    assert_eq!(sms.to, "+819012345678");
}

#[tokio::test]
async fn the_worker_is_woken_by_what_is_put_in() {
    let (post, received) = Post::with_relay(&[]).await;
    let worker = tokio::spawn(post.outbox.clone().deliver_forever());
    post.welcome("taro@docomo.ne.jp").await;
    for _ in 0..500 {
        if !received.lock().unwrap().is_empty() {
            break;
        }
        tokio::task::yield_now().await;
        let _elapsed =
            tokio::time::timeout(Duration::from_millis(10), std::future::pending::<()>()).await;
    }
    worker.abort();
    assert_eq!(received.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn what_one_node_wrote_within_a_second_stays_in_its_order() {
    let post = Post::with(&[]).await;
    let addresses: Vec<_> = (0..20).map(|n| format!("person{n}@example.jp")).collect();
    for address in &addresses {
        post.welcome(address).await;
    }
    while post.outbox.deliver_due().await.unwrap() > 0 {}
    let kept = post.outbox.kept(50).await.unwrap();
    let order: Vec<_> = kept.into_iter().map(|message| message.to).collect();
    assert_eq!(order, addresses);
}
