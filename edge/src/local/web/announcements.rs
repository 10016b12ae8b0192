//! News for the pages that are open while content is edited.

use std::time::Duration;

use serde::Serialize;
use tokio::sync::watch;

/// The time that a question for news is kept open.
const PATIENCE: Duration = Duration::from_secs(25);

/// The news for open pages.
#[derive(Clone, Debug, Default, Serialize)]
pub(in crate::local) struct News {
    /// Grows with each announcement.
    pub(in crate::local) number: u64,
    /// The mistakes of the last build, as the terminal shows them. Empty if there are none.
    pub(in crate::local) mistakes: String,
    /// The process ends.
    #[serde(skip)]
    pub(in crate::local) closing: bool,
}

/// The sender of news.
pub(in crate::local) struct Announcements(watch::Sender<News>);

impl Announcements {
    /// No news yet. The first number differs from process to process, so that pages reload after a restart.
    pub(in crate::local) fn new(number: u64) -> Self {
        Self(watch::Sender::new(News { number, ..News::default() }))
    }

    /// Announces a build, or the mistakes because of which there was none.
    pub(in crate::local) fn announce(&self, mistakes: &str) {
        self.0.send_modify(|news| {
            news.number += 1;
            mistakes.clone_into(&mut news.mistakes);
        });
    }

    /// Ends every wait.
    pub(in crate::local) fn close(&self) {
        self.0.send_modify(|news| news.closing = true);
    }

    /// The news since the number `after`: at once, or when there is some, or after a while without any.
    pub(in crate::local) async fn after(&self, after: u64) -> News {
        let mut receiver = self.0.subscribe();
        let news = receiver.wait_for(|news| news.number != after || news.closing);
        match tokio::time::timeout(PATIENCE, news).await {
            Ok(Ok(news)) => news.clone(),
            _ => self.0.borrow().clone(),
        }
    }

    /// The mistakes of the last build.
    pub(in crate::local) fn mistakes(&self) -> String {
        self.0.borrow().mistakes.clone()
    }
}
