//! Events from the queue into the lake: one object per day and batch, `events/dt=2026-11-02/<first>-<hash>.ndjson`.
//!
//! The name follows from the content, so a batch that the queue repeats overwrites itself. A batch is
//! acknowledged after its last put; whatever fails before is repeated. So each event is stored at least once.

use std::collections::BTreeMap;

use lyceum_app::ports::Unavailable;
use lyceum_contract::id::hex;
use lyceum_contract::{Timestamp, json};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use worker::js_sys::JSON;
use worker::wasm_bindgen::JsValue;
use worker::{Env, MessageBatch, console_error};

/// The little that this needs of an event, so that one of a newer version is stored as well.
#[derive(Deserialize)]
struct Line {
    id: String,
    at: Timestamp,
}

/// Stores a batch. The objects that were put before an error will be put again.
pub(crate) async fn store(batch: &MessageBatch<String>, env: &Env) -> Result<(), Unavailable> {
    let bucket = env.bucket("LAKE").map_err(unavailable)?;
    let messages: Vec<String> = batch.raw_iter().map(|message| text(&message.body())).collect();
    for (name, lines) in objects(messages.iter().map(String::as_str)) {
        bucket.put(name, lines.into_bytes()).execute().await.map_err(unavailable)?;
    }
    Ok(())
}

/// A message that is not a text did not come from us; as JSON it can be kept aside.
fn text(body: &JsValue) -> String {
    let json = || JSON::stringify(body).map(String::from).unwrap_or_default();
    body.as_string().unwrap_or_else(json)
}

fn unavailable(error: impl std::fmt::Display) -> Unavailable {
    Unavailable::new("lake", error)
}

/// The objects to write, by name. A line that is not an event is kept aside, and counted in the log.
fn objects<'a>(messages: impl Iterator<Item = &'a str>) -> Vec<(String, String)> {
    let mut folders: BTreeMap<String, (String, String)> = BTreeMap::new();
    for line in messages.flat_map(str::lines).filter(|line| !line.trim().is_empty()) {
        let (folder, id) = match json::from_slice::<Line>(line.as_bytes()) {
            Ok(event) => (format!("events/dt={}", event.at.date()), event.id),
            Err(_) => ("rejected".to_owned(), "line".to_owned()),
        };
        let (_, lines) = folders.entry(folder).or_insert_with(|| (id, String::new()));
        lines.push_str(line);
        lines.push('\n');
    }
    if let Some((_, lines)) = folders.get("rejected") {
        console_error!(
            "{} lines of the queue are not events; they are kept under `rejected/`",
            lines.lines().count()
        );
    }
    folders.into_iter().map(|(folder, (first, lines))| (name(&folder, &first, &lines), lines)).collect()
}

fn name(folder: &str, first: &str, lines: &str) -> String {
    let hash = hex(&Sha256::digest(lines.as_bytes()));
    let hash = hash.get(..16).unwrap_or(&hash);
    // An id is 32 hexadecimal digits; anything else must not become part of a name.
    let first: String = first.chars().filter(char::is_ascii_alphanumeric).take(32).collect();
    format!("{folder}/{first}-{hash}.ndjson")
}

#[cfg(test)]
mod tests {
    use super::*;

    const MONDAY: &str = r#"{"v":1,"id":"aa","at":1793611805,"kind":"sign_in"}"#;
    const TUESDAY: &str = r#"{"v":1,"id":"bb","at":1793698205,"kind":"sign_in"}"#;

    #[test]
    fn a_batch_over_midnight_makes_one_object_per_day() {
        let messages = [format!("{MONDAY}\n{TUESDAY}\n"), format!("{MONDAY}\n")];
        let objects = objects(messages.iter().map(String::as_str));
        let names: Vec<&str> = objects.iter().map(|(name, _)| name.as_str()).collect();
        assert!(
            names[0].starts_with("events/dt=2026-11-02/aa-")
                && names[1].starts_with("events/dt=2026-11-03/bb-")
        );
        assert_eq!(objects[0].1, format!("{MONDAY}\n{MONDAY}\n"));
    }

    #[test]
    fn a_repeated_batch_has_the_same_names() {
        assert_eq!(objects([MONDAY, TUESDAY].into_iter()), objects([MONDAY, TUESDAY].into_iter()));
        assert_ne!(objects([MONDAY].into_iter())[0].0, objects([MONDAY, MONDAY].into_iter())[0].0);
    }

    #[test]
    fn an_event_of_a_newer_version_is_stored_like_any_other() {
        let newer = r#"{"v":9,"id":"../cc","at":1793611805,"kind":"unheard_of","more":[1]}"#;
        let objects = objects([newer].into_iter());
        assert!(objects[0].0.starts_with("events/dt=2026-11-02/cc-"), "{}", objects[0].0);
    }
}
