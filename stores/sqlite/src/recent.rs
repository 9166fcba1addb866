//! A cache of bounded size that keeps what was used of late.

use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash, RandomState};

/// How many entries share a bucket.
const WAYS: usize = 4;

/// Buckets of a few entries each, the one used last in front; a new one pushes the last one out. So nothing grows, and
/// nothing has to be cleared away.
pub(crate) struct Recent<K, V> {
    /// A power of two of them; none before the first entry comes.
    buckets: Vec<[Option<Entry<K, V>>; WAYS]>,
    capacity: usize,
    /// Entries of other rounds are forgotten.
    round: u64,
    hasher: RandomState,
}

struct Entry<K, V> {
    /// Compared before the key, most of which is somewhere else in memory.
    hash: u64,
    key: K,
    value: V,
    round: u64,
}

impl<K: Eq + Hash, V: Clone> Recent<K, V> {
    /// A cache of about `capacity` entries.
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            buckets: Vec::new(),
            capacity,
            round: 0,
            hasher: RandomState::new(),
        }
    }

    pub(crate) fn get<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let hash = self.hasher.hash_one(key);
        let place = self.place_of(hash)?;
        let bucket = &mut self.buckets[place];
        let found = bucket.iter().position(|entry| {
            entry.as_ref().is_some_and(|entry| {
                entry.hash == hash && entry.round == self.round && entry.key.borrow() == key
            })
        })?;
        bucket[..=found].rotate_right(1);
        bucket[0].as_ref().map(|entry| entry.value.clone())
    }

    pub(crate) fn insert(&mut self, key: K, value: V) {
        if self.buckets.is_empty() {
            let buckets = (self.capacity / WAYS).next_power_of_two();
            self.buckets.resize_with(buckets, || [const { None }; WAYS]);
        }
        let hash = self.hasher.hash_one(&key);
        let Some(place) = self.place_of(hash) else {
            return;
        };
        let bucket = &mut self.buckets[place];
        let is_known = |entry: &Option<Entry<K, V>>| {
            entry
                .as_ref()
                .is_some_and(|entry| entry.hash == hash && entry.key == key)
        };
        let replaced = bucket.iter().position(is_known).unwrap_or(WAYS - 1);
        bucket[..=replaced].rotate_right(1);
        bucket[0] = Some(Entry {
            hash,
            key,
            value,
            round: self.round,
        });
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.round += 1;
    }

    fn place_of(&self, hash: u64) -> Option<usize> {
        let last = self.buckets.len().checked_sub(1)?;
        // Only the low bits count, however wide the hash is.
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the upper bits are masked away"
        )]
        Some(hash as usize & last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stays_and_the_rest_falls_out() {
        let mut recent = Recent::new(16);
        for number in 0..1_000 {
            recent.insert(number, number);
            assert_eq!(recent.get(&number), Some(number));
            recent.insert(-1, -1);
        }
        assert_eq!(recent.get(&-1), Some(-1));
        let kept = (0..1_000)
            .filter(|number| recent.get(number).is_some())
            .count();
        assert!((1..16).contains(&kept), "{kept}");
    }

    #[test]
    fn a_key_has_its_newest_value() {
        let mut recent = Recent::new(8);
        for value in 0..100 {
            for key in ["a", "b", "c"] {
                recent.insert(key, value);
            }
            assert_eq!(recent.get("a"), Some(value));
        }
    }

    #[test]
    fn what_was_cleared_is_forgotten_and_can_come_back() {
        let mut recent = Recent::new(8);
        recent.insert("a", 1);
        recent.clear();
        assert_eq!(recent.get("a"), None);
        recent.insert("a", 2);
        assert_eq!(recent.get("a"), Some(2));
    }
}
