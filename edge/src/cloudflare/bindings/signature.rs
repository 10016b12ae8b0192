//! Signatures, by the platform's Web Cryptography API.

use js_sys::futures::JsFuture;
use js_sys::{Array, JSON, Promise, Uint8Array};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = importKey, catch)]
    fn import_key(
        format: &str,
        key: &Uint8Array,
        algorithm: &JsValue,
        extractable: bool,
        usages: &Array,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = sign, catch)]
    fn sign_by(algorithm: &JsValue, key: &JsValue, text: &Uint8Array) -> Result<Promise, JsValue>;
}

/// Signs a text with a private key (PKCS#8), as RS256 does.
pub(in crate::cloudflare) async fn sign(key: &[u8], text: &str) -> Result<Vec<u8>, JsValue> {
    let algorithm = JSON::parse(r#"{"name":"RSASSA-PKCS1-v1_5","hash":"SHA-256"}"#)?;
    let usages = Array::of1(&"sign".into());
    let key = import_key("pkcs8", &Uint8Array::from(key), &algorithm, false, &usages)?;
    let key = JsFuture::from(key).await?;
    let signature = JsFuture::from(sign_by(&algorithm, &key, &Uint8Array::from(text.as_bytes()))?).await?;
    Ok(Uint8Array::new(&signature).to_vec())
}
