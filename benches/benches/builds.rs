//! What generating and compiling costs: `cargo bench -p es-benches --bench builds [-- words of the rows to run]`.

use std::hint::black_box;
use std::process::Command;
use std::time::Instant;

use es_benches::package::{Package, ours};
use es_benches::plain::{called, plain};
use es_benches::race::median;
use es_benches::schema::schema;
use es_benches::{cpu, table};
use es_codegen::source::Source;

/// How often each is measured; what takes a minute, once.
const ROUNDS: usize = 3;

const SERDE: &str = "serde = { version = \"1\", features = [\"derive\"] }\n";

const JSON: &str = "serde_json = { version = \"1\", features = [\"float_roundtrip\"] }\n";

const RUSQLITE: &str = "rusqlite = { version = \">=0.39, <0.43\", default-features = false, features = [\"bundled\", \"cache\"] }\n";

fn main() {
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    release();
    table::head();
    let run = |name: &str, row: &dyn Fn(&str)| {
        if wanted.iter().all(|word| name.contains(word.as_str())) {
            row(name);
        }
    };
    run("generate 1,000 events", &|name| generate(name, 1_000, 0.1));
    run("generate 10,000 events", &|name| {
        generate(name, 10_000, 1.0)
    });
    run("build 100 generated events", &|name| {
        build(name, 100, ROUNDS)
    });
    run("build 1,000 generated events", &|name| {
        build(name, 1_000, 1)
    });
    run("hello world on SQLite", &hello);
}

/// Brings the command up to date.
fn release() {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--offline", "--release", "--package", "es-codegen"]);
    let status = cargo.status().expect("cargo");
    assert!(status.success(), "the command is built");
}

/// The library alone, and with everything around it as the command.
fn generate(name: &str, events: usize, reach: f64) {
    let text = schema(events);
    let library = median((0..ROUNDS).map(|_| library(&text)).collect());
    table::at_most(&format!("{name}, library"), library, None, reach);
    let command = median((0..ROUNDS).map(|_| command(&text)).collect());
    table::at_most(&format!("{name}, command"), command, None, reach);
}

fn library(text: &str) -> f64 {
    let begun = Instant::now();
    black_box(compiled(text));
    begun.elapsed().as_secs_f64()
}

fn compiled(text: &str) -> es_codegen::Compiled {
    let source = Source::from_text("warehouse.yaml", text).expect("text");
    es_codegen::compile(&source).expect("a schema without mistakes")
}

/// The CPU time, of which the program of the release that stands in the workspace takes all.
fn command(text: &str) -> f64 {
    let folder = tempfile::tempdir().expect("a folder");
    let schema = folder.path().join("warehouse.yaml");
    std::fs::write(&schema, text).expect("a file");
    let program = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("../release/es-codegen");
    cpu::seconds(Command::new(program).arg("generate").arg(schema))
}

/// A debug build of the crate alone, all its dependencies being built, beside both floors.
fn build(name: &str, events: usize, rounds: usize) {
    let generated = compiled(&schema(events)).generated;
    let target = tempfile::tempdir().expect("a folder");
    let package = |change: &dyn Fn(&str) -> String| {
        let all = generated.files().map(|(file, text)| {
            let root = file == "mod.rs";
            (if root { "lib.rs" } else { file }.to_owned(), change(text))
        });
        let files: Vec<_> = all.collect();
        let dependencies = ours("es-runtime", "es-runtime") + SERDE + JSON;
        Package::new(target.path(), &dependencies, &files)
    };
    let whole = package(&str::to_owned);
    let (derives, json) = (package(&plain), package(&called));
    let measured: Vec<[f64; 3]> = (0..rounds)
        .map(|_| [&whole, &derives, &json].map(Package::build_alone))
        .collect();
    let [whole, derives, json] =
        [0, 1, 2].map(|which| median(measured.iter().map(|round| round[which]).collect()));
    table::at_most(
        &format!("{name}, as serde's derives"),
        whole,
        Some(derives),
        1.1,
    );
    table::at_most(
        &format!("{name}, as the same reading and writing"),
        whole,
        Some(json),
        1.1,
    );
}

fn hello(name: &str) {
    let main = |text: &str| [("main.rs".to_owned(), text.to_owned())];
    let dependencies =
        ours("es-runtime", "es-runtime") + &ours("es-sqlite", "stores/sqlite") + SERDE;
    let targets = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
    let whole = Package::new(
        targets[0].path(),
        &dependencies,
        &main(include_str!("hello/ours.rs")),
    );
    let floor = Package::new(
        targets[1].path(),
        &format!("{SERDE}{RUSQLITE}"),
        &main(include_str!("hello/floor.rs")),
    );
    let more = whole.crates() - floor.crates();
    println!(
        "{name}: {more} crates more, reach 20 {}",
        table::verdict(more <= 20)
    );
    compare(name, || whole.build_all(), || floor.build_all(), 1.3);
}

fn compare(name: &str, ours: impl Fn() -> f64, floor: impl Fn() -> f64, reach: f64) {
    let rounds: Vec<(f64, f64)> = (0..ROUNDS).map(|_| (ours(), floor())).collect();
    let ours = median(rounds.iter().map(|round| round.0).collect());
    let floor = median(rounds.iter().map(|round| round.1).collect());
    table::at_most(name, ours, Some(floor), reach);
}
