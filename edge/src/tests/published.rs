//! The published files as they are served.

use axum::body::Body;
use http::{Request, Response};
use scheduling::web::{Origin, protecting_headers};

use super::harness::Trial;

async fn get(trial: &Trial, path: &str, headers: &[(&str, &str)]) -> (Response<()>, String) {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = trial.app().answer_any(request.body(Body::empty()).unwrap()).await;
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    (Response::from_parts(parts, ()), String::from_utf8_lossy(&body).into_owned())
}

fn header<'a>(response: &'a Response<()>, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

fn read(trial: &Trial, path: &str) -> String {
    std::fs::read_to_string(trial.directory.path().join("dist").join(path)).unwrap()
}

#[tokio::test]
async fn pages_are_served_with_a_tag_and_compressed() {
    let trial = Trial::start();
    let (plain, body) = get(&trial, "/aiko/intro/", &[]).await;
    assert_eq!(plain.status(), 200);
    assert!(body.contains("<title>Introductory call"), "{body}");
    assert_eq!(header(&plain, "content-type"), "text/html; charset=utf-8");
    assert_eq!(header(&plain, "cache-control"), "no-cache");
    assert_eq!(header(&plain, "vary"), "Accept-Encoding");
    let (brotli, small) = get(&trial, "/aiko/intro/", &[("accept-encoding", "gzip, br")]).await;
    assert_eq!(header(&brotli, "content-encoding"), "br");
    assert!(small.len() < body.len());
    assert_ne!(header(&plain, "etag"), header(&brotli, "etag"));
    let tag = header(&plain, "etag").to_owned();
    let (known, nothing) = get(&trial, "/aiko/intro/", &[("if-none-match", &tag)]).await;
    assert_eq!((known.status().as_u16(), nothing.as_str()), (304, ""));
}

#[tokio::test]
async fn served_pages_carry_the_headers_that_published_ones_do() {
    let trial = Trial::start();
    for path in ["/aiko/intro/", "/nobody/"] {
        let (page, _) = get(&trial, path, &[]).await;
        for (name, value) in protecting_headers(Origin::Published, true) {
            assert_eq!(header(&page, name), value, "{name} of {path}");
        }
    }
}

#[tokio::test]
async fn a_changed_file_is_served_at_once() {
    let trial = Trial::start();
    let path = trial.directory.path().join("dist/aiko/intro/index.html");
    get(&trial, "/aiko/intro/", &[]).await;
    std::fs::write(&path, "<p>new").unwrap();
    assert_eq!(get(&trial, "/aiko/intro/", &[]).await.1, "<p>new");
    std::fs::remove_file(&path).unwrap();
    assert_eq!(get(&trial, "/aiko/intro/", &[]).await.0.status(), 404);
}

#[tokio::test]
async fn addresses_lead_where_they_should() {
    let trial = Trial::start();
    let (redirect, _) = get(&trial, "/aiko/intro?utm_source=letter", &[]).await;
    assert_eq!(
        (redirect.status().as_u16(), header(&redirect, "location")),
        (308, "/aiko/intro/?utm_source=letter")
    );
    for (typed, page) in
        [("/Aiko/intro/", "/aiko/intro/"), ("/AIKO/Intro", "/aiko/intro/"), ("/JA/aiko/", "/ja/aiko/")]
    {
        let (redirect, _) = get(&trial, &format!("{typed}?utm_source=Letter"), &[]).await;
        let expected = format!("{page}?utm_source=Letter");
        assert_eq!(
            (redirect.status().as_u16(), header(&redirect, "location")),
            (308, expected.as_str()),
            "{typed}"
        );
        assert_eq!(get(&trial, page, &[]).await.0.status(), 200);
    }
    let (missing, body) = get(&trial, "/nobody/", &[]).await;
    assert_eq!((missing.status().as_u16(), body == read(&trial, "404.html")), (404, true));
    let of_locale = trial.directory.path().join("dist/ja/404.html");
    std::fs::create_dir_all(of_locale.parent().unwrap()).unwrap();
    std::fs::write(&of_locale, "<p>ありません").unwrap();
    for (path, expected) in [("/ja/nobody/x/", "<p>ありません"), ("/ja/x", "<p>ありません"), ("/jp/x", &body)]
    {
        let (missing, told) = get(&trial, path, &[]).await;
        assert_eq!((missing.status().as_u16(), told.as_str()), (404, expected), "{path}");
    }
    let page = read(&trial, "aiko/intro/index.html");
    let style =
        page.split("href=\"").find(|rest| rest.starts_with("/assets/")).unwrap().split('"').next().unwrap();
    let (asset, _) = get(&trial, style, &[]).await;
    assert_eq!(header(&asset, "cache-control"), "public, max-age=31536000, immutable");
    for hidden in [
        "/_edge/site.json",
        "/%5fedge/site.json",
        "/_EDGE/site.json",
        "//_edge/site.json",
        "/aiko/../_edge/site.json",
        "/..%2f_edge/site.json",
        "/dev/reload.js",
        "/Aiko/nothing/",
        "/Nobody/",
        "/_Edge/",
        "/Assets/",
    ] {
        assert_eq!(get(&trial, hidden, &[]).await.0.status(), 404, "{hidden}");
    }
    for odd in
        ["/aiko/intro/index.html/more", &format!("/{}", "x".repeat(5000)), "//example.org", "/aiko/int"]
    {
        assert_eq!(get(&trial, odd, &[]).await.0.status(), 404, "{odd}");
    }
    let post = Request::post("/aiko/intro/").body(Body::empty()).unwrap();
    let told = trial.app().answer_any(post).await;
    assert_eq!((told.status().as_u16(), told.headers()["allow"].to_str().unwrap()), (405, "GET, HEAD"));
}
