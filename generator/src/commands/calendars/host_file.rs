//! The lines of a calendar in host.toml.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use publishing::render::Theme;
use scheduling::definition::{Calendar, CalendarSource, Role};
use toml::Value;

use crate::failure::Failure;
use crate::printer::Printer;
use crate::sources::Sources;

/// What a calendar is for, as its lines say it.
pub(super) const ROLES: [(&str, Role); 3] =
    [("busy", Role::Busy), ("write", Role::Write), ("both", Role::Both)];

/// The lines.
pub(super) fn table(calendar: &Calendar) -> String {
    let mut pairs = vec![("name", calendar.name.as_str()), ("kind", calendar.source.kind())];
    match &calendar.source {
        CalendarSource::Feed { .. } => {}
        CalendarSource::Caldav { url, user, .. } => pairs.extend([("url", url.as_str()), ("user", user)]),
        CalendarSource::Google { id, .. } => pairs.push(("id", id)),
        CalendarSource::Microsoft { user, id, .. } => {
            pairs.extend(user.as_deref().map(|user| ("user", user)));
            pairs.extend(id.as_deref().map(|id| ("id", id)));
        }
    }
    pairs.push(("secret", calendar.source.secret()));
    let role = ROLES.iter().find(|(_, role)| *role == calendar.role && *role != Role::Busy);
    pairs.extend(role.map(|(word, _)| ("role", *word)));
    let lines = pairs.into_iter().map(|(key, value)| format!("{key} = {}\n", Value::from(value)));
    format!("[[calendars]]\n{}", lines.collect::<String>())
}

/// Adds lines to a file, which is as it was before if anything is wrong with it then.
pub(super) fn write(
    path: &Path,
    table: &str,
    sources: &Sources,
    theme: &Theme,
    printer: Printer,
) -> Result<(), Failure> {
    let cannot = |cause: io::Error| Failure::saying(format!("{} cannot be changed: {cause}", path.display()));
    let before = fs::read_to_string(path).map_err(cannot)?;
    let gap = if before.ends_with('\n') { "\n" } else { "\n\n" };
    let added = format!("{gap}{table}");
    // The ends of lines are the file's own.
    let added = if before.contains("\r\n") { added.replace('\n', "\r\n") } else { added };
    let mut file = OpenOptions::new().append(true).open(path).map_err(cannot)?;
    let written = file.write_all(added.as_bytes()).map_err(cannot);
    let loaded = written.and_then(|()| sources.load_content(theme));
    if loaded.as_ref().is_ok_and(|loaded| loaded.site.is_some()) {
        return Ok(());
    }
    file.set_len(before.len() as u64).map_err(cannot)?;
    let loaded = loaded?;
    printer.show(&loaded.diagnostics.without_doubts().draw(&sources.drawing(printer)));
    Err(Failure::saying(format!(
        "{} was left as it was, as it would not be right with this calendar.",
        path.display()
    )))
}
