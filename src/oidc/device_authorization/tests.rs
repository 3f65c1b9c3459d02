use serde_json::json;

use super::*;
use crate::oidc::client::sample;
use crate::oidc::grant;

const ISSUER: &str = "https://id.example";

fn waiting() -> DeviceAuthorization {
    DeviceAuthorization {
        client_id: sample().client_id,
        issuer: ISSUER.to_owned(),
        raw: RawAuthorizationRequest::default(),
        expires_at: Timestamp(1_600),
        interval: Duration::from_secs(5),
        asked_at: None,
        decision: Decision::Pending,
    }
}

fn approval(account: &str) -> Decision {
    let grant = Grant {
        id: format!("grant to {account}"),
        account_id: account.to_owned(),
        sid: None,
        ..grant::sample()
    };
    Decision::Approved(Box::new(Approval {
        grant,
        approved_at: Timestamp(950),
    }))
}

#[track_caller]
fn told(device: &mut DeviceAuthorization, at: i64) -> &'static str {
    match device.poll(&sample(), ISSUER, Timestamp(at)) {
        Polled::Approved => "approved",
        Polled::Later(error) | Polled::Never(error) => error.code.as_str(),
    }
}

#[test]
fn a_user_code_is_read_however_a_person_types_it() {
    for typed in [
        "WDJBMJHT",
        "WDJB-MJHT",
        "wdjb mjht",
        " wDjB－ＭｊＨＴ　",
        "ｗｄｊｂーｍｊｈｔ",
        "W D J B . M J H T",
        "WDJB–MJHT",
    ] {
        let code = UserCode::read(typed).unwrap();
        assert_eq!(code.to_string(), "WDJB-MJHT", "{typed}");
        assert_eq!(code.letters(), "WDJBMJHT");
    }
}

#[test]
fn what_is_no_user_code_is_told_by_its_code() {
    for (typed, wrong) in [
        ("", "user-code-missing"),
        (" - ", "user-code-missing"),
        ("WDJB-MJH", "user-code-format"),
        ("WDJB-MJHTT", "user-code-format"),
        ("WDJA-MJHT", "user-code-format"),
        ("WDJ8-MJHT", "user-code-format"),
        ("ワデジビエム", "user-code-format"),
        ("ÀÀÀÀ", "user-code-format"),
    ] {
        assert_eq!(UserCode::read(typed), Err(wrong), "{typed}");
    }
}

#[test]
fn a_random_code_has_every_letter_equally_often_and_is_read_back() {
    let code = UserCode::of_random(&[0, 255, 19, 20, 39, 240, 239, 1, 2, 3]).unwrap();
    assert_eq!(code.letters(), "BZBZZCDF");
    assert_eq!(UserCode::read(&code.to_string()), Ok(code));
    assert_eq!(UserCode::of_random(&[0; 7]), None);
    assert_eq!(UserCode::of_random(&[250; 32]), None);
}

#[test]
fn a_device_may_not_ask_what_belongs_to_a_browser() {
    let parameters = [
        ("scope", "openid"),
        ("client_secret", "s"),
        ("redirect_uri", "https://evil.example/"),
        ("prompt", "none"),
        ("prefill", "{}"),
        ("acr_values", "a"),
        ("client_id", "another"),
    ];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let asked = asked(
        &RawAuthorizationRequest(parameters.into()),
        &ClientId("navi".to_owned()),
    );
    let names: Vec<_> = asked.0.keys().map(String::as_str).collect();
    assert_eq!(names, ["acr_values", "client_id", "scope"]);
    assert_eq!(asked.get("client_id"), Some("navi"));
}

#[test]
fn whoever_asks_too_soon_must_wait_longer_from_then_on() {
    let mut device = waiting();
    assert_eq!(told(&mut device, 1_000), "authorization_pending");
    assert_eq!(told(&mut device, 1_003), "slow_down");
    assert_eq!(device.interval.as_secs(), 10);
    assert_eq!(told(&mut device, 1_008), "slow_down");
    assert_eq!(device.interval.as_secs(), 15);
    assert_eq!(told(&mut device, 1_015), "authorization_pending");
    assert_eq!(told(&mut device, 1_600), "expired_token");
}

#[test]
fn a_poll_at_the_interval_is_never_too_soon_however_the_network_delays_it() {
    let mut device = waiting();
    // Every 5 seconds, each poll up to a second late.
    for at in [1_000, 1_006, 1_010, 1_016, 1_020, 1_025, 1_031, 1_035] {
        assert_eq!(told(&mut device, at), "authorization_pending", "{at}");
    }
    assert_eq!(device.interval.as_secs(), 5);
}

#[test]
fn a_poll_that_came_too_soon_does_not_begin_the_interval_anew() {
    let mut device = waiting();
    assert_eq!(told(&mut device, 1_000), "authorization_pending");
    assert_eq!(told(&mut device, 1_001), "slow_down");
    assert_eq!(told(&mut device, 1_010), "authorization_pending");
}

#[test]
fn an_approval_is_told_at_once_and_can_be_fetched_for_a_minute() {
    let mut device = waiting();
    assert_eq!(told(&mut device, 1_598), "authorization_pending");
    assert_eq!(
        device.decide(approval("me"), Timestamp(1_599)),
        Decided::Now
    );
    assert_eq!(told(&mut device, 1_599), "approved");
    assert_eq!(told(&mut device, 1_658), "approved");
    assert_eq!(told(&mut device, 1_659), "expired_token");
}

#[test]
fn a_denial_is_told_for_as_long_as_the_request_is_kept() {
    let mut device = waiting();
    assert_eq!(
        device.decide(Decision::Denied, Timestamp(1_000)),
        Decided::Now
    );
    assert_eq!(told(&mut device, 1_001), "access_denied");
    assert_eq!(told(&mut device, 2_000), "access_denied");
}

#[test]
fn what_was_decided_stays_so() {
    let now = Timestamp(1_000);
    let mut device = waiting();
    assert_eq!(device.decide(approval("me"), now), Decided::Now);
    assert_eq!(device.decide(approval("me"), now), Decided::Before);
    assert_eq!(device.decide(approval("other"), now), Decided::TooLate);
    assert_eq!(device.decide(Decision::Denied, now), Decided::TooLate);
    let mut device = waiting();
    assert_eq!(device.decide(Decision::Denied, now), Decided::Now);
    assert_eq!(device.decide(Decision::Denied, now), Decided::Before);
    assert_eq!(device.decide(approval("me"), now), Decided::TooLate);
}

#[test]
fn nothing_is_decided_after_the_end() {
    let mut device = waiting();
    assert!(!device.is_open(Timestamp(1_600)));
    assert_eq!(
        device.decide(approval("me"), Timestamp(1_600)),
        Decided::TooLate
    );
    assert_eq!(device.decision, Decision::Pending);
}

#[test]
fn another_client_or_issuer_learns_nothing_and_changes_nothing() {
    let mut device = waiting();
    let other = Client {
        client_id: ClientId("other".to_owned()),
        ..sample()
    };
    for (client, issuer) in [(&other, ISSUER), (&sample(), "https://other.example")] {
        let Polled::Never(error) = device.poll(client, issuer, Timestamp(1_000)) else {
            panic!("it must be refused");
        };
        assert_eq!(error.code, ErrorCode::InvalidGrant);
    }
    assert_eq!(device, waiting());
}

#[test]
fn a_request_is_read_back_as_it_was_stored() {
    let mut device = waiting();
    device.decide(approval("me"), Timestamp(1_000));
    let read = DeviceAuthorization::from_bytes(&device.to_bytes().unwrap());
    assert_eq!(read.unwrap(), device);
}

/// An approval from a version in which it repeated the fields of the grant but not those of
/// the request.
#[test]
fn an_approval_that_an_older_node_wrote_is_read() {
    let older = json!({
        "account_id": "me", "grant_id": "grant to me", "scope": "openid", "claims": {},
        "authorization_details": [{"type": "dealer_link", "identifier": "20100"}],
        "auth_time": 900, "acr": "0", "amr": "pwd", "approved_at": 950,
    });
    let approved = DeviceAuthorization {
        decision: approval("me"),
        ..waiting()
    };
    let mut stored = serde_json::to_value(&approved).unwrap();
    // An older node needs each of these members unchanged and ignores all others.
    for (name, value) in older.as_object().unwrap() {
        assert_eq!(&stored["decision"]["approved"][name], value, "{name}");
    }
    stored["decision"]["approved"] = older;
    let read = DeviceAuthorization::from_bytes(stored.to_string().as_bytes());
    assert_eq!(read.unwrap(), approved);
}
