use super::*;

fn record(number: i64) -> RawRecord {
    RawRecord {
        id: format!("id-{number}"),
        account_id: "sub".into(),
        kind: "terms".into(),
        action: "given".into(),
        target: "common-id-terms".into(),
        wording_version: "2026-11-01".into(),
        wording_hash: "00".into(),
        locale: "ja".into(),
        brand: "toyota".into(),
        client_id: None,
        recorded_at: number,
        record: r#"{"items":["氏名"]}"#.into(),
    }
}

/// A plain hash in place of the MAC: these tests need no secret key.
fn mark(marked: &Marked<'_>) -> String {
    let parts = format!(
        "{} {} {} {}",
        marked.sequence, marked.previous, marked.origin, marked.digest
    );
    sha256_hex(parts.as_bytes())
}

fn chain(length: i64) -> (Vec<Entry>, Head) {
    let records: Vec<_> = (1..=length).map(record).collect();
    let (places, head) = Head::default().append(&records, Origin::Written, mark);
    let entry = |(place, record)| Entry {
        place: Some(place),
        record,
    };
    let entries = places.into_iter().zip(records).map(entry).collect();
    (entries, head)
}

fn read(entries: &[Entry], head: &Head) -> Result<i64, Wrong> {
    let mut reading = Reading::default();
    for entry in entries {
        reading.next(entry, mark)?;
    }
    reading.end(head)?;
    Ok(reading.read.sequence)
}

#[test]
fn the_form_of_a_record_stays_what_it_is() {
    // Computed independently: the SHA-256 of `19:common-id consent
    // 1,4:id-1,3:sub,…,-,1:1,20:{"items":["氏名"]},`.
    assert_eq!(
        record(1).digest(),
        "3ef780f7566d5ffa0f0a6c19120cd86e9554f6bb4d91fe725c15ea9e156730c9"
    );
}

#[test]
fn every_column_counts_and_where_it_ends() {
    let changes: [fn(&mut RawRecord); 13] = [
        |record| record.id.push('x'),
        |record| record.account_id.push('x'),
        |record| record.kind.push('x'),
        |record| record.action.push('x'),
        |record| record.target.push('x'),
        |record| record.wording_version.push('x'),
        |record| record.wording_hash.push('x'),
        |record| record.locale.push('x'),
        |record| record.brand.push('x'),
        |record| record.client_id = Some(String::new()),
        |record| record.client_id = Some("-".into()),
        |record| record.recorded_at += 1,
        |record| record.record.push(' '),
    ];
    let mut digests = vec![record(1).digest()];
    for change in changes {
        let mut changed = record(1);
        change(&mut changed);
        digests.push(changed.digest());
    }
    let mut moved = record(1);
    moved.kind = "term".into();
    moved.action = "sgiven".into();
    digests.push(moved.digest());
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), 15);
}

#[test]
fn a_chain_reads_as_it_was_written() {
    for length in 0..4 {
        let (entries, head) = chain(length);
        assert_eq!(read(&entries, &head), Ok(length));
    }
}

#[test]
fn what_is_appended_later_follows_what_was_there() {
    let (mut entries, head) = chain(2);
    let (places, head) = head.append(&[record(3)], Origin::TakenIn, mark);
    entries.push(Entry {
        place: places.into_iter().next(),
        record: record(3),
    });
    let mut reading = Reading::default();
    for entry in &entries {
        reading.next(entry, mark).unwrap();
    }
    reading.end(&head).unwrap();
    assert_eq!(reading.taken_in, 1);
}

#[test]
fn a_change_shows_at_its_first_record() {
    let place = |entry: &mut Entry, change: fn(&mut Place)| change(entry.place.as_mut().unwrap());
    let (entries, head) = chain(5);
    type Change<'a> = &'a dyn Fn(&mut Vec<Entry>);
    let changes: [(&str, Change<'_>, Wrong); 9] = [
        (
            "said",
            &|all| all[2].record.target.push('x'),
            Wrong::Changed(3),
        ),
        (
            "hash",
            &|all| place(&mut all[2], |p| p.hash.push('x')),
            Wrong::Changed(3),
        ),
        (
            "origin",
            &|all| place(&mut all[2], |p| p.origin = "taken_in".into()),
            Wrong::Changed(3),
        ),
        (
            "previous",
            &|all| place(&mut all[2], |p| p.previous.clear()),
            Wrong::Unlinked(3),
        ),
        ("deleted", &|all| drop(all.remove(2)), Wrong::Missing(3)),
        ("the first", &|all| drop(all.remove(0)), Wrong::Missing(1)),
        ("the newest", &|all| all.truncate(4), Wrong::Missing(5)),
        ("displaced", &|all| all[2].place = None, Wrong::Missing(3)),
        (
            "exchanged",
            &|all| {
                let other = all[3].record.clone();
                all[3].record = std::mem::replace(&mut all[2].record, other);
            },
            Wrong::Changed(3),
        ),
    ];
    for (what, change, wrong) in changes {
        let mut changed = entries.clone();
        change(&mut changed);
        assert_eq!(read(&changed, &head), Err(wrong), "{what}");
    }
}

#[test]
fn a_chain_ends_with_the_record_that_its_head_names() {
    let (entries, head) = chain(3);
    let other = Head {
        hash: "00".repeat(32),
        ..head
    };
    assert_eq!(read(&entries, &other), Err(Wrong::AnotherHead(3)));
}

#[test]
fn a_head_is_read_as_it_is_printed() {
    let (_, head) = chain(3);
    assert_eq!(head.to_string().parse(), Ok(head));
    assert_eq!(Head::default().to_string().parse(), Ok(Head::default()));
    for text in ["", "3", "3:", "3:xyz", "-1:", ":00", "0x3:00", "3:00"] {
        assert_eq!(text.parse::<Head>(), Err(NoHead), "{text}");
    }
}
