//! `es-codegen generate`: writes the code of a schema, or compares it with what is there.

use super::{Failure, Format, Input, mistakes, print, show, trouble};
use clap::Args;
use es_codegen::{
    Compiled, Generated, Scaffold, StubFile, WriteError, compare, compile_at, compile_model,
    default_folder, describe, source::read_text, write,
};
use std::{
    mem::ManuallyDrop,
    path::{Path, PathBuf},
};

#[derive(Debug, Args)]
pub(super) struct Generate {
    #[command(flatten)]
    input: Input,
    /// Write nothing; fail where the generated code is not what the schema says
    #[arg(long)]
    check: bool,
    /// Also write stubs for the rules by hand that the package lacks; no file that exists is changed
    #[arg(long, conflicts_with = "check")]
    scaffold: bool,
    /// The schema is a model, as `es-codegen model --json` prints it
    #[arg(long)]
    from_model: bool,
    /// The folder to generate into [default: src/generated beside the schema]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// The largest model that is read, in bytes: it says in full what a schema leaves unsaid.
const MODEL_LIMIT: u64 = 64 * 1024 * 1024;

pub(super) fn run(arguments: &Generate) -> Result<(), Failure> {
    let Input { schema, format } = &arguments.input;
    let default = default_folder(schema);
    let folder = arguments.out.as_ref().unwrap_or(&default);
    let compiled = if arguments.from_model {
        from_model(schema)?
    } else {
        from_schema(schema, folder, *format)?
    };
    // The process ends with this command; to take a large model apart first would only make it wait.
    let compiled = ManuallyDrop::new(compiled);
    if arguments.check {
        return drifts(&compiled.generated, folder, schema);
    }
    // Found out first: where that fails, nothing is written.
    let scaffold = match arguments.scaffold {
        true => Some(Scaffold::of(&compiled.model, folder).map_err(trouble)?),
        false => None,
    };
    let written = write(&compiled.generated, folder).map_err(refused)?;
    eprintln!("{}: {written}", folder.display());
    match scaffold {
        Some(scaffold) => add(&scaffold, folder, *format),
        None => Ok(()),
    }
}

fn from_schema(schema: &Path, folder: &Path, format: Format) -> Result<Compiled, Failure> {
    let (source, compiled) = compile_at(schema, folder).map_err(trouble)?;
    let compiled = compiled.map_err(|report| mistakes(&report, &source, format))?;
    show(&compiled.warnings.without_infos(), &source, format)?;
    Ok(compiled)
}

fn from_model(path: &Path) -> Result<Compiled, Failure> {
    let text = read_text(path, MODEL_LIMIT).map_err(trouble)?;
    compile_model(&text).map_err(|error| {
        eprintln!("error: {}: {}", path.display(), describe(&error));
        Failure::Mistakes
    })
}

/// Compares, and tells every difference.
pub(super) fn drifts(generated: &Generated, folder: &Path, schema: &Path) -> Result<(), Failure> {
    let drift = compare(generated, folder).map_err(refused)?;
    if drift.is_empty() {
        eprintln!("{}: up to date", folder.display());
        return Ok(());
    }
    for drift in &drift {
        eprintln!("error: {drift}");
    }
    eprintln!("hint: run `es-codegen generate {}`", schema.display());
    Err(Failure::Mistakes)
}

/// Writes the stubs that have a file to be written to, prints the others, and says what is left to do.
fn add(scaffold: &Scaffold, folder: &Path, format: Format) -> Result<(), Failure> {
    scaffold.write().map_err(trouble)?;
    if scaffold.files.is_empty() {
        eprintln!("every rule by hand is there");
    }
    for file in &scaffold.files {
        let path = file.path.display();
        let stubs = counted(file);
        if !file.exists {
            eprintln!("{path}: written, with {stubs}");
            continue;
        }
        eprintln!("{path}: yours, and not changed; {stubs} to be added to it:");
        match format {
            Format::Text => print(&file.text)?,
            // Standard output is for diagnostics then.
            Format::Json => eprint!("{}", file.text),
        }
    }
    let generated = folder.file_name().unwrap_or_default().display();
    for module in &scaffold.undeclared {
        match &scaffold.root {
            Some(root) => eprintln!("hint: add `mod {module};` to `{}`", root.display()),
            None => eprintln!("hint: add `mod {module};` where you declare `mod {generated};`"),
        }
    }
    Ok(())
}

fn counted(file: &StubFile) -> String {
    match file.rules {
        1 => "1 stub".to_owned(),
        rules => format!("{rules} stubs"),
    }
}

/// An edited file is for the user to repair, as a mistake in the schema is; all else is trouble.
fn refused(error: WriteError) -> Failure {
    match error {
        WriteError::Edited(_) => {
            eprintln!("error: {}", describe(&error));
            Failure::Mistakes
        }
        _ => trouble(error),
    }
}
