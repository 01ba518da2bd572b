//! The notes: what is read of them, and what changes them.
//!
//! Each change is made in one closure, with the database for itself: it is committed, told to the feed, and its job is
//! queued. So the feed has the order of the database, and a client that hangs up in the midst of its request loses nothing.

use std::sync::Arc;
use std::time::Duration;

use anyrt::sync::mpsc;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;

use crate::app::Clock;
use crate::database::{Database, Error};
use crate::feed::{Change, Feed};
use crate::jobs::Digest;

/// A note as clients see it. Times are seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    pub id: i64,
    pub text: String,
    pub created: i64,
    /// When it is deleted.
    pub expires: Option<i64>,
    /// None until a job has counted them.
    pub words: Option<u32>,
    /// What follows a `#` in the text, as that job has found it.
    pub tags: Vec<String>,
}

/// Which notes are listed, the newest first.
#[derive(Debug)]
pub(crate) struct Filter {
    pub(crate) tag: Option<String>,
    /// Those that are older than the one of this id.
    pub(crate) before: Option<i64>,
    pub(crate) limit: u32,
}

/// Clones are the same notes.
#[derive(Clone)]
pub(crate) struct Notes {
    database: Database,
    feed: Arc<Feed>,
    queue: mpsc::Sender<i64>,
    clock: Clock,
}

impl Notes {
    /// Notes whose changes go to `feed`, and whose ids go to `queue` once they are saved.
    pub(crate) fn new(
        database: Database,
        feed: Arc<Feed>,
        queue: mpsc::Sender<i64>,
        clock: Clock,
    ) -> Self {
        Self { database, feed, queue, clock }
    }

    /// Saves a note; waits while the queue of jobs is full. `None` once that has ended.
    pub(crate) async fn create(
        &self,
        text: String,
        lasts: Option<Duration>,
    ) -> Result<Option<Note>, Error> {
        // Before anything is saved: what is accepted gets its job.
        let Ok(place) = self.queue.clone().reserve_owned().await else { return Ok(None) };
        let created = (self.clock)();
        let expires = lasts.map(|lasts| created.saturating_add_unsigned(lasts.as_secs()));
        let feed = Arc::clone(&self.feed);
        let insert = move |connection: &mut Connection| {
            let sql = "INSERT INTO notes (text, created, expires) VALUES (?1, ?2, ?3)";
            connection.execute(sql, params![text, created, expires])?;
            let id = connection.last_insert_rowid();
            let note = Note { id, text, created, expires, words: None, tags: Vec::new() };
            feed.publish(&Change::Created { note: &note });
            place.send(id);
            Ok(note)
        };
        self.database.run("save a note", insert).await.map(Some)
    }

    /// `None` if there is no such note, or no longer.
    pub(crate) async fn get(&self, id: i64) -> Result<Option<Note>, Error> {
        let now = (self.clock)();
        self.database.run("read a note", move |connection| read(connection, id, now)).await
    }

    pub(crate) async fn list(&self, filter: Filter) -> Result<Vec<Note>, Error> {
        let now = (self.clock)();
        let query = move |connection: &mut Connection| {
            let Filter { tag, before, limit } = filter;
            let mut select = connection.prepare(concat!(
                "SELECT id, text, created, expires, words, ",
                "(SELECT json_group_array(tag) FROM tags WHERE note = id) FROM notes ",
                "WHERE (expires IS NULL OR expires > ?1) AND (?2 IS NULL OR id < ?2) ",
                "AND (?3 IS NULL OR EXISTS (SELECT 1 FROM tags WHERE note = id AND tag = ?3)) ",
                "ORDER BY id DESC LIMIT ?4"
            ))?;
            select.query_map(params![now, before, tag, limit], note_of)?.collect()
        };
        self.database.run("list notes", query).await
    }

    /// False if there is no such note.
    pub(crate) async fn delete(&self, id: i64) -> Result<bool, Error> {
        let feed = Arc::clone(&self.feed);
        let delete = move |connection: &mut Connection| {
            let was_there = connection.execute("DELETE FROM notes WHERE id = ?1", [id])? > 0;
            if was_there {
                feed.publish(&Change::Deleted { id });
            }
            Ok(was_there)
        };
        self.database.run("delete a note", delete).await
    }

    /// Deletes notes whose time is over; so many at once that others wait for the database no longer than a moment. Returns
    /// whether there may be more.
    pub(crate) async fn delete_expired(&self) -> Result<bool, Error> {
        const AT_ONCE: u32 = 100;

        let now = (self.clock)();
        let feed = Arc::clone(&self.feed);
        let delete = move |connection: &mut Connection| {
            let mut delete = connection.prepare(concat!(
                "DELETE FROM notes WHERE id IN ",
                "(SELECT id FROM notes WHERE expires <= ?1 ORDER BY expires LIMIT ?2) RETURNING id"
            ))?;
            let ids = delete.query_map(params![now, AT_ONCE], |row| row.get(0))?;
            let ids: Vec<i64> = ids.collect::<Result<_, _>>()?;
            ids.iter().for_each(|id| feed.publish(&Change::Deleted { id: *id }));
            Ok(!ids.is_empty())
        };
        self.database.run("delete what has expired", delete).await
    }

    /// The notes whose job was not done: the program was killed before, or it failed.
    pub(crate) async fn without_digest(&self) -> Result<Vec<i64>, Error> {
        let query = |connection: &mut Connection| {
            let mut select = connection.prepare("SELECT id FROM notes WHERE words IS NULL")?;
            select.query_map([], |row| row.get(0))?.collect()
        };
        self.database.run("look for jobs", query).await
    }

    /// Does nothing if the note was deleted meanwhile.
    pub(crate) async fn set_digest(&self, id: i64, digest: Digest) -> Result<(), Error> {
        let now = (self.clock)();
        let feed = Arc::clone(&self.feed);
        let update = move |connection: &mut Connection| {
            let transaction = connection.transaction()?;
            let sql = "UPDATE notes SET words = ?2 WHERE id = ?1";
            if transaction.execute(sql, params![id, digest.words])? == 0 {
                return Ok(());
            }
            transaction.execute("DELETE FROM tags WHERE note = ?1", [id])?;
            for tag in &digest.tags {
                transaction.execute("INSERT INTO tags VALUES (?1, ?2)", params![id, tag])?;
            }
            let note = read(&transaction, id, now)?;
            transaction.commit()?;
            if let Some(note) = note {
                feed.publish(&Change::Changed { note: &note });
            }
            Ok(())
        };
        self.database.run("save a digest", update).await
    }
}

fn read(connection: &Connection, id: i64, now: i64) -> rusqlite::Result<Option<Note>> {
    let select = concat!(
        "SELECT id, text, created, expires, words, ",
        "(SELECT json_group_array(tag) FROM tags WHERE note = id) FROM notes ",
        "WHERE id = ?1 AND (expires IS NULL OR expires > ?2)"
    );
    connection.query_row(select, [id, now], note_of).optional()
}

fn note_of(row: &Row<'_>) -> rusqlite::Result<Note> {
    let tags: String = row.get(5)?;
    Ok(Note {
        id: row.get(0)?,
        text: row.get(1)?,
        created: row.get(2)?,
        expires: row.get(3)?,
        words: row.get(4)?,
        tags: serde_json::from_str(&tags).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(5, Type::Text, error.into())
        })?,
    })
}
