//! `generator serve`: builds, serves pages and bookings on one port, and builds again when the content or the date changes.

mod following;

use std::net::SocketAddr;
use std::sync::Arc;

use edge::local::{App, Options};
use scheduling::definition::{MailTransport, Meeting, words_in};
use tokio::net::TcpListener;

use self::following::{Follower, watch};
use super::{Failure, Sources, build};
use crate::cli::ServeArguments;
use crate::content::Site;
use crate::output;
use crate::printer::Printer;

/// Serves until the process is told to end; then finishes what is under way.
pub fn run(sources: &Sources, arguments: &ServeArguments, printer: Printer) -> Result<(), Failure> {
    tokio::runtime::Runtime::new()?.block_on(serve(sources.clone(), arguments, printer))
}

async fn serve(mut sources: Sources, arguments: &ServeArguments, printer: Printer) -> Result<(), Failure> {
    if !arguments.production {
        sources.check_folders()?;
    }
    output::check_data(&arguments.data, &sources.output)?;
    let ended = ended()?;
    let listener = listen(SocketAddr::new(arguments.host, arguments.port)).await?;
    let home = format!("http://{}", listener.local_addr()?);
    if !arguments.production {
        sources.base_url.get_or_insert_with(|| home.clone());
        sources.mailbox = true;
    }
    let watched = if arguments.production { None } else { Some(watch(&sources)?) };
    let built = build_at_first(&sources, arguments, printer)?;
    let app = App::open(Options {
        dist: sources.output.clone(),
        data: arguments.data.clone(),
        trusted_proxies: arguments.trusted_proxy.clone(),
        now: sources.now,
        private_webhooks: !arguments.production || arguments.private_webhooks,
        development: !arguments.production,
        report: Arc::new(move |fault| printer.fail(&fault.to_string())),
    })?;
    printer.tell(&greeting(&home, &sources, arguments, built.site.as_deref()));
    app.announce_mistakes(&built.mistakes);

    let mut follower =
        Follower { sources, printer, app: Arc::clone(&app), site: built.site, mistakes: built.mistakes };
    tokio::select! {
        () = edge::local::serve(Arc::clone(&app), listener, ended) => {}
        () = follower.follow(watched) => {}
    }
    tokio::task::spawn_blocking(move || app.close()).await?;
    printer.tell("Stopped. Every booking is saved.");
    Ok(())
}

/// What a build came to.
struct Built {
    /// The last site that had no mistake.
    site: Option<Arc<Site>>,
    /// What keeps the content from being published, as it is shown in terminal and browser.
    mistakes: String,
}

/// The first build. In production it must succeed, unless the folder was built elsewhere and there is no content here.
fn build_at_first(sources: &Sources, arguments: &ServeArguments, printer: Printer) -> Result<Built, Failure> {
    if arguments.production && !sources.content.is_dir() && sources.output.is_dir() {
        printer.tell(&format!(
            "There is no content in {}: serving {} as it is.",
            sources.content.display(),
            sources.output.display()
        ));
        return Ok(Built { site: None, mistakes: String::new() });
    }
    match build_once(sources, printer) {
        Ok(site) => Ok(Built { site: Some(site), mistakes: String::new() }),
        Err(failure) if arguments.production => Err(failure),
        Err(failure) => {
            let mistakes = failure.text.unwrap_or_default();
            printer.tell(&mistakes);
            printer.tell("Fix the errors above; this continues by itself.");
            Ok(Built { site: None, mistakes })
        }
    }
}

/// Builds. A failure's text has everything that is wrong; doubts are told.
fn build_once(sources: &Sources, printer: Printer) -> Result<Arc<Site>, Failure> {
    let theme = sources.load_theme()?;
    let loaded = sources.load_content(&theme)?;
    let said = loaded.diagnostics.draw(&sources.drawing(printer));
    let Some(site) = loaded.site else {
        return Err(Failure::saying(said));
    };
    if !said.is_empty() {
        printer.tell(&said);
    }
    let site = Arc::new(site);
    let written = build::publish(sources, &theme, &site)?;
    printer.tell(&format!("{}: {}", sources.output.display(), build::in_words(written)));
    Ok(site)
}

async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|cause| {
        Failure::saying(match cause.kind() {
            std::io::ErrorKind::AddrInUse => format!(
                "port {} is already in use. Choose another with `--port`, or use 0 for any free port.",
                address.port()
            ),
            _ => format!("cannot listen on {address}: {cause}"),
        })
    })
}

fn greeting(home: &str, sources: &Sources, arguments: &ServeArguments, site: Option<&Site>) -> String {
    let mut lines = vec![format!("Serving {home}/")];
    if let Some(site) = site {
        let locale = site.definition.locales.first().map_or("", String::as_str);
        let line =
            |meeting: &Meeting| format!("  {home}/{}/  {}", meeting.page, words_in(&meeting.title, locale));
        lines.extend(site.hosts.iter().flat_map(|host| host.definition.meetings.values().map(line)));
        if let Some(host) = site.hosts.first().filter(|_| !arguments.production) {
            let folder = &host.definition.folder;
            lines.push(format!(
                "Hosts see their bookings at {home}/host/: `generator token {folder}` prints the key."
            ));
        }
    }
    lines.push(format!("Bookings are stored in {}. Press Ctrl-C to stop.", arguments.data.display()));
    if !arguments.production {
        let (content, theme) = (sources.content.display(), sources.theme.display());
        lines.push(format!("Edit {content} or {theme}, and open pages update."));
        let mail = site.and_then(|site| site.definition.mail.as_ref());
        if mail.is_some_and(|mail| mail.transport == MailTransport::Mailbox) {
            lines.push(format!("Mail is only shown at {home}/dev/mailbox: no provider is set."));
        }
    }
    lines.join("\n")
}

/// Done when the process is asked to end: Ctrl-C, or SIGTERM.
fn ended() -> Result<impl Future<Output = ()>, Failure> {
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    Ok(async move {
        let interrupt = tokio::signal::ctrl_c();
        #[cfg(unix)]
        tokio::select! {
            _ = interrupt => {}
            _ = terminate.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = interrupt.await;
    })
}
