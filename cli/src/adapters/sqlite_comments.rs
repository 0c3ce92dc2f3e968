//! Comments in a SQLite file that is laid out like the key-value store of the edge.

use std::path::Path;

use lyceum_app::ports::{CommentKey, CommentStore, Unavailable};
use lyceum_contract::LessonId;
use rusqlite::OptionalExtension;

use super::sqlite::Database;

const SCHEMA: &str =
    "CREATE TABLE IF NOT EXISTS kv (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID";

/// Comments, one row for each key, so that a copy between this store and the edge's is a copy of rows.
#[derive(Debug, Clone)]
pub struct SqliteComments {
    database: Database,
}

impl SqliteComments {
    /// Opens the store in this file, or makes it.
    pub fn open(path: &Path) -> Result<Self, Unavailable> {
        let prepare = |transaction: &rusqlite::Transaction<'_>| transaction.execute(SCHEMA, []).map(drop);
        Ok(Self { database: Database::open("comments", path, prepare)? })
    }
}

impl CommentStore for SqliteComments {
    async fn put(&self, key: &CommentKey, comment: &[u8]) -> Result<(), Unavailable> {
        let (key, comment) = (key.to_string(), comment.to_vec());
        self.database
            .transaction(move |transaction| {
                let mut insert =
                    transaction.prepare_cached("INSERT OR REPLACE INTO kv (key, value) VALUES (?, ?)")?;
                insert.execute((key, comment)).map(drop)
            })
            .await
    }

    async fn get(&self, key: &CommentKey) -> Result<Option<Vec<u8>>, Unavailable> {
        let key = key.to_string();
        self.database
            .transaction(move |transaction| {
                let mut select = transaction.prepare_cached("SELECT value FROM kv WHERE key = ?")?;
                select.query_row([key], |row| row.get(0)).optional()
            })
            .await
    }

    async fn list(&self, lesson: &LessonId) -> Result<Vec<Vec<u8>>, Unavailable> {
        let prefix = CommentKey::prefix(lesson);
        // A prefix ends with `:`. What follows `:` in the order of bytes ends the range.
        let end = format!("{}{}", prefix.trim_end_matches(':'), char::from(b':' + 1));
        self.database
            .transaction(move |transaction| {
                let statement = "SELECT value FROM kv WHERE key >= ? AND key < ? ORDER BY key";
                let mut select = transaction.prepare_cached(statement)?;
                let comments = select.query_map([prefix, end], |row| row.get(0))?;
                comments.collect::<rusqlite::Result<Vec<Vec<u8>>>>()
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use lyceum_contract::id::CommentId;

    use super::*;
    use crate::adapters::scratch::Scratch;

    fn key(lesson: &str, at_ms: u64) -> CommentKey {
        CommentKey { lesson: lesson.parse().expect("a lesson"), id: CommentId::at(at_ms, [7; 10]) }
    }

    #[tokio::test]
    async fn a_thread_is_its_own_comments_oldest_first() {
        let folder = Scratch::new();
        let path = folder.path().join("comments.sqlite");
        let comments = SqliteComments::open(&path).expect("opens");
        for (lesson, at_ms, text) in
            [("a/b", 2, "second"), ("a/b-c", 1, "other"), ("a/b", 1, "first"), ("a/b/c", 1, "x")]
        {
            comments.put(&key(lesson, at_ms), text.as_bytes()).await.expect("stored");
        }
        drop(comments);
        let comments = SqliteComments::open(&path).expect("opens again");
        let listed = comments.list(&"a/b".parse().expect("a lesson")).await.expect("listed");
        assert_eq!(listed, [b"first".to_vec(), b"second".to_vec()]);
        assert_eq!(comments.get(&key("a/b-c", 1)).await, Ok(Some(b"other".to_vec())));
        assert_eq!(comments.get(&key("a/b-c", 2)).await, Ok(None));
        assert_eq!(comments.database.setting("synchronous"), "2");
    }
}
