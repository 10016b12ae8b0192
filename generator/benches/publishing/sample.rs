//! A large site: hosts with a hundred pages each, every page with about 900 times in its window.

use std::fs;
use std::path::Path;

const PAGES_OF_A_HOST: usize = 100;

/// Writes the content of a site with so many pages.
pub(crate) fn write(content: &Path, pages: usize) {
    fs::create_dir_all(content).expect("a folder is made");
    let site = "title = \"Example & Co.\"\nbase_url = \"https://meet.example.com\"\nlocales = [\"en\"]\n";
    fs::write(content.join("site.toml"), site).expect("a file is written");
    for page in 0..pages {
        let (host, slug) = (page / PAGES_OF_A_HOST, page % PAGES_OF_A_HOST);
        let folder = content.join(format!("host-{host}"));
        if slug == 0 {
            fs::create_dir_all(&folder).expect("a folder is made");
            fs::write(folder.join("host.toml"), host_file(host)).expect("a file is written");
        }
        fs::write(folder.join(format!("page-{slug}.md")), page_file(page)).expect("a file is written");
    }
}

/// Gives the first page another title.
pub(crate) fn change_one(content: &Path) {
    let path = content.join("host-0/page-0.md");
    let text = fs::read_to_string(&path).expect("the first page");
    fs::write(path, text.replace("Meeting 0\"", "Another title\"")).expect("a file is written");
}

/// The number of times on the first page.
pub(crate) fn times_in(dist: &Path) -> usize {
    let page = fs::read_to_string(dist.join("host-0/page-0/index.html")).expect("the first page");
    page.matches("name=start").count().max(page.matches("name=\"start\"").count())
}

/// Half the hosts live where the clocks change.
fn host_file(host: usize) -> String {
    let zone = if host.is_multiple_of(2) { "Asia/Tokyo" } else { "Europe/Berlin" };
    format!(
        "name = \"Host {host}\"\nemail = \"host-{host}@example.com\"\ntime_zone = \"{zone}\"\n\n[hours]\nmon-fri = [\"08:00-18:30\"]\n"
    )
}

fn page_file(page: usize) -> String {
    format!(
        r#"+++
title = "Meeting {page}"
durations = [30, 60]
location = {{ video = "https://meet.example.com/rooms/{page}" }}
window = "60d"
buffer = {{ after = "15m" }}
limit = {{ per_day = 6 }}

[[questions]]
id = "topic"
label = "What would you like to talk about?"
kind = "long_text"
required = true
+++
A first conversation, without obligation. Tell me where you stand and what you would like to be
different, and we will find out together **whether and how I can help**.
"#
    )
}
