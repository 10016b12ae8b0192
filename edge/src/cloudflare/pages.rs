//! Pages whose addresses were typed otherwise than they are published: the platform knows each file by its exact name.

use bytes::Bytes;
use http::{Method, StatusCode, header};
use scheduling::paths;
use scheduling::web::Framing;
use worker::web_sys;

use super::bindings::http as platform_http;
use super::platform::Cloudflare;
use crate::Definitions;
use crate::call::security::add_published_headers;
use crate::page::answer::set;

/// The answer to a request for such a page, from the assets. `None` if the address can be no page's: nothing else of
/// the assets is read here, as some are private.
pub(super) async fn answer(
    platform: &Cloudflare,
    request: &crate::Request,
) -> worker::Result<Option<web_sys::Response>> {
    let path = request.uri().path();
    let asked = matches!(*request.method(), Method::GET | Method::HEAD);
    if !asked || paths::is_endpoints(path) {
        return Ok(None);
    }
    // Without a site, the endpoint says so.
    let Ok(site) = platform.site().await else { return Ok(None) };
    let Some(published) = paths::as_published(path, &site.locales) else { return Ok(None) };
    let assets = platform.env.assets("ASSETS")?;
    let page = assets.fetch(format!("https://assets.invalid{published}"), None).await?;
    if page.status_code() == 404 || published == path {
        return Ok(Some(page.into()));
    }
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut moved = crate::Response::new(Bytes::new());
    *moved.status_mut() = StatusCode::PERMANENT_REDIRECT;
    set(moved.headers_mut(), header::LOCATION, &format!("{published}{query}"));
    add_published_headers(moved.headers_mut(), Framing::Parents, &site.served());
    platform_http::to_platform(&moved).map(Some)
}
