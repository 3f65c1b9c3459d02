//! The export formats of the ledger: a table for a spreadsheet (CSV) and JSON. The operator
//! gets every field. The user gets their records without the fields that mean nothing to
//! them or reveal something about other people.

use csv::{Terminator, WriterBuilder};
use serde::{Deserialize, Serialize};
use time::format_description::well_known::Rfc3339;

use super::{Entry, Place};
use crate::accounts::consent::{ConsentRecord, LegalPerson};
use crate::clock::Timestamp;

/// The mark by which Excel recognises a table in UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The first characters that make a spreadsheet evaluate a cell as a formula, including the
/// full-width characters of Japanese input methods.
const FORMULAS: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// Separates several items in one cell.
const BETWEEN_ITEMS: &str = " / ";

crate::wire_words! {
    /// The export format.
    pub enum Form {
        /// RFC 4180, in UTF-8 with a byte order mark.
        Csv = "csv",
        /// A JSON array with one record per line (RFC 8259).
        Json = "json",
    }
}

/// The reader of the export, which decides the fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// The operator of the provider: every field.
    Operator,
    /// The user whose records they are: without the position in the chain, which counts
    /// other people's records, and without the hashes of IP address and browser.
    Person,
}

/// Why records cannot be exported.
#[derive(Debug, thiserror::Error)]
pub enum Unwritable {
    /// The stored JSON of the record with this ID cannot be read.
    #[error("the record {0} cannot be read")]
    Record(String, #[source] serde_json::Error),
    /// A record cannot be written as JSON.
    #[error("records could not be written as JSON")]
    Json(#[from] serde_json::Error),
    /// A record cannot be written as CSV.
    #[error("records could not be written as CSV")]
    Csv(#[from] csv::Error),
}

/// An export in progress, written in parts.
#[derive(Debug)]
pub struct Export {
    form: Form,
    reader: Reader,
    is_begun: bool,
}

impl Export {
    /// Starts an export.
    #[must_use]
    pub const fn new(form: Form, reader: Reader) -> Self {
        Self {
            form,
            reader,
            is_begun: false,
        }
    }

    /// Returns the text of the next records.
    ///
    /// # Errors
    /// `Record` if a stored record cannot be read, `Json` or `Csv` if one cannot be
    /// written.
    pub fn part(&mut self, entries: &[Entry]) -> Result<Vec<u8>, Unwritable> {
        let records = entries
            .iter()
            .map(|entry| Exported::of(entry, self.reader))
            .collect::<Result<Vec<_>, _>>()?;
        match self.form {
            Form::Csv => self.rows(&records),
            Form::Json => self.lines(&records),
        }
    }

    /// Returns the text of the last records, with the end of the document.
    ///
    /// # Errors
    /// As [`Export::part`].
    pub fn last_part(mut self, entries: &[Entry]) -> Result<Vec<u8>, Unwritable> {
        let mut text = self.part(entries)?;
        if self.form == Form::Json {
            text.extend_from_slice(b"\n]\n");
        }
        Ok(text)
    }

    fn rows(&mut self, records: &[Exported]) -> Result<Vec<u8>, Unwritable> {
        let text = if self.is_begun {
            Vec::new()
        } else {
            BYTE_ORDER_MARK.as_bytes().to_vec()
        };
        let columns = || {
            COLUMNS
                .iter()
                .filter(|column| self.reader == Reader::Operator || column.is_for_all)
        };
        let mut table = WriterBuilder::new()
            .terminator(Terminator::CRLF)
            .from_writer(text);
        if !self.is_begun {
            table.write_record(columns().map(|column| column.name))?;
        }
        for record in records {
            table.write_record(columns().map(|column| harmless((column.cell)(record))))?;
        }
        self.is_begun = true;
        table
            .into_inner()
            .map_err(|error| csv::Error::from(error.into_error()).into())
    }

    fn lines(&mut self, records: &[Exported]) -> Result<Vec<u8>, Unwritable> {
        let mut text = Vec::new();
        if !self.is_begun && records.is_empty() {
            text.push(b'[');
        }
        for record in records {
            text.extend_from_slice(if self.is_begun { b",\n" } else { b"[\n" });
            serde_json::to_writer(&mut text, record)?;
            self.is_begun = true;
        }
        self.is_begun = true;
        Ok(text)
    }
}

/// Returns the cell with a leading `'` if a spreadsheet would evaluate it.
fn harmless(cell: String) -> String {
    if cell.starts_with(FORMULAS) {
        format!("'{cell}")
    } else {
        cell
    }
}

/// A record as exported; times are in Japan's time zone.
#[derive(Clone, Debug, Serialize)]
struct Exported {
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<i64>,
    id: String,
    recorded_at: String,
    action: String,
    kind: String,
    target: String,
    provider: Option<LegalPerson>,
    recipient: Option<LegalPerson>,
    account_id: String,
    person_name: Option<String>,
    person_email: Option<String>,
    items: Vec<String>,
    purposes: Vec<String>,
    basis: String,
    how_obtained: Option<String>,
    reason: Option<String>,
    provided_from: Option<String>,
    provided_until: Option<String>,
    wording_version: String,
    wording_hash: String,
    locale: String,
    brand: String,
    client_id: Option<String>,
    channel: String,
    auth_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ip_hash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent_hash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous: Option<String>,
    hash: Option<String>,
}

impl Exported {
    fn of(entry: &Entry, reader: Reader) -> Result<Self, Unwritable> {
        let raw = entry.record.clone();
        let record: ConsentRecord = serde_json::from_str(&raw.record)
            .map_err(|error| Unwritable::Record(raw.id.clone(), error))?;
        let for_operator = reader == Reader::Operator;
        let place = entry.place.as_ref().filter(|_| for_operator);
        let of_place = |part: fn(&Place) -> &String| place.map(part).cloned();
        Ok(Self {
            sequence: place.map(|place| place.sequence),
            id: raw.id,
            recorded_at: moment(Timestamp(raw.recorded_at)),
            action: raw.action,
            kind: raw.kind,
            target: raw.target,
            provider: record.provider,
            recipient: record.recipient,
            account_id: raw.account_id,
            person_name: record.person_name,
            person_email: record.person_email,
            items: record.items,
            purposes: record.purposes,
            basis: record.basis,
            how_obtained: record.how_obtained,
            reason: Reason::of(&entry.record.record),
            provided_from: record.period.map(|period| moment(period.from)),
            provided_until: record.period.and_then(|period| period.until).map(moment),
            wording_version: raw.wording_version,
            wording_hash: raw.wording_hash,
            locale: raw.locale,
            brand: raw.brand,
            client_id: raw.client_id,
            channel: record.channel,
            auth_time: record.auth_time.map(moment),
            ip_hash: record.ip_hash.filter(|_| for_operator),
            user_agent_hash: record.user_agent_hash.filter(|_| for_operator),
            origin: of_place(|place| &place.origin),
            previous: of_place(|place| &place.previous),
            hash: entry.place.as_ref().map(|place| place.hash.clone()),
        })
    }
}

/// The reason of a withdrawal, in the word that was written.
#[derive(Deserialize)]
struct Reason {
    #[serde(default)]
    reason: Option<String>,
}

impl Reason {
    fn of(record: &str) -> Option<String> {
        serde_json::from_str::<Self>(record).ok()?.reason
    }
}

/// Formats a time in Japan's time zone (RFC 3339).
fn moment(at: Timestamp) -> String {
    at.in_japan()
        .and_then(|at| at.format(&Rfc3339).ok())
        .unwrap_or_else(|| at.to_string())
}

/// A column of the table.
struct Column {
    name: &'static str,
    is_for_all: bool,
    cell: fn(&Exported) -> String,
}

const fn column(name: &'static str, cell: fn(&Exported) -> String) -> Column {
    Column {
        name,
        is_for_all: true,
        cell,
    }
}

const fn for_operator(name: &'static str, cell: fn(&Exported) -> String) -> Column {
    Column {
        name,
        is_for_all: false,
        cell,
    }
}

fn of(text: Option<&String>) -> String {
    text.cloned().unwrap_or_default()
}

fn part(company: Option<&LegalPerson>, part: fn(&LegalPerson) -> &String) -> String {
    of(company.map(part))
}

const COLUMNS: [Column; 34] = [
    for_operator("sequence", |r| {
        r.sequence
            .map(|number| number.to_string())
            .unwrap_or_default()
    }),
    column("recorded_at", |r| r.recorded_at.clone()),
    column("action", |r| r.action.clone()),
    column("kind", |r| r.kind.clone()),
    column("target", |r| r.target.clone()),
    column("provider_name", |r| part(r.provider.as_ref(), |p| &p.name)),
    column("provider_address", |r| {
        part(r.provider.as_ref(), |p| &p.address)
    }),
    column("provider_representative", |r| {
        part(r.provider.as_ref(), |p| &p.representative)
    }),
    column("recipient_name", |r| {
        part(r.recipient.as_ref(), |p| &p.name)
    }),
    column("recipient_address", |r| {
        part(r.recipient.as_ref(), |p| &p.address)
    }),
    column("recipient_representative", |r| {
        part(r.recipient.as_ref(), |p| &p.representative)
    }),
    column("account_id", |r| r.account_id.clone()),
    column("person_name", |r| of(r.person_name.as_ref())),
    column("person_email", |r| of(r.person_email.as_ref())),
    column("items", |r| r.items.join(BETWEEN_ITEMS)),
    column("purposes", |r| r.purposes.join(BETWEEN_ITEMS)),
    column("basis", |r| r.basis.clone()),
    column("how_obtained", |r| of(r.how_obtained.as_ref())),
    column("provided_from", |r| of(r.provided_from.as_ref())),
    column("provided_until", |r| of(r.provided_until.as_ref())),
    column("wording_version", |r| r.wording_version.clone()),
    column("wording_hash", |r| r.wording_hash.clone()),
    column("locale", |r| r.locale.clone()),
    column("brand", |r| r.brand.clone()),
    column("client_id", |r| of(r.client_id.as_ref())),
    column("channel", |r| r.channel.clone()),
    column("auth_time", |r| of(r.auth_time.as_ref())),
    for_operator("ip_hash", |r| of(r.ip_hash.as_ref())),
    for_operator("user_agent_hash", |r| of(r.user_agent_hash.as_ref())),
    column("id", |r| r.id.clone()),
    for_operator("origin", |r| of(r.origin.as_ref())),
    for_operator("previous", |r| of(r.previous.as_ref())),
    column("hash", |r| of(r.hash.as_ref())),
    column("reason", |r| of(r.reason.as_ref())),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::ledger::RawRecord;

    fn entry(target: &str) -> Entry {
        let record = serde_json::json!({
            "provider": {"name": "長野トヨタ自動車株式会社", "address": "長野市", "representative": "社長"},
            "person_name": "=HYPERLINK(\"https://evil.example\")",
            "person_email": "taro@example.jp",
            "items": ["氏名", "契約, \"見積\""],
            "basis": "consent",
            "ip_hash": "aa",
            "user_agent_hash": "bb",
            "period": {"from": 1_795_359_600, "until": null},
        });
        Entry {
            place: Some(Place {
                sequence: 7,
                previous: "11".into(),
                hash: "22".into(),
                origin: "written".into(),
            }),
            record: RawRecord {
                id: "-id".into(),
                account_id: "sub".into(),
                kind: "dealer_to_toyota".into(),
                action: "given".into(),
                target: target.into(),
                wording_version: "2020-06-01".into(),
                wording_hash: "00".into(),
                locale: "ja".into(),
                brand: "toyota".into(),
                client_id: None,
                recorded_at: 1_795_359_600,
                record: record.to_string(),
            },
        }
    }

    fn text(form: Form, reader: Reader, parts: &[&[Entry]]) -> String {
        let mut export = Export::new(form, reader);
        let mut text = Vec::new();
        let (last, first) = parts.split_last().unwrap();
        for part in first {
            text.extend(export.part(part).unwrap());
        }
        text.extend(export.last_part(last).unwrap());
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn a_table_is_what_a_spreadsheet_in_japan_reads() {
        let text = text(Form::Csv, Reader::Operator, &[&[entry("20100")]]);
        let rest = text
            .strip_prefix("\u{feff}sequence,recorded_at,action,")
            .unwrap();
        assert!(rest.ends_with("22,\r\n"), "no reason: {rest}");
        assert_eq!(text.matches("\r\n").count(), 2);
        assert!(
            text.contains("\r\n7,2026-11-23T00:00:00+09:00,given,"),
            "{text}"
        );
        assert!(text.contains(",\"氏名 / 契約, \"\"見積\"\"\","), "{text}");
    }

    #[test]
    fn no_cell_is_a_formula() {
        for start in FORMULAS {
            let target = format!("{start}1+1");
            assert_eq!(harmless(target.clone()), format!("'{target}"));
        }
        let text = text(Form::Csv, Reader::Operator, &[&[entry("@SUM(1)")]]);
        let row = text.lines().nth(1).unwrap();
        assert!(
            row.contains(",'@SUM(1),") && row.contains(",'-id,"),
            "{row}"
        );
        assert!(row.contains(",\"'=HYPERLINK(\"\"https"), "{row}");
    }

    #[test]
    fn parts_make_one_text() {
        let entries = [entry("1"), entry("2"), entry("3")];
        let (first, rest) = entries.split_at(1);
        for form in [Form::Csv, Form::Json] {
            let whole = text(form, Reader::Operator, &[&entries]);
            assert_eq!(text(form, Reader::Operator, &[first, rest, &[]]), whole);
        }
        let json: Vec<serde_json::Value> =
            serde_json::from_str(&text(Form::Json, Reader::Operator, &[&entries])).unwrap();
        assert_eq!(json[2]["target"], "3");
        assert_eq!(json[0]["items"][0], "氏名");
        assert_eq!(json[0]["provided_from"], "2026-11-23T00:00:00+09:00");
        let none: Vec<serde_json::Value> =
            serde_json::from_str(&text(Form::Json, Reader::Operator, &[&[]])).unwrap();
        assert!(none.is_empty());
        assert_eq!(text(Form::Csv, Reader::Operator, &[&[]]).lines().count(), 1);
    }

    #[test]
    fn a_person_is_spared_the_hashes_and_the_count_of_others() {
        for form in [Form::Csv, Form::Json] {
            let text = text(form, Reader::Person, &[&[entry("20100")]]);
            for hidden in [
                "sequence",
                "ip_hash",
                "user_agent_hash",
                "previous",
                "origin",
                "11",
            ] {
                assert!(
                    !text.replace("2026-11", "").contains(hidden),
                    "{hidden}: {text}"
                );
            }
            assert!(
                text.contains("taro@example.jp") && text.contains("22"),
                "{text}"
            );
        }
    }

    #[test]
    fn a_record_that_does_not_read_is_named() {
        let mut broken = entry("20100");
        broken.record.record = "{".into();
        let told = Export::new(Form::Csv, Reader::Operator).part(&[broken]);
        assert_eq!(
            told.unwrap_err().to_string(),
            "the record -id cannot be read"
        );
    }
}
