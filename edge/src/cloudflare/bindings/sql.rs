//! A Durable Object's SQLite as the ledger's database.
//!
//! The bindings are written here, as those of `worker` do not catch what JavaScript throws, and lack `transactionSync`.

use js_sys::Array;
use scheduling::sql::{Row, Sql, SqlFault, Value};
use wasm_bindgen::prelude::*;
use worker::durable::State;

#[wasm_bindgen]
extern "C" {
    type RawStorage;

    #[wasm_bindgen(method, getter)]
    fn sql(this: &RawStorage) -> RawSql;

    #[wasm_bindgen(method, catch, js_name = transactionSync)]
    fn transaction_sync(
        this: &RawStorage,
        work: &mut dyn FnMut() -> Result<(), JsValue>,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch, js_name = setAlarm)]
    fn set_alarm(this: &RawStorage, milliseconds: f64) -> Result<js_sys::Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = deleteAlarm)]
    fn delete_alarm(this: &RawStorage) -> Result<js_sys::Promise, JsValue>;

    type RawSql;

    #[wasm_bindgen(method, catch, variadic)]
    fn exec(this: &RawSql, statement: &str, parameters: &Array) -> Result<RawCursor, JsValue>;

    type RawCursor;

    #[wasm_bindgen(method, catch)]
    fn raw(this: &RawCursor) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_namespace = Array, js_name = from)]
    fn array_from(values: &JsValue) -> Result<Array, JsValue>;
}

/// The storage of one object.
pub(in crate::cloudflare) struct Storage(RawStorage);

impl Storage {
    pub(in crate::cloudflare) fn of(state: &State) -> Self {
        let storage = state.storage();
        let raw: &JsValue = storage.as_raw().as_ref();
        Self(raw.clone().unchecked_into())
    }

    /// Has the object woken at an instant (milliseconds since 1970), or not at all. Begun at once, so that it lasts
    /// with the writes of the same turn.
    pub(in crate::cloudflare) fn wake(&self, milliseconds: Option<i64>) -> Result<js_sys::Promise, String> {
        let begun = match milliseconds {
            #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are below 2^53")]
            Some(milliseconds) => self.0.set_alarm(milliseconds as f64),
            None => self.0.delete_alarm(),
        };
        begun.map_err(|thrown| in_words(&thrown))
    }
}

impl Sql for Storage {
    fn run(&mut self, statement: &str, parameters: &[Value]) -> Result<Vec<Row>, SqlFault> {
        let parameters: Array = parameters.iter().map(to_js).collect();
        let rows = self.0.sql().exec(statement, &parameters).and_then(|cursor| cursor.raw());
        let rows = rows.and_then(|rows| array_from(&rows)).map_err(|thrown| fault(&thrown))?;
        rows.iter()
            .map(|row| {
                array_from(&row)
                    .map_err(|thrown| fault(&thrown))?
                    .iter()
                    .map(|value| from_js(&value))
                    .collect()
            })
            .collect()
    }

    /// Commits at the end of `transactionSync`; what is thrown in it, a panic too, rolls back.
    fn transact(
        &mut self,
        work: &mut dyn FnMut(&mut dyn Sql) -> Result<(), SqlFault>,
    ) -> Result<(), SqlFault> {
        let mut failed = None;
        let mut inner = Self(self.0.clone().unchecked_into());
        let done = self.0.transaction_sync(&mut || {
            work(&mut inner).map_err(|fault| {
                let text = JsValue::from_str(&fault.to_string());
                failed = Some(fault);
                text
            })
        });
        match (done, failed) {
            (_, Some(fault)) => Err(fault),
            (Err(thrown), None) => Err(fault(&thrown)),
            (Ok(_), None) => Ok(()),
        }
    }
}

fn to_js(value: &Value) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        #[expect(clippy::cast_precision_loss, reason = "the ledger's numbers are below 2^53")]
        Value::Integer(number) => JsValue::from_f64(*number as f64),
        Value::Text(text) => JsValue::from_str(text),
    }
}

fn from_js(value: &JsValue) -> Result<Value, SqlFault> {
    if value.is_null() || value.is_undefined() {
        return Ok(Value::Null);
    }
    if let Some(text) = value.as_string() {
        return Ok(Value::Text(text));
    }
    match value.as_f64() {
        #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and below 2^53")]
        Some(number) if number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0 => {
            Ok(Value::Integer(number as i64))
        }
        _ => Err(SqlFault::Corrupt(format!("a column holds {value:?}"))),
    }
}

/// What was thrown, in words.
pub(in crate::cloudflare) fn in_words(thrown: &JsValue) -> String {
    let message = thrown.dyn_ref::<js_sys::Error>().map(|error| String::from(error.message()));
    message.or_else(|| thrown.as_string()).unwrap_or_else(|| format!("{thrown:?}"))
}

fn fault(thrown: &JsValue) -> SqlFault {
    let message = in_words(thrown);
    if message.contains("SQLITE_FULL") {
        SqlFault::Full(message)
    } else if message.contains("SQLITE_CORRUPT") || message.contains("SQLITE_NOTADB") {
        SqlFault::Corrupt(message)
    } else {
        SqlFault::Other(message)
    }
}
