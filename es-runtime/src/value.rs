//! What may stand in a stored body, and the arithmetic of newtypes over numbers.

use std::error::Error;
use std::fmt;

use rust_decimal::Decimal;

/// A type of the domain that stands in stored bodies. Derive it.
///
/// On a newtype the derive writes what such a type needs, each impl once:
///
/// - `#[value(number)]`: `+ - += -=`, `*` by integers on the right, `Neg` where signed, `Sum`, `ZERO`. Overflow is
///   caught, never wraps.
/// - `#[value(text)]`: `Display`, `FromStr`, `AsRef`, and `From<&str>` over a `String`.
///
/// On an enum without data it writes `Display` and `FromStr` by the stored names.
pub trait Value {}

/// Text that is none of the symbols of an enum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownSymbol {
    given: String,
    known: &'static [&'static str],
}

impl fmt::Display for UnknownSymbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is not one of {}",
            self.given,
            self.known.join(", ")
        )
    }
}

impl Error for UnknownSymbol {}

impl UnknownSymbol {
    /// The text `given` where one of the symbols `known` belongs.
    #[must_use]
    pub fn new(given: &str, known: &'static [&'static str]) -> Self {
        Self {
            given: given.to_owned(),
            known,
        }
    }

    /// The text that was given.
    #[must_use]
    pub fn given(&self) -> &str {
        &self.given
    }

    /// The symbols there are.
    #[must_use]
    pub fn known(&self) -> &'static [&'static str] {
        self.known
    }
}

/// A number that newtypes are made over. Every operation says when its result lies beyond the range.
#[diagnostic::on_unimplemented(message = "`{Self}` is not a number that `#[value(number)]` knows")]
pub trait Number: Copy {
    /// Nothing.
    const ZERO: Self;

    /// The sum, or nothing beyond the range.
    fn plus(self, other: Self) -> Option<Self>;

    /// The difference, or nothing beyond the range.
    fn minus(self, other: Self) -> Option<Self>;

    /// The product with a whole number, or nothing beyond the range.
    fn times(self, factor: i128) -> Option<Self>;
}

/// A whole number that a newtype can be multiplied by.
#[diagnostic::on_unimplemented(
    message = "a newtype is multiplied by whole numbers, not by `{Self}`"
)]
pub trait Factor: Copy {
    /// The same number, or nothing where it lies beyond an `i128`.
    fn whole(self) -> Option<i128>;
}

macro_rules! integers {
    ($($ty:ty)*) => {$(
        impl Number for $ty {
            const ZERO: Self = 0;

            fn plus(self, other: Self) -> Option<Self> {
                self.checked_add(other)
            }

            fn minus(self, other: Self) -> Option<Self> {
                self.checked_sub(other)
            }

            fn times(self, factor: i128) -> Option<Self> {
                self.checked_mul(Self::try_from(factor).ok()?)
            }
        }

        impl Factor for $ty {
            fn whole(self) -> Option<i128> {
                i128::try_from(self).ok()
            }
        }
    )*};
}

integers! { u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize }

impl Number for Decimal {
    const ZERO: Self = Self::ZERO;

    fn plus(self, other: Self) -> Option<Self> {
        self.checked_add(other)
    }

    fn minus(self, other: Self) -> Option<Self> {
        self.checked_sub(other)
    }

    fn times(self, factor: i128) -> Option<Self> {
        self.checked_mul(Self::try_from_i128_with_scale(factor, 0).ok()?)
    }
}

impl Number for f64 {
    const ZERO: Self = 0.0;

    fn plus(self, other: Self) -> Option<Self> {
        Some(self + other).filter(|sum| sum.is_finite())
    }

    fn minus(self, other: Self) -> Option<Self> {
        Some(self - other).filter(|difference| difference.is_finite())
    }

    fn times(self, factor: i128) -> Option<Self> {
        Some(self * factor as f64).filter(|product| product.is_finite())
    }
}

/// The arithmetic that `#[value(number)]` is written with: like the operators, but overflow is always caught.
#[doc(hidden)]
pub mod number {
    use super::{Factor, Number};

    /// # Panics
    /// Beyond the range; caught where rules run.
    #[track_caller]
    pub fn add<N: Number>(left: N, right: N) -> N {
        left.plus(right)
            .expect("the sum is beyond the range of the number")
    }

    /// # Panics
    /// Beyond the range; caught where rules run.
    #[track_caller]
    pub fn sub<N: Number>(left: N, right: N) -> N {
        left.minus(right)
            .expect("the difference is beyond the range of the number")
    }

    /// # Panics
    /// Beyond the range; caught where rules run.
    #[track_caller]
    pub fn mul<N: Number, F: Factor>(left: N, right: F) -> N {
        let product = right.whole().and_then(|factor| left.times(factor));
        product.expect("the product is beyond the range of the number")
    }

    /// # Panics
    /// Beyond the range; caught where rules run.
    #[track_caller]
    pub fn neg<N: Number>(number: N) -> N {
        // Not `ZERO - number`, which would lose the sign of a zero float.
        number
            .times(-1)
            .expect("the negative is beyond the range of the number")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overflow_is_told_and_never_wraps() {
        assert_eq!(u8::MAX.plus(1), None);
        assert_eq!(0_u8.minus(1), None);
        assert_eq!(i64::MIN.times(-1), None);
        assert_eq!(Decimal::MAX.plus(Decimal::ONE), None);
        assert_eq!(f64::MAX.times(2), None);
    }

    #[test]
    fn decimals_keep_their_scale_when_multiplied() {
        let price: Decimal = "0.10".parse().unwrap();
        assert_eq!(number::mul(price, 3_u32).to_string(), "0.30");
    }
}
