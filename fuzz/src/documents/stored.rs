//! Stored documents, perhaps of a newer version: read leniently, and written again without
//! the loss of what is not understood.

use std::fmt::Debug;

use common_id::accounts::account::Account;
use common_id::accounts::consent::Consent;
use common_id::accounts::dealer::Dealer;
use common_id::accounts::profile::Profile;
use common_id::documents::{self, strict};
use common_id::oidc::client::{Client, at_rest};
use common_id::oidc::code_record::CodeRecord;
use common_id::oidc::device_authorization::{DeviceAuthorization, Polled};
use common_id::oidc::steps::Progress;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::clients::CLIENTS;
use crate::{ISSUER, NOW, choose, line, text};

/// A client as another version stored it.
pub(super) fn stored_client(data: &[u8]) {
    let before = text(data);
    let Ok(read) = at_rest::read(&before) else {
        return;
    };
    let unchanged = at_rest::rewritten(&before, &read.client).expect("a registration");
    if read.not_understood.is_empty() && serde_json::from_str::<Client>(&before).is_ok() {
        let again = at_rest::read(&unchanged).expect("a registration");
        assert_eq!(again.client, read.client);
    }
    let Ok(Value::Object(members)) = serde_json::from_str(&before) else {
        return;
    };
    let mut changed = read.client.clone();
    changed.may_prefill = !changed.may_prefill;
    let after = at_rest::rewritten(&before, &changed).expect("a registration");
    let Ok(Value::Object(after)) = serde_json::from_str(&after) else {
        panic!("it is no object any more");
    };
    assert_eq!(after.get("may_prefill"), Some(&json!(changed.may_prefill)));
    judge_kept(&members, &after, &changed);
}

/// Every member that the type does not write is kept.
fn judge_kept(before: &Map<String, Value>, after: &Map<String, Value>, now: &impl Serialize) {
    let Ok(Value::Object(known)) = serde_json::to_value(now) else {
        return;
    };
    // Every member that this version knows, with a value or without.
    for (name, value) in before.iter().filter(|(name, _)| name.starts_with("x_")) {
        assert!(!known.contains_key(name));
        assert_eq!(after.get(name), Some(value), "{name} is lost");
    }
}

/// `TYPE JSON`: a document of one of the stored types.
pub(super) fn stored_document(data: &[u8]) {
    let types: [fn(&str); 8] = [
        stored::<Client>,
        stored::<Dealer>,
        stored::<Profile>,
        stored::<Account>,
        stored::<Consent>,
        stored::<Progress>,
        code_record,
        device_authorization,
    ];
    if let Some((which, json)) = choose(data, types.len()) {
        types[which](&text(json));
    }
}

/// What is read strictly is read leniently, and to the same value; what was read is written
/// and read again as it was.
fn stored<T: Serialize + DeserializeOwned + PartialEq + Debug>(json: &str) {
    let lenient = serde_json::from_str::<T>(json);
    if let Ok(strict) = strict::from_str::<T>(json) {
        assert_eq!(lenient.as_ref().ok(), Some(&strict));
    }
    let Ok(read) = lenient else {
        return;
    };
    let written = serde_json::to_string(&read).expect("serializes");
    let again: T = serde_json::from_str(&written).expect("reads back");
    assert_eq!(serde_json::to_string(&again).expect("serializes"), written);
    let rewritten = documents::rewritten(json.as_bytes(), &read).expect("a document");
    let before: Value = serde_json::from_str(json).expect("JSON");
    let after: Value = serde_json::from_str(&rewritten).expect("JSON");
    assert_eq!(after, before, "rewritten without a change");
}

fn code_record(json: &str) {
    let record = CodeRecord::from_bytes(json.as_bytes());
    if let Ok(record) = record {
        let bytes = record.to_bytes().expect("serializes");
        if record.grant.id.len() == 22 {
            assert_eq!(CodeRecord::from_bytes(&bytes).ok().as_ref(), Some(&record));
        }
        drop(record.check_client(&CLIENTS[0], ISSUER, NOW));
    }
}

fn device_authorization(json: &str) {
    let Ok(mut read) = DeviceAuthorization::from_bytes(json.as_bytes()) else {
        return;
    };
    let bytes = read.to_bytes().expect("serializes");
    assert_eq!(
        DeviceAuthorization::from_bytes(&bytes).ok().as_ref(),
        Some(&read)
    );
    let polled = read.poll(&CLIENTS[1], ISSUER, NOW);
    if read.client_id.0 != "app" || read.issuer != ISSUER {
        assert!(matches!(polled, Polled::Never(_)));
    }
    read.rewritten(json.as_bytes()).expect("a document");
}

/// `STORED ⏎ UNDERSTOOD ⏎ AFTER`: any three values.
pub(super) fn carried(data: &[u8]) {
    let data = text(data);
    let mut data = data.as_ref();
    let mut value = || serde_json::from_str::<Value>(line(&mut data)).ok();
    let (Some(stored), Some(understood), Some(after)) = (value(), value(), value()) else {
        return;
    };
    assert_eq!(
        documents::carried(&stored, &understood, understood.clone()),
        stored
    );
    assert_eq!(
        documents::carried(&understood, &understood, after.clone()),
        after
    );
    let result = documents::carried(&stored, &understood, after.clone());
    if let (
        Value::Object(stored),
        Value::Object(understood),
        Value::Object(after),
        Value::Object(result),
    ) = (&stored, &understood, &after, &result)
    {
        let unchanged = understood == after;
        for (name, value) in stored {
            if !understood.contains_key(name) && !after.contains_key(name) {
                assert_eq!(result.get(name), Some(value), "{name} is lost");
            }
        }
        for name in after.keys().filter(|_| !unchanged) {
            assert!(result.contains_key(name));
        }
    }
}
