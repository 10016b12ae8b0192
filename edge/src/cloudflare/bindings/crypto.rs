//! Signatures and encryption, by the platform's Web Cryptography API.

use js_sys::futures::JsFuture;
use js_sys::{Array, JSON, Promise, Reflect, Uint8Array};
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

    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = encrypt, catch)]
    fn encrypt(algorithm: &JsValue, key: &JsValue, text: &Uint8Array) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = decrypt, catch)]
    fn decrypt(algorithm: &JsValue, key: &JsValue, text: &Uint8Array) -> Result<Promise, JsValue>;
}

/// Signs a text with a private key (PKCS#8), as RS256 does.
pub(in crate::cloudflare) async fn sign(key: &[u8], text: &str) -> Result<Vec<u8>, JsValue> {
    let algorithm = JSON::parse(r#"{"name":"RSASSA-PKCS1-v1_5","hash":"SHA-256"}"#)?;
    let key = import("pkcs8", key, &algorithm, "sign").await?;
    read(sign_by(&algorithm, &key, &Uint8Array::from(text.as_bytes()))?).await
}

/// Seals a text with AES-256-GCM.
pub(in crate::cloudflare) async fn seal(key: &[u8], nonce: &[u8], text: &[u8]) -> Result<Vec<u8>, JsValue> {
    let algorithm = aes_gcm(nonce)?;
    let key = import("raw", key, &algorithm, "encrypt").await?;
    read(encrypt(&algorithm, &key, &Uint8Array::from(text))?).await
}

/// Opens what was sealed so.
pub(in crate::cloudflare) async fn open(key: &[u8], nonce: &[u8], sealed: &[u8]) -> Result<Vec<u8>, JsValue> {
    let algorithm = aes_gcm(nonce)?;
    let key = import("raw", key, &algorithm, "decrypt").await?;
    read(decrypt(&algorithm, &key, &Uint8Array::from(sealed))?).await
}

fn aes_gcm(nonce: &[u8]) -> Result<JsValue, JsValue> {
    let algorithm = JSON::parse(r#"{"name":"AES-GCM"}"#)?;
    Reflect::set(&algorithm, &"iv".into(), &Uint8Array::from(nonce))?;
    Ok(algorithm)
}

async fn import(format: &str, key: &[u8], algorithm: &JsValue, usage: &str) -> Result<JsValue, JsValue> {
    let usages = Array::of1(&usage.into());
    JsFuture::from(import_key(format, &Uint8Array::from(key), algorithm, false, &usages)?).await
}

async fn read(bytes: Promise) -> Result<Vec<u8>, JsValue> {
    Ok(Uint8Array::new(&JsFuture::from(bytes).await?).to_vec())
}
