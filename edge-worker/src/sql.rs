//! The Ledger's SQL on the storage of a Durable Object.

use lyceum_app::ledger::{Row, Sql, SqlError, Value};
use wasm_bindgen::prelude::*;
use worker::{SqlStorage, SqlStorageValue, Storage};

#[wasm_bindgen]
extern "C" {
    /// The storage with the one method that the crate `worker` does not bind.
    type SyncStorage;

    #[wasm_bindgen(method, catch, js_name = transactionSync)]
    fn transaction_sync(
        this: &SyncStorage,
        work: &mut dyn FnMut() -> Result<(), JsValue>,
    ) -> Result<JsValue, JsValue>;
}

/// Runs `work` as one transaction: what it wrote stays only when it returns `Ok`.
pub(crate) fn transaction<T>(
    storage: &Storage,
    work: impl FnOnce(&mut ObjectSql) -> Result<T, SqlError>,
) -> Result<T, SqlError> {
    let mut sql = ObjectSql(storage.sql());
    let mut work = Some(work);
    let mut outcome = None;
    let transaction = storage.as_raw().unchecked_ref::<SyncStorage>().transaction_sync(&mut || {
        let done = work.take().map(|work| work(&mut sql));
        let failed = matches!(done, Some(Err(_)));
        outcome = done;
        // Only an exception makes the runtime roll back.
        if failed { Err(JsValue::from_str("rolled back")) } else { Ok(()) }
    });
    match (outcome, transaction) {
        (Some(Err(error)), _) => Err(error),
        (Some(Ok(done)), Ok(_)) => Ok(done),
        (_, Err(error)) => Err(SqlError(worker::Error::from(error).to_string())),
        (None, Ok(_)) => Err(SqlError("the transaction did not run".to_owned())),
    }
}

/// The SQL interface inside a transaction.
pub(crate) struct ObjectSql(SqlStorage);

impl Sql for ObjectSql {
    fn query(&mut self, statement: &str, arguments: &[Value]) -> Result<Vec<Row>, SqlError> {
        let arguments = arguments.iter().map(argument).collect::<Result<Vec<_>, _>>()?;
        let cursor = self.0.exec(statement, arguments).map_err(|error| SqlError(error.to_string()))?;
        cursor.raw().map(|row| row.map_err(|error| SqlError(error.to_string())).and_then(columns)).collect()
    }
}

fn argument(value: &Value) -> Result<SqlStorageValue, SqlError> {
    Ok(match value {
        Value::Null => SqlStorageValue::Null,
        Value::Text(text) => SqlStorageValue::String(text.clone()),
        // The engine takes doubles; a number that one cannot hold exactly is refused.
        Value::Integer(number) => SqlStorageValue::try_from_i64(*number).map_err(SqlError::corrupt)?,
    })
}

fn columns(row: Vec<SqlStorageValue>) -> Result<Row, SqlError> {
    let column = |value| match value {
        SqlStorageValue::Null => Ok(Value::Null),
        SqlStorageValue::Integer(number) => Ok(Value::Integer(number)),
        SqlStorageValue::String(text) => Ok(Value::Text(text)),
        _ => Err(SqlError::corrupt("a value of another type")),
    };
    row.into_iter().map(column).collect::<Result<_, _>>().map(Row)
}
