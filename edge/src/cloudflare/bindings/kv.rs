//! Reading KV.
//!
//! The binding is written here, as that of `worker` looks up every method of a namespace before it reads, and
//! availability is what is asked for most.

use js_sys::futures::JsFuture;
use js_sys::{ArrayBuffer, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use worker::Env;

use super::sql::in_words;

#[wasm_bindgen]
extern "C" {
    type RawNamespace;

    #[wasm_bindgen(method, catch)]
    fn get(this: &RawNamespace, key: &str, kind: &str) -> Result<Promise, JsValue>;
}

/// The value under a key; `None` where there is none.
pub(in crate::cloudflare) async fn read(env: &Env, key: &str) -> Result<Option<Vec<u8>>, String> {
    let value = get(env, key).await.map_err(|thrown| in_words(&thrown))?;
    Ok(value.dyn_ref::<ArrayBuffer>().map(|bytes| Uint8Array::new(bytes).to_vec()))
}

async fn get(env: &Env, key: &str) -> Result<JsValue, JsValue> {
    let namespace: RawNamespace = Reflect::get(env, &"KV".into())?.unchecked_into();
    JsFuture::from(namespace.get(key, "arrayBuffer")?).await
}
