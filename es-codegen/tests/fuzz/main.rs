//! Whatever is read: no panic, and what is generated is Rust.
//!
//! Found inputs are kept: bolero runs `__fuzz__/*/corpus` and `__fuzz__/*/crashes` again in every test run, and those that
//! a person can read stand in `found`. How long it searches beside that is up to `BOLERO_RANDOM_TEST_TIME_MS`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_possible_truncation,
    reason = "tests say what they expect by unwrapping it"
)]

mod edit;
mod seeds;

use edit::Edit;
use es_codegen::{
    Compiled, compile, compile_model,
    diagnostic::Diagnostics,
    evolution::{Lock, Publication, check, declared, samples},
    fmt::fmt,
    model::{Model, json::to_json},
    source::Source,
};
use std::{fs, path::Path};

#[test]
fn bytes_are_refused_or_become_rust() {
    bolero::check!().for_each(|bytes: &[u8]| {
        if let Ok(text) = str::from_utf8(bytes) {
            hold(text);
        }
    });
}

#[test]
fn edited_schemas_are_refused_or_become_rust() {
    let seeds = seeds::all();
    bolero::check!()
        .with_type::<(u8, Vec<Edit>)>()
        .for_each(|(seed, edits)| hold(&edit::edited(&seeds, *seed, edits)));
}

#[test]
fn what_was_found_is_refused_or_becomes_rust() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/found");
    for entry in fs::read_dir(folder).unwrap() {
        hold(&fs::read_to_string(entry.unwrap().path()).unwrap());
    }
}

#[test]
fn the_seeds_are_right() {
    for text in seeds::all() {
        let source = Source::from_text("seed.yaml", text).unwrap();
        if let Err(report) = compile(&source) {
            panic!("{}", report.render(&source, Default::default()));
        }
    }
}

/// A search that is stopped by the reader again and again would find nothing behind it.
#[test]
fn many_edited_schemas_are_right() {
    let seeds = seeds::all();
    let mut state = 1_u64;
    let mut number = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 40) as u16
    };
    let is_right = |text: String| {
        let source = Source::from_text("fuzz.yaml", text).unwrap();
        compile(&source).is_ok()
    };
    let right = (0..200).filter(|_| {
        let edits: Vec<Edit> = (0..12)
            .map(|_| (number() as u8, number(), number(), number()))
            .collect();
        is_right(edit::edited(&seeds, number() as u8, &edits))
    });
    let right = right.count();
    assert!(right >= 12, "{right} of 200");
}

/// What holds of every text.
fn hold(text: &str) {
    let source = Source::from_text("fuzz.yaml", text).unwrap();
    match compile(&source) {
        Ok(compiled) => {
            is_rust(&compiled);
            says_the_same_as_its_model(&compiled);
            stays_the_same_laid_out(&source, &compiled);
            is_what_was_published_of_it(&compiled.model);
        }
        Err(report) => {
            assert!(report.errors() > 0);
            assert!(!report.render(&source, Default::default()).is_empty());
            let lines = report.to_json(&source);
            assert_eq!(lines.lines().count(), report.diagnostics().len());
        }
    }
}

fn is_rust(compiled: &Compiled) {
    for (name, text) in compiled.generated.files() {
        if let Err(error) = syn::parse_file(text) {
            let place = error.span().start();
            panic!(
                "{name}:{}:{}: {error}\n{text}",
                place.line,
                place.column + 1
            );
        }
    }
}

fn says_the_same_as_its_model(compiled: &Compiled) {
    let json = to_json(&compiled.model, "fuzz.yaml");
    match compile_model(&json) {
        Ok(again) => assert_eq!(again.generated, compiled.generated),
        Err(error) => panic!("{}\n{json}", es_codegen::describe(&error)),
    }
}

fn stays_the_same_laid_out(source: &Source, compiled: &Compiled) {
    let text = fmt(&source.files()[0]).expect("it was read before");
    let source = Source::from_text("fuzz.yaml", text).unwrap();
    let again = compile(&source).expect("laid out it is as right");
    assert_eq!(again.generated, compiled.generated);
}

/// What a schema publishes is read back, and the schema is held against it without a finding that stops it.
fn is_what_was_published_of_it(model: &Model) {
    let declared = declared(model);
    let publication = Publication::of(&declared, None);
    let events = publication
        .history
        .aggregates
        .iter()
        .flat_map(|it| &it.events);
    let shapes = events.flat_map(|event| &event.versions);
    let shapes = shapes.filter(|version| version.fields.is_some()).count();
    assert!(samples(&publication.history).len() <= shapes);
    let mut source = Source::from_text("fuzz.yaml", "").unwrap();
    let mut cx = Diagnostics::new();
    let file = source.add_beside("es.lock", publication.lock.clone());
    let lock = Lock::read(&mut cx, file.unwrap());
    let Some(lock) = lock else {
        let report = cx.finish().expect_err("it says why it cannot be read");
        panic!(
            "{}\n{}",
            report.render(&source, Default::default()),
            publication.lock
        );
    };
    let again = Publication::of(&declared, Some(&lock));
    assert_eq!(again.lock, publication.lock);
    assert_eq!(again.published, []);
    // What is said of rules may be said of one that there is not.
    let aggregates = model.aggregates.iter();
    let events = aggregates.flat_map(|it| &it.events);
    let accepts = !model.levels.is_empty()
        || model.types.iter().any(|it| !it.allow.is_empty())
        || model.aggregates.iter().any(|it| !it.allow.is_empty())
        || events.into_iter().any(|it| !it.allow.is_empty());
    if !accepts {
        check(&mut cx, &declared, Some(&lock), &[]);
        if let Err(report) = cx.finish() {
            panic!(
                "{}\n{}",
                report.render(&source, Default::default()),
                publication.lock
            );
        }
    }
}
