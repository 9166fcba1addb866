//! Checks: which values of a type are valid, asked where a command is made and never when an event is read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display};

use rust_decimal::Decimal;
use serde::Serialize;
use uuid::Uuid;

use crate::bytes::Bytes;
use crate::json;
use crate::time::{Date, Duration, Timestamp};

/// A type whose values can be looked into for invalid ones. `derive(Value)` and `derive(Id)` write it.
///
/// A newtype may have a rule; a field marked `check` is looked into. A command that holds an invalid value is refused
/// before it is decided:
///
/// ```
/// use es_runtime::{Checked, Decimal, Value};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, Value)]
/// #[serde(transparent)]
/// #[value(number, check = value.scale() <= 2)]
/// pub struct Money(Decimal);
///
/// #[derive(Serialize, Deserialize, Value)]
/// pub struct Item {
///     pub sku: String,
///     #[value(check)]
///     pub prices: Vec<Money>,
/// }
///
/// let prices = ["1.00", "1.005"].map(|price| price.parse().unwrap()).into();
/// let item = Item { sku: "A1".into(), prices };
/// let invalid = item.check().unwrap_err();
/// assert_eq!(invalid.to_string(), "`prices[1]` may not be 1.005");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which of its values are valid",
    note = "mark the fields to look into with `#[value(check)]`, beside `derive(Value)`",
    note = "or, where there is nothing to look into, write `impl Checked for {Self} {{}}`"
)]
pub trait Checked {
    /// Looks for the first invalid value in it. Unless written otherwise there is none.
    ///
    /// # Errors
    /// The invalid value, and where it stands.
    fn check(&self) -> Result<(), Invalid> {
        Ok(())
    }
}

/// A value that its type does not allow.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Invalid {
    /// Where it stands, by stored names: `item.price`, `items[2].price`, `prices.EUR` for what stands under the key
    /// `EUR` of a map, `prices[key]` for such a key itself, `payment.Card.limit` inside of a union.
    pub field: String,
    /// The value, as text.
    pub value: String,
}

impl Invalid {
    /// The invalid value itself, of which nobody has said yet where it stands.
    #[must_use]
    pub fn new(value: impl Display) -> Self {
        Self {
            field: String::new(),
            value: value.to_string(),
        }
    }

    /// The same, inside of the field `name`.
    #[must_use]
    pub fn in_field(self, name: impl Display) -> Self {
        let joint = match self.field.as_bytes().first() {
            None | Some(b'[') => "",
            Some(_) => ".",
        };
        let field = format!("{name}{joint}{}", self.field);
        Self { field, ..self }
    }

    /// The same, inside of the item at `index` of a list.
    #[must_use]
    pub fn in_item(self, index: usize) -> Self {
        self.in_field(format_args!("[{index}]"))
    }
}

impl Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.value.as_str() {
            "" => "empty",
            value => value,
        };
        write!(f, "`{}` may not be {what}", self.field)
    }
}

impl std::error::Error for Invalid {}

/// A value as text: as it is stored, without the quotes around text.
pub(crate) fn text_of<T: Serialize + ?Sized>(value: &T) -> String {
    match json::encode(value) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) => error.to_string(),
    }
}

impl<T: Checked> Checked for Option<T> {
    fn check(&self) -> Result<(), Invalid> {
        self.as_ref().map_or(Ok(()), T::check)
    }
}

impl<T: Checked + ?Sized> Checked for Box<T> {
    fn check(&self) -> Result<(), Invalid> {
        T::check(self)
    }
}

impl<T: Checked> Checked for Vec<T> {
    fn check(&self) -> Result<(), Invalid> {
        check_items(self)
    }
}

impl<T: Checked> Checked for BTreeSet<T> {
    fn check(&self) -> Result<(), Invalid> {
        check_items(self)
    }
}

fn check_items<'a, T: Checked + 'a>(items: impl IntoIterator<Item = &'a T>) -> Result<(), Invalid> {
    for (index, item) in items.into_iter().enumerate() {
        item.check().map_err(|invalid| invalid.in_item(index))?;
    }
    Ok(())
}

impl<K: Checked + Serialize, V: Checked> Checked for BTreeMap<K, V> {
    fn check(&self) -> Result<(), Invalid> {
        for (key, value) in self {
            key.check().map_err(|invalid| invalid.in_field("[key]"))?;
            value
                .check()
                .map_err(|invalid| invalid.in_field(text_of(key)))?;
        }
        Ok(())
    }
}

macro_rules! valid {
    ($($ty:ty)*) => { $(impl Checked for $ty {})* };
}

valid! {
    bool u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f64
    String Decimal Uuid Timestamp Date Duration Bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_grows_from_the_inside() {
        let price = Invalid::new("1.005").in_field("price");
        assert_eq!(price.field, "price");
        let items = price.clone().in_item(2).in_field("items");
        assert_eq!(items.field, "items[2].price");
        let rows = Invalid::new(7).in_item(1).in_item(0).in_field("rows");
        assert_eq!(rows.to_string(), "`rows[0][1]` may not be 7");
        assert_eq!(
            price.in_field("[key]").in_field("by").field,
            "by[key].price"
        );
    }

    #[test]
    fn text_is_told_without_quotes_and_the_absence_of_text_by_name() {
        assert_eq!(text_of("1.005"), "1.005");
        assert_eq!(text_of("a \"b\""), "a \"b\"");
        assert_eq!(text_of(&7), "7");
        assert_eq!(text_of(&["a", "b"]), r#"["a","b"]"#);
        assert_eq!(
            text_of(&f64::NAN),
            "cannot be stored: NaN is not a finite number"
        );
        let empty = Invalid::new("").in_field("name");
        assert_eq!(empty.to_string(), "`name` may not be empty");
    }
}
