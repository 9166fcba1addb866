//! A cache of bounded size that keeps what was used of late.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

/// Two generations: when the young one is full it becomes the old one, and what nobody asks for falls out with that.
/// No list of uses to maintain, at the price of holding up to twice the capacity.
pub(crate) struct Recent<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    capacity: usize,
}

impl<K: Eq + Hash, V: Clone> Recent<K, V> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
            capacity,
        }
    }

    pub(crate) fn get<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        if let Some(value) = self.young.get(key) {
            return Some(value.clone());
        }
        let (key, value) = self.old.remove_entry(key)?;
        self.insert(key, value.clone());
        Some(value)
    }

    pub(crate) fn insert(&mut self, key: K, value: V) {
        if self.young.len() >= self.capacity {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }

    pub(crate) fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stays_and_the_rest_falls_out() {
        let mut recent = Recent::new(10);
        for number in 0..100 {
            recent.insert(number, number);
            assert_eq!(recent.get(&0), Some(0));
        }
        assert_eq!(recent.get(&99), Some(99));
        assert_eq!(recent.get(&1), None);
        assert!(recent.young.len() + recent.old.len() <= 20);
    }

    #[test]
    fn the_newest_value_wins_over_an_old_generation() {
        let mut recent = Recent::new(2);
        for key in ["a", "b", "c"] {
            recent.insert(key, 1);
        }
        recent.insert("a", 2);
        assert_eq!(recent.get("a"), Some(2));
        for key in ["d", "e", "f"] {
            recent.insert(key, 1);
        }
        assert_ne!(recent.get("a"), Some(1));
    }
}
