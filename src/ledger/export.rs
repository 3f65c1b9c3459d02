//! Exports consent records in the order in which they were written.
//! `accounts::ledger::export` decides their format.

use std::io::Write;

use super::Wrong;
use crate::accounts::dealer_directory::with_predecessors;
use crate::accounts::ledger::Entry;
use crate::accounts::ledger::export::{Export, Form, Reader};
use crate::fault::Fault;
use crate::store::Store;
use crate::store::ledger::Wanted;

/// Returns the codes of a dealer and of all dealers that it succeeded. Their records
/// concern it as well: a record names the dealer to which the consent was given. Returns
/// none if the directory does not contain the dealer.
///
/// # Errors
/// `Fault` if the database fails.
pub async fn codes_of(store: &Store, dealer: &str) -> Result<Option<Vec<String>>, Fault> {
    let directory = store.dealers().list().await?;
    let known = directory.iter().any(|known| known.code == dealer);
    Ok(known.then(|| with_predecessors(&directory, dealer)))
}

/// Writes the selected records to `out`, in the form that the operator may read. Returns
/// `Ok(Err(wrong))` and writes nothing if there are records outside of the ledger.
///
/// # Errors
/// `Fault` if the database fails, or `out` cannot be written to.
pub async fn export(
    store: &Store,
    wanted: &Wanted,
    form: Form,
    out: &mut impl Write,
) -> Result<Result<(), Wrong>, Fault> {
    let ledger = store.ledger();
    let outside = ledger.standing().await?.outside;
    if outside > 0 {
        return Ok(Err(Wrong::Outside(outside)));
    }
    let mut export = Export::new(form, Reader::Operator);
    let mut after = 0;
    loop {
        let part = ledger.part(wanted, after).await?;
        let Some(last) = last_of(&part) else { break };
        after = last;
        out.write_all(&export.part(&part).map_err(Fault::because)?)?;
    }
    out.write_all(&export.last_part(&[]).map_err(Fault::because)?)?;
    out.flush()?;
    Ok(Ok(()))
}

/// Returns the sequence number of the last record of a part.
fn last_of(part: &[Entry]) -> Option<i64> {
    part.last()?.place.as_ref().map(|place| place.sequence)
}
