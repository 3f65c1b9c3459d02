//! The clients that received tokens in a login and have to be notified when it ends. A
//! login has one `sid` across brands and clients. The transaction that ends it also deletes
//! these rows and queues the logout messages.

use std::collections::BTreeMap;
use std::fmt;

use super::columns::Columns;
use super::expiry::{Taking, taking};
use super::outbox::{self, NewMessage};
use super::sessions::{EndedSession, Sids};
use super::{Store, Transaction, clients};
use crate::accounts::browser_session::BrowserSession;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::oidc::client::{Client, ClientId};

/// A client that received tokens in a login that ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Participant {
    /// The login's `sid`.
    pub sid: String,
    /// The login's `sid` as in the ID tokens of this client.
    pub told_sid: String,
    /// The user's `sub` for this client.
    pub sub: String,
    /// The brand whose issuer issued the tokens.
    pub brand: String,
    /// The client, as it is registered now.
    pub client: Client,
}

/// The names that a client's ID tokens have for the user and the login.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// The user's `sub`.
    pub sub: &'a str,
    /// The login's `sid`.
    pub sid: &'a str,
}

/// Builds the messages to the clients of a login that ends. The store calls it within the
/// transaction, because only there the list of clients is final.
#[derive(Clone, Copy)]
pub struct Farewell<'a>(pub &'a Farewells<'a>);

/// The function behind a [`Farewell`].
pub type Farewells<'a> = dyn Fn(&[Participant]) -> Result<Vec<NewMessage>, Fault> + Sync + 'a;

impl Farewell<'static> {
    /// Notifies no client.
    pub const SILENT: Self = Self(&|_| Ok(Vec::new()));
}

impl fmt::Debug for Farewell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Farewell(..)")
    }
}

/// The clients of logins.
#[derive(Clone, Copy, Debug)]
pub struct SessionClients<'s>(&'s Store);

impl Store {
    /// The clients of logins.
    #[must_use]
    pub const fn session_clients(&self) -> SessionClients<'_> {
        SessionClients(self)
    }
}

// A login may have been extended since the row was written, and so live longer.
const SWEEP: Taking = taking!(
    "SELECT sid, client_id, brand FROM session_clients c WHERE expires_at <= $1
        AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.sid = c.sid AND s.expires_at > $1)
    ORDER BY expires_at LIMIT 64",
    "DELETE FROM session_clients WHERE (sid, client_id, brand) IN (SELECT sid, client_id, brand FROM taken)"
);

const KNOWN: &str = "SELECT 1 FROM session_clients
    WHERE sid = $1 AND client_id = $2 AND brand = $3 AND sub = $4 AND expires_at >= $5
        AND told_sid = $6";

/// Inserts only while the session exists, and prevents it from ending before this is done.
const JOIN: Taking = Taking {
    sqlite: "INSERT INTO session_clients (sid, client_id, brand, account_id, sub, expires_at, told_sid)
        SELECT sid, $2, brand, account_id, $3, expires_at, $4 FROM sessions WHERE secret_hash = $1
        ON CONFLICT (sid, client_id, brand)
        DO UPDATE SET sub = excluded.sub, expires_at = excluded.expires_at, told_sid = excluded.told_sid",
    postgres: "INSERT INTO session_clients (sid, client_id, brand, account_id, sub, expires_at, told_sid)
        SELECT sid, $2, brand, account_id, $3, expires_at, $4 FROM sessions WHERE secret_hash = $1
        FOR KEY SHARE
        ON CONFLICT (sid, client_id, brand)
        DO UPDATE SET sub = excluded.sub, expires_at = excluded.expires_at, told_sid = excluded.told_sid",
};

impl SessionClients<'_> {
    /// Notes that a client receives tokens in a session, and what it is told there. Returns `false` and notes nothing if the session ended meanwhile.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn join(
        &self,
        (secret_hash, session): (&str, &BrowserSession),
        (client_id, told): (&ClientId, Told<'_>),
        now: Timestamp,
    ) -> Result<bool, Fault> {
        // A client that is used repeatedly in one login costs one look-up and no write.
        let known = on!(&mut self.0.reader().await?, db => sqlx::query(KNOWN)
            .bind(&session.sid)
            .bind(&client_id.0)
            .bind(&session.brand)
            .bind(told.sub)
            .bind(session.expires_at.0)
            .bind(told.sid)
            .fetch_optional(&mut **db)
            .await?
            .is_some());
        if known {
            return Ok(true);
        }
        let turns = &self.0.turns.session_clients;
        self.0.sweep(turns, &SWEEP, now).await?;
        let sql = JOIN.on(&self.0.backend);
        let joined = on!(self.0.writer(), db => sqlx::query(sql)
            .bind(secret_hash)
            .bind(&client_id.0)
            .bind(told.sub)
            .bind(told.sid)
            .execute(db)
            .await?
            .rows_affected());
        Ok(joined > 0)
    }
}

const PART_OF_SID: &str = "DELETE FROM session_clients WHERE account_id = $1 AND sid = $2
    RETURNING sid, client_id, brand, sub, COALESCE(told_sid, sid) AS told_sid";

const PART_OF_OTHER_SIDS: &str = "DELETE FROM session_clients WHERE account_id = $1 AND sid <> $2
    RETURNING sid, client_id, brand, sub, COALESCE(told_sid, sid) AS told_sid";

const CLIENT: &str = "SELECT document FROM clients WHERE client_id = $1";

const IS_OVER: &str = "SELECT NOT EXISTS (SELECT 1 FROM sessions WHERE sid = $1) AS ended";

/// Notifies the clients of an account's ended logins, in the transaction that ends them and
/// after their sessions are deleted. Returns these clients.
pub(super) async fn part(
    transaction: &mut Transaction,
    account_id: &str,
    which: Sids<'_>,
    farewell: Farewell<'_>,
) -> Result<Vec<Participant>, Fault> {
    let (sql, sid) = match which {
        Sids::Only(sid) => (PART_OF_SID, sid),
        Sids::AllBut(sid) => (PART_OF_OTHER_SIDS, sid),
    };
    let rows: Vec<(ClientId, [String; 4])> = on!(&mut *transaction, db => sqlx::query(sql)
        .bind(account_id)
        .bind(sid)
        .fetch_all(&mut **db)
        .await?
        .iter()
        .map(participation)
        .collect::<Result<_, Fault>>()?);
    let mut clients: BTreeMap<ClientId, Option<Client>> = BTreeMap::new();
    let mut gone = Vec::new();
    for (client_id, [sid, told_sid, brand, sub]) in rows {
        if !clients.contains_key(&client_id) {
            let client = client(transaction, &client_id).await?;
            clients.insert(client_id.clone(), client);
        }
        // A client that is no longer registered is not notified.
        let client = clients.get(&client_id).cloned().flatten();
        gone.extend(client.map(|client| Participant {
            sid,
            told_sid,
            sub,
            brand,
            client,
        }));
    }
    outbox::insert_all(transaction, &(farewell.0)(&gone)?).await?;
    Ok(gone)
}

/// Does the same after one session ended, if it was the last session of its login.
pub(super) async fn part_if_over(
    transaction: &mut Transaction,
    ended: &EndedSession,
    farewell: Farewell<'_>,
) -> Result<Vec<Participant>, Fault> {
    let over = on!(&mut *transaction, db => sqlx::query(IS_OVER)
        .bind(&ended.sid)
        .fetch_one(&mut **db)
        .await?
        .flag("ended")?);
    if over {
        part(
            transaction,
            &ended.account_id,
            Sids::Only(&ended.sid),
            farewell,
        )
        .await
    } else {
        Ok(Vec::new())
    }
}

async fn client(transaction: &mut Transaction, id: &ClientId) -> Result<Option<Client>, Fault> {
    on!(transaction, db => sqlx::query(CLIENT)
        .bind(&id.0)
        .fetch_optional(&mut **db)
        .await?
        .as_ref()
        .map(clients::client)
        .transpose())
}

fn participation(row: &impl Columns) -> Result<(ClientId, [String; 4]), Fault> {
    let rest = [
        row.text("sid")?,
        row.text("told_sid")?,
        row.text("brand")?,
        row.text("sub")?,
    ];
    Ok((ClientId(row.text("client_id")?), rest))
}
