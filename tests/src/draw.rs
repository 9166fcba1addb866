//! Values drawn from bytes, so that proptest and fuzzers alike make them, mutate them and shrink them: no bytes left
//! means the simplest value.

use std::collections::{BTreeMap, BTreeSet};

use es_kinds::generated::thing::events;
use es_kinds::generated::*;
use es_kinds::own::{Cents, Code};
use es_runtime::{Bytes, Date, Decimal, Duration, Timestamp, Uuid};

/// Bytes that choices are made by. It goes on with zeros when they are used up.
pub struct Source<'a> {
    rest: &'a [u8],
}

impl<'a> Source<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.rest.split_first() else {
            return 0;
        };
        self.rest = rest;
        *first
    }

    /// A number from 0 up to, and without, `end`.
    pub fn below(&mut self, end: usize) -> usize {
        match end {
            0..=256 => usize::from(self.byte()) % end.max(1),
            _ => usize::from(u16::from_be_bytes(self.array())) % end,
        }
    }

    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.byte())
    }

    pub fn one_of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }

    /// Everything that is left.
    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.rest)
    }
}

/// So many bytes without a pattern, the same in every run.
pub fn arbitrary_bytes(count: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_be_bytes()[0]
    };
    (0..count).map(|_| next()).collect()
}

/// A type whose values can be drawn, the troublesome ones often.
pub trait Draw: Sized {
    fn draw(source: &mut Source<'_>) -> Self;
}

/// Half of the values are of these, the other half are `other`.
fn often<T: Clone>(
    source: &mut Source<'_>,
    troublesome: &[T],
    other: impl FnOnce(&mut Source<'_>) -> T,
) -> T {
    match source.byte() {
        byte if byte < 128 => troublesome[usize::from(byte) % troublesome.len()].clone(),
        _ => other(source),
    }
}

macro_rules! integers {
    ($($ty:ident)*) => {$(
        impl Draw for $ty {
            fn draw(source: &mut Source<'_>) -> Self {
                let ends = [0, 1, <$ty>::MAX, <$ty>::MIN, <$ty>::MAX - 1, <$ty>::MIN + 1, 10, 100];
                often(source, &ends, |source| <$ty>::from_be_bytes(source.array()))
            }
        }
    )*};
}

integers! { i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 }

impl Draw for bool {
    fn draw(source: &mut Source<'_>) -> Self {
        source.byte() % 2 == 1
    }
}

impl Draw for f64 {
    /// Finite ones only: whatever holds another one is refused.
    fn draw(source: &mut Source<'_>) -> Self {
        let ends = [
            0.0,
            -0.0,
            5e-324,
            -5e-324,
            f64::MIN_POSITIVE,
            2.225_073_858_507_201e-308,
            f64::MAX,
            f64::MIN,
            f64::EPSILON,
            0.1,
            9_007_199_254_740_993.0,
            1e21,
            1e-7,
        ];
        let drawn = often(source, &ends, |source| f64::from_be_bytes(source.array()));
        if drawn.is_finite() { drawn } else { -1.5 }
    }
}

impl Draw for String {
    fn draw(source: &mut Source<'_>) -> Self {
        let troublesome = [
            "",
            "a",
            "null",
            "true",
            "1",
            " ",
            "\0",
            "a\0b",
            "\u{301}",
            "e\u{301}",
            "\u{e9}",
            "\u{5e9}\u{5dc}\u{5d5}\u{5dd}\u{202e}abc",
            "\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467}",
            "\u{feff}",
            "\u{2028}\u{2029}",
            "\u{ffff}\u{10ffff}",
            "\"\\/\u{8}\u{c}\n\r\t\u{1b}\u{7f}",
            "'; drop table events; --",
            "\\u0000\\ud800",
        ];
        let text = |source: &mut Source<'_>| {
            let length = source.below(12);
            let letters = (0..length).map(|_| char::from_u32(u32::draw(source) % 0x11_0000));
            letters.map(|letter| letter.unwrap_or('?')).collect()
        };
        often(source, &troublesome.map(str::to_owned), text)
    }
}

impl Draw for Decimal {
    fn draw(source: &mut Source<'_>) -> Self {
        let troublesome = [
            "0",
            "0.10",
            "-0.00",
            "-0",
            "1.0000000000000000000000000000",
            "0.0000000000000000000000000001",
            "-0.0000000000000000000000000000",
            "1234567890123456789012345678",
            "0.1234567890123456789012345678",
            "79228162514264337593543950335",
            "-79228162514264337593543950335",
            "7.9228162514264337593543950335",
        ];
        let troublesome = troublesome.map(|text| text.parse().expect("a decimal"));
        often(source, &troublesome, |source| {
            let [low, middle, high] = [(); 3].map(|()| u32::from_be_bytes(source.array()));
            let scale = u32::from(source.byte()) % (Decimal::MAX_SCALE + 1);
            Decimal::from_parts(low, middle, high, bool::draw(source), scale)
        })
    }
}

impl Draw for Uuid {
    fn draw(source: &mut Source<'_>) -> Self {
        often(source, &[Uuid::nil(), Uuid::max()], |source| {
            Uuid::from_bytes(source.array())
        })
    }
}

impl Draw for Timestamp {
    fn draw(source: &mut Source<'_>) -> Self {
        let ends = [0, 1, -1, 999_999_999, -999_999_999, 1_000, -1_001]
            .map(|nanos| Timestamp::from_nanos(nanos).expect("a moment near the epoch"));
        let ends = [&ends[..], &[Timestamp::MIN, Timestamp::MAX]].concat();
        often(source, &ends, |source| {
            let (first, last) = (Timestamp::MIN.nanos(), Timestamp::MAX.nanos());
            let nanos = i128::from_be_bytes(source.array()).rem_euclid(last - first + 1) + first;
            Timestamp::from_nanos(nanos).expect("a moment within the range")
        })
    }
}

impl Draw for Date {
    fn draw(source: &mut Source<'_>) -> Self {
        let leap = "2000-02-29".parse().expect("a day");
        often(source, &[Date::MIN, Date::MAX, leap], |source| {
            Timestamp::draw(source).date_utc()
        })
    }
}

impl Draw for Duration {
    fn draw(source: &mut Source<'_>) -> Self {
        let ends = [
            0,
            1,
            -1,
            i128::MAX,
            i128::MIN,
            3_600_000_000_000,
            59_999_999_999,
        ];
        let nanos = often(source, &ends, |source| i128::from_be_bytes(source.array()));
        Duration::from_nanos(nanos)
    }
}

impl Draw for Bytes {
    fn draw(source: &mut Source<'_>) -> Self {
        let length = source.below(6);
        let bytes: Vec<u8> = (0..length).map(|_| source.byte()).collect();
        bytes.into()
    }
}

impl Draw for Colour {
    fn draw(source: &mut Source<'_>) -> Self {
        source.one_of(Colour::ALL)
    }
}

impl Draw for Code {
    fn draw(source: &mut Source<'_>) -> Self {
        Code(String::draw(source))
    }
}

impl Draw for Cents {
    fn draw(source: &mut Source<'_>) -> Self {
        Cents(i64::draw(source))
    }
}

impl<T: Draw> Draw for Option<T> {
    fn draw(source: &mut Source<'_>) -> Self {
        bool::draw(source).then(|| T::draw(source))
    }
}

impl<T: Draw> Draw for Box<T> {
    fn draw(source: &mut Source<'_>) -> Self {
        Box::new(T::draw(source))
    }
}

impl<T: Draw> Draw for Vec<T> {
    fn draw(source: &mut Source<'_>) -> Self {
        let length = source.below(4);
        (0..length).map(|_| T::draw(source)).collect()
    }
}

impl<T: Draw + Ord> Draw for BTreeSet<T> {
    fn draw(source: &mut Source<'_>) -> Self {
        Vec::draw(source).into_iter().collect()
    }
}

impl<K: Draw + Ord, V: Draw> Draw for BTreeMap<K, V> {
    fn draw(source: &mut Source<'_>) -> Self {
        Vec::<(K, V)>::draw(source).into_iter().collect()
    }
}

impl<A: Draw, B: Draw> Draw for (A, B) {
    fn draw(source: &mut Source<'_>) -> Self {
        (A::draw(source), B::draw(source))
    }
}

/// Structs, field by field.
macro_rules! structs {
    ($($(#[$doc:meta])* $name:path { $($field:ident)* })*) => {$(
        impl Draw for $name {
            fn draw(source: &mut Source<'_>) -> Self {
                Self { $($field: Draw::draw(source),)* }
            }
        }
    )*};
}

/// Newtypes whose field is public.
macro_rules! newtypes {
    ($($name:ident)*) => {$(
        impl Draw for $name {
            fn draw(source: &mut Source<'_>) -> Self {
                Self(Draw::draw(source))
            }
        }
    )*};
}

/// What the schema has of each kind, and the union of all of them.
macro_rules! kinds {
    ($($kind:ident $wrapped:ident $either:ident $every:ident { $($ordered:ident)* },)*) => {
        $(
            impl Draw for $either {
                fn draw(source: &mut Source<'_>) -> Self {
                    match source.below(3) {
                        0 => Self::Nothing {},
                        1 => Self::One { value: Draw::draw(source) },
                        _ => Self::Several {
                            values: Draw::draw(source),
                            maybe: Draw::draw(source),
                            unsaid: Draw::draw(source),
                        },
                    }
                }
            }

            structs! {
                $every {
                    alone maybe unsaid list maybes values boxed maybe_boxed $($ordered)*
                    wrapped wrapped_maybe wrapped_unsaid wrapped_list either eithers
                }
            }
        )*

        impl Draw for Anything {
            fn draw(source: &mut Source<'_>) -> Self {
                let draws: &[fn(&mut Source<'_>) -> Self] = &[
                    $(|source| Self::$kind { every: Draw::draw(source) },)*
                    |source| Self::Others { others: Draw::draw(source) },
                ];
                draws[source.below(draws.len())](source)
            }
        }
    };
}

kinds! {
    Bool WrappedBool EitherBool EveryBool { set keys deep wrapped_set wrapped_keys },
    I8 WrappedI8 EitherI8 EveryI8 { set keys deep wrapped_set wrapped_keys },
    I16 WrappedI16 EitherI16 EveryI16 { set keys deep wrapped_set wrapped_keys },
    I32 WrappedI32 EitherI32 EveryI32 { set keys deep wrapped_set wrapped_keys },
    I64 WrappedI64 EitherI64 EveryI64 { set keys deep wrapped_set wrapped_keys },
    I128 WrappedI128 EitherI128 EveryI128 { set keys deep wrapped_set wrapped_keys },
    U8 WrappedU8 EitherU8 EveryU8 { set keys deep wrapped_set wrapped_keys },
    U16 WrappedU16 EitherU16 EveryU16 { set keys deep wrapped_set wrapped_keys },
    U32 WrappedU32 EitherU32 EveryU32 { set keys deep wrapped_set wrapped_keys },
    U64 WrappedU64 EitherU64 EveryU64 { set keys deep wrapped_set wrapped_keys },
    U128 WrappedU128 EitherU128 EveryU128 { set keys deep wrapped_set wrapped_keys },
    F64 WrappedF64 EitherF64 EveryF64 {},
    Text WrappedText EitherText EveryText { set keys deep wrapped_set wrapped_keys },
    Number WrappedNumber EitherNumber EveryNumber { set keys deep wrapped_set wrapped_keys },
    Key WrappedKey EitherKey EveryKey { set keys deep wrapped_set wrapped_keys },
    Moment WrappedMoment EitherMoment EveryMoment { set keys deep wrapped_set wrapped_keys },
    Day WrappedDay EitherDay EveryDay { set keys deep wrapped_set wrapped_keys },
    Span WrappedSpan EitherSpan EverySpan { set keys deep wrapped_set wrapped_keys },
    Raw WrappedRaw EitherRaw EveryRaw { set keys deep wrapped_set wrapped_keys },
    Symbol WrappedSymbol EitherSymbol EverySymbol { set keys deep wrapped_set wrapped_keys },
    Code WrappedCode EitherCode EveryCode { set keys deep },
    Cents WrappedCents EitherCents EveryCents { set keys deep },
}

/// Newtypes whose field is private.
macro_rules! closed_newtypes {
    ($($name:ident: $inner:ty,)*) => {$(
        impl Draw for $name {
            fn draw(source: &mut Source<'_>) -> Self {
                Self::new(<$inner>::draw(source))
            }
        }
    )*};
}

newtypes! {
    WrappedBool WrappedRaw WrappedSymbol WrappedCode WrappedCents Flags Perhaps Names Prices Parcel
}

closed_newtypes! {
    WrappedI8: i8,
    WrappedI16: i16,
    WrappedI32: i32,
    WrappedI64: i64,
    WrappedI128: i128,
    WrappedU8: u8,
    WrappedU16: u16,
    WrappedU32: u32,
    WrappedU64: u64,
    WrappedU128: u128,
    WrappedF64: f64,
    WrappedText: String,
    WrappedNumber: Decimal,
    WrappedKey: Uuid,
    WrappedMoment: Timestamp,
    WrappedDay: Date,
    WrappedSpan: Duration,
}

structs! {
    Others { flags perhaps names prices parcel many }
    Tree { label weight children twin by_name chain }
    events::Held { what }
    events::Grown { tree }
    events::Said {
        bool maybe_bool unsaid_bool i8 maybe_i8 unsaid_i8 i16 maybe_i16 unsaid_i16 i32 maybe_i32 unsaid_i32
        i64 maybe_i64 unsaid_i64 i128 maybe_i128 unsaid_i128 u8 maybe_u8 unsaid_u8 u16 maybe_u16 unsaid_u16
        u32 maybe_u32 unsaid_u32 u64 maybe_u64 unsaid_u64 u128 maybe_u128 unsaid_u128 f64 maybe_f64 unsaid_f64
        text maybe_text unsaid_text number maybe_number unsaid_number key maybe_key unsaid_key moment
        maybe_moment unsaid_moment day maybe_day unsaid_day span maybe_span unsaid_span raw maybe_raw
        unsaid_raw symbol maybe_symbol unsaid_symbol code maybe_code unsaid_code cents maybe_cents
        unsaid_cents
    }
}

impl Draw for Chain {
    fn draw(source: &mut Source<'_>) -> Self {
        let mut chain = Self::End {};
        for _ in 0..source.below(4) {
            chain = Self::Link {
                next: Box::new(chain),
            };
        }
        chain
    }
}

/// The body of the event with 300 fields.
pub fn wide_body(source: &mut Source<'_>) -> Vec<u8> {
    fn json<T: serde::Serialize + Draw>(source: &mut Source<'_>) -> String {
        let json = es_runtime::encode_json(&T::draw(source)).expect("a value that can be stored");
        String::from_utf8(json).expect("text")
    }
    let mut fields = Vec::new();
    for number in 0..300 {
        let value = match number % 6 {
            0 => Some(json::<u8>(source)),
            1 => Some(json::<String>(source)),
            2 => bool::draw(source).then(|| json::<i64>(source)),
            3 => bool::draw(source).then(|| json::<Option<bool>>(source)),
            4 => Some(json::<f64>(source)),
            _ => Some(json::<Vec<u16>>(source)),
        };
        fields.extend(value.map(|value| format!("\"f{number:03}\":{value}")));
    }
    format!("{{{}}}", fields.join(",")).into_bytes()
}
