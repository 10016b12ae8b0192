//! `generator serve`: builds, serves pages and bookings on one port, and builds again when the content or the date
//! changes.

mod building;
mod following;
mod watching;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use edge::local::{App, Options, checkout};
use publishing::content::Site;
use publishing::output;
use scheduling::definition::{MailTransport, Meeting, words_in};
use tokio::net::TcpListener;

use self::building::{Built, build_once, stand_in};
use self::following::Follower;
use self::watching::Watched;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::sources::Sources;

/// The arguments of `serve`.
#[derive(Clone, Debug, clap::Args)]
pub struct Arguments {
    /// The port to listen on; 0 for any free port
    #[arg(long, default_value_t = 8787)]
    pub port: u16,
    /// The address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub host: IpAddr,
    /// The folder where bookings and the secret are stored
    #[arg(long, value_name = "FOLDER", default_value = "data")]
    pub data: PathBuf,
    /// Serve visitors: at the site's own address, without watching files or reloading pages
    #[arg(long)]
    pub production: bool,
    /// Also send webhooks over plain HTTP and to private addresses, as without --production
    #[arg(long, requires = "production")]
    pub private_webhooks: bool,
    /// A proxy whose X-Forwarded-For is trusted (may be repeated)
    #[arg(long, value_name = "ADDRESS", requires = "production")]
    pub trusted_proxy: Vec<IpAddr>,
}

/// Serves until the process is told to end; then finishes what is under way.
pub fn execute(arguments: &Arguments, sources: &Sources, printer: Printer) -> Result<(), Failure> {
    tokio::runtime::Runtime::new()?.block_on(serve(sources.clone(), arguments, printer))
}

async fn serve(mut sources: Sources, arguments: &Arguments, printer: Printer) -> Result<(), Failure> {
    if !arguments.production {
        sources.check_folders()?;
    }
    output::check_data(&arguments.data, &sources.output)?;
    if sources.content.is_dir() {
        output::check_folders(&sources.output, &sources.content)?;
    }
    let ended = ended()?;
    let listener = listen(SocketAddr::new(arguments.host, arguments.port)).await?;
    let address = listener.local_addr()?;
    let home = format!("http://{address}");
    if !arguments.production {
        sources.base_url.get_or_insert_with(|| home.clone());
        sources.mailbox = true;
    }
    let watched = if arguments.production { None } else { Some(Watched::begin(&sources)?) };
    let built = build_at_first(&sources, arguments, printer)?;
    let origin = sources.base_url.as_deref().unwrap_or(&home).trim_end_matches('/');
    let own = format!("http://{}", reachable(address));
    let app = App::open(Options {
        dist: sources.output.clone(),
        data: arguments.data.clone(),
        trusted_proxies: arguments.trusted_proxy.clone(),
        now: sources.now,
        private_webhooks: !arguments.production || arguments.private_webhooks,
        development: !arguments.production,
        checkout: Some(checkout::Settings::beside_endpoint(origin, &own)?).filter(|_| !arguments.production),
        report: Arc::new(move |fault| printer.log(&fault.to_string())),
    })?;
    printer.tell(&greeting(&home, &sources, arguments, built.site.as_deref()));
    app.announce_mistakes(&built.mistakes);

    let stand_in = (!arguments.production).then(|| home.clone());
    let mut follower = Follower {
        sources,
        printer,
        app: Arc::clone(&app),
        site: built.site,
        mistakes: built.mistakes,
        stand_in,
        retries: arguments.production,
    };
    tokio::select! {
        () = edge::local::serve(Arc::clone(&app), listener, ended) => {}
        () = follower.follow(watched) => {}
    }
    if tokio::task::spawn_blocking(move || app.close()).await? {
        printer.tell("Stopped. Every booking is saved.");
        Ok(())
    } else {
        Err(Failure::saying("stopped, but not everything that was booked is saved: see the errors above."))
    }
}

/// The first build. In production it must succeed, unless there is a site to serve already: one that was built
/// elsewhere, without its content, or here, before the content had mistakes or the disk was full.
fn build_at_first(sources: &Sources, arguments: &Arguments, printer: Printer) -> Result<Built, Failure> {
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
        Err(failure) if arguments.production => {
            if edge::local::check_definitions(&sources.output).is_err() {
                return Err(failure);
            }
            let mistakes = failure.shown();
            printer.fail(&mistakes);
            printer.tell(&format!(
                "Serving {} as it was built last. The build is tried again every {} minutes.",
                sources.output.display(),
                following::RETRY_SECONDS / 60
            ));
            Ok(Built { site: None, mistakes })
        }
        Err(failure) => {
            let mistakes = failure.shown();
            printer.show(&mistakes);
            printer.tell("Fix the errors above; this continues by itself.");
            Ok(Built { site: None, mistakes })
        }
    }
}

/// An address that this machine reaches a server at which listens there.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        let is_4 = address.is_ipv4();
        address.set_ip(if is_4 { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() });
    }
    address
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

fn greeting(home: &str, sources: &Sources, arguments: &Arguments, site: Option<&Site>) -> String {
    let mut lines = vec![format!("Serving {home}/")];
    if let Some(site) = site {
        let locale = site.definition.default_locale();
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
        lines.extend(site.and_then(|site| stand_in(home, site)));
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
