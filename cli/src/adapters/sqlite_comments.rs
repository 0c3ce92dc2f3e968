//! Comments in a SQLite file that is laid out like the key-value store of the edge.

use std::path::Path;

use lyceum_app::ports::{CommentKey, CommentStore, Unavailable};
use lyceum_contract::LessonId;
use lyceum_contract::id::MemberId;
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
    async fn put(&self, key: &CommentKey, author: &MemberId, comment: &[u8]) -> Result<(), Unavailable> {
        let (own, key, comment) = (key.of(author), key.to_string(), comment.to_vec());
        self.database
            .transaction(move |transaction| {
                let mut insert =
                    transaction.prepare_cached("INSERT OR REPLACE INTO kv (key, value) VALUES (?, ?)")?;
                insert.execute((own, Vec::new()))?;
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

    async fn list_of(&self, author: &MemberId) -> Result<Vec<CommentKey>, Unavailable> {
        let author = author.clone();
        let (start, end) = range(CommentKey::prefix_of(&author));
        self.database
            .transaction(move |transaction| {
                let statement = "SELECT key FROM kv WHERE key >= ? AND key < ? ORDER BY key";
                let mut select = transaction.prepare_cached(statement)?;
                let names = select.query_map([start, end], |row| row.get::<_, String>(0))?;
                let names: Vec<String> = names.collect::<rusqlite::Result<_>>()?;
                let keys = names.iter().filter_map(|name| CommentKey::read_of(&author, name));
                Ok::<_, rusqlite::Error>(keys.collect())
            })
            .await
    }

    async fn get_many(&self, keys: &[CommentKey]) -> Result<Vec<Vec<u8>>, Unavailable> {
        let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
        self.database
            .transaction(move |transaction| {
                let mut select = transaction.prepare_cached("SELECT value FROM kv WHERE key = ?")?;
                let mut comments = Vec::with_capacity(keys.len());
                for key in keys {
                    comments.extend(select.query_row([key], |row| row.get(0)).optional()?);
                }
                Ok::<Vec<Vec<u8>>, rusqlite::Error>(comments)
            })
            .await
    }

    async fn remove(&self, key: &CommentKey, author: &MemberId) -> Result<(), Unavailable> {
        let names = [key.to_string(), key.of(author)];
        self.database
            .transaction(move |transaction| {
                let mut delete = transaction.prepare_cached("DELETE FROM kv WHERE key = ?")?;
                names.iter().try_for_each(|name| delete.execute([name]).map(drop))
            })
            .await?;
        // The comment is gone, whether this works or not.
        let _ = self.database.forget_log().await;
        Ok(())
    }

    async fn list(&self, lesson: &LessonId) -> Result<Vec<Vec<u8>>, Unavailable> {
        let (prefix, end) = range(CommentKey::prefix(lesson));
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

/// The keys that start with this, which ends with `:`. What follows `:` in the order of bytes ends the range.
fn range(prefix: String) -> (String, String) {
    let end = format!("{}{}", prefix.trim_end_matches(':'), char::from(b':' + 1));
    (prefix, end)
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
            comments
                .put(&key(lesson, at_ms), &MemberId::from_bytes([1; 16]), text.as_bytes())
                .await
                .expect("stored");
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
