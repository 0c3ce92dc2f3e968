//! Comments in KV, one key each. Short ones are kept in the key's metadata too, so that a thread is read with
//! one list instead of one get for each comment.

use std::collections::BTreeMap;

use lyceum_app::ports::{CommentKey, CommentStore, Unavailable};
use lyceum_contract::LessonId;
use lyceum_contract::id::MemberId;
use serde::Deserialize;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;
use worker::js_sys::{Array, Object, Promise};
use worker::send::{SendFuture, SendWrapper};

use crate::script;

/// The most bytes of metadata, as JSON.
const MAX_METADATA: usize = 1_024;
/// The most keys in one bulk get.
const MAX_BULK: usize = 100;

#[wasm_bindgen]
extern "C" {
    /// The binding, with the calls that comments need.
    pub(crate) type KvNamespace;

    #[wasm_bindgen(method, catch)]
    fn put(this: &KvNamespace, key: &str, value: &str, options: &JsValue) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn get(this: &KvNamespace, key: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = get)]
    fn get_bulk(this: &KvNamespace, keys: &Array) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn delete(this: &KvNamespace, key: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn list(this: &KvNamespace, options: &JsValue) -> Result<Promise, JsValue>;
}

/// The KV namespace of the comments.
pub(crate) struct KvComments {
    namespace: SendWrapper<KvNamespace>,
}

/// One page of a list.
#[derive(Deserialize)]
struct Page {
    keys: Vec<Key>,
    list_complete: bool,
    cursor: Option<String>,
}

#[derive(Deserialize)]
struct Key {
    name: String,
    /// The comment itself, when it is short.
    metadata: Option<String>,
}

impl KvComments {
    pub(crate) fn new(namespace: KvNamespace) -> Self {
        Self { namespace: SendWrapper::new(namespace) }
    }

    /// First whose it is, then the comment: so no comment is ever without an author.
    async fn write(&self, own: &str, key: &str, comment: &[u8]) -> worker::Result<()> {
        script::wait(self.namespace.put(own, "", &script::object(&json!({}))?)).await?;
        // Texts, because only texts can be read in bulk.
        let text = std::str::from_utf8(comment)?;
        let options = if fits_metadata(text) { json!({ "metadata": text }) } else { json!({}) };
        script::wait(self.namespace.put(key, text, &script::object(&options)?)).await.map(drop)
    }

    async fn read(&self, key: &str) -> worker::Result<Option<Vec<u8>>> {
        let value = script::wait(self.namespace.get(key)).await?;
        Ok(value.as_string().map(String::into_bytes))
    }

    async fn thread(&self, prefix: &str) -> worker::Result<Vec<Vec<u8>>> {
        let keys = self.keys(prefix).await?;
        self.texts(keys).await
    }

    async fn remove_both(&self, key: &str, own: &str) -> worker::Result<()> {
        script::wait(self.namespace.delete(key)).await?;
        script::wait(self.namespace.delete(own)).await.map(drop)
    }

    async fn keys(&self, prefix: &str) -> worker::Result<Vec<Key>> {
        let mut keys = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mut options = json!({ "prefix": prefix });
            if let (Some(cursor), Some(options)) = (cursor, options.as_object_mut()) {
                options.insert("cursor".to_owned(), Value::String(cursor));
            }
            let page = script::wait(self.namespace.list(&script::object(&options)?)).await?;
            let page: Page = script::read(&page)?;
            keys.extend(page.keys);
            cursor = page.cursor.filter(|_| !page.list_complete);
            if cursor.is_none() {
                return Ok(keys);
            }
        }
    }

    /// The comments behind the keys, in their order. One that this place does not see yet is left out.
    async fn texts(&self, keys: Vec<Key>) -> worker::Result<Vec<Vec<u8>>> {
        let long: Vec<&str> =
            keys.iter().filter(|key| key.metadata.is_none()).map(|key| key.name.as_str()).collect();
        let mut fetched: BTreeMap<String, Option<String>> = BTreeMap::new();
        for names in long.chunks(MAX_BULK) {
            let names: Array = names.iter().copied().map(JsValue::from_str).collect();
            let found = script::wait(self.namespace.get_bulk(&names)).await?;
            let found = Object::from_entries(&found)?;
            fetched.append(&mut script::read(&found)?);
        }
        let text = |key: Key| key.metadata.or_else(|| fetched.remove(&key.name).flatten());
        Ok(keys.into_iter().filter_map(text).map(String::into_bytes).collect())
    }
}

impl CommentStore for KvComments {
    fn put(
        &self,
        key: &CommentKey,
        author: &MemberId,
        comment: &[u8],
    ) -> impl Future<Output = Result<(), Unavailable>> + Send {
        let (own, key) = (key.of(author), key.to_string());
        SendFuture::new(async move { self.write(&own, &key, comment).await.map_err(unavailable) })
    }

    fn list_of(
        &self,
        author: &MemberId,
    ) -> impl Future<Output = Result<Vec<CommentKey>, Unavailable>> + Send {
        let author = author.clone();
        SendFuture::new(async move {
            let keys = self.keys(&CommentKey::prefix_of(&author)).await.map_err(unavailable)?;
            Ok(keys.iter().filter_map(|key| CommentKey::read_of(&author, &key.name)).collect())
        })
    }

    fn get_many(
        &self,
        keys: &[CommentKey],
    ) -> impl Future<Output = Result<Vec<Vec<u8>>, Unavailable>> + Send {
        let keys = keys.iter().map(|key| Key { name: key.to_string(), metadata: None }).collect();
        SendFuture::new(async move { self.texts(keys).await.map_err(unavailable) })
    }

    fn remove(
        &self,
        key: &CommentKey,
        author: &MemberId,
    ) -> impl Future<Output = Result<(), Unavailable>> + Send {
        let (own, key) = (key.of(author), key.to_string());
        SendFuture::new(async move { self.remove_both(&key, &own).await.map_err(unavailable) })
    }

    fn get(&self, key: &CommentKey) -> impl Future<Output = Result<Option<Vec<u8>>, Unavailable>> + Send {
        let key = key.to_string();
        SendFuture::new(async move { self.read(&key).await.map_err(unavailable) })
    }

    fn list(&self, lesson: &LessonId) -> impl Future<Output = Result<Vec<Vec<u8>>, Unavailable>> + Send {
        let prefix = CommentKey::prefix(lesson);
        SendFuture::new(async move { self.thread(&prefix).await.map_err(unavailable) })
    }
}

fn unavailable(error: worker::Error) -> Unavailable {
    Unavailable::new("comments", error)
}

fn fits_metadata(text: &str) -> bool {
    text.len() < MAX_METADATA && serde_json::to_string(text).is_ok_and(|json| json.len() <= MAX_METADATA)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_measured_as_json() {
        assert!(fits_metadata(&"a".repeat(1_022)));
        assert!(!fits_metadata(&"a".repeat(1_023)));
        assert!(!fits_metadata(&"\"".repeat(512)));
        assert!(fits_metadata(&"\"".repeat(511)));
    }
}
