//! Clients' logos as fetched at registration: browsers load them from this server, never
//! from the client's own.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Clients;
use crate::fault::Fault;
use crate::oidc::client::ClientId;
use crate::store::columns::Columns as _;
use crate::store::{Transaction, storable};

/// The logos of one client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Logos {
    /// Name of the logo to show, by language.
    pub names: BTreeMap<String, String>,
    /// The pictures, by name.
    pub pictures: BTreeMap<String, Picture>,
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Its media type.
    pub media_type: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

const FORGET: &str = "DELETE FROM client_logos WHERE client_id = $1";

const INSERT: &str = "INSERT INTO client_logos (client_id, name, media_type, image)
    VALUES ($1, $2, $3, $4)";

const GET: &str = "SELECT media_type, image FROM client_logos WHERE client_id = $1 AND name = $2";

const SET_NAMES: &str = "UPDATE clients SET logos = $2 WHERE client_id = $1";

impl Clients<'_> {
    /// Returns a logo and its media type.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn logo(
        &self,
        id: &ClientId,
        name: &str,
    ) -> Result<Option<(String, Vec<u8>)>, Fault> {
        if !storable(&id.0) || !storable(name) {
            return Ok(None);
        }
        let row = on!(&mut self.0.reader().await?, db => sqlx::query(GET)
            .bind(&id.0)
            .bind(name)
            .fetch_optional(&mut **db)
            .await?
            .map(|row| Ok::<_, Fault>((row.text("media_type")?, row.text("image")?)))
            .transpose()?);
        row.map(|(media_type, image)| {
            let bytes = STANDARD.decode(image).map_err(Fault::because)?;
            Ok((media_type, bytes))
        })
        .transpose()
    }

    /// Replaces a client's logos.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn set_logos(&self, id: &ClientId, logos: &Logos) -> Result<(), Fault> {
        use crate::store::changes::{self, Topic};
        let names = serde_json::to_string(&logos.names)?;
        let mut transaction = self.0.begin().await?;
        on!(&mut transaction, db => {
            sqlx::query(SET_NAMES).bind(&id.0).bind(&names).execute(&mut **db).await?;
        });
        replace(&mut transaction, id, logos).await?;
        changes::bump(&mut transaction, Topic::Clients).await?;
        transaction.commit().await
    }
}

/// Replaces a client's logos, in the caller's transaction.
pub(super) async fn replace(
    transaction: &mut Transaction,
    id: &ClientId,
    logos: &Logos,
) -> Result<(), Fault> {
    forget(transaction, id).await?;
    for (name, picture) in &logos.pictures {
        let image = STANDARD.encode(&picture.bytes);
        on!(transaction, db => {
            sqlx::query(INSERT)
                .bind(&id.0)
                .bind(name)
                .bind(picture.media_type)
                .bind(&image)
                .execute(&mut **db)
                .await?;
        });
    }
    Ok(())
}

/// Deletes a client's logos.
pub(super) async fn forget(transaction: &mut Transaction, id: &ClientId) -> Result<(), Fault> {
    on!(transaction, db => {
        sqlx::query(FORGET).bind(&id.0).execute(&mut **db).await?;
    });
    Ok(())
}
