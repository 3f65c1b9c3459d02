use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use super::*;

/// A document with all that ours have: members with and without a default, an object in
/// it, objects by name, and a list of objects.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Garage {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<Place>,
    #[serde(default)]
    by_language: BTreeMap<String, Place>,
    #[serde(default)]
    halls: Vec<Place>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Place {
    city: String,
}

fn garage() -> Value {
    json!({
        "name": "a",
        "phone": "1",
        "place": {"city": "x", "floor": 3},
        "by_language": {"ja": {"city": "y", "floor": 4}},
        "halls": [{"city": "h", "floor": 1}, {"city": "i", "floor": 2}],
        "opened": {"year": 1999},
    })
}

fn changed(stored: &Value, change: impl Fn(&mut Garage)) -> Value {
    let before = stored.to_string();
    let mut garage: Garage = serde_json::from_str(&before).unwrap();
    change(&mut garage);
    serde_json::from_str(&rewritten(before.as_bytes(), &garage).unwrap()).unwrap()
}

#[test]
fn what_is_not_known_stays_at_every_depth() {
    let after = changed(&garage(), |garage| {
        garage.name = "b".to_owned();
        garage.place.as_mut().unwrap().city = "z".to_owned();
        garage.by_language.get_mut("ja").unwrap().city = "z".to_owned();
    });
    let mut expected = garage();
    expected["name"] = json!("b");
    expected["place"]["city"] = json!("z");
    expected["by_language"]["ja"]["city"] = json!("z");
    assert_eq!(after, expected);
}

#[test]
fn what_is_known_and_was_left_out_goes() {
    let after = changed(&garage(), |garage| {
        garage.phone = None;
        garage.place = None;
        garage.by_language.clear();
    });
    let mut expected = garage();
    for member in ["phone", "place"] {
        expected.as_object_mut().unwrap().remove(member);
    }
    expected["by_language"] = json!({});
    assert_eq!(after, expected);
}

#[test]
fn the_parts_of_a_list_that_did_not_change_keep_what_is_not_known() {
    let after = changed(&garage(), |garage| {
        garage.halls.remove(0);
        garage.halls.push(Place {
            city: "new".to_owned(),
        });
    });
    let expected = json!([{"city": "i", "floor": 2}, {"city": "new"}]);
    assert_eq!(after["halls"], expected);
    assert_eq!(after["opened"], garage()["opened"]);
}

#[test]
fn a_document_without_anything_unknown_is_written_as_it_is_the_first_time() {
    let garage = Garage {
        name: "a".to_owned(),
        ..Garage::default()
    };
    let stored = serde_json::to_string(&garage).unwrap();
    assert_eq!(rewritten(stored.as_bytes(), &garage).unwrap(), stored);
    let other = Garage {
        phone: Some("2".to_owned()),
        ..garage
    };
    let written = rewritten(stored.as_bytes(), &other).unwrap();
    assert_eq!(written, serde_json::to_string(&other).unwrap());
}

#[test]
fn a_document_in_which_nothing_changed_stays_to_the_letter() {
    let stored = r#"{ "opened": 1, "phone": null, "name": "a" }"#;
    let garage: Garage = serde_json::from_str(stored).unwrap();
    assert_eq!(rewritten(stored.as_bytes(), &garage).unwrap(), stored);
}

#[test]
fn what_is_no_document_of_the_type_is_not_written_over() {
    for stored in ["", "[]", "{}", r#"{"name": 1}"#] {
        assert!(rewritten(stored.as_bytes(), &Garage::default()).is_err());
    }
}
