//! Between Rust and the runtime's objects: promises, and objects as JSON.
//!
//! For a handful of small objects, JSON is a fraction of the code of a serialiser for each.

use lyceum_contract::json;
use serde::de::DeserializeOwned;
use serde_json::Value;
use worker::Result;
use worker::js_sys::{JSON, Promise};
use worker::wasm_bindgen::JsValue;
use worker::wasm_bindgen_futures::JsFuture;

/// What the call resolves to.
pub(crate) async fn wait(call: std::result::Result<Promise, JsValue>) -> Result<JsValue> {
    Ok(JsFuture::from(call?).await?)
}

/// The value as an object of the runtime.
pub(crate) fn object(value: &Value) -> Result<JsValue> {
    Ok(JSON::parse(&value.to_string())?)
}

/// An object of the runtime as a Rust value.
pub(crate) fn read<T: DeserializeOwned>(object: &JsValue) -> Result<T> {
    let text = String::from(JSON::stringify(object)?);
    Ok(json::from_slice(text.as_bytes())?)
}
