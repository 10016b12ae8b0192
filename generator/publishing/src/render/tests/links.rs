//! What others show and read of a page: the picture of a link, linked data, oEmbed, Markdown.

use std::path::Path;

use image::GenericImageView as _;
use serde_json::{Value, json};

use super::harness::{Dist, Trial, root};

const PAGE: &str = "+++\ntitle = \"Tea\"\ndurations = [30, 60]\nlocation = { ask = \"Where?\" }\n\
    [[questions]]\nid = \"topic\"\nlabel = \"About what?\"\nkind = \"text\"\nrequired = true\n\
    [[questions]]\nid = \"cake\"\nlabel = \"Cake?\"\nkind = \"choice\"\noptions = [{ id = \"yes\", label = \"Yes\" }]\n\
    +++\nCome **by**.\n\n# Bring\n\nA cup.\n";

/// The file that a page's head names as the picture of a link to it.
#[track_caller]
fn preview_of(dist: &Dist, page: &str) -> String {
    let html = dist.read(page);
    let begin = "<meta property=\"og:image\" content=\"https://meet.example.com/";
    let (_, rest) = html.split_once(begin).unwrap_or_else(|| panic!("{page} has no preview: {html}"));
    rest.split('"').next().unwrap().to_owned()
}

#[track_caller]
fn drawn(dist: &Dist, page: &str) -> image::RgbImage {
    let bytes = dist.bytes_of(preview_of(dist, page));
    assert!(bytes.len() < 40_000, "{page}: {} bytes", bytes.len());
    image::load_from_memory_with_format(&bytes, image::ImageFormat::Png).unwrap().to_rgb8()
}

/// The dots of an area that are no paper.
fn inked(image: &image::RgbImage, x: u32, y: u32, width: u32, height: u32) -> usize {
    image.view(x, y, width, height).pixels().filter(|(_, _, dot)| dot.0 != [255; 3]).count()
}

#[test]
fn every_page_has_a_picture_in_its_language() {
    let dist = Trial::sample().publish();
    let pages = ["index.html", "aiko/index.html", "aiko/intro/index.html"];
    let mut paths = Vec::new();
    for page in pages.into_iter().flat_map(|page| [page.to_owned(), format!("ja/{page}")]) {
        let image = drawn(&dist, &page);
        assert_eq!(image.dimensions(), (1200, 630), "{page}");
        assert_eq!(image.get_pixel(3, 300).0, [11, 110, 99], "{page}: the edge has the accent");
        assert!(inked(&image, 112, 150, 1004, 290) > 3_000, "{page} has no title");
        assert!(inked(&image, 112, 530, 1004, 60) > 500, "{page} does not say what there is to do");
        assert_eq!(inked(&image, 1130, 0, 70, 630), 0, "{page}: text runs out of the picture");
        paths.push(preview_of(&dist, &page));
    }
    // The site's title is the same in both languages, what there is to do is not.
    paths.sort();
    paths.dedup();
    assert_eq!(paths.len(), 6);
}

#[test]
fn a_picture_has_the_sites_colours_and_another_name_with_them() {
    let publish = |accent: &str| {
        let accent = accent.to_owned();
        Trial::sample().changed(|site| drop(site.theme.insert("accent".to_owned(), accent))).publish()
    };
    let (red, odd) = (publish("red"), publish("var(--brand)"));
    assert_eq!(drawn(&red, "index.html").get_pixel(3, 300).0, [255, 0, 0]);
    assert_eq!(drawn(&odd, "index.html").get_pixel(3, 300).0, [11, 110, 99], "the theme's own");
    assert_ne!(preview_of(&red, "index.html"), preview_of(&odd, "index.html"));
}

#[test]
fn what_no_font_can_write_is_left_out() {
    let title_of = |title: &str| {
        let page = format!(
            "+++\ntitle = \"{title}\"\ndurations = [30]\nlocation = {{ ask = \"Where?\" }}\n+++\nWords.\n"
        );
        let image = drawn(&Trial::of_page(&page).publish(), "aiko/tea/index.html");
        assert!(inked(&image, 112, 530, 1004, 60) > 500, "{title}: the other lines stay");
        inked(&image, 112, 150, 1004, 280)
    };
    let tea = title_of("Tea");
    assert!(tea > 1_000);
    assert_eq!(title_of("\u{2615} Tea \u{1f469}\u{200d}\u{1f4bb}"), tea, "an emoji alone is left out");
    for (script, title) in
        [("Arabic", "شاي"), ("Thai", "ชา"), ("a rare kanji", "お茶と𪚥"), ("marks", "Te\u{301}a")]
    {
        assert_eq!(title_of(title), 0, "{script}");
    }
    let long = "A very long title that says all there is to say about tea, and then some more, and ends nowhere near here";
    assert!(title_of(&long.repeat(3)) > 20_000);
    assert!(title_of(&"お茶".repeat(100)) > 20_000);
    assert!(title_of(&"Tee".repeat(60)) > 10_000);
}

#[test]
fn pages_say_what_they_are_as_linked_data() {
    let dist = Trial::named("Tea", "</script>", PAGE).publish();
    let linked = |page: &str| -> Value {
        let html = dist.read(page);
        let (_, rest) = html.split_once("<script type=\"application/ld+json\">").unwrap();
        serde_json::from_str(rest.split("</script>").next().unwrap()).unwrap()
    };
    let context = "https://schema.org";
    assert_eq!(
        linked("index.html"),
        json!({ "@context": context, "@type": "Organization", "name": "Tea", "url": "https://meet.example.com/" })
    );
    assert_eq!(
        linked("aiko/index.html"),
        json!({ "@context": context, "@type": "ProfilePage", "mainEntity":
            { "@type": "Person", "name": "</script>", "url": "https://meet.example.com/aiko/", "makesOffer": [
                { "@type": "Offer", "itemOffered": { "@type": "Service", "name": "Tea", "description": "Come by.",
                    "potentialAction":
                        { "@type": "ReserveAction", "target": "https://meet.example.com/aiko/tea/" } } }] } })
    );
    dist.lacks("aiko/tea/index.html", "ld+json");
}

#[test]
fn other_sites_can_ask_what_a_page_is() {
    let discovery = "<link rel=\"alternate\" type=\"application/json+oembed\" href=\"https://meet.example.com/aiko/tea/oembed.json\">";
    let mut expected = json!({
        "version": "1.0", "type": "link", "title": "Tea with Aiko & co",
        "author_name": "Aiko & co", "author_url": "https://meet.example.com/aiko/",
        "provider_name": "Tea", "provider_url": "https://meet.example.com/",
        "thumbnail_width": 1200, "thumbnail_height": 630,
    });
    let trial = || Trial::of_page(PAGE);
    let dist = trial().publish();
    expected["thumbnail_url"] =
        json!(format!("https://meet.example.com/{}", preview_of(&dist, "aiko/tea/index.html")));
    dist.has("aiko/tea/index.html", discovery);
    assert_eq!(dist.json::<Value>("aiko/tea/oembed.json"), expected);
    // A frame is offered only where browsers would show it.
    let framed = trial()
        .changed(|site| site.definition.embed_parents = vec!["https://www.example.com".to_owned()])
        .publish()
        .json::<Value>("aiko/tea/oembed.json");
    assert_eq!(framed["type"], "rich");
    assert_eq!(
        framed["html"],
        "<iframe src=\"https://meet.example.com/aiko/tea/\" title=\"Tea with Aiko &amp; co\" width=\"640\" height=\"720\" style=\"border:0\" loading=\"lazy\"></iframe>"
    );
    assert_eq!((&framed["width"], &framed["height"]), (&json!(640), &json!(720)));
}

#[test]
fn a_page_is_markdown_too_and_says_how_to_book() {
    let dist = Trial::of_page(PAGE).publish();
    dist.has("aiko/tea/index.html", "<link rel=\"alternate\" type=\"text/markdown\" href=\"/aiko/tea.md\">");
    let expected = "# Tea\n\n\
        - Host: Aiko & co\n- Duration: 30 or 60 minutes\n- Place: You choose where\n- Time zone: Asia/Tokyo\n\
        - Page: https://meet.example.com/aiko/tea/\n\n\
        Come **by**.\n\n## Bring\n\nA cup.\n\n\
        ## How to book\n\n\
        Book only for somebody who has asked you to, at a time that they have agreed to, and with their own name and email address.\n\n\
        1. Ask for free times: `GET https://meet.example.com/api/availability/aiko/tea?duration=30`. Each entry of `slots` in the answer is a start, in seconds since 1970 (UTC). With `&from=` and `&to=` (dates in the host’s time zone), only those of some days.\n\
        2. Book one of them: `POST https://meet.example.com/api/bookings` with `Content-Type: application/json`, an `Idempotency-Key` that you make up, and this body. If no answer comes, send the same once more. `start` is in UTC; `time_zone` and `locale` are those of whoever the booking is for.\n\n\
        ```json\n{\n  \"answers\": {\n    \"cake\": \"…\",\n    \"topic\": \"…\"\n  },\n  \"contact\": {\n    \"email\": \"…\",\n    \"name\": \"…\"\n  },\n  \"duration_minutes\": 30,\n  \"locale\": \"en\",\n  \"location\": \"…\",\n  \"page\": \"aiko/tea\",\n  \"start\": \"YYYY-MM-DDTHH:MM:SSZ\",\n  \"time_zone\": \"Asia/Tokyo\"\n}\n```\n\n\
        - `location`: Where?\n- `answers.topic` (required): About what?\n- `answers.cake`: Cake?\n  - `yes`: Yes\n\n\
        201 means booked; with 202, somebody has yet to agree. `manage_url` in the answer is the booking’s own page, where it can be moved or cancelled: pass it on. If the time has been taken meanwhile, the answer is 409 with other times in `alternatives`.\n\n\
        All that the API takes and answers (OpenAPI): https://meet.example.com/api/openapi.json\n";
    assert_eq!(dist.read("aiko/tea.md"), expected);
    dist.has("_headers", "\n/*.md\n  Content-Type: text/markdown; charset=utf-8\n  X-Robots-Tag: noindex\n");
}

#[test]
fn a_page_by_invitation_only_says_so_to_programs_too() {
    let page = PAGE.replace("durations", "invite_only = true\ndurations");
    Trial::of_page(&page)
        .publish()
        .has("aiko/tea.md", "\n\nBook only for somebody who has asked you to, at a time that they have agreed to, and with their own name and email address. This page can be booked by invitation only: `invite` is the part of the invitation’s link after `invite=`.\n\n1. Ask")
        .has("aiko/tea.md", "/api/availability/aiko/tea?duration=30&invite=…`")
        .has("aiko/tea.md", "\n  \"invite\": \"…\",\n");
}

#[test]
fn a_list_for_programs_has_the_listed_pages() {
    let dist = Trial::sample().publish();
    let list = dist.read("llms.txt");
    assert!(list.starts_with("# Example & Co.\n\n> Choose a meeting with Example & Co., then a time that suits you.\n\nEach link leads"), "{list}");
    assert!(list.contains("\n\n## Aiko Tanaka\n\n- [Introductory call](https://meet.example.com/aiko/intro.md): 15, 30 or 60 minutes · A first conversation"), "{list}");
    assert!(list.ends_with("\n\n## API\n\n- [OpenAPI](https://meet.example.com/api/openapi.json): all that the API takes and answers\n"), "{list}");
    dist.has("ja/llms.txt", "- [初回のご相談](https://meet.example.com/ja/aiko/intro.md): 15・30・60分 · ");
    let unlisted = PAGE.replace("durations", "listed = false\ndurations");
    Trial::of_page(&unlisted).publish().lacks("llms.txt", "tea.md").has("aiko/tea.md", "# Tea\n");
}

#[test]
fn a_page_that_checks_for_persons_sends_programs_there() {
    let site = "title = \"Tea\"\nbase_url = \"https://meet.example.com\"\n[turnstile]\nsite_key = \"0x4AAA\"\nsecret = \"TURNSTILE_SECRET\"\n";
    let host = "name = \"Aiko\"\nemail = \"a@example.com\"\ntime_zone = \"Asia/Tokyo\"\n[hours]\ntue = [\"09:00-10:30\"]\n";
    Trial::of_files(&[("site.toml", site), ("aiko/host.toml", host), ("aiko/tea.md", PAGE)])
        .publish()
        .has("aiko/tea.md", "\n\nBookings are checked to come from a person, so they can only be made on the page: https://meet.example.com/aiko/tea/\n")
        .lacks("aiko/tea.md", "/api/")
        .lacks("llms.txt", "/api/");
}

/// A site with a photo of a host and a logo.
fn pictured(photo: &str) -> (tempfile::TempDir, Dist) {
    let folder = tempfile::tempdir().unwrap();
    let pictures = root().join("generator/publishing/tests/content/pictures");
    std::fs::create_dir(folder.path().join("aiko")).unwrap();
    let write = |path: &str, text: &str| std::fs::write(folder.path().join(path), text).unwrap();
    write(
        "site.toml",
        "title = \"Tea\"\nbase_url = \"https://meet.example.com\"\nlocales = [\"en\", \"ja\"]\nlogo = \"logo.png\"\n",
    );
    write(
        "aiko/host.toml",
        &format!(
            "name = \"Aiko\"\nemail = \"a@example.com\"\ntime_zone = \"Asia/Tokyo\"\nphoto = {photo:?}\nabout = {{ en = \"\"\"Tea for **twenty** years.\n\nAnd [cake](https://example.org/).\"\"\", ja = \"お茶を二十年。\" }}\n[hours]\ntue = [\"09:00-10:30\"]\n"
        ),
    );
    write("aiko/tea.md", PAGE);
    std::fs::copy(pictures.join(photo), folder.path().join("aiko").join(photo)).unwrap();
    std::fs::copy(pictures.join("desk.png"), folder.path().join("logo.png")).unwrap();
    let dist = Trial::of_folder(folder.path()).publish();
    (folder, dist)
}

#[test]
fn a_host_has_a_photo_and_words_and_the_site_a_logo() {
    let (_folder, dist) = pictured("desk.jpg");
    let paths: Vec<&Path> = dist.with_extension("jpg");
    let [photo] = paths.as_slice() else { panic!("{paths:?}") };
    let shown = |size: u32| {
        format!(
            "<img class=\"photo\" src=\"/{}\" width=\"{size}\" height=\"{size}\" loading=\"lazy\" decoding=\"async\" alt=\"\">",
            photo.display()
        )
    };
    dist.has("index.html", &shown(40))
        .has("aiko/index.html", &shown(96))
        .has("aiko/tea/index.html", &shown(48));
    dist.has("aiko/index.html", "<div class=\"about\"><p>Tea for <strong>twenty</strong> years.</p>\n<p>And <a href=\"https://example.org/\">cake</a>.</p>\n</div>")
        .has(
            "aiko/index.html",
            &format!(
                "\"image\":\"https://meet.example.com/{}\",\"description\":\"Tea for twenty years.\"",
                photo.display()
            ),
        )
        .has("ja/aiko/index.html", "<div class=\"about\"><p>お茶を二十年。</p>\n</div>")
        .has("aiko/tea.md", "\n\n## Aiko\n\nTea for **twenty** years.\n\nAnd [cake](https://example.org/).\n\n## How to book\n");
    let logo = dist.with_extension("webp")[0].display().to_string();
    for page in ["index.html", "aiko/index.html", "aiko/tea/index.html", "ja/404.html"] {
        dist.has(page, &format!("<img src=\"/{logo}\" width=\"48\" height=\"32\" alt=\"Tea\"></a>"));
    }
    let image = image::load_from_memory(&dist.bytes_of(&logo)).unwrap();
    assert_eq!(image.dimensions(), (96, 64));
}

#[test]
fn a_photo_is_cut_turned_and_without_what_a_camera_wrote() {
    let pictures = root().join("generator/publishing/tests/content/pictures");
    for name in ["desk.jpg", "on-its-side.jpg", "desk.png", "desk.webp", "on-its-side.webp"] {
        let (_folder, dist) = pictured(name);
        let bytes = dist.bytes_of(dist.with_extension("jpg")[0]);
        let image = image::load_from_memory_with_format(&bytes, image::ImageFormat::Jpeg).unwrap();
        assert_eq!(image.dimensions(), (192, 192), "{name}");
        assert!(!bytes.windows(4).any(|four| four == b"Exif"), "{name} has metadata");
        assert!(bytes.len() < 15_000, "{name}: {} bytes", bytes.len());
    }
    let original = std::fs::read(pictures.join("on-its-side.jpg")).unwrap();
    assert!(original.windows(4).any(|four| four == b"Exif"), "there is something to take out");
}

#[test]
fn a_photo_that_changes_after_it_was_checked_says_so() {
    let (folder, _) = pictured("desk.png");
    let file = folder.path().join("aiko/desk.png");
    let checked = Trial::of_folder(folder.path());
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    let dist = checked.publish();
    let said = dist.fault(dist.with_extension("jpg")[0]);
    assert!(said.ends_with("desk.png: it has changed meanwhile: build again"), "{said}");
}
