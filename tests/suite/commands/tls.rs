//! TLS in `serve`: which versions and ciphers it accepts, which certificate it shows, and
//! what happens when certificate files are renewed, or broken, while it runs.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, PKCS_RSA_SHA256,
};
use rustix::process::Signal;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::ServerName;
use rustls::{
    CipherSuite, ClientConfig, ClientConnection, ProtocolVersion, RootCertStore, StreamOwned,
    SupportedCipherSuite,
};

use super::configuration;
use super::program::{Folder, Server};
use crate::support::process::free_port;

const SERVE: [&str; 3] = ["serve", "--config", "common-id.toml"];
const TOYOTA: &str = "id.toyota.example";
const LEXUS: &str = "id.lexus.example";

/// A certificate authority for one test. Its name is its own, or its certificates would
/// look self-signed.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params
            .distinguished_name
            .push(DnType::CommonName, "An authority of the tests");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Returns a certificate for these hosts, with a serial number to recognize it by, and
    /// its key.
    fn certificate(&self, hosts: &[&str], serial: u64, key: &KeyPair) -> String {
        let hosts: Vec<_> = hosts.iter().map(|host| (*host).to_owned()).collect();
        let mut params = CertificateParams::new(hosts).unwrap();
        params.serial_number = Some(serial.into());
        params.signed_by(key, &self.0).unwrap().pem()
    }

    fn client(&self, suites: Option<Vec<SupportedCipherSuite>>) -> ClientConfig {
        let mut provider = aws_lc_rs::default_provider();
        provider.cipher_suites = suites.unwrap_or(provider.cipher_suites);
        let of_12 = provider
            .cipher_suites
            .iter()
            .all(|suite| suite.tls13().is_none());
        let versions: &[_] = if of_12 {
            &[&rustls::version::TLS12]
        } else {
            &[&rustls::version::TLS13, &rustls::version::TLS12]
        };
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        ClientConfig::builder_with_provider(Arc::new(provider) as Arc<CryptoProvider>)
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth()
    }

    /// Does the TLS handshake, and requests the discovery document.
    fn ask(
        &self,
        port: u16,
        host: &'static str,
        suites: Option<Vec<SupportedCipherSuite>>,
    ) -> Result<Seen, rustls::Error> {
        let name = ServerName::try_from(host).unwrap();
        let connection = ClientConnection::new(Arc::new(self.client(suites)), name)?;
        let mut stream = StreamOwned::new(connection, connect(port));
        let request =
            format!("GET /account HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n");
        if let Err(error) = stream.write_all(request.as_bytes()) {
            return Err(error.downcast::<rustls::Error>().unwrap());
        }
        let mut answer = String::new();
        // The connection may end without a closing alert.
        drop(stream.read_to_string(&mut answer));
        let chain = stream.conn.peer_certificates().unwrap();
        Ok(Seen {
            serial: serial_of(chain[0].as_ref()),
            version: stream.conn.protocol_version().unwrap(),
            suite: stream.conn.negotiated_cipher_suite().unwrap().suite(),
            answer,
        })
    }

    fn serial(&self, port: u16, host: &'static str) -> u64 {
        self.ask(port, host, None).unwrap().serial
    }
}

/// What a client saw.
#[derive(Debug)]
struct Seen {
    serial: u64,
    version: ProtocolVersion,
    suite: CipherSuite,
    answer: String,
}

/// X.509: the first INTEGER of the certificate after its version.
fn serial_of(der: &[u8]) -> u64 {
    let version = [0xa0, 0x03, 0x02, 0x01, 0x02];
    let at = der.windows(5).position(|bytes| bytes == version).unwrap() + 5;
    let length = usize::from(der[at + 1]);
    let serial = &der[at + 2..at + 2 + length];
    serial
        .iter()
        .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let timeout = Some(Duration::from_secs(20));
    stream.set_read_timeout(timeout).unwrap();
    stream
}

/// A folder with a configuration with TLS for both brands, but without the certificates.
fn folder(port: u16, tables: &str) -> Folder {
    let folder = configuration::folder(port);
    let text = std::fs::read_to_string(folder.path("common-id.toml")).unwrap();
    let toyota = format!("https://{TOYOTA}:{port}");
    let text = text.replace("https://id.toyota.example", &toyota);
    let lexus = format!(
        "[brands.lexus]\nissuer = \"https://{LEXUS}:{port}\"\nmail_from = \"no-reply@{LEXUS}\"\n\
         display_name.ja = \"共通ID\"\ndisplay_name.en = \"Common ID\"\n"
    );
    folder.write("common-id.toml", &format!("{text}{lexus}{tables}"));
    folder
}

const GENERAL: &str = "[tls]\ncertificate_file = \"general.pem\"\nkey_file = \"general.key\"\n";
const OF_LEXUS: &str =
    "[brands.lexus.tls]\ncertificate_file = \"lexus.pem\"\nkey_file = \"lexus.key\"\n";

/// Writes a certificate and its key into the folder, as a renewal does.
fn put(folder: &Folder, name: &str, certificate: &str, key: &KeyPair) {
    folder.write(&format!("{name}.key"), &key.serialize_pem());
    let owner_alone = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(folder.path(&format!("{name}.key")), owner_alone).unwrap();
    folder.write(&format!("{name}.pem"), certificate);
}

fn serve(folder: &Folder, port: u16) -> Server {
    folder
        .run(&["migrate", "--config", "common-id.toml"])
        .done();
    folder.serve(&SERVE, port)
}

#[test]
fn each_brand_is_served_over_tls_1_3_with_the_certificate_it_names() {
    let (port, authority) = (free_port(), Authority::new());
    let folder = folder(port, &format!("{GENERAL}{OF_LEXUS}"));
    let key = KeyPair::generate().unwrap();
    put(
        &folder,
        "general",
        &authority.certificate(&[TOYOTA], 7, &key),
        &key,
    );
    put(
        &folder,
        "lexus",
        &authority.certificate(&[LEXUS], 8, &key),
        &key,
    );
    let server = serve(&folder, port);
    for (host, serial) in [(TOYOTA, 7), (LEXUS, 8)] {
        let seen = authority.ask(port, host, None).unwrap();
        assert_eq!(seen.serial, serial);
        assert_eq!(seen.version, ProtocolVersion::TLSv1_3);
        let head = seen.answer.to_ascii_lowercase();
        assert!(head.starts_with("http/1.1 303"), "{head}");
        assert!(
            head.contains("\r\nstrict-transport-security: max-age="),
            "{head}"
        );
    }
    // A host without a certificate gets none of another host.
    let error = authority.ask(port, "id.nobody.example", None).unwrap_err();
    assert!(
        matches!(error, rustls::Error::InvalidCertificate(_)),
        "{error}"
    );
    let ended = server.terminate();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(!ended.err.contains("PRIVATE KEY"), "{ended:?}");
}

#[test]
fn tls_1_2_has_the_suites_of_bcp_195_and_no_other() {
    use aws_lc_rs::cipher_suite as suite;
    let (port, authority) = (free_port(), Authority::new());
    let folder = folder(port, &format!("{GENERAL}{OF_LEXUS}"));
    let ecdsa = KeyPair::generate().unwrap();
    let rsa = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
    put(
        &folder,
        "general",
        &authority.certificate(&[TOYOTA], 1, &rsa),
        &rsa,
    );
    put(
        &folder,
        "lexus",
        &authority.certificate(&[LEXUS], 2, &ecdsa),
        &ecdsa,
    );
    let _server = serve(&folder, port);
    for (host, spoken, name) in [
        (
            TOYOTA,
            suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        ),
        (
            TOYOTA,
            suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        ),
        (
            LEXUS,
            suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        ),
        (
            LEXUS,
            suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        ),
    ] {
        let seen = authority.ask(port, host, Some(vec![spoken])).unwrap();
        assert_eq!((seen.version, seen.suite), (ProtocolVersion::TLSv1_2, name));
    }
    for (host, other) in [
        (TOYOTA, suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256),
        (LEXUS, suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256),
    ] {
        let error = authority.ask(port, host, Some(vec![other])).unwrap_err();
        assert!(matches!(error, rustls::Error::AlertReceived(_)), "{error}");
    }
}

#[test]
fn older_protocols_and_weak_suites_are_refused_by_an_alert() {
    const HANDSHAKE_FAILURE: u8 = 40;
    const PROTOCOL_VERSION: u8 = 70;
    let (port, authority) = (free_port(), Authority::new());
    let folder = folder(port, GENERAL);
    let rsa = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
    let certificate = authority.certificate(&[TOYOTA, LEXUS], 1, &rsa);
    put(&folder, "general", &certificate, &rsa);
    let _server = serve(&folder, port);
    for (version, suites, alert) in [
        // TLS 1.0 and 1.1, with ECDHE_RSA_AES_128_CBC_SHA.
        (0x0301, &[0xc013][..], PROTOCOL_VERSION),
        (0x0302, &[0xc013], PROTOCOL_VERSION),
        // TLS 1.2 without forward secrecy, with CBC, with RC4, 3DES and no cipher at all.
        (0x0303, &[0x009c, 0x002f], HANDSHAKE_FAILURE),
        (0x0303, &[0xc013, 0xc027], HANDSHAKE_FAILURE),
        (0x0303, &[0x0005, 0x000a, 0x0001], HANDSHAKE_FAILURE),
    ] {
        let mut stream = connect(port);
        stream.write_all(&client_hello(version, suites)).unwrap();
        let mut answer = Vec::new();
        drop(stream.read_to_end(&mut answer));
        // RFC 5246 §7.2: an alert of level fatal.
        assert_eq!(answer[0], 0x15, "{version:x} {suites:x?}");
        assert_eq!(answer[5..7], [2, alert], "{version:x} {suites:x?}");
    }
}

/// Builds a ClientHello (RFC 5246 §7.4.1.2), with the extensions that ECDHE needs.
fn client_hello(version: u16, suites: &[u16]) -> Vec<u8> {
    let sized = |bytes: Vec<u8>| {
        [
            &u16::try_from(bytes.len()).unwrap().to_be_bytes()[..],
            &bytes,
        ]
        .concat()
    };
    let groups = [vec![0, 10], sized(sized(vec![0, 23]))].concat();
    let points = vec![0, 11, 0, 2, 1, 0];
    let signatures = [vec![0, 13], sized(sized(vec![4, 1, 8, 4]))].concat();
    let mut body = version.to_be_bytes().to_vec();
    body.extend([7; 32]);
    body.push(0);
    body.extend(sized(
        suites
            .iter()
            .flat_map(|suite| suite.to_be_bytes())
            .collect(),
    ));
    body.extend([1, 0]);
    body.extend(sized([groups, points, signatures].concat()));
    let mut hello = vec![1, 0];
    hello.extend(sized(body));
    let mut record = vec![22, 3, 1];
    record.extend(sized(hello));
    record
}

#[tokio::test(flavor = "multi_thread")]
async fn a_brand_is_known_over_http_2_where_no_host_is_sent() {
    let (port, authority) = (free_port(), Authority::new());
    let folder = folder(port, GENERAL);
    let key = KeyPair::generate().unwrap();
    let certificate = authority.certificate(&[TOYOTA, LEXUS], 1, &key);
    put(&folder, "general", &certificate, &key);
    let _server = serve(&folder, port);
    let mut config = authority.client(None);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let stream = tokio::net::TcpStream::connect(("127.0.0.1", port))
        .await
        .unwrap();
    let name = ServerName::try_from(TOYOTA).unwrap();
    let stream = connector.connect(name, stream).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (client, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);

    let ask = async |host: &str, path: &str, forwarded: &str| {
        let mut client = client.clone().ready().await.unwrap();
        let request = axum::http::Request::builder()
            .uri(format!("https://{host}:{port}{path}"))
            // The server ignores these headers.
            .header("x-forwarded-host", forwarded)
            .header("forwarded", format!("host={forwarded};proto=http"))
            .body(())
            .unwrap();
        let (answer, _) = client.send_request(request, true).unwrap();
        let (head, mut body) = answer.await.unwrap().into_parts();
        let mut content = Vec::new();
        while let Some(chunk) = body.data().await {
            content.extend(chunk.unwrap());
        }
        (head, String::from_utf8(content).unwrap())
    };
    // One connection for both hosts: browsers share it if a certificate names both (RFC
    // 9113 §9.1.1).
    for (host, other) in [(TOYOTA, LEXUS), (LEXUS, TOYOTA)] {
        let path = "/.well-known/openid-configuration";
        let (head, body) = ask(host, path, &format!("{other}:{port}")).await;
        assert_eq!(head.status, 200);
        let document: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(document["issuer"], format!("https://{host}:{port}"));
        // A page that links to itself: by its path, not by an address with a host.
        let (head, body) = ask(host, "/device?user_code=X", other).await;
        assert_eq!(head.status, 200);
        assert!(!body.contains(&format!("{host}:{port}/device")), "{body}");
        assert!(body.contains("/device?"), "{body}");
    }
    let (head, _) = ask("id.nobody.example", "/account", TOYOTA).await;
    assert_eq!(head.status, 421);
}

#[test]
fn a_renewed_certificate_is_shown_and_a_broken_one_is_not() {
    let (port, authority) = (free_port(), Authority::new());
    let folder = folder(port, &format!("{GENERAL}{OF_LEXUS}"));
    let (key, other) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let general = |serial, key: &KeyPair| authority.certificate(&[TOYOTA], serial, key);
    let lexus = |serial, key: &KeyPair| authority.certificate(&[LEXUS], serial, key);
    put(&folder, "general", &general(1, &key), &key);
    put(&folder, "lexus", &lexus(1, &key), &key);
    let server = serve(&folder, port);
    assert_eq!(
        (
            authority.serial(port, TOYOTA),
            authority.serial(port, LEXUS)
        ),
        (1, 1)
    );

    // In each round, the general certificate is broken in another way while the brand's own
    // is renewed.
    let for_another = authority.certificate(&["id.nobody.example"], 9, &key);
    for (round, broken) in [
        (2, "no certificate at all".to_owned()),
        (3, general(9, &other)),
        (4, for_another),
        (5, String::new()),
    ] {
        folder.write("general.pem", &broken);
        put(&folder, "lexus", &lexus(round, &other), &other);
        server.signal(Signal::HUP);
        until(|| authority.serial(port, LEXUS) == round);
        assert_eq!(authority.serial(port, TOYOTA), 1, "{broken}");
    }
    std::fs::remove_file(folder.path("general.key")).unwrap();
    put(&folder, "lexus", &lexus(6, &key), &key);
    server.signal(Signal::HUP);
    until(|| authority.serial(port, LEXUS) == 6);
    assert_eq!(authority.serial(port, TOYOTA), 1);

    // The server notices the repaired files without a signal, because it polls them.
    put(&folder, "general", &general(7, &other), &other);
    until(|| authority.serial(port, TOYOTA) == 7);
    let ended = server.terminate();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.err.contains("the one before stays"), "{ended:?}");
}

/// Waits until another process has done something.
fn until(done: impl Fn() -> bool) {
    for _ in 0..300 {
        if done() {
            return;
        }
        sleep(Duration::from_millis(50));
    }
    panic!("it did not come");
}

#[test]
fn files_that_cannot_be_served_with_are_refused_by_their_line() {
    let authority = Authority::new();
    let (key, other) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let right = authority.certificate(&[TOYOTA, LEXUS], 1, &key);
    let check = |tables: &str, spoil: &dyn Fn(&Folder)| {
        let folder = folder(8443, tables);
        put(&folder, "general", &right, &key);
        put(&folder, "lexus", &right, &key);
        spoil(&folder);
        folder.run(&["check-config", "common-id.toml"])
    };
    assert_eq!(check(GENERAL, &|_| ()).done(), "ok\n");
    assert_eq!(
        check(&format!("{GENERAL}{OF_LEXUS}"), &|_| ()).done(),
        "ok\n"
    );

    let put_general = |folder: &Folder, certificate: &str| folder.write("general.pem", certificate);
    let remove = |path: &Path| std::fs::remove_file(path).unwrap();
    let readable = |path: &Path| {
        let everybody = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(path, everybody).unwrap();
    };
    let toyota_alone = authority.certificate(&[TOYOTA], 1, &key);
    let (certificate, key_file) = ("tls.certificate_file: ", "tls.key_file: ");
    type Spoil<'a> = &'a dyn Fn(&Folder);
    let refusals: [(&str, Spoil<'_>, &str, &str); 10] = [
        (
            GENERAL,
            &|f| remove(&f.path("general.pem")),
            certificate,
            "No such file",
        ),
        (
            GENERAL,
            &|f| remove(&f.path("general.key")),
            key_file,
            "No such file",
        ),
        (
            GENERAL,
            &|f| put_general(f, "nonsense"),
            certificate,
            "no certificate",
        ),
        (
            GENERAL,
            &|f| put_general(f, &toyota_alone),
            certificate,
            "is not for id.lexus.example",
        ),
        (
            GENERAL,
            &|f| f.write("general.key", &right),
            key_file,
            "no private key",
        ),
        (
            GENERAL,
            &|f| put(f, "general", &right, &other),
            key_file,
            "not the key of",
        ),
        (
            GENERAL,
            &|f| readable(&f.path("general.key")),
            key_file,
            "chmod 600",
        ),
        (
            "[tls]\ncertificate_file = \"general.pem\"\n",
            &|_| (),
            key_file,
            "is missing",
        ),
        (
            "[tls]\nkey_file = \"general.key\"\n",
            &|_| (),
            certificate,
            "is missing",
        ),
        (
            OF_LEXUS,
            &|_| (),
            "brands.toyota.tls.certificate_file: ",
            "is missing",
        ),
    ];
    for (tables, spoil, setting, why) in refusals {
        let told = check(tables, spoil).failed(2);
        assert!(
            told.contains(setting) && told.contains(why),
            "{setting} {why}: {told}"
        );
        assert!(told.contains("common-id.toml:"), "{told}");
    }
}
