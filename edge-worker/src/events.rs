//! Events into the queue, as NDJSON.

use lyceum_app::ports::{EventSink, Unavailable};
use lyceum_contract::event::Event;
use serde_json::json;
use wasm_bindgen::prelude::*;
use worker::js_sys::Promise;
use worker::send::{SendFuture, SendWrapper};

use crate::script;

/// A message holds at most 128 KB, of which the queue takes about 100 bytes for itself.
const MAX_MESSAGE: usize = 120_000;

#[wasm_bindgen]
extern "C" {
    /// The producer's end of the queue, as the runtime binds it.
    pub(crate) type Producer;

    #[wasm_bindgen(method, catch)]
    fn send(this: &Producer, message: &str, options: &JsValue) -> Result<Promise, JsValue>;
}

/// The queue of events.
pub(crate) struct EventQueue {
    producer: SendWrapper<Producer>,
}

impl EventQueue {
    pub(crate) fn new(producer: Producer) -> Self {
        Self { producer: SendWrapper::new(producer) }
    }

    async fn send(&self, events: &[Event]) -> Result<(), Unavailable> {
        let options = script::object(&json!({ "contentType": "text" })).map_err(unavailable)?;
        for message in messages(events, MAX_MESSAGE)? {
            script::wait(self.producer.send(&message, &options)).await.map_err(unavailable)?;
        }
        Ok(())
    }
}

impl EventSink for EventQueue {
    fn append(&self, events: Vec<Event>) -> impl Future<Output = Result<(), Unavailable>> + Send {
        SendFuture::new(async move { self.send(&events).await })
    }
}

fn unavailable(error: impl std::fmt::Display) -> Unavailable {
    Unavailable::new("events", error)
}

/// The events one per line, in messages of at most `max_bytes`.
fn messages(events: &[Event], max_bytes: usize) -> Result<Vec<String>, Unavailable> {
    let mut messages = Vec::new();
    let mut message = String::new();
    for event in events {
        let line = serde_json::to_string(event).map_err(unavailable)?;
        if !message.is_empty() && message.len() + line.len() + 1 > max_bytes {
            messages.push(std::mem::take(&mut message));
        }
        message.push_str(&line);
        message.push('\n');
    }
    if !message.is_empty() {
        messages.push(message);
    }
    Ok(messages)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lyceum_contract::Timestamp;
    use lyceum_contract::event::{Record, VERSION, What};
    use lyceum_contract::id::EventId;

    fn event(number: u8) -> Event {
        let id = EventId::from_bytes([number; 16]);
        Event {
            v: VERSION,
            id,
            at: Timestamp(0),
            member: None,
            language: None,
            what: What::Recorded(Record::SignIn),
        }
    }

    #[test]
    fn a_message_never_grows_too_long_and_no_event_is_lost() {
        let events: Vec<Event> = (0..50).map(event).collect();
        let split = messages(&events, 500).expect("serialises");
        assert!(split.len() > 1 && split.iter().all(|message| message.len() <= 500));
        assert_eq!(split.concat(), messages(&events, MAX_MESSAGE).expect("serialises").concat());
        assert_eq!(split.concat().lines().count(), 50);
    }

    #[test]
    fn no_events_make_no_message() {
        assert!(messages(&[], MAX_MESSAGE).expect("nothing to serialise").is_empty());
    }
}
