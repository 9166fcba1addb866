//! Fresh ids: ordered by time, and random beyond that.

use std::cell::RefCell;
use std::time::{SystemTime, UNIX_EPOCH};

use uuid::{Builder, Uuid};

/// Random bytes of one id; what is left of its 16 is time.
const RANDOM: usize = 8;

/// How many ids' worth of random bytes are asked of the system at once, since each question costs more than an id does.
const IDS_AT_ONCE: usize = 64;

thread_local! {
    static POOL: RefCell<Pool> = const { RefCell::new(Pool { bytes: [[0; RANDOM]; IDS_AT_ONCE], left: 0 }) };
}

struct Pool {
    bytes: [[u8; RANDOM]; IDS_AT_ONCE],
    left: usize,
}

/// A UUID of version 7 (RFC 9562, method 3): the time to a quarter of a microsecond, and 62 random bits.
pub(crate) fn uuid() -> Uuid {
    let since_1970 = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let milliseconds = u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX);
    // The part of a millisecond that is over, in 4096ths.
    let fraction = u64::from(since_1970.subsec_nanos() % 1_000_000) * 4_096 / 1_000_000;
    let [.., high, low] = fraction.to_be_bytes();
    match random() {
        Ok([a, b, c, d, e, f, g, h]) => {
            let behind_the_time = [high, low, a, b, c, d, e, f, g, h];
            Builder::from_unix_timestamp_millis(milliseconds, &behind_the_time).into_uuid()
        }
        // It says what is wrong with the system in its own way.
        Err(_) => Uuid::now_v7(),
    }
}

fn random() -> Result<[u8; RANDOM], getrandom::Error> {
    POOL.with_borrow_mut(|pool| {
        if pool.left == 0 {
            getrandom::fill(pool.bytes.as_flattened_mut())?;
            pool.left = IDS_AT_ONCE;
        }
        pool.left -= 1;
        // Taken out, so that no id can be read a second time.
        Ok(std::mem::take(&mut pool.bytes[pool.left]))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use uuid::{Variant, Version};

    use super::*;

    #[test]
    fn ids_are_of_version_7_and_differ_in_every_thread() {
        let threads: Vec<_> = (0..4)
            .map(|_| std::thread::spawn(|| (0..1_000).map(|_| uuid()).collect::<Vec<_>>()))
            .collect();
        let ids: Vec<Uuid> = threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect();
        for id in &ids {
            assert_eq!(id.get_version(), Some(Version::SortRand));
            assert_eq!(id.get_variant(), Variant::RFC4122);
        }
        assert_eq!(ids.into_iter().collect::<HashSet<_>>().len(), 4_000);
    }

    #[test]
    fn ids_are_ordered_by_time() {
        let first = uuid();
        std::thread::sleep(std::time::Duration::from_micros(50));
        let second = uuid();
        assert!(first < second);
        let (seconds, _) = second.get_timestamp().unwrap().to_unix();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        assert!(now.as_secs() - seconds <= 1);
    }
}
