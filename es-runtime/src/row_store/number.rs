//! Numbers that no column of a database holds exactly, as bytes that compare as the numbers do.

/// The bytes by which a decimal number in text, such as `-12.50`, is put in order: they compare as the numbers do, and are
/// equal where the numbers are. Nothing where the text is no such number.
///
/// For the columns of the kinds [`Number`](super::ColumnKind::Number) and [`Duration`](super::ColumnKind::Duration).
#[must_use]
pub fn number_key(text: &str) -> Option<Vec<u8>> {
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let (whole, fraction) = (
        whole.trim_start_matches('0').as_bytes(),
        fraction.trim_end_matches('0').as_bytes(),
    );
    if whole.is_empty() && fraction.is_empty() {
        return Some(vec![1]);
    }
    let mut key = vec![2];
    key.extend_from_slice(&u16::try_from(whole.len()).ok()?.to_be_bytes());
    key.extend_from_slice(whole);
    key.extend_from_slice(fraction);
    if is_negative {
        key[0] = 0;
        for byte in &mut key[1..] {
            *byte = !*byte;
        }
        // Of two numbers that begin alike the longer one is the smaller one.
        key.push(u8::MAX);
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    use super::number_key;

    #[test]
    fn text_that_is_no_number_has_no_key() {
        for text in ["", "-", ".5", "1e3", "+1", "1.2.3", "NaN", " 1", "٣"] {
            assert_eq!(number_key(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_of_different_lengths_are_in_order() {
        let numbers = [
            "-170141183460469231731687303715884105728",
            "-10",
            "-9.5",
            "-9",
            "-0.15",
            "-0.1",
            "0",
            "0.01",
            "0.1",
            "0.15",
            "1",
            "9",
            "9.5",
            "10",
            "340282366920938463463374607431768211455",
        ];
        let keys: Vec<_> = numbers
            .iter()
            .map(|text| number_key(text).unwrap())
            .collect();
        assert!(keys.is_sorted_by(|left, right| left < right));
        assert_eq!(number_key("-0.00"), number_key("0"));
    }

    proptest! {
        #[test]
        fn keys_compare_as_decimals_do(
            (left, left_scale, right, right_scale) in (any::<i64>(), 0..20_u32, any::<i64>(), 0..20_u32),
        ) {
            let (left, right) = (Decimal::new(left, left_scale), Decimal::new(right, right_scale));
            let key = |number: Decimal| number_key(&number.to_string()).unwrap();
            prop_assert_eq!(key(left).cmp(&key(right)), left.cmp(&right));
        }
    }
}
