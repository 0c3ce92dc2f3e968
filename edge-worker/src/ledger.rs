//! The Ledger as seen from a request: one command to the Durable Object, one reply.

use lyceum_app::ledger::{Command, Reply};
use lyceum_app::ports::{Ledger, Unavailable};
use lyceum_contract::json;
use worker::send::SendFuture;
use worker::wasm_bindgen::JsValue;
use worker::{ObjectNamespace, web_sys};

/// The namespace of the Ledger's objects.
pub(crate) struct ObjectLedger {
    namespace: ObjectNamespace,
}

impl ObjectLedger {
    pub(crate) fn new(namespace: ObjectNamespace) -> Self {
        Self { namespace }
    }

    async fn send(&self, command: &Command) -> Result<Reply, Unavailable> {
        let body = serde_json::to_string(command).map_err(|error| Unavailable::new("ledger", error))?;
        let (status, reply) =
            self.post(shard(command), &body).await.map_err(|error| Unavailable::new("ledger", error))?;
        if status != 200 {
            return Err(Unavailable::new("ledger", reply));
        }
        json::from_slice(reply.as_bytes()).map_err(|error| Unavailable::new("ledger", error))
    }

    /// A stub is good for one call: after an outage of its object it never works again.
    async fn post(&self, shard: &str, body: &str) -> worker::Result<(u16, String)> {
        let init = web_sys::RequestInit::new();
        init.set_method("POST");
        init.set_body(&JsValue::from_str(body));
        let request = web_sys::Request::new_with_str_and_init("https://ledger.local/", &init)?;
        let mut response = self.namespace.get_by_name(shard)?.fetch_with_request(request.into()).await?;
        Ok((response.status_code(), response.text().await?))
    }
}

impl Ledger for ObjectLedger {
    fn execute(&self, command: Command) -> impl Future<Output = Result<Reply, Unavailable>> + Send {
        SendFuture::new(async move { self.send(&command).await })
    }
}

/// The name of the object that keeps what the command is about. One object holds 10 GB and answers several
/// hundred commands a second, and lessons are read without it; a larger site divides here.
fn shard(_command: &Command) -> &'static str {
    "ledger"
}
