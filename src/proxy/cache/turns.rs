//! One asks the vendor, and whoever asks for the same meanwhile waits for what it brings (RFC 9111 §4, "collapsed
//! requests").
//!
//! Knows keys; does not know answers. Invariants: nobody waits for somebody who is gone; of what is under way there is
//! a bounded number, and who finds no place among it goes alone.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use super::Key;

const MOST_UNDER_WAY: usize = 256;

/// What is under way to the vendor.
#[derive(Clone, Default)]
pub struct Turns(Arc<Mutex<HashMap<Key, watch::Receiver<()>>>>);

/// Whose turn it is.
pub enum Turn {
    /// One's own, and others wait for it.
    Lead(Leader),
    /// Somebody else's, who is on the way.
    Follow(Ahead),
    /// One's own, and nobody waits.
    Alone,
}

/// Who goes to the vendor for others, too. It is over when this is dropped.
pub struct Leader {
    turns: Turns,
    key: Key,
    _over: watch::Sender<()>,
}

/// Somebody on the way to the vendor.
pub struct Ahead(watch::Receiver<()>);

impl Turns {
    pub fn take(&self, key: &Key) -> Turn {
        let mut under_way = self.lock();
        if let Some(ahead) = under_way.get(key) {
            return Turn::Follow(Ahead(ahead.clone()));
        }
        if under_way.len() == MOST_UNDER_WAY {
            return Turn::Alone;
        }
        let (over, ahead) = watch::channel(());
        under_way.insert(key.clone(), ahead);
        Turn::Lead(Leader { turns: self.clone(), key: key.clone(), _over: over })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, watch::Receiver<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ahead {
    /// Waits until whoever is ahead is back or gone, or for so long.
    pub async fn wait(mut self, longest: Duration) {
        let _ = timeout(longest, self.0.changed()).await;
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        self.turns.lock().remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::super::store::tests::key;
    use super::*;

    const LONGEST_TEST: Duration = Duration::from_secs(20);

    fn leads(turn: &Turn) -> bool {
        matches!(turn, Turn::Lead(_))
    }

    #[tokio::test]
    async fn who_follows_waits_until_the_leader_is_back_or_gone() {
        let turns = Turns::default();
        let leader = turns.take(&key("/a"));
        assert!(leads(&leader) && leads(&turns.take(&key("/b"))));
        let Turn::Follow(ahead) = turns.take(&key("/a")) else { panic!("two lead") };
        let forever = timeout(LONGEST_TEST, ahead.wait(Duration::MAX));
        let (came_back, ()) = tokio::join!(forever, async { drop(leader) });
        assert!(came_back.is_ok());
        assert!(leads(&turns.take(&key("/a"))));
    }

    #[tokio::test]
    async fn nobody_waits_for_ever() {
        let turns = Turns::default();
        let _leader = turns.take(&key("/a"));
        let Turn::Follow(ahead) = turns.take(&key("/a")) else { panic!("two lead") };
        ahead.wait(Duration::from_millis(1)).await;
    }

    #[test]
    fn so_many_lead_and_the_others_go_alone() {
        let turns = Turns::default();
        let leaders: Vec<Turn> = (0..MOST_UNDER_WAY).map(|n| turns.take(&key(&n.to_string()))).collect();
        assert!(leaders.iter().all(leads));
        assert!(matches!(turns.take(&key("/a")), Turn::Alone));
        assert!(matches!(turns.take(&key("0")), Turn::Follow(_)));
        drop(leaders);
        assert!(leads(&turns.take(&key("/a"))));
    }
}
