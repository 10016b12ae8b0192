fn main() {
    let dir = std::env::args().nth(1).unwrap();
    let options = generator::content::LoadOptions {
        now: "2026-11-24T09:00:00Z".parse().unwrap(),
        locales: vec!["en".into(), "ja".into()],
        ..Default::default()
    };
    let loaded = generator::content::load(dir.as_ref(), &options);
    print!("{}", loaded.diagnostics);
    if std::env::args().nth(2).is_some() {
        println!("{:#?}", loaded.site);
    }
}
