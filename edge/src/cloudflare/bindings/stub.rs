//! What a Worker asks of an object, as text both ways.
//!
//! The bindings are written here, as those of `worker` read an answer chunk by chunk, each a promise of its own.

use js_sys::futures::JsFuture;
use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use worker::Stub;

#[wasm_bindgen]
extern "C" {
    type RawStub;

    #[wasm_bindgen(method, catch)]
    fn fetch(this: &RawStub, url: &str, init: &Object) -> Result<Promise, JsValue>;

    type RawResponse;

    #[wasm_bindgen(method, catch)]
    fn text(this: &RawResponse) -> Result<Promise, JsValue>;
}

/// Posts a text to an object, and reads what it answers.
pub(in crate::cloudflare) async fn ask(stub: Stub, text: &str) -> Result<String, JsValue> {
    let init = Object::new();
    Reflect::set(&init, &"method".into(), &"POST".into())?;
    Reflect::set(&init, &"body".into(), &text.into())?;
    let stub: RawStub = stub.into_rpc();
    let response = JsFuture::from(stub.fetch("https://ledger.invalid/", &init)?).await?;
    let response: RawResponse = response.unchecked_into();
    let text = JsFuture::from(response.text()?).await?;
    Ok(text.as_string().unwrap_or_default())
}
