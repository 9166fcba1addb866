//! The command line: a thin front end over the library.

mod check;
mod evolved;
mod generate;
mod init;
mod lock;

use clap::{Args, Parser, Subcommand, ValueEnum};
use es_codegen::{
    describe,
    diagnostic::{Code, Report, Style},
    fmt::{self, LaidOut},
    language::json_schema,
    model::json::to_json,
    model_of,
    source::Source,
};
use std::{
    error::Error,
    fs,
    io::{self, IsTerminal, Write as _, stderr, stdout},
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
    Generate(generate::Generate),
    /// Begin a new package: a small domain with scenarios, a build script and a program that runs
    Init(init::Init),
    /// Look for mistakes in a schema, in what became of published events, and in what was generated
    Check(check::Check),
    /// Publish the versions that are new: into es.lock, and a sample of each into the folder history
    Lock(lock::LockArguments),
    /// Lay out the files of a schema: indentation, blank lines and spaces; comments stay
    Fmt {
        #[command(flatten)]
        input: Input,
        /// Write nothing; fail where a file would change
        #[arg(long)]
        check: bool,
    },
    /// Print what a schema says, everything resolved, for other generators
    Model {
        #[command(flatten)]
        input: Input,
        /// As JSON
        #[arg(long, required = true)]
        json: bool,
    },
    /// Print the JSON Schema of schema files, for editors
    Schema,
    /// Say what a code means, with an example and its repair; without a code, list all
    Explain {
        /// The code, `unknown-event` say
        code: Option<String>,
    },
}

/// The schema, and how what is wrong with it is shown.
#[derive(Debug, Args)]
struct Input {
    /// The schema: a file, or a folder of them
    schema: PathBuf,
    /// How diagnostics are shown: as text on standard error, or as a JSON object a line on standard output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Format {
    #[default]
    Text,
    Json,
}

/// Why a run did not end well.
enum Failure {
    /// There is something to be repaired in the schema, or in what was generated from it; it is already shown.
    Mistakes,
    /// The command could not do its work.
    Trouble(Box<dyn Error>),
}

/// Does what the arguments ask for.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let done = match &arguments.verb {
        Verb::Generate(arguments) => generate::run(arguments),
        Verb::Init(arguments) => init::run(arguments),
        Verb::Check(arguments) => check::run(arguments),
        Verb::Lock(arguments) => lock::run(arguments),
        Verb::Fmt { input, check } => lay_out(input, *check),
        Verb::Model { input, json: _ } => print_model(input),
        Verb::Schema => print(&json_schema()),
        Verb::Explain { code } => explain(code.as_deref()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Mistakes) => ExitCode::from(1),
        Err(Failure::Trouble(error)) => {
            eprintln!("error: {}", describe(&*error));
            ExitCode::from(2)
        }
    }
}

fn print_model(Input { schema, format }: &Input) -> Result<(), Failure> {
    let source = Source::load(schema).map_err(trouble)?;
    match model_of(&source) {
        Ok((model, _)) => print(&to_json(&model, source.name())),
        Err(report) => Err(mistakes(&report, &source, *format)),
    }
}

fn lay_out(Input { schema, format }: &Input, check: bool) -> Result<(), Failure> {
    let source = Source::load(schema).map_err(trouble)?;
    let mut changed = Vec::new();
    for file in source.files() {
        match fmt::lay_out(file) {
            Ok(LaidOut { text, is_left, .. }) => {
                if is_left {
                    eprintln!(
                        "warning: `{}` is left as it is: laid out it would say something else",
                        file.name()
                    );
                }
                if text != file.text() {
                    changed.push((file.name(), text));
                }
            }
            Err(report) => return Err(mistakes(&report, &source, *format)),
        }
    }
    for (name, text) in &changed {
        if check {
            eprintln!("error: `{name}` is laid out otherwise");
        } else {
            fs::write(name, text).map_err(|error| {
                Failure::Trouble(format!("cannot write `{name}`: {error}").into())
            })?;
        }
    }
    if check && !changed.is_empty() {
        eprintln!("hint: run `es-codegen fmt {}`", schema.display());
        return Err(Failure::Mistakes);
    }
    Ok(())
}

fn explain(code: Option<&str>) -> Result<(), Failure> {
    let Some(code) = code else {
        let lines = Code::ALL
            .iter()
            .map(|code| format!("{:<26} {}\n", code.as_str(), code.about()));
        return print(&lines.collect::<String>());
    };
    let code: Code = code.parse().map_err(trouble)?;
    let severity = code.severity().as_str();
    let axis = code
        .axis()
        .map_or_else(String::new, |axis| format!("{}: ", axis.as_str()));
    print(&format!(
        "{severity}[{}]: {axis}{}\n\n{}",
        code.as_str(),
        code.about(),
        code.explanation()
    ))
}

fn trouble(error: impl Error + 'static) -> Failure {
    Failure::Trouble(error.into())
}

fn mistakes(report: &Report, source: &Source, format: Format) -> Failure {
    match show(report, source, format) {
        Ok(()) => Failure::Mistakes,
        Err(failure) => failure,
    }
}

fn show(report: &Report, source: &Source, format: Format) -> Result<(), Failure> {
    match format {
        Format::Json => print(&report.to_json(source)),
        Format::Text if report.is_empty() => Ok(()),
        Format::Text => {
            eprintln!("{}", report.render(source, style()));
            Ok(())
        }
    }
}

/// Prints what was asked for; a reader that has seen enough, `head` say, is no trouble.
fn print(text: &str) -> Result<(), Failure> {
    match stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(trouble(error)),
        _ => Ok(()),
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
