//! The command line: a thin front end over the library.

use clap::{Args, Parser, Subcommand};
use es_codegen::{
    WriteError, compare, compile, default_folder, describe,
    diagnostic::{Report, Style},
    model_of,
    source::Source,
    write,
};
use std::{
    error::Error,
    io::{IsTerminal, stderr},
    path::PathBuf,
    process::ExitCode,
};

/// Compiles a domain described in YAML into typed, event-sourced Rust.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Exit status: 0 done, 1 errors in the schema or drift, 2 usage or input and output."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Generate the code of a schema
    Generate(Generate),
    /// Look for mistakes in a schema
    Check {
        /// The schema: a file, or a folder of them
        schema: PathBuf,
    },
}

#[derive(Debug, Args)]
struct Generate {
    /// The schema: a file, or a folder of them
    schema: PathBuf,
    /// Write nothing; fail where the generated code is not what the schema says
    #[arg(long)]
    check: bool,
    /// The folder to generate into [default: src/generated beside the schema]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Why a run did not end well.
enum Failure {
    /// There is something to be repaired in the schema, or in what was generated from it.
    Mistakes(String),
    /// The command could not do its work.
    Trouble(Box<dyn Error>),
}

/// Does what the arguments ask for.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let done = match &arguments.verb {
        Verb::Generate(arguments) => generate(arguments),
        Verb::Check { schema } => load(schema).and_then(|source| {
            let (_, warnings) = model_of(&source).map_err(|report| mistakes(&report, &source))?;
            show(&warnings, &source);
            Ok(())
        }),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Mistakes(text)) => {
            eprintln!("{text}");
            ExitCode::from(1)
        }
        Err(Failure::Trouble(error)) => {
            eprintln!("error: {}", describe(&*error));
            ExitCode::from(2)
        }
    }
}

fn generate(arguments: &Generate) -> Result<(), Failure> {
    let source = load(&arguments.schema)?;
    let compiled = compile(&source).map_err(|report| mistakes(&report, &source))?;
    show(&compiled.warnings, &source);
    let default = default_folder(&arguments.schema);
    let folder = arguments.out.as_ref().unwrap_or(&default);
    if !arguments.check {
        return write(&compiled.generated, folder)
            .map(drop)
            .map_err(refused);
    }
    let drift = compare(&compiled.generated, folder).map_err(refused)?;
    if drift.is_empty() {
        return Ok(());
    }
    let lines: Vec<_> = drift
        .iter()
        .map(|drift| format!("error: {drift}"))
        .collect();
    let hint = format!(
        "hint: run `es-codegen generate {}`",
        arguments.schema.display()
    );
    Err(Failure::Mistakes(format!("{}\n{hint}", lines.join("\n"))))
}

fn load(schema: &std::path::Path) -> Result<Source, Failure> {
    Source::load(schema).map_err(trouble)
}

fn trouble(error: impl Error + 'static) -> Failure {
    Failure::Trouble(error.into())
}

/// An edited file is for the user to repair, as a mistake in the schema is; all else is trouble.
fn refused(error: WriteError) -> Failure {
    match error {
        WriteError::Edited(_) => Failure::Mistakes(format!("error: {}", describe(&error))),
        _ => trouble(error),
    }
}

fn mistakes(report: &Report, source: &Source) -> Failure {
    Failure::Mistakes(report.render(source, style()))
}

fn show(warnings: &Report, source: &Source) {
    if !warnings.is_empty() {
        eprintln!("{}", warnings.render(source, style()));
    }
}

/// Colours are for people, and only for those who have not asked for none.
fn style() -> Style {
    if stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) {
        Style::Coloured
    } else {
        Style::Plain
    }
}
