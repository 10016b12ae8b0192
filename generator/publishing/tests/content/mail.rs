//! Senders and addresses as authors write them, and as the endpoint gets them.

use std::fs;

use publishing::content::Site;

/// A site with one host and no pages: what is said of it, and the site.
fn load(site: &str, email: &str) -> (String, Option<Site>) {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |file: &str, text: String| {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder is made");
        fs::write(path, text).expect("the file is written");
    };
    write("site.toml", format!("title = \"Mail\"\nbase_url = \"https://meet.example.com\"\n{site}"));
    write(
        "aiko/host.toml",
        format!(
            "name = \"Aiko\"\nemail = '{email}'\ntime_zone = \"Asia/Tokyo\"\n[hours]\nmon-fri = [\"09:00-12:00\"]\n"
        ),
    );
    let page = "+++\ntitle = \"Call\"\ndurations = [30]\nlocation = { phone = \"+49 30 5550 0123\" }\n+++\n";
    write("aiko/call.md", page.to_owned());
    let loaded = super::load_at(folder.path());
    (loaded.diagnostics.to_string(), loaded.site)
}

/// A sender is read with that name and address.
#[track_caller]
fn check_sender(from: &str, name: &str, address: &str) {
    let mail = format!("[mail]\nprovider = \"smtp\"\nfrom = '{from}'\nserver = \"smtp://localhost\"\n");
    let (said, site) = load(&mail, "aiko@example.com");
    let mail = site.unwrap_or_else(|| panic!("{from}: {said}")).definition.mail.expect("mail");
    assert_eq!((mail.from.name.as_str(), mail.from.address.to_string().as_str()), (name, address));
}

#[test]
fn a_senders_name_holds_what_names_hold() {
    check_sender("hello@example.com", "", "hello@example.com");
    for name in
        ["Doe, Jane", "Example, Inc.", "Example: Co", "Müller & Söhne (Büro)", "Example @ Co", "A; [B]"]
    {
        check_sender(&format!("{name} <hello@example.com>"), name, "hello@example.com");
        check_sender(&format!("\"{name}\" <hello@example.com>"), name, "hello@example.com");
    }
    check_sender("Büro <hello@bücher.example>", "Büro", "hello@xn--bcher-kva.example");
}

#[test]
fn addresses_of_hosts_and_of_a_sandbox_are_those_that_mail_is_written_to() {
    let (said, site) =
        load("sandbox = [\"*@bücher.example\", \"foo..bar@docomo.ne.jp\"]\n", "aiko＠müller.example");
    let site = site.unwrap_or_else(|| panic!("{said}"));
    assert_eq!(site.hosts[0].definition.email, "aiko@xn--mller-kva.example");
    let sandbox = site.definition.sandbox.expect("a sandbox");
    assert_eq!(sandbox, ["*@xn--bcher-kva.example", "foo..bar@docomo.ne.jp"]);
}
