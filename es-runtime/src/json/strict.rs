//! A serializer in front of another that refuses what `serde_json` would write in silence and then not read back the
//! same: floats that are not finite (they become `null`), a `Some` that is written as `null` (it becomes a `None`), and
//! what is nested deeper than it reads. Whatever is refused is told with its path.

use std::cell::RefCell;
use std::fmt::Display;

use serde::ser::{
    Error, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use crate::check::text_of;

/// How many lists and objects `serde_json` reads one in another; one more is an error, so that no input overflows the
/// stack.
const DEEPEST: u8 = 127;

/// The serializer.
pub(crate) struct Strict<'t, S> {
    inner: S,
    place: Place<'t>,
}

/// A list or an object whose parts are written one by one.
pub(crate) struct Parts<'t, S> {
    inner: S,
    place: Place<'t>,
    /// The variant of which these are the fields.
    variant: Option<&'static str>,
    /// How many were written.
    count: usize,
}

/// A value that is written through [`Strict`], so that nested values are checked too.
struct Checked<'t, 'v, T: ?Sized>(&'v T, Place<'t>);

/// What matters of the place where a value stands.
#[derive(Clone, Copy)]
struct Place<'t> {
    /// How many lists and objects it stands in.
    depth: u8,
    /// Whether it is what a `Some` holds.
    is_in_some: bool,
    trail: &'t Trail,
}

/// The way to the value that could not be written, from the inside; empty unless there is one.
#[derive(Default)]
pub(super) struct Trail(RefCell<Vec<String>>);

impl<'t, S> Strict<'t, S> {
    /// In front of `inner`, for a whole body. Where it fails, `trail` leads there.
    pub(super) fn new(inner: S, trail: &'t Trail) -> Self {
        let place = Place {
            depth: 0,
            is_in_some: false,
            trail,
        };
        Self { inner, place }
    }
}

impl Trail {
    /// The path, such as `items[2].weight`; nothing where it is the whole value.
    pub(super) fn path(self) -> Option<String> {
        let mut path = String::new();
        for step in self.0.into_inner().iter().rev() {
            if !path.is_empty() && !step.starts_with('[') {
                path.push('.');
            }
            path.push_str(step);
        }
        Some(path).filter(|path| !path.is_empty())
    }

    /// Where something inside of `step` failed, the way to it leads through there.
    fn through<T, E>(&self, result: Result<T, E>, step: impl FnOnce() -> String) -> Result<T, E> {
        if result.is_err() {
            self.0.borrow_mut().push(step());
        }
        result
    }
}

impl Place<'_> {
    /// The place of what stands in a list or an object that stands here, or in so many of them.
    fn inside<E: Error>(self, levels: u8) -> Result<Self, E> {
        let depth = self.depth.saturating_add(levels);
        if depth > DEEPEST {
            return Err(E::custom(format_args!(
                "nested deeper than the {DEEPEST} levels that can be read back"
            )));
        }
        Ok(Self {
            depth,
            is_in_some: false,
            ..self
        })
    }

    /// Refuses a `null` where it would be read as something else.
    fn check_null<E: Error>(self) -> Result<(), E> {
        if self.is_in_some {
            return Err(E::custom(
                "a `Some` that is written as `null` would be read back as `None`; a field of the type \
                 `Option<Option<T>>` needs `es_runtime::double_option`",
            ));
        }
        Ok(())
    }
}

impl<T: Serialize + ?Sized> Serialize for Checked<'_, '_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(Strict {
            inner: serializer,
            place: self.1,
        })
    }
}

macro_rules! as_they_are {
    ($($method:ident($ty:ty);)*) => {
        $(fn $method(self, value: $ty) -> Result<S::Ok, S::Error> {
            self.inner.$method(value)
        })*
    };
}

macro_rules! finite {
    ($($method:ident($ty:ty);)*) => {
        $(fn $method(self, value: $ty) -> Result<S::Ok, S::Error> {
            if !value.is_finite() {
                return Err(S::Error::custom(format_args!("{value} is not a finite number")));
            }
            self.inner.$method(value)
        })*
    };
}

impl<'t, S: Serializer> Serializer for Strict<'t, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Parts<'t, S::SerializeSeq>;
    type SerializeTuple = Parts<'t, S::SerializeTuple>;
    type SerializeTupleStruct = Parts<'t, S::SerializeTupleStruct>;
    type SerializeTupleVariant = Parts<'t, S::SerializeTupleVariant>;
    type SerializeMap = Parts<'t, S::SerializeMap>;
    type SerializeStruct = Parts<'t, S::SerializeStruct>;
    type SerializeStructVariant = Parts<'t, S::SerializeStructVariant>;

    as_they_are! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_i128(i128);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_u128(u128);
        serialize_char(char);
        serialize_str(&str);
        serialize_bytes(&[u8]);
    }

    finite! {
        serialize_f32(f32);
        serialize_f64(f64);
    }

    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.place.check_null()?;
        self.inner.serialize_none()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        let place = Place {
            is_in_some: true,
            ..self.place
        };
        self.inner.serialize_some(&Checked(value, place))
    }

    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.place.check_null()?;
        self.inner.serialize_unit()
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<S::Ok, S::Error> {
        self.place.check_null()?;
        self.inner.serialize_unit_struct(name)
    }

    fn serialize_unit_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<S::Ok, S::Error> {
        self.inner.serialize_unit_variant(name, index, variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.inner
            .serialize_newtype_struct(name, &Checked(value, self.place))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let place = self.place.inside(1)?;
        let value = Checked(value, place);
        let written = self
            .inner
            .serialize_newtype_variant(name, index, variant, &value);
        place.trail.through(written, || variant.to_owned())
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        let place = self.place.inside(1)?;
        Ok(Parts::new(self.inner.serialize_seq(len)?, place))
    }

    fn serialize_tuple(self, len: usize) -> Result<Self::SerializeTuple, S::Error> {
        let place = self.place.inside(1)?;
        Ok(Parts::new(self.inner.serialize_tuple(len)?, place))
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleStruct, S::Error> {
        let place = self.place.inside(1)?;
        let inner = self.inner.serialize_tuple_struct(name, len)?;
        Ok(Parts::new(inner, place))
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        let place = self.place.inside(2)?;
        let inner = self
            .inner
            .serialize_tuple_variant(name, index, variant, len)?;
        Ok(Parts::of_variant(inner, place, variant))
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        let place = self.place.inside(1)?;
        Ok(Parts::new(self.inner.serialize_map(len)?, place))
    }

    fn serialize_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStruct, S::Error> {
        let place = self.place.inside(1)?;
        Ok(Parts::new(self.inner.serialize_struct(name, len)?, place))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        let place = self.place.inside(2)?;
        let inner = self
            .inner
            .serialize_struct_variant(name, index, variant, len)?;
        Ok(Parts::of_variant(inner, place, variant))
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.inner.collect_str(value)
    }
}

impl<'t, S> Parts<'t, S> {
    fn new(inner: S, place: Place<'t>) -> Self {
        Self {
            inner,
            place,
            variant: None,
            count: 0,
        }
    }

    /// The fields of a variant: an object that names it, and another list or object in there.
    fn of_variant(inner: S, place: Place<'t>, variant: &'static str) -> Self {
        Self {
            variant: Some(variant),
            ..Self::new(inner, place)
        }
    }

    /// Where writing the part at `step` failed, the way to it leads through there.
    fn through<E>(&self, written: Result<(), E>, step: impl FnOnce() -> String) -> Result<(), E> {
        let written = self.place.trail.through(written, step);
        match self.variant {
            Some(variant) => self.place.trail.through(written, || variant.to_owned()),
            None => written,
        }
    }
}

/// Implements a kind of compound whose parts are numbered.
macro_rules! by_number {
    ($($kind:ident: $method:ident;)*) => {$(
        impl<S: $kind> $kind for Parts<'_, S> {
            type Ok = S::Ok;
            type Error = S::Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
                let written = self.inner.$method(&Checked(value, self.place));
                let number = self.count;
                self.count += 1;
                self.through(written, || format!("[{number}]"))
            }

            fn end(self) -> Result<S::Ok, S::Error> {
                self.inner.end()
            }
        }
    )*};
}

by_number! {
    SerializeSeq: serialize_element;
    SerializeTuple: serialize_element;
    SerializeTupleStruct: serialize_field;
    SerializeTupleVariant: serialize_field;
}

/// Implements a kind of compound whose parts are named.
macro_rules! by_name {
    ($($kind:ident)*) => {$(
        impl<S: $kind> $kind for Parts<'_, S> {
            type Ok = S::Ok;
            type Error = S::Error;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), S::Error> {
                let written = self.inner.serialize_field(name, &Checked(value, self.place));
                self.through(written, || name.to_owned())
            }

            fn end(self) -> Result<S::Ok, S::Error> {
                self.inner.end()
            }
        }
    )*};
}

by_name! { SerializeStruct SerializeStructVariant }

impl<S: SerializeMap> SerializeMap for Parts<'_, S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), S::Error> {
        let written = self.inner.serialize_key(&Checked(key, self.place));
        self.through(written, || "[key]".to_owned())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        let written = self.inner.serialize_value(&Checked(value, self.place));
        let number = self.count;
        self.count += 1;
        self.through(written, || format!("[{number}]"))
    }

    fn serialize_entry<K: Serialize + ?Sized, V: Serialize + ?Sized>(
        &mut self,
        key: &K,
        value: &V,
    ) -> Result<(), S::Error> {
        self.serialize_key(key)?;
        let written = self.inner.serialize_value(&Checked(value, self.place));
        self.through(written, || text_of(key))
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.inner.end()
    }
}
