//! The published files as they are served.

use axum::body::Body;
use http::{Request, Response};
use scheduling::web::{Framing, Served, content_policy, protecting_headers};

use super::fixture;
use super::harness::Trial;

async fn get(trial: &Trial, path: &str, headers: &[(&str, &str)]) -> (Response<()>, String) {
    let mut request = Request::get(path).header("host", "meet.example.com");
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
async fn the_document_of_the_api_is_a_published_file() {
    let trial = Trial::start();
    let (found, body) = get(&trial, "/api/openapi.json", &[]).await;
    assert_eq!((found.status().as_u16(), header(&found, "content-type")), (200, "application/json"));
    let document: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (&document["openapi"], &document["servers"][0]["url"]),
        (&"3.1.0".into(), &fixture::BASE_URL.into())
    );
    let (beside, problem) = get(&trial, "/api/openapi", &[]).await;
    assert_eq!(
        (beside.status().as_u16(), header(&beside, "content-type")),
        (404, "application/problem+json"),
        "{problem}"
    );
}

#[tokio::test]
async fn served_pages_carry_the_headers_that_published_ones_do() {
    let trial = Trial::start();
    for path in ["/aiko/intro/", "/nobody/"] {
        let (page, _) = get(&trial, path, &[]).await;
        for (name, value) in
            protecting_headers(Framing::Parents, &Served { https: true, ..Served::default() })
        {
            assert_eq!(header(&page, name), value, "{name} of {path}");
        }
    }
}

#[tokio::test]
async fn pages_of_a_site_with_turnstile_allow_it() {
    let (mut site, hosts) = fixture::site();
    site.turnstile = Some(fixture::turnstile());
    let trial = Trial::of(&site, &hosts);
    let (page, _) = get(&trial, "/aiko/intro/", &[]).await;
    let expected = content_policy(Framing::Parents, &site.served());
    assert_eq!(header(&page, "content-security-policy"), expected);
    assert!(read(&trial, "_headers").contains(&expected), "as other servers send it");
}

#[tokio::test]
async fn parents_frame_what_visitors_see_and_nobody_a_desk() {
    let (mut site, hosts) = fixture::site();
    site.embed_parents = vec!["https://www.example.com".to_owned()];
    let trial = Trial::of(&site, &hosts);
    let parents = "frame-ancestors 'self' https://www.example.com";
    for (path, expected) in [
        ("/aiko/intro/", parents),
        ("/ja/aiko/intro/", parents),
        ("/nobody/", parents),
        ("/booking/x/y", parents),
        ("/host/", "frame-ancestors 'none'"),
        ("/ja/host/", "frame-ancestors 'none'"),
        ("/h%6fst/", "frame-ancestors 'none'"),
        ("/host/sign-in/x", "frame-ancestors 'none'"),
        ("/api/health", "frame-ancestors 'none'"),
    ] {
        let (told, _) = get(&trial, path, &[]).await;
        let policy = header(&told, "content-security-policy");
        assert!(policy.ends_with(expected), "{path}: {policy}");
    }
}

#[tokio::test]
async fn scripts_for_pages_by_others_are_kept_for_a_while() {
    let trial = Trial::start();
    for path in ["/embed.js", "/ja/embed.js", "/known.js", "/ja/known.js"] {
        let (script, _) = get(&trial, path, &[]).await;
        assert_eq!(header(&script, "content-type"), "text/javascript; charset=utf-8");
        assert_eq!(header(&script, "cache-control"), "public, max-age=3600");
        let (known, _) = get(&trial, path, &[("if-none-match", header(&script, "etag"))]).await;
        assert_eq!(known.status(), 304);
    }
    assert_eq!(header(&get(&trial, "/frame.js", &[]).await.0, "cache-control"), "no-cache");
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
    for (typed, page) in [
        ("/Aiko/intro/", "/aiko/intro/"),
        ("/AIKO/Intro", "/aiko/intro/"),
        ("/JA/aiko/", "/ja/aiko/"),
        ("/aiko/intro.", "/aiko/intro/"),
        ("/aiko/intro/),", "/aiko/intro/"),
        ("/aiko/intro/%20", "/aiko/intro/"),
        ("/ja/aiko/%E3%80%82", "/ja/aiko/"),
    ] {
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
        "/_edge/site.json.",
        "/_edge/site.json%20",
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
    let post = Request::post("/aiko/intro/").header("host", "x").body(Body::empty()).unwrap();
    let told = trial.app().answer_any(post).await;
    assert_eq!((told.status().as_u16(), told.headers()["allow"].to_str().unwrap()), (405, "GET, HEAD"));
}

#[tokio::test]
async fn a_head_has_a_limit() {
    let trial = Trial::start();
    let status = async |path: &str, field: usize| {
        let request = Request::get(path).header("host", "x").header("x-field", "x".repeat(field));
        trial.app().answer_any(request.body(Body::empty()).unwrap()).await.status().as_u16()
    };
    assert_eq!(status("/aiko/intro/", 30_000).await, 200);
    assert_eq!(status("/aiko/intro/", 33_000).await, 431);
    assert_eq!(status("/api/health", 40_000).await, 431);
    assert_eq!(status(&format!("/api/health?{}", "x".repeat(20_000)), 13_000).await, 431);
}

#[tokio::test]
async fn a_request_names_one_sound_host() {
    let trial = Trial::start();
    let status = async |version: http::Version, path: &str, hosts: &[&str]| {
        let mut request = Request::get(path).version(version);
        for host in hosts {
            request = request.header("host", *host);
        }
        trial.app().answer_any(request.body(Body::empty()).unwrap()).await.status().as_u16()
    };
    for path in ["/aiko/intro/", "/api/health", "/nobody/"] {
        for wrong in [&[][..], &["a", "b"], &["a", "a"], &["a b@c/"], &["a@b"], &["[::1"], &["a:b"], &["a/b"]]
        {
            assert_eq!(status(http::Version::HTTP_11, path, wrong).await, 400, "{path} {wrong:?}");
        }
    }
    for sound in [&["meet.example.com"][..], &["other.example:8787"], &["[::1]:80"], &["127.0.0.1"]] {
        assert_eq!(status(http::Version::HTTP_11, "/aiko/intro/", sound).await, 200, "{sound:?}");
    }
    assert_eq!(status(http::Version::HTTP_10, "/aiko/intro/", &[]).await, 200);
}

/// While a large page is compressed, other pages are answered; and it is compressed once, however many ask.
#[tokio::test(flavor = "multi_thread")]
async fn large_pages_are_compressed_once_and_nobody_else_waits() {
    let trial = Trial::start();
    let numbers = (0..300_000_u64).map(|number| number * 2_654_435_761 % 4_294_967_296);
    let large = numbers.map(|number| format!("{number:08x}")).collect::<Vec<_>>().join(" ");
    std::fs::write(trial.directory.path().join("dist/large.html"), format!("<p>{large}")).unwrap();
    let asked = || get(&trial, "/large.html", &[("accept-encoding", "gzip")]);
    let begun = tokio::time::Instant::now();
    let (first, small) = asked().await;
    let once = begun.elapsed();
    assert_eq!(header(&first, "content-encoding"), "gzip");
    drop(small);
    std::fs::write(trial.directory.path().join("dist/large.html"), format!("<p>{large}.")).unwrap();
    let begun = tokio::time::Instant::now();
    let many = futures_util::future::join_all((0..12).map(|_| asked()));
    let others = async {
        let mut slowest = std::time::Duration::ZERO;
        for _ in 0..20 {
            let begun = tokio::time::Instant::now();
            assert_eq!(get(&trial, "/aiko/intro/", &[]).await.0.status(), 200);
            slowest = slowest.max(begun.elapsed());
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        slowest
    };
    let (all, slowest) = tokio::join!(many, others);
    assert!(all.iter().all(|(response, _)| response.status() == 200));
    assert!(begun.elapsed() < once * 4, "twelve in {:?}, one in {once:?}", begun.elapsed());
    assert!(slowest < once / 2, "another page took {slowest:?}, the large one {once:?}");
}
