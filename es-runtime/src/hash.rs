//! Hashing: for maps that are asked at every append, a few instructions for a word, where the standard library's takes dozens;
//! and for what is compared with what another release has made.

use std::hash::{BuildHasher, Hasher, RandomState};

/// Makes hashers that start from a random number, so that keys which collide cannot be made up outside.
#[derive(Clone)]
pub(crate) struct Folded {
    seed: u64,
}

impl Default for Folded {
    fn default() -> Self {
        Self {
            seed: RandomState::new().hash_one(0),
        }
    }
}

impl BuildHasher for Folded {
    type Hasher = Folding;

    fn build_hasher(&self) -> Folding {
        Folding(self.seed)
    }
}

/// Multiplies word by word, and folds the upper half of each product into the lower one.
pub(crate) struct Folding(u64);

impl Folding {
    fn eat(&mut self, word: u64) {
        // A multiplier of wyhash, chosen for how far each bit of a word reaches.
        let product = u128::from(self.0 ^ word) * 0x2d35_8dcc_aa6c_78a5;
        let [lower, upper] = [product, product >> 64].map(|half| half & u128::from(u64::MAX));
        self.0 = u64::try_from(lower ^ upper).unwrap_or_default();
    }
}

impl Hasher for Folding {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.eat(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            let mut word = [0; 8];
            word[..rest.len()].copy_from_slice(rest);
            self.eat(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, byte: u8) {
        self.eat(byte.into());
    }

    fn write_usize(&mut self, number: usize) {
        self.eat(number as u64);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The hash of nothing, to go on from.
pub(crate) const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a of these bytes behind others of that hash: the same on every machine and in every release.
pub(crate) const fn fnv(mut hash: u64, bytes: &[u8]) -> u64 {
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        at += 1;
    }
    hash
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn keys_that_differ_little_spread_over_all_buckets() {
        let hasher = Folded::default();
        let keys = || (0..4_096_u32).map(|number| number.to_string());
        let hashes: HashSet<u64> = keys().map(|key| hasher.hash_one(key)).collect();
        assert_eq!(hashes.len(), 4_096);
        // Both ends count: maps take the bucket from the one and a first look at the key from the other.
        for shift in [0, 56] {
            let buckets: HashSet<u64> = hashes.iter().map(|hash| hash >> shift & 0x7f).collect();
            assert_eq!(buckets.len(), 128);
        }
    }

    #[test]
    fn two_hashers_agree_on_nothing() {
        let (one, other) = (Folded::default(), Folded::default());
        assert_ne!(one.hash_one("a"), other.hash_one("a"));
    }
}
