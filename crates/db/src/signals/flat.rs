//! Pages that are only passed through: rows as they came from the database, of which nothing is copied, parsed or checked again.

use super::{Wanted, selection};
use chrono::{DateTime, Utc};
use kernel::{Cursor, Page};
use sqlx::{Error, PgExecutor, Row, ValueRef, postgres::PgRow};
use uuid::Uuid;

/// A signal as it lies in the database's answer. Columns are known by their places in `selected`, and so are their types: asking
/// each value for its own took a seventh of a page.
pub struct Flat {
    row: PgRow,
    place: Cursor,
}

impl Flat {
    pub fn id(&self) -> Uuid {
        self.place.id
    }

    pub fn connection_id(&self) -> Result<Option<Uuid>, Error> {
        self.row.try_get_unchecked(2)
    }

    pub fn provider(&self) -> Result<&str, Error> {
        self.row.try_get_unchecked(3)
    }

    pub fn kind(&self) -> Result<&str, Error> {
        self.row.try_get_unchecked(4)
    }

    /// JSON text.
    pub fn subject(&self) -> Result<Option<&str>, Error> {
        self.jsonb(5)
    }

    /// JSON text.
    pub fn actor(&self) -> Result<Option<&str>, Error> {
        self.jsonb(6)
    }

    /// JSON text.
    pub fn container(&self) -> Result<Option<&str>, Error> {
        self.jsonb(7)
    }

    pub fn changes(&self) -> Result<Vec<String>, Error> {
        self.row.try_get_unchecked(8)
    }

    pub fn occurred_at(&self) -> DateTime<Utc> {
        self.place.at
    }

    pub fn received_at(&self) -> Result<DateTime<Utc>, Error> {
        self.row.try_get_unchecked(10)
    }

    pub fn delivery_id(&self) -> Result<Option<Uuid>, Error> {
        self.row.try_get_unchecked(11)
    }

    /// JSON text.
    pub fn payload(&self) -> Result<Option<&str>, Error> {
        self.text(12, 0)
    }

    /// Binary `jsonb` is a version and the text, which the server has made of what it checked when it was stored.
    fn jsonb(&self, at: usize) -> Result<Option<&str>, Error> {
        self.text(at, 1)
    }

    fn text(&self, at: usize, before: usize) -> Result<Option<&str>, Error> {
        let value = self.row.try_get_raw(at)?;
        if value.is_null() {
            return Ok(None);
        }
        let bytes = value.as_bytes().map_err(Error::Decode)?.get(before..).unwrap_or_default();
        std::str::from_utf8(bytes).map(Some).map_err(|error| Error::Decode(Box::new(error)))
    }
}

/// A page as [`super::page`] brings it.
pub async fn flat_page(executor: impl PgExecutor<'_>, wanted: &Wanted<'_>) -> Result<Page<Flat>, Error> {
    let rows = selection(wanted).build().fetch_all(executor).await?;
    let placed =
        |row: PgRow| Ok(Flat { place: Cursor { at: row.try_get_unchecked(9)?, id: row.try_get_unchecked(1)? }, row });
    let rows: Vec<Flat> = rows.into_iter().map(placed).collect::<Result<_, Error>>()?;
    Ok(Page::from_one_more(rows, wanted.size, |last| last.place))
}
