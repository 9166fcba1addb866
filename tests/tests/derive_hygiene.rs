//! Expansions hold wherever they land: where names of std are taken, without a prelude, under another path of es-runtime.

/// Everything that an expansion could be tempted to call by its short name means something else here.
mod where_names_are_taken {
    #![allow(
        dead_code,
        non_camel_case_types,
        unused_macros,
        reason = "only the names matter"
    )]

    use es_runtime::{Aggregate, Command, Event, Id, Value};
    use serde::{Deserialize as De, Serialize as Ser};

    mod alloc {}
    mod core {}
    mod std {}
    struct Box;
    struct Err;
    struct None;
    struct Ok;
    struct Option;
    struct Result;
    struct Some;
    struct String;
    struct Vec;
    struct bool;
    struct str;
    struct u8;
    struct usize;
    trait Add {}
    trait AsRef {}
    trait Clone {}
    trait Copy {}
    trait Debug {}
    trait Deserialize {}
    trait Display {}
    trait Eq {}
    trait From {}
    trait FromStr {}
    trait Hash {}
    trait Into {}
    trait Iterator {}
    trait Ord {}
    trait PartialEq {}
    trait Send {}
    trait Serialize {}
    trait Sum {}
    trait Sync {}
    macro_rules! assert {
        () => {};
    }
    macro_rules! unreachable {
        () => {};
    }

    #[derive(Aggregate)]
    #[aggregate(
        name = "lamp",
        id = LampId,
        events(Bought: create, Sold, Lent: retired, Swapped: split),
        commands(Buy: new, Sell),
        error = ::std::convert::Infallible,
        snapshot(every = 1),
    )]
    #[derive(Clone_)]
    struct Lamp;

    #[derive(Id)]
    struct LampId(::std::string::String);

    #[derive(Event)]
    #[event(name = "bought", tags(dealer, day = event.day + 1))]
    struct Bought {
        dealer: ::std::option::Option<Dealer>,
        day: i32,
    }

    #[derive(Event)]
    #[event(name = "sold", version = 3, reads_as = 1, from(SoldV2), was("gone"))]
    struct Sold {}

    #[derive(Event)]
    #[event(name = "sold", version = 2, from(SoldV1), earlier)]
    struct SoldV2 {}

    #[derive(Event)]
    #[event(name = "sold", version = 1)]
    struct SoldV1 {}

    #[derive(Event)]
    #[event(name = "lent")]
    struct Lent {}

    #[derive(Event)]
    #[event(name = "swapped")]
    struct Swapped {}

    impl ::es_runtime::Upcast<SoldV1> for SoldV2 {
        fn upcast(_: SoldV1, _: &::es_runtime::EventContext<'_>) -> Self {
            Self {}
        }
    }

    impl ::es_runtime::Upcast<SoldV2> for Sold {
        fn upcast(_: SoldV2, _: &::es_runtime::EventContext<'_>) -> Self {
            Self {}
        }
    }

    impl ::es_runtime::Split<Lamp> for Swapped {
        fn split(_: Self, _: &::es_runtime::EventContext<'_>) -> ::std::vec::Vec<LampEvent> {
            ::std::vec::Vec::new()
        }
    }

    #[derive(Clone_, Command)]
    #[command(emits(Bought))]
    struct Buy;

    #[derive(Clone_, Command)]
    #[command(emits(Sold))]
    struct Sell {
        #[command(check)]
        lamps: Lamps,
    }

    #[derive(Value)]
    #[value(text, check = !value.is_empty())]
    struct Dealer(::std::string::String);

    #[derive(Clone_, Copy_, Value)]
    #[value(number)]
    struct Watt(i64);

    #[derive(Clone_, Value)]
    enum Lamps {
        None,
        Pair(#[value(check)] Watt, #[value(check)] Watt),
    }

    #[derive(Value)]
    enum Colour {
        Red,
        Some,
        Ok,
    }

    // serde's own expansions say `bool` and `str`, which mean something else here.
    macro_rules! written_as_nothing {
        ($($ty:ident $made:expr;)*) => {$(
            impl Ser for $ty {
                fn serialize<S: ::serde::Serializer>(
                    &self,
                    serializer: S,
                ) -> ::std::result::Result<S::Ok, S::Error> {
                    serializer.serialize_unit()
                }
            }

            impl<'de> De<'de> for $ty {
                fn deserialize<D: ::serde::Deserializer<'de>>(
                    deserializer: D,
                ) -> ::std::result::Result<Self, D::Error> {
                    <() as De>::deserialize(deserializer).map(|()| $made)
                }
            }
        )*};
    }

    written_as_nothing! {
        Bought Bought { dealer: ::std::option::Option::None, day: 0 };
        Sold Sold {};
        SoldV2 SoldV2 {};
        SoldV1 SoldV1 {};
        Lent Lent {};
        Swapped Swapped {};
        Lamp Lamp;
        Buy Buy;
        Sell Sell { lamps: Lamps::None };
    }

    use ::std::clone::Clone as Clone_;
    use ::std::marker::Copy as Copy_;

    impl ::es_runtime::Create<Bought> for Lamp {
        fn create(_: Bought) -> Self {
            Self
        }
    }

    impl ::es_runtime::Apply<Sold> for Lamp {
        fn apply(&mut self, _: Sold) {}
    }

    type Granted<C> = ::std::result::Result<::es_runtime::Emit<C>, ::std::convert::Infallible>;

    impl ::es_runtime::HandleNew<Buy> for Lamp {
        fn handle_new(_: Buy, _: &::es_runtime::Context<Self>) -> Granted<Buy> {
            let dealer = ::std::option::Option::Some(Dealer::from("Ada"));
            Granted::Ok(::es_runtime::emit(Bought { dealer, day: 1 }))
        }
    }

    impl ::es_runtime::Handle<Sell> for Lamp {
        fn handle(&self, _: Sell, _: &::es_runtime::Context<Self>) -> Granted<Sell> {
            Granted::Ok(::es_runtime::emit(Sold {}))
        }
    }

    pub(super) fn tags() -> ::std::vec::Vec<::es_runtime::Tag> {
        let dealer = ::std::option::Option::Some(Dealer::from("Ada"));
        Bought { dealer, day: 1 }.tags()
    }
}

#[test]
fn names_that_are_taken_are_not_used() {
    assert_eq!(
        where_names_are_taken::tags(),
        ["dealer:Ada".into(), "day:2".into()]
    );
}

/// Rows are called as what an expansion is made of, and so are their columns.
mod rows_of_names_that_are_taken {
    #![allow(
        dead_code,
        clippy::upper_case_acronyms,
        reason = "only the names matter, and one is that of a constant"
    )]

    use super::without_a_prelude::{Bought, Lamp, LampId, Switched};
    use ::serde::{Deserialize, Serialize};

    macro_rules! rows {
        ($($row:ident)*) => {$(
            #[derive(Clone, ::es_runtime::Projection, Deserialize, Serialize)]
            #[projection(
                name = "rows", // Each of another type.
                key(r#type),
                index(__rows, r#type),
                index(__row),
                index(find, filter, is),
                index(row),
                events(Bought in Lamp: insert, Switched: delete),
            )]
            pub(super) struct $row {
                pub(super) r#type: LampId,
                pub(super) __rows: u8,
                pub(super) __row: u8,
                pub(super) row: u8,
                pub(super) find: u8,
                pub(super) filter: ::std::option::Option<u8>,
                pub(super) is: ::std::string::String,
            }

            impl ::es_runtime::Insert<Bought> for $row {
                fn insert(r#type: LampId, _: Bought, _: &::es_runtime::EventContext<'_>) -> Self {
                    Self {
                        r#type,
                        __rows: 0,
                        __row: 0,
                        row: 0,
                        find: 0,
                        filter: ::std::option::Option::None,
                        is: ::std::string::String::new(),
                    }
                }
            }
        )*};
    }

    rows!(Projection Option Result Some None Ok Err Rows EventContext ProjectError OnError);
    rows!(Find Filter Column Columns Order Self_ COLUMNS);
}

#[test]
fn rows_may_be_called_as_what_the_expansion_is_made_of() {
    use es_runtime::Projection;
    use rows_of_names_that_are_taken as rows;

    let description = rows::Result::description();
    assert_eq!(description.key, ["type"]);
    assert_eq!(description.indexes[0], ["__rows", "type"]);
    let _ = rows::Find::find_by___rows_and_type(&1, &7.into());
    let _ = rows::Column::find_by___row(&1).filter(|row| row.__row.is_not(2));
    let _ = rows::Order::find_by_row(&1).order_by(|row| row.row.descending());
    let found = rows::Filter::find_by_find_and_filter_and_is(&1, &None, &"x".to_owned());
    let _ = found.filter(|row| row.is.is_not("y".to_owned()));
}

/// Rows that nobody else may see, of types that nobody else may see, without a warning.
mod rows_that_are_private {
    #![deny(warnings)]

    use super::without_a_prelude::{Bought, Lamp, LampId};
    use es_runtime::{At, EventContext, Insert, Projection, Value};
    use serde::{Deserialize, Serialize};

    #[derive(Clone, Serialize, Deserialize, Value)]
    #[serde(transparent)]
    struct Private(String);

    #[derive(Clone, Serialize, Deserialize, Projection)]
    #[projection(name = "hidden", key(lamp), index(owner), index(__by), events(Bought in Lamp: insert))]
    struct Hidden {
        lamp: LampId,
        owner: Private,
        __by: Option<Private>,
    }

    impl Insert<Bought> for Hidden {
        fn insert(lamp: LampId, _: Bought, _: &EventContext<'_>) -> Self {
            let owner = Private("Ada".to_owned());
            Self {
                lamp,
                owner,
                __by: None,
            }
        }
    }

    #[derive(Clone, Serialize, Deserialize, Projection)]
    #[projection(name = "shown", key(lamp), index(owner), events(Bought in Lamp: insert(at)))]
    pub struct Shown {
        pub lamp: u64,
        owner: Private,
    }

    impl At<Bought> for Shown {
        fn at(_: &Bought, _: &EventContext<'_>) -> u64 {
            7
        }
    }

    impl Insert<Bought> for Shown {
        fn insert(lamp: u64, _: Bought, _: &EventContext<'_>) -> Self {
            let owner = Private("Ada".to_owned());
            Self { lamp, owner }
        }
    }

    pub(super) fn columns() -> [usize; 2] {
        let columns =
            |description: es_runtime::describe::RowsDescription| description.indexes.len();
        [
            columns(Hidden::description()),
            columns(Shown::description()),
        ]
    }
}

#[test]
fn private_rows_of_private_types_need_no_lint_to_be_allowed() {
    assert_eq!(rows_that_are_private::columns(), [2, 1]);
}

/// Where everything has a method of that name, that of a column is called.
mod where_methods_are_taken {
    use super::without_a_prelude::{Bought, Lamp, LampId};
    use es_runtime::{EventContext, Insert, Projection};
    use serde::{Deserialize, Serialize};

    trait Is: Sized {
        fn is<T>(self, _: T) {}
    }

    impl<T> Is for T {}

    #[derive(Clone, Serialize, Deserialize, Projection)]
    #[projection(name = "taken", key(lamp), index(owner), events(Bought in Lamp: insert))]
    pub(super) struct Taken {
        lamp: LampId,
        pub(super) owner: String,
    }

    impl Insert<Bought> for Taken {
        fn insert(lamp: LampId, _: Bought, _: &EventContext<'_>) -> Self {
            let owner = "Ada".to_owned();
            owner.as_str().is(&lamp);
            Self { lamp, owner }
        }
    }
}

#[test]
fn methods_that_are_taken_are_not_used() {
    let owner = "Ada".to_owned();
    let found = where_methods_are_taken::Taken::find_by_owner(&owner);
    let told = format!("{found:?}");
    assert!(told.contains(r#"Is(Text("Ada"))"#), "{told}");
}

#[no_implicit_prelude]
mod without_a_prelude {
    use ::es_runtime::{Aggregate, Apply, Command, Create, Event, Handle, Id, Projection, Value};
    use ::serde::{Deserialize, Serialize};
    use ::std::clone::Clone;
    use ::std::convert::Infallible;
    use ::std::result::Result;

    #[derive(Aggregate)]
    #[aggregate(
        name = "lamp",
        id = LampId,
        events(Bought: create, Switched),
        commands(Switch),
        error = Infallible,
    )]
    pub(super) struct Lamp;

    #[derive(Id)]
    pub(super) struct LampId(u64);

    #[derive(Event, Serialize, Deserialize)]
    #[event(name = "bought", tags(colour))]
    pub(super) struct Bought {
        colour: Colour,
    }

    #[derive(Event, Serialize, Deserialize)]
    #[event(name = "switched")]
    pub(super) struct Switched {}

    #[derive(Clone, Command, Serialize)]
    #[command(emits(Switched))]
    pub(super) struct Switch {}

    #[derive(Serialize, Deserialize, Value)]
    pub(super) enum Colour {
        Red,
        Green,
    }

    #[derive(Value)]
    #[value(number)]
    pub(super) struct Watt(u32);

    #[derive(Clone, Deserialize, Projection, Serialize)]
    #[projection(name = "switches", key(lamp, by), events(Switched: rows))]
    pub(super) struct Switches {
        pub(super) lamp: LampId,
        pub(super) by: u32,
    }

    impl ::es_runtime::ProjectRows<Switched> for Switches {
        fn project_rows(
            _: &mut ::es_runtime::Rows<'_, Self>,
            _: Switched,
            _: &::es_runtime::EventContext<'_>,
        ) -> Result<(), ::es_runtime::RowError> {
            Result::Ok(())
        }
    }

    impl Create<Bought> for Lamp {
        fn create(_: Bought) -> Self {
            Self
        }
    }

    impl Apply<Switched> for Lamp {
        fn apply(&mut self, _: Switched) {}
    }

    impl Handle<Switch> for Lamp {
        fn handle(
            &self,
            _: Switch,
            _: &::es_runtime::Context<Self>,
        ) -> Result<::es_runtime::Emit<Switch>, Infallible> {
            Result::Ok(::es_runtime::emit(Switched {}))
        }
    }
}

#[test]
fn no_prelude_is_needed() {
    use es_runtime::{EventSet, Projection};
    let (lamp, by) = (7.into(), 1);
    assert_eq!(
        without_a_prelude::Switches { lamp, by }.key(),
        (7.into(), 1)
    );
    assert_eq!(without_a_prelude::LampEvent::NAMES, ["bought", "switched"]);
    assert_eq!(without_a_prelude::Watt::ZERO.to_string(), "0");
    assert_eq!(without_a_prelude::Colour::ALL.len(), ["Red", "Green"].len());
}

/// As in an application that depends on a framework of its own, which brings es-runtime in.
mod framework {
    pub(crate) mod deep {
        pub(crate) use es_runtime as es;
    }
}

mod under_another_path {
    use super::framework::deep::es::{self, Create, Event};
    use serde::{Deserialize, Serialize};

    #[derive(es::Aggregate)]
    #[aggregate(
        crate = crate::framework::deep::es,
        name = "lamp",
        id = LampId,
        events(Bought: create, Lent: retired, Swapped: split),
        commands(Buy: new),
        error = std::fmt::Error,
    )]
    pub(super) struct Lamp;

    #[derive(es::Id)]
    #[id(crate = crate::framework::deep::es)]
    pub(super) struct LampId(u64);

    #[derive(es::Event, Serialize, Deserialize)]
    #[event(crate = crate::framework::deep::es, name = "bought", version = 2, from(BoughtV1), tags(watt))]
    pub(super) struct Bought {
        pub(super) watt: Watt,
    }

    #[derive(es::Event, Serialize, Deserialize)]
    #[event(crate = crate::framework::deep::es, name = "bought", version = 1)]
    pub(super) struct BoughtV1 {}

    #[derive(es::Event, Serialize, Deserialize)]
    #[event(crate = crate::framework::deep::es, name = "lent")]
    pub(super) struct Lent {}

    #[derive(es::Event, Serialize, Deserialize)]
    #[event(crate = crate::framework::deep::es, name = "swapped")]
    pub(super) struct Swapped {}

    impl es::Upcast<BoughtV1> for Bought {
        fn upcast(_: BoughtV1, _: &es::EventContext<'_>) -> Self {
            let watt = Watt::new(60_u32);
            Self { watt }
        }
    }

    impl es::Split<Lamp> for Swapped {
        fn split(_: Self, _: &es::EventContext<'_>) -> Vec<LampEvent> {
            Vec::new()
        }
    }

    #[derive(Clone, es::Command, Serialize)]
    #[command(crate = crate::framework::deep::es, emits(Bought))]
    pub(super) struct Buy;

    #[derive(Serialize, Deserialize, es::Value)]
    #[value(crate = crate::framework::deep::es, number)]
    pub(super) struct Watt(u32);

    impl Create<Bought> for Lamp {
        fn create(_: Bought) -> Self {
            Self
        }
    }

    impl es::HandleNew<Buy> for Lamp {
        fn handle_new(_: Buy, _: &es::Context<Self>) -> Result<es::Emit<Buy>, std::fmt::Error> {
            let watt = Watt::new(40_u32);
            Ok(es::emit(Bought { watt }))
        }
    }

    #[derive(Clone, es::Projection, Serialize, Deserialize)]
    #[projection(crate = crate::framework::deep::es, name = "lamps", key(lamp), events(Bought: upsert(at)))]
    pub(super) struct Lamps {
        pub(super) lamp: u64,
    }

    impl es::At<Bought> for Lamps {
        fn at(_: &Bought, cx: &es::EventContext<'_>) -> u64 {
            cx.id()
        }
    }

    impl es::NewRow<Bought> for Lamps {
        fn new_row(lamp: u64, _: &Bought, _: &es::EventContext<'_>) -> Self {
            Self { lamp }
        }
    }

    impl es::Project<Bought> for Lamps {
        fn project(&mut self, _: Bought, _: &es::EventContext<'_>) {}
    }

    pub(super) fn tags() -> Vec<es::Tag> {
        let watt = Watt::ZERO + Watt::new(40_u32);
        Bought { watt }.tags()
    }
}

#[test]
fn the_path_of_the_runtime_can_be_given() {
    use framework::deep::es::Projection;
    assert_eq!(under_another_path::tags(), ["watt:40".into()]);
    assert_eq!(under_another_path::Lamps { lamp: 7 }.key(), 7);
}
