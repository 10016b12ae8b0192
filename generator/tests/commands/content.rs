//! `check` and `new`, as far as they deal with content.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use generator::commands::{check, new};
use publishing::content::{LoadOptions, Loaded, load};
use publishing::diagnostics::Drawing;
use publishing::render::Theme;
use scheduling::zone::Zone;

#[test]
fn check_says_how_much_is_sound() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../content");
    let report = check::report(&sample, &options(), &Drawing::default(), &theme());
    assert_eq!(report.text, "2 hosts with 4 pages: no errors or warnings\n");
    assert_eq!(report.exit_code, 0);
}

#[test]
fn check_names_files_as_their_folder_was_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let drawing = Drawing { root: "content/".to_owned(), ..Drawing::default() };
    let report = check::report(folder.path(), &options(), &drawing, &theme());
    assert_eq!(
        report.text,
        "\
error: this file is missing
--> content/site.toml
 = help: it needs at least `title = \"Example & Co.\"` and `base_url = \"https://meet.example.com\"`
 = help: `generator new host aiko` creates it, with a host

1 error in 1 file
"
    );
    assert_eq!(report.exit_code, 1);
}

#[test]
fn doubts_alone_do_not_fail() {
    let folder = tempfile::tempdir().expect("a folder");
    new::host(folder.path(), "aiko", None).expect("a host");
    let report = check::report(folder.path(), &options(), &Drawing::default(), &theme());
    assert_eq!(
        report.text,
        "\
warning: this host has no pages to book
--> aiko/host.toml
 = help: create one: `generator new meeting aiko/intro`

warning: this site sends no email, so visitors cannot confirm that an address is theirs
--> site.toml
 = help: one network address can book only 3 meetings of a page in an hour, and a tenth of a week
 = help: add `[mail]`: then visitors beyond that are asked to confirm by email
 = help: or set `bound_strangers` in `[limits]`: `true` to keep it so, `false` to let everyone book as much as they like

2 warnings in 2 files
"
    );
    assert_eq!(report.exit_code, 0);
}

/// Whoever has said so, or sends email, is not told again.
#[test]
fn a_site_that_sends_no_email_is_told_what_that_means_once() {
    let doubts_with = |added: &str| {
        let folder = tempfile::tempdir().expect("a folder");
        new::host(folder.path(), "aiko", None).expect("a host");
        new::meeting(folder.path(), "aiko/intro").expect("a page");
        let site = folder.path().join("site.toml");
        let text = fs::read_to_string(&site).expect("read");
        fs::write(&site, text + added).expect("written");
        let report = check::report(folder.path(), &options(), &Drawing::default(), &theme());
        report.text.contains("this site sends no email")
    };
    assert!(doubts_with(""));
    assert!(doubts_with("[limits]\nbookings_per_minute = 5\n"));
    assert!(!doubts_with("[limits]\nbound_strangers = true\n"));
    assert!(!doubts_with("[limits]\nbound_strangers = false\n"));
    let mail = "[mail]\nprovider = \"resend\"\nfrom = \"hello@example.com\"\nsecret = \"MAIL_KEY\"\n";
    assert!(!doubts_with(mail));
}

#[test]
fn colours_are_drawn_only_where_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = |colour: bool| {
        let drawing = Drawing { colour, ..Drawing::default() };
        check::report(folder.path(), &options(), &drawing, &theme()).text
    };
    assert!(text(true).contains("\u{1b}["));
    assert!(!text(false).contains('\u{1b}'));
}

#[test]
fn what_is_new_builds_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("content");
    let zone = Zone::named("Europe/Berlin").expect("a zone");
    assert_eq!(
        new::host(&root, "aiko-tanaka", Some(&zone)).expect("a host"),
        [root.join("site.toml"), root.join("aiko-tanaka/host.toml")]
    );
    assert_eq!(
        new::meeting(&root, "aiko-tanaka/first-call").expect("a page"),
        [root.join("aiko-tanaka/first-call.md")]
    );
    new::meeting(&root, "aiko-tanaka/second.md").expect("a page");
    let loaded = load_at(&root);
    assert_eq!(loaded.diagnostics.to_string(), "");
    let site = loaded.site.expect("a site");
    let host = &site.hosts[0].definition;
    assert_eq!((host.name.as_str(), host.time_zone.name()), ("Aiko tanaka", "Europe/Berlin"));
    assert_eq!(host.meetings["first-call"].title["en"], "First call");
    assert!(host.meetings.contains_key("second"));
    let now = options().now;
    let baked = host.meetings["first-call"].rules.bake(now.date_naive());
    assert!(!baked.windows.is_empty(), "it can be booked");
}

#[test]
fn a_second_host_leaves_the_site_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    new::host(folder.path(), "aiko", None).expect("a host");
    fs::write(folder.path().join("site.toml"), "title = \"Mine\"\nbase_url = \"https://a.example\"\n")
        .expect("written");
    assert_eq!(
        new::host(folder.path(), "jonas", None).expect("a host"),
        [folder.path().join("jonas/host.toml")]
    );
    assert_eq!(load_at(folder.path()).site.expect("a site").definition.title, "Mine");
}

#[test]
fn nothing_is_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    new::host(folder.path(), "aiko", None).expect("a host");
    new::meeting(folder.path(), "aiko/intro").expect("a page");
    let path = folder.path().join("aiko/intro.md");
    fs::write(&path, "mine").expect("written");
    refuse(
        new::meeting(folder.path(), "aiko/intro"),
        &format!("{} already exists and was left as it is", path.display()),
    );
    assert_eq!(fs::read_to_string(&path).expect("read"), "mine");
    let host = folder.path().join("aiko/host.toml");
    refuse(
        new::host(folder.path(), "aiko", None),
        &format!("{} already exists and was left as it is", host.display()),
    );
}

/// The rule that every refused name is told.
const RULE: &str = "use up to 64 lower-case letters, digits and hyphens";

#[test]
fn names_that_cannot_stand_in_links_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    new::host(root, "aiko", None).expect("a host");
    refuse(
        new::host(root, "Jonas Weber", None),
        &format!("`Jonas Weber` cannot be part of a link: {RULE}, such as `jonas-weber`"),
    );
    refuse(
        new::host(root, "../etc", None),
        &format!("`../etc` cannot be part of a link: {RULE}, such as `etc`"),
    );
    refuse(new::host(root, "", None), &format!("`` cannot be part of a link: {RULE}"));
    refuse(
        new::meeting(root, "aiko/../../x"),
        &format!("`../../x` cannot be part of a link: {RULE}, such as `x`"),
    );
    refuse(new::meeting(root, "intro"), "name the page together with its host, as in `aiko/intro`");
    refuse(
        new::meeting(root, "jonas/intro"),
        "there is no host `jonas`: create it first with `generator new host jonas`",
    );
    refuse(new::host(root, "api", None), "`/api/` is reserved for the site itself: choose another name");
    refuse(new::host(root, "en", None), "`/en/` is reserved for a locale: choose another name");
    refuse(
        new::meeting(root, "aiko/readme"),
        "`readme` cannot be a page: `readme.md` is for readers of the folder, and is not published",
    );
}

/// The folder of a host who was renamed is not free: old links lead from there, and the ledger has that name.
#[test]
fn a_host_who_was_renamed_keeps_their_names() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    new::host(root, "tanaka", None).expect("a host");
    let file = root.join("tanaka/host.toml");
    let host = fs::read_to_string(&file).expect("a host");
    fs::write(&file, format!("ledger = \"aiko\"\nwas = [\"aiko\", \"suzuki\"]\n{host}")).expect("written");
    for name in ["aiko", "suzuki"] {
        refuse(
            new::host(root, name, None),
            &format!("`/{name}/` is a former name of `tanaka`: choose another name"),
        );
    }
    fs::write(&file, format!("ledger = \"aiko\"\n{host}")).expect("written");
    refuse(
        new::host(root, "aiko", None),
        "`/aiko/` is the name of the ledger of `tanaka`: choose another name",
    );
    new::host(root, "suzuki", None).expect("a host");
}

#[test]
fn what_cannot_be_written_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("aiko");
    fs::write(&file, "not a folder").expect("written");
    let error = new::host(folder.path(), "aiko", None).expect_err("nothing is made").to_string();
    let begin = format!("{} could not be written: ", file.join("host.toml").display());
    assert!(error.starts_with(&begin), "{error}");
    assert!(!folder.path().join("site.toml").exists());
}

#[track_caller]
fn refuse(made: Result<Vec<PathBuf>, new::NewError>, expected: &str) {
    assert_eq!(made.expect_err("nothing is made").to_string(), expected);
}

/// The repository's theme, read once.
fn theme() -> Theme {
    static THEME: LazyLock<Theme> = LazyLock::new(|| {
        Theme::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../site")).expect("a theme")
    });
    THEME.clone()
}

/// Loads a folder as of 24 November 2026, with a theme in English and Japanese.
fn load_at(root: &Path) -> Loaded {
    load(root, &options())
}

/// Options that make what is said depend on the files alone.
fn options() -> LoadOptions {
    LoadOptions {
        now: "2026-11-24T09:00:00Z".parse().expect("a time"),
        locales: vec!["en".to_owned(), "ja".to_owned()],
        theme_tokens: ["accent", "background", "text"].map(str::to_owned).to_vec(),
        ..LoadOptions::default()
    }
}
