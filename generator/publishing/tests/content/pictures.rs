//! Pictures of descriptions: each kind that browsers show, and what cannot be shown.

use std::fs;
use std::path::Path;

use publishing::content::Picture;
use tempfile::TempDir;

const SITE: &str =
    "title = \"Pictures\"\nbase_url = \"https://meet.example.com\"\nlocales = [\"en\", \"ja\"]\n";
const HOST: &str = "name = \"Aiko\"\nemail = \"aiko@example.com\"\ntime_zone = \"Asia/Tokyo\"\n\n[hours]\nmon-fri = [\"09:00-12:00\"]\n";
const PAGE: &str =
    "+++\ntitle = \"Call\"\ndurations = [30]\nlocation = { phone = \"+49 30 5550 0123\" }\n+++\n";

/// A content folder with a page, the page in Japanese, and copies of the pictures beside them.
fn folder(body: &str, japanese: &str, pictures: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |path: &str, bytes: &[u8]| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder is made");
        fs::write(path, bytes).expect("the file is written");
    };
    write("site.toml", SITE.as_bytes());
    write("aiko/host.toml", HOST.as_bytes());
    write("aiko/call.md", format!("{PAGE}{body}").as_bytes());
    write("aiko/call.ja.md", format!("+++\ntitle = \"通話\"\n+++\n{japanese}").as_bytes());
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/content/pictures");
    for (picture, path) in pictures {
        write(path, &fs::read(from.join(picture)).expect("the picture"));
    }
    folder
}

/// The pictures of the page: each address with its path on the site, and its size.
fn pictures(folder: &TempDir) -> Vec<(String, String, usize, usize)> {
    let loaded = super::load_at(folder.path());
    assert_eq!(loaded.diagnostics.to_string(), "");
    let site = loaded.site.expect("a site");
    let shown = |(address, Picture { path, width, height, .. }): (&String, &Picture)| {
        (address.clone(), path.clone(), *width, *height)
    };
    site.hosts[0].pages[0].pictures.iter().map(shown).collect()
}

#[test]
fn every_kind_that_browsers_show_has_its_size() {
    for (picture, name, extension, size) in [
        ("desk.png", "Desk.PNG", "png", (24, 16)),
        ("desk.jpg", "Desk.jpeg", "jpg", (24, 16)),
        ("desk.gif", "desk.gif", "gif", (24, 16)),
        ("desk.webp", "desk.webp", "webp", (24, 16)),
        ("desk.avif", "desk.avif", "avif", (24, 16)),
        // What a file is counts, not what it is called.
        ("desk.webp", "desk.png", "webp", (24, 16)),
        // Browsers turn what was taken with the camera on its side.
        ("on-its-side.jpg", "desk.jpg", "jpg", (16, 24)),
        ("on-its-side.webp", "desk.webp", "webp", (16, 24)),
    ] {
        let folder = folder(&format!("![A desk]({name})\n"), "説明\n", &[(picture, &format!("aiko/{name}"))]);
        let found = pictures(&folder);
        assert_eq!((found[0].2, found[0].3), size, "{name}");
        let path = &found[0].1;
        assert!(path.starts_with("/assets/desk.") && path.ends_with(extension), "{name}: {path}");
    }
}

#[test]
fn pictures_are_named_from_where_the_file_is_and_shared_by_translations() {
    let body = "![a](desk.png)\n![b](./photos/my%20desk.png)\n![c](<photos/my desk.png>)\n![d](../shared/写真.png)\n\n[![e][f]](https://example.com)\n\n[f]: desk.png\n";
    let files = [
        ("desk.png", "aiko/desk.png"),
        ("desk.png", "aiko/photos/my desk.png"),
        ("desk.png", "shared/写真.png"),
        ("desk.webp", "aiko/tokyo.webp"),
    ];
    let folder = folder(body, "![机](desk.png)\n![東京](tokyo.webp)\n", &files);
    let found = pictures(&folder);
    let names: Vec<(&str, &str)> = found
        .iter()
        .map(|(address, path, ..)| (address.as_str(), path.split('.').next().unwrap_or_default()))
        .collect();
    assert_eq!(
        names,
        [
            ("../shared/写真.png", "/assets/picture"),
            ("./photos/my%20desk.png", "/assets/my-desk"),
            ("desk.png", "/assets/desk"),
            ("photos/my desk.png", "/assets/my-desk"),
            ("tokyo.webp", "/assets/tokyo"),
        ]
    );
}

#[test]
fn another_picture_of_the_same_name_has_another_path() {
    let path = |picture: &str| {
        pictures(&folder("![A desk](desk.jpg)\n", "説明\n", &[(picture, "aiko/desk.jpg")]))[0].1.clone()
    };
    assert_ne!(path("desk.jpg"), path("on-its-side.jpg"));
}

/// What an author wrote is read at once, however many pictures and links it has. The parser ends their nesting.
#[test]
fn no_description_takes_long_to_read() {
    let numbered = |before: &str, after: &str| {
        (0..15_000).map(|number| format!("{before}{number}{after}")).collect::<String>()
    };
    for (what, body, said) in [
        ("links that lead nowhere", numbered("[](", ")\n"), "101 warnings in 1 file"),
        ("pictures that are missing", numbered("![](", ".png)\n"), "101 errors in 1 file"),
        ("one picture again and again", "![](desk.png)\n".repeat(30_000), "no errors or warnings"),
        (
            "pictures in pictures",
            format!("{}{}", "![".repeat(10_000), "](a.png)".repeat(10_000)),
            "34 errors in 1 file",
        ),
    ] {
        let folder = folder(&body, "説明\n", &[("desk.png", "aiko/desk.png")]);
        let begun = acceptance::cpu_time();
        let summary = super::load_at(folder.path()).diagnostics.summary();
        let taken = acceptance::cpu_time().saturating_sub(begun);
        assert!(taken < std::time::Duration::from_secs(2), "{what}: {taken:?}");
        assert_eq!(summary, said, "{what}");
    }
}

#[cfg(unix)]
#[test]
fn no_picture_lies_behind_a_link_that_leads_out_or_is_a_pipe() {
    let folder = folder("![A](a.png)\n![B](b.png)\n", "説明\n", &[]);
    let outside = tempfile::tempdir().expect("a folder");
    fs::write(outside.path().join("a.png"), b"\x89PNG\r\n\x1a\n").expect("written");
    std::os::unix::fs::symlink(outside.path().join("a.png"), folder.path().join("aiko/a.png"))
        .expect("a link");
    let made = std::process::Command::new("mkfifo").arg(folder.path().join("aiko/b.png")).status();
    assert!(made.expect("mkfifo").success());
    let said = super::load_at(folder.path()).diagnostics.to_string();
    assert!(said.contains("error: this link leads out of the content folder\n--> aiko/a.png\n"), "{said}");
    assert!(
        said.contains("error: this picture lies outside the content folder\n --> aiko/call.md:6:6\n"),
        "{said}"
    );
    assert!(said.contains("error: `b.png` is not a file\n --> aiko/call.md:7:6\n"), "{said}");
}
