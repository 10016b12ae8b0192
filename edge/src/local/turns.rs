//! Turns: of many requests that want to know the same, one finds it out, and the others wait for that.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, Weak};

use tokio::sync::{Mutex as Queue, OwnedMutexGuard};

use super::locked::locked;
use crate::call::platform::Turn;

/// The turns that are taken or waited for, by their names.
#[derive(Debug, Default)]
pub(super) struct Turns(Mutex<HashMap<String, Weak<Queue<()>>>>);

impl Turns {
    /// Waits for the turn of that name. It lasts until what holds it is dropped.
    pub(super) async fn take(&self, name: String) -> Turn<OwnedMutexGuard<()>> {
        let queue = self.queue(name);
        match Arc::clone(&queue).try_lock_owned() {
            Ok(held) => Turn { _held: held, waited: false },
            Err(_) => Turn { _held: queue.lock_owned().await, waited: true },
        }
    }

    fn queue(&self, name: String) -> Arc<Queue<()>> {
        let mut queues = locked(&self.0);
        if let Some(queue) = queues.get(&name).and_then(Weak::upgrade) {
            return queue;
        }
        queues.retain(|_, queue| queue.strong_count() > 0);
        let queue = Arc::default();
        queues.insert(name, Arc::downgrade(&queue));
        queue
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn whoever_comes_second_waits_until_the_first_is_done() {
        let turns = Turns::default();
        let first = turns.take("aiko/work".to_owned()).await;
        assert!(!first.waited);
        assert!(!turns.take("aiko/home".to_owned()).await.waited, "another turn");
        let mut second = Box::pin(turns.take("aiko/work".to_owned()));
        assert!((&mut second).now_or_never().is_none());
        drop(first);
        assert!(second.await.waited);
        assert!(!turns.take("aiko/work".to_owned()).await.waited);
        turns.take("aiko/school".to_owned()).await;
        assert_eq!(locked(&turns.0).len(), 1, "what nobody waits for is forgotten");
    }
}
