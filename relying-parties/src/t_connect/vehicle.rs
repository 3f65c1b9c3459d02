//! A person's car: the commands it takes from afar, and the state it reports.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use crate::bounded::Bounded;
use crate::locale::{Locale, Text};

const fn text(ja: &'static str, en: &'static str) -> Text {
    Text { ja, en }
}

/// A command to the car.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Command {
    LockDoors,
    StartAirConditioning,
}

impl Command {
    pub(super) const ALL: [Self; 2] = [Self::LockDoors, Self::StartAirConditioning];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::LockDoors => "lock_doors",
            Self::StartAirConditioning => "start_air_conditioning",
        }
    }

    pub(super) fn read(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|command| command.as_str() == name)
    }

    pub(super) fn in_words(self, locale: Locale) -> Value {
        let name = match self {
            Self::LockDoors => text("ドアをロックする", "Lock the doors"),
            Self::StartAirConditioning => text("エアコンを始動する", "Start the air conditioning"),
        };
        json!({"value": self.as_str(), "name": name.read_in(locale)})
    }

    pub(super) const fn done(self, locale: Locale) -> &'static str {
        match self {
            Self::LockDoors => text("ドアをロックしました。", "The doors are locked."),
            Self::StartAirConditioning => text(
                "エアコンを始動しました。",
                "The air conditioning is running.",
            ),
        }
        .read_in(locale)
    }
}

/// Shown if a command to be confirmed no longer exists.
pub(super) const LOST: Text = text(
    "この操作はすでに行われたか、有効時間が過ぎました。クルマの状態をご確認ください。",
    "This was done already, or took too long. Please look at the state of your car.",
);

/// The car's state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Vehicle {
    doors_locked: bool,
    air_conditioning: bool,
    /// How many commands the car carried out.
    commands: u32,
}

/// The cars of this demo, by the `sub` of their owner.
pub(super) struct Vehicles {
    cars: Bounded<String, Arc<Mutex<Vehicle>>>,
    /// Locked while a car is looked up, so that nobody gets two.
    garage: Mutex<()>,
}

impl Vehicles {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            cars: Bounded::new(capacity, Duration::from_secs(24 * 60 * 60)),
            garage: Mutex::new(()),
        }
    }

    pub(super) fn of(&self, subject: &str) -> Vehicle {
        *held(&self.car(subject))
    }

    pub(super) fn tell(&self, subject: &str, command: Command) -> Vehicle {
        let car = self.car(subject);
        let mut car = held(&car);
        match command {
            Command::LockDoors => car.doors_locked = true,
            Command::StartAirConditioning => car.air_conditioning = true,
        }
        car.commands += 1;
        *car
    }

    fn car(&self, subject: &str) -> Arc<Mutex<Vehicle>> {
        let _garage = held(&self.garage);
        let (owner, now) = (subject.to_owned(), Instant::now());
        self.cars.get(&owner, now).unwrap_or_else(|| {
            let car = Arc::default();
            self.cars.put(owner, Arc::clone(&car), now);
            car
        })
    }
}

/// Every change is complete when the lock is released, even if another thread panics, so a
/// poisoned lock is usable.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Formats a car's state for the page; returns null if the car did not answer.
pub(super) fn in_words(vehicle: Option<&Value>, locale: Locale) -> Value {
    let car = vehicle.and_then(|told| serde_json::from_value::<Vehicle>(told.clone()).ok());
    let Some(car) = car else {
        return Value::Null;
    };
    let doors = if car.doors_locked {
        text("ロック中", "Locked")
    } else {
        text("ロック解除中", "Not locked")
    };
    let air = if car.air_conditioning {
        text("作動中", "Running")
    } else {
        text("停止中", "Off")
    };
    json!({
        "doors": doors.read_in(locale),
        "air": air.read_in(locale),
        "commands": car.commands,
    })
}

const WORDS: &[(&str, Text)] = &[
    ("car", text("アルファード", "Alphard")),
    ("doors", text("ドア", "Doors")),
    ("air", text("エアコン", "Air conditioning")),
    ("commands", text("遠隔操作の回数", "Commands so far")),
    ("remote", text("リモート操作", "Remote commands")),
    (
        "unknown",
        text(
            "クルマの状態を確認できません。もう一度ログインしてください。",
            "Your car does not answer. Please log in again.",
        ),
    ),
    (
        "security",
        text(
            "安全のため、操作の前に、パスワードと認証番号による本人確認をお願いすることがあります。",
            "To be safe, we may ask for your password and a code before a command.",
        ),
    ),
    ("confirm_title", text("操作の確認", "Before it is done")),
    (
        "confirm_lead",
        text(
            "本人確認が完了しました。次の操作を実行しますか。",
            "We know that it is you. Shall this be done?",
        ),
    ),
    ("confirm", text("実行する", "Do it")),
    ("stop", text("やめる", "Do not")),
];

/// Returns the texts of the pages.
pub(super) fn words(locale: Locale) -> Value {
    let words: Map<String, Value> = WORDS
        .iter()
        .map(|(name, text)| ((*name).to_owned(), json!(text.read_in(locale))))
        .collect();
    Value::Object(words)
}
