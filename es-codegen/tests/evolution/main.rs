//! Evolution: what is found where a schema is held against what was published of it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests say what they expect by unwrapping it"
)]

mod cases;
mod command;
mod fixes;
mod generation;
mod lock;
mod samples;

use es_codegen::{
    checked,
    diagnostic::{Diagnostics, Report},
    evolution::{self, Lock, Publication, history::History},
    model::Model,
    source::Source,
};

/// A schema without mistakes.
fn model(source: &Source) -> Model {
    let mut cx = Diagnostics::new();
    let model = checked(&mut cx, source);
    match cx.finish() {
        Ok(_) => model.unwrap(),
        Err(report) => panic!("{}", report.render(source, Default::default())),
    }
}

fn source(name: &str, text: &str) -> Source {
    Source::from_text(name, text).unwrap()
}

fn declared(text: &str) -> History {
    evolution::declared(&model(&source("shop.yaml", text)))
}

/// What is published with a schema, behind what was published before.
fn published(text: &str, before: Option<&Lock>) -> String {
    Publication::of(&declared(text), before).lock
}

/// A lock that is taken in beside a schema.
fn locked(source: &mut Source, text: &str) -> Result<Lock, Report> {
    let mut cx = Diagnostics::new();
    let file = source.add_beside("es.lock", text.to_owned()).unwrap();
    let lock = Lock::read(&mut cx, file);
    cx.finish()?;
    Ok(lock.unwrap())
}

/// What is found where a schema is held against a lock; where the schema has mistakes, those.
fn report(source: &mut Source, lock: &str) -> Report {
    let mut cx = Diagnostics::new();
    let model = checked(&mut cx, source);
    let model = match cx.finish() {
        Ok(_) => model.unwrap(),
        Err(report) => return report,
    };
    let lock = locked(source, lock)
        .unwrap_or_else(|report| panic!("{}", report.render(source, Default::default())));
    let mut cx = Diagnostics::new();
    evolution::check(
        &mut cx,
        &evolution::declared(&model),
        Some(&lock),
        &model.levels,
    );
    match cx.finish() {
        Ok(report) | Err(report) => report,
    }
}
