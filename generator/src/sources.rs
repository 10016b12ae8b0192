//! The folders of content, theme and output, and reading from them.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use edge::local::Clock;
use publishing::content::{self, LoadOptions, Loaded, Site};
use publishing::diagnostics::Drawing;
use publishing::render::{THEME_TOKENS, Theme};

use crate::failure::Failure;
use crate::printer::Printer;

/// The folders and settings of a command, and the time.
#[derive(Clone, Debug)]
pub struct Sources {
    /// The content folder.
    pub content: PathBuf,
    /// The folder to publish to.
    pub output: PathBuf,
    /// The theme's folder.
    pub theme: PathBuf,
    /// The site's address, instead of the one in the content.
    pub base_url: Option<String>,
    /// The time.
    pub clock: Clock,
    /// The time that was asked for, if any.
    pub now: Option<DateTime<Utc>>,
    /// True if drafts are published.
    pub drafts: bool,
    /// True if email stays in a mailbox on this machine when the site sets no provider: only in development.
    pub mailbox: bool,
}

impl Sources {
    /// Checks that there is content to publish and a theme to publish it with.
    pub fn check_folders(&self) -> Result<(), Failure> {
        if !self.content.is_dir() {
            return Err(Failure::saying(format!(
                "there is no content in {}. Start a site with `generator new host aiko`, or name another folder with `--content`.",
                self.content.display()
            )));
        }
        self.check_theme()
    }

    /// Checks that there is a theme.
    pub fn check_theme(&self) -> Result<(), Failure> {
        if !self.theme.is_dir() {
            return Err(Failure::saying(format!(
                "there is no theme in {}. Run this beside Daymark's `site` folder, or name that folder with `--theme`.",
                self.theme.display()
            )));
        }
        Ok(())
    }

    /// Reads the theme.
    pub fn load_theme(&self) -> Result<Theme, Failure> {
        self.check_folders()?;
        Ok(Theme::load(&self.theme)?)
    }

    /// Reads the content, as the theme can publish it.
    pub fn load_content(&self, theme: &Theme) -> Result<Loaded, Failure> {
        self.check_folders()?;
        Ok(content::load(&self.content, &self.load_options(theme)))
    }

    /// Reads the content, and says what is wrong with it and what is doubtful; the site, where nothing is wrong.
    pub fn load_site_with_doubts(&self, theme: &Theme, printer: Printer) -> Result<Site, Failure> {
        let loaded = self.load_content(theme)?;
        if !loaded.diagnostics.is_empty() {
            printer.show(&loaded.diagnostics.draw(&self.drawing(printer)));
        }
        loaded.site.ok_or_else(Failure::default)
    }

    /// The same without doubts, for commands that are about something else.
    pub fn load_site(&self, theme: &Theme, printer: Printer) -> Result<Site, Failure> {
        let loaded = self.load_content(theme)?;
        loaded.site.ok_or_else(|| {
            printer.show(&loaded.diagnostics.without_doubts().draw(&self.drawing(printer)));
            Failure::default()
        })
    }

    /// The options for reading the content.
    pub fn load_options(&self, theme: &Theme) -> LoadOptions {
        LoadOptions {
            drafts: self.drafts,
            mailbox: self.mailbox,
            base_url: self.base_url.clone(),
            now: self.clock.now(),
            locales: theme.locales(),
            theme_tokens: THEME_TOKENS.iter().map(|&token| token.to_owned()).collect(),
        }
    }

    /// The options for drawing errors and warnings.
    pub fn drawing(&self, printer: Printer) -> Drawing {
        Drawing { colour: printer.colour(), root: self.content.display().to_string() }
    }
}
