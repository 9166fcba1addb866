//! What JSON cannot hold so that it reads back the same is refused, with the path of the field, in every position; also
//! what only serde attributes by hand can ask for.

use std::collections::BTreeMap;

use es_kinds::generated::thing::{ThingEvent, commands, events};
use es_kinds::generated::{Anything, EitherF64, EveryF64, ThingId, WrappedF64};
use es_runtime::{
    App, Bytes, CommandId, CommandRecord, Commit, EventSet, EventStore, ExecuteError,
    ExecuteOptions, Fingerprint, MemoryStore, Slice, decode_json, encode_json,
};
use es_tests::draw::{Draw, Source};
use serde::{Deserialize, Serialize};

use super::check;

/// One float in a position of [`EveryF64`], and the path of it there.
type Position = (&'static str, fn(&mut EveryF64, f64));

const POSITIONS: [Position; 16] = [
    ("alone", |every, float| every.alone = float),
    ("maybe", |every, float| every.maybe = Some(float)),
    ("unsaid", |every, float| every.unsaid = Some(Some(float))),
    ("list[2]", |every, float| every.list = vec![0.0, 1.0, float]),
    ("maybes[1]", |every, float| {
        every.maybes = vec![None, Some(float)]
    }),
    ("values.a.b \"c\"", |every, float| {
        every.values = [("0".to_owned(), 1.0), ("a.b \"c\"".to_owned(), float)].into();
    }),
    ("boxed", |every, float| *every.boxed = float),
    ("maybe_boxed", |every, float| {
        every.maybe_boxed = Some(Box::new(float))
    }),
    ("wrapped", |every, float| every.wrapped = float.into()),
    ("wrapped_maybe", |every, float| {
        every.wrapped_maybe = Some(float.into())
    }),
    ("wrapped_unsaid", |every, float| {
        every.wrapped_unsaid = Some(Some(float.into()))
    }),
    ("wrapped_list[0]", |every, float| {
        every.wrapped_list = vec![WrappedF64::from(float)]
    }),
    ("either.One.value", |every, float| {
        every.either = EitherF64::One { value: float }
    }),
    ("eithers[1].Several.values[0]", |every, float| {
        every.eithers = vec![EitherF64::Nothing {}, several(vec![float], None, None)];
    }),
    ("either.Several.maybe", |every, float| {
        every.either = several(vec![], Some(float), None)
    }),
    ("either.Several.unsaid", |every, float| {
        every.either = several(vec![], None, Some(Some(float)));
    }),
];

fn several(values: Vec<f64>, maybe: Option<f64>, unsaid: Option<Option<f64>>) -> EitherF64 {
    EitherF64::Several {
        values,
        maybe,
        unsaid,
    }
}

#[tokio::test]
async fn a_float_that_is_no_number_is_refused_with_its_path_wherever_it_stands() {
    let app = App::new(MemoryStore::new());
    let id = ThingId::from("one");
    app.execute(&id, commands::Begin {}).await.unwrap();
    for (path, place) in POSITIONS {
        for float in [f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let mut every = EveryF64::draw(&mut Source::new(&[]));
            place(&mut every, float);
            let command = commands::Hold {
                what: Anything::F64 { every },
            };
            let message = |name| {
                format!(
                    "`{name}` cannot be stored at `what.F64.every.{path}`: {float} is not a finite number"
                )
            };
            let error = app.execute(&id, command.clone()).await.unwrap_err();
            assert!(matches!(error, ExecuteError::Unstorable(_)));
            assert_eq!(error.to_string(), message("Held"));
            // With an id the command itself would be stored too.
            let options = ExecuteOptions::new().command_id(CommandId::from_name(path));
            let error = app.execute_with(&id, command, options).await.unwrap_err();
            assert_eq!(error.to_string(), message("Hold"));
        }
    }
    // Nothing was stored, and the aggregate goes on.
    for (_, place) in POSITIONS {
        let mut every = EveryF64::draw(&mut Source::new(&[]));
        place(&mut every, f64::MAX);
        let what = Anything::F64 { every };
        app.execute(&id, commands::Hold { what }).await.unwrap();
    }
    let trail = app
        .history::<es_kinds::generated::Thing>(&id, Slice::after(None, 100))
        .await;
    assert_eq!(trail.unwrap().len(), 1 + POSITIONS.len());
}

#[tokio::test]
async fn a_command_that_is_too_large_to_be_kept_is_refused_like_an_event() {
    let app = App::new(MemoryStore::new());
    let id = ThingId::from("one");
    app.execute(&id, commands::Begin {}).await.unwrap();
    let mut said = events::Said::draw(&mut Source::new(&[]));
    said.maybe_text = Some("a".repeat(16 * 1024 * 1024));
    let say = |said: &events::Said| -> commands::Say {
        decode_json(&encode_json(said).unwrap()).unwrap()
    };
    let error = app.execute(&id, say(&said)).await.unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("the commit is refused: the body of event `Said` has 16"),
        "{error}"
    );
    // The command itself is kept where it has an id.
    let commit = Commit {
        command: Some(CommandRecord {
            id: CommandId::from_name("large"),
            name: "Say".into(),
            fingerprint: Fingerprint::of(&[]),
            body: vec![b' '; 16 * 1024 * 1024 + 1],
        }),
        ..Commit::default()
    };
    let error = app.store().append(commit).await.unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("the commit is refused: the body of command `Say` has 16"),
        "{error}"
    );
    app.execute(&id, say(&events::Said::draw(&mut Source::new(&[]))))
        .await
        .unwrap();
}

/// What is written by hand and cannot be read back is refused; as `path` says.
#[track_caller]
fn check_refused<T: Serialize>(value: &T, path: &str, reason: &str) {
    let error = encode_json(value).unwrap_err();
    assert_eq!(error.path(), Some(path));
    assert!(error.to_string().contains(reason), "{error}");
}

const LOST: &str = "would be read back as `None`";

/// Options in options, without the attribute that tells them apart.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Plain {
    note: Option<Option<String>>,
    items: Vec<Option<Option<u8>>>,
    unit: Option<()>,
    nothing: Option<Nothing>,
    wrapped: Option<Wrapped>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Nothing;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Wrapped(Option<u8>);

fn plain() -> Plain {
    Plain {
        note: None,
        items: vec![],
        unit: None,
        nothing: None,
        wrapped: None,
    }
}

#[test]
fn a_some_that_would_be_read_back_as_none_is_refused() {
    check(&Plain {
        note: Some(Some("a".to_owned())),
        items: vec![None, Some(Some(1))],
        wrapped: Some(Wrapped(Some(1))),
        ..plain()
    });
    check_refused(
        &Plain {
            note: Some(None),
            ..plain()
        },
        "note",
        LOST,
    );
    check_refused(
        &Plain {
            items: vec![None, Some(None)],
            ..plain()
        },
        "items[1]",
        LOST,
    );
    check_refused(
        &Plain {
            unit: Some(()),
            ..plain()
        },
        "unit",
        LOST,
    );
    check_refused(
        &Plain {
            nothing: Some(Nothing),
            ..plain()
        },
        "nothing",
        LOST,
    );
    check_refused(
        &Plain {
            wrapped: Some(Wrapped(None)),
            ..plain()
        },
        "wrapped",
        LOST,
    );
}

/// The attribute, but not all of it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Half {
    #[serde(default, with = "es_runtime::double_option")]
    note: Option<Option<u8>>,
}

/// Three options one in another.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Three {
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "es_runtime::double_option"
    )]
    note: Option<Option<Option<u8>>>,
}

#[test]
fn an_option_in_an_option_is_refused_where_its_attributes_would_lose_it() {
    check(&Half { note: Some(None) });
    check_refused(&Half { note: None }, "note", "skip_serializing_if");
    check(&Three { note: Some(None) });
    check(&Three {
        note: Some(Some(Some(1))),
    });
    check_refused(
        &Three {
            note: Some(Some(None)),
        },
        "note",
        LOST,
    );
}

/// Everything that serde has beside what schemas have.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct ByHand {
    tuple: (u8, String, Option<i128>),
    array: [u16; 3],
    letter: char,
    unit: (),
    nothing: Nothing,
    single: f32,
    variants: Vec<Variants>,
    by_letter: BTreeMap<char, u8>,
    by_variant: BTreeMap<Key, u8>,
    #[serde(flatten)]
    flat: Flat,
    #[serde(flatten)]
    rest: BTreeMap<String, Bytes>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Flat {
    flat_number: u64,
    flat_float: f64,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Key {
    A,
    #[serde(rename = "b \"c\"")]
    B,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Variants {
    Unit,
    Newtype(f64),
    Tuple(u8, f64),
    Struct { float: f64 },
    Inside(Inside),
    Adjacent(Adjacent),
    Either(Either),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Inside {
    Unit,
    Struct { float: f64 },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "of")]
enum Adjacent {
    Unit,
    Newtype(f64),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Either {
    Number(f64),
    Text(String),
}

fn by_hand() -> ByHand {
    ByHand {
        tuple: (255, "é".to_owned(), Some(i128::MIN)),
        array: [0, 1, u16::MAX],
        letter: '\0',
        unit: (),
        nothing: Nothing,
        single: f32::MIN_POSITIVE,
        variants: vec![
            Variants::Unit,
            Variants::Newtype(-0.0),
            Variants::Tuple(1, 5e-324),
            Variants::Struct { float: 0.1 },
            Variants::Inside(Inside::Unit),
            Variants::Inside(Inside::Struct { float: -0.0 }),
            Variants::Adjacent(Adjacent::Unit),
            Variants::Adjacent(Adjacent::Newtype(0.1)),
            Variants::Either(Either::Number(5e-324)),
            Variants::Either(Either::Text("0".to_owned())),
        ],
        by_letter: [('"', 1), ('é', 2)].into(),
        by_variant: [(Key::A, 1), (Key::B, 2)].into(),
        flat: Flat {
            flat_number: u64::MAX,
            flat_float: 0.1,
        },
        rest: [("more".to_owned(), vec![0, 255].into())].into(),
    }
}

#[test]
fn whatever_serde_writes_reads_back() {
    check(&by_hand());
}

#[test]
fn whatever_serde_writes_is_refused_with_its_path_where_it_holds_no_number() {
    let spoilt = |spoil: &dyn Fn(&mut ByHand)| {
        let mut value = by_hand();
        spoil(&mut value);
        value
    };
    let check = |path: &str, spoil: &dyn Fn(&mut ByHand)| {
        check_refused(&spoilt(spoil), path, "is not a finite number");
    };
    check("single", &|value| value.single = f32::NAN);
    check("flat_float", &|value| value.flat.flat_float = f64::NAN);
    let last = |path: &str, variant: fn(f64) -> Variants| {
        check(path, &|value| value.variants = vec![variant(f64::INFINITY)]);
    };
    last("variants[0].Newtype", Variants::Newtype);
    last("variants[0].Tuple[1]", |float| Variants::Tuple(0, float));
    last("variants[0].Struct.float", |float| Variants::Struct {
        float,
    });
    last("variants[0].Inside.float", |float| {
        Variants::Inside(Inside::Struct { float })
    });
    last("variants[0].Adjacent.of", |float| {
        Variants::Adjacent(Adjacent::Newtype(float))
    });
    last("variants[0].Either", |float| {
        Variants::Either(Either::Number(float))
    });
}

#[test]
fn a_map_key_that_is_no_text_is_refused() {
    check_refused(
        &BTreeMap::from([((1, 2), 3)]),
        "[key]",
        "key must be a string",
    );
    check_refused(
        &BTreeMap::from([(Some(1), 2), (None, 3)]),
        "[key]",
        "key must be a string",
    );
    check_refused(
        &BTreeMap::from([("a", BTreeMap::from([(vec![1], 2)]))]),
        "a[key]",
        "key must be",
    );
}

#[test]
fn an_event_names_itself_where_it_is_refused() {
    let mut said = events::Said::draw(&mut Source::new(&[]));
    said.unsaid_f64 = Some(Some(f64::NAN));
    let error = ThingEvent::from(said).encode().unwrap_err();
    assert_eq!(
        error.to_string(),
        "`Said` cannot be stored at `unsaid_f64`: NaN is not a finite number"
    );
}
