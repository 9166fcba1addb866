//! Numbers that look random and are the same in every run that starts from the same seed.

use std::hash::{BuildHasher, RandomState};

pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Another one in every run, or the one that `ES_SEED` says; it is printed, so that a failure can be seen again.
    pub(crate) fn fresh() -> Self {
        let seed = std::env::var("ES_SEED").map_or_else(
            |_| RandomState::new().hash_one(0),
            |text| text.parse().unwrap(),
        );
        println!("ES_SEED={seed}");
        Self(seed)
    }

    /// SplitMix64.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    pub(crate) fn percent(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }
}
