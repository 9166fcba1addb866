//! Leaves, in volume: each value of each type.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use es_runtime::{Bytes, Date, Decimal, Duration, Timestamp, Uuid, decode_json, encode_json};
use es_tests::draw::{Draw, Source};
use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

use super::{cases, check};

fn check_drawn<T: Draw + Serialize + DeserializeOwned + PartialEq + Debug>(bytes: &[u8]) {
    check(&T::draw(&mut Source::new(bytes)));
}

/// As what an object's text is the key of.
fn check_key<T: Draw + Serialize + DeserializeOwned + Ord + Debug>(bytes: &[u8]) {
    check_drawn::<T>(bytes);
    check_drawn::<BTreeMap<T, T>>(bytes);
    check_drawn::<BTreeSet<T>>(bytes);
}

proptest! {
    #![proptest_config(cases(5_000))]

    #[test]
    fn every_float_reads_back_to_the_bit(bits: u64) {
        let value = f64::from_bits(bits);
        prop_assume!(value.is_finite());
        let read: f64 = decode_json(&encode_json(&value).unwrap()).unwrap();
        prop_assert_eq!(read.to_bits(), bits);
    }

    #[test]
    fn every_decimal_keeps_its_digits_its_scale_and_its_sign(
        low: u32, middle: u32, high: u32, negative: bool, scale in 0..=Decimal::MAX_SCALE,
    ) {
        let value = Decimal::from_parts(low, middle, high, negative, scale);
        let read: Decimal = decode_json(&encode_json(&value).unwrap()).unwrap();
        prop_assert_eq!(read.serialize(), value.serialize());
    }

    #[test]
    fn every_text_reads_back(text: String) {
        check(&text);
        check(&BTreeMap::from([(text, ())]));
    }
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn every_leaf_reads_back_alone_in_sets_and_as_a_key(
        bytes in prop::collection::vec(any::<u8>(), 0..160),
    ) {
        check_key::<bool>(&bytes);
        check_key::<i8>(&bytes);
        check_key::<i16>(&bytes);
        check_key::<i32>(&bytes);
        check_key::<i64>(&bytes);
        check_key::<i128>(&bytes);
        check_key::<u8>(&bytes);
        check_key::<u16>(&bytes);
        check_key::<u32>(&bytes);
        check_key::<u64>(&bytes);
        check_key::<u128>(&bytes);
        check_drawn::<f64>(&bytes);
        check_key::<String>(&bytes);
        check_key::<Decimal>(&bytes);
        check_key::<Uuid>(&bytes);
        check_key::<Timestamp>(&bytes);
        check_key::<Date>(&bytes);
        check_key::<Duration>(&bytes);
        check_key::<Bytes>(&bytes);
    }
}

#[test]
fn a_zero_keeps_its_scale_and_reads_back_as_what_it_equals() {
    for scale in 0..=Decimal::MAX_SCALE {
        let zero = Decimal::new(0, scale);
        // `rust_decimal` counts one up as the other, and reads the text of both as the one without a sign.
        for zero in [zero, -zero] {
            let read: Decimal = decode_json(&encode_json(&zero).unwrap()).unwrap();
            assert_eq!((read, read.scale()), (zero, scale));
        }
    }
}

#[test]
fn a_text_of_a_megabyte_reads_back() {
    for letter in ["a", "\0", "\u{301}", "🎉"] {
        check(&letter.repeat(1024 * 1024 / letter.len()));
    }
}

/// Of those that a program by hand may have; schemas have none.
#[test]
fn single_floats_read_back_to_the_bit() {
    for bits in (0..=u32::MAX).step_by(20_011) {
        let value = f32::from_bits(bits);
        if value.is_finite() {
            let read: f32 = decode_json(&encode_json(&value).unwrap()).unwrap();
            assert_eq!(read.to_bits(), bits);
        }
    }
}
