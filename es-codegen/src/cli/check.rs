//! `es-codegen check`: everything that can be said about a schema without running it.

use super::{
    Failure, Input,
    evolved::{self, Evolved},
    generate::drifts,
    mistakes, show, trouble,
};
use clap::Args;
use es_codegen::{
    default_folder,
    diagnostic::{Code, Diagnostic, Diagnostics},
    emit::emit,
    evolution::{Lock, against, fix, lock_path, samples, samples_folder, samples_from},
    source::Source,
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

#[derive(Debug, Args)]
pub(super) struct Check {
    #[command(flatten)]
    input: Input,
    /// The folder that is generated into [default: src/generated beside the schema]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Also hold the lock against the one that git has there: a branch, a tag or a commit
    #[arg(long, value_name = "GITREF")]
    against: Option<String>,
    /// Write into the schema what repairs it, where that is certain
    #[arg(long)]
    fix: bool,
}

pub(super) fn run(arguments: &Check) -> Result<(), Failure> {
    let Input { schema, format } = &arguments.input;
    if arguments.fix {
        repair(schema)?;
    }
    let Evolved {
        mut source,
        model,
        lock,
        mut found,
        ..
    } = evolved::read(schema, *format)?;
    if let Some(name) = &arguments.against {
        hold_against(
            &mut found,
            &mut source,
            schema,
            lock.as_ref(),
            name,
            model.domain.span,
        )?;
    }
    match &lock {
        Some(lock) => look_for_samples(&mut found, lock, schema),
        None => found.report(
            Diagnostic::new(Code::LockMissing, model.domain.span, "nothing of this domain is published")
                .hint(format!("once its events are stored for good, run `es-codegen lock {}`: from then on each change is held against what was", schema.display())),
        ),
    }
    let report = found
        .finish()
        .map_err(|report| mistakes(&report, &source, *format))?;
    show(&report, &source, *format)?;
    let default = default_folder(schema);
    let out = arguments.out.as_ref().unwrap_or(&default);
    let samples = lock.map(|_| samples_from(out, schema));
    let generated = emit(&model, source.name(), samples.as_deref());
    drifts(&generated, out, schema)
}

/// Writes what repairs a schema.
fn repair(schema: &Path) -> Result<(), Failure> {
    let mut source = Source::load(schema).map_err(trouble)?;
    // What is wrong with the lock is said by the check that follows.
    let lock = Lock::beside(&mut Diagnostics::new(), &mut source, schema).map_err(trouble)?;
    for fixed in lock.map_or_else(Vec::new, |lock| fix(&source, &lock)) {
        fs::write(&fixed.name, &fixed.text).map_err(|error| {
            Failure::Trouble(format!("cannot write `{}`: {error}", fixed.name).into())
        })?;
        eprintln!("{}: repaired", fixed.name);
    }
    Ok(())
}

/// Every published version has its sample.
fn look_for_samples(found: &mut Diagnostics, lock: &Lock, schema: &Path) {
    let folder = samples_folder(schema);
    for sample in samples(&lock.history) {
        let path = folder.join(&sample.file);
        if path.exists() {
            continue;
        }
        found.report(
            Diagnostic::new(
                Code::SampleMissing,
                sample.place,
                format!("the sample of {} is missing", sample.of),
            )
            .label(format!("no test reads `{}`", path.display()))
            .hint(format!(
                "take it back from git, or run `es-codegen lock {}`",
                schema.display()
            )),
        );
    }
}

/// The lock has grown since another state of the repository, and nothing else.
fn hold_against(
    found: &mut Diagnostics,
    source: &mut Source,
    schema: &Path,
    lock: Option<&Lock>,
    name: &str,
    place: es_codegen::source::Span,
) -> Result<(), Failure> {
    let path = lock_path(schema);
    let Some(text) = text_in_git(&path, name)? else {
        return Ok(());
    };
    let file = source
        .add_beside(format!("{name}:{}", path.display()), text)
        .map_err(trouble)?;
    let Some(other) = Lock::read(found, file) else {
        return Ok(());
    };
    match lock {
        Some(lock) => against(found, lock, &other, &format!("`{name}`")),
        None => found.report(
            Diagnostic::new(
                Code::LockStale,
                place,
                format!("there is a lock in `{name}`, and none here"),
            )
            .hint(format!(
                "take it back, by `git checkout {name} -- {}`",
                path.display()
            )),
        ),
    }
    Ok(())
}

/// The text that a file has in a state of the repository; nothing where it is not there.
fn text_in_git(path: &Path, name: &str) -> Result<Option<String>, Failure> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let commit = git(
        folder,
        &[
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &format!("{name}^{{commit}}"),
        ],
    )?;
    let Some(commit) = commit else {
        return Err(Failure::Trouble(
            format!("git knows no `{name}` in `{}`", folder.display()).into(),
        ));
    };
    let object = format!("{}:./{file}", commit.trim());
    match git(folder, &["cat-file", "-e", &object])? {
        Some(_) => git(folder, &["cat-file", "blob", &object]),
        None => Ok(None),
    }
}

/// What git answers; nothing where it refuses.
fn git(folder: &Path, arguments: &[&str]) -> Result<Option<String>, Failure> {
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .output();
    let output =
        output.map_err(|error| Failure::Trouble(format!("cannot run git: {error}").into()))?;
    if !output.status.success() {
        return Ok(None);
    }
    String::from_utf8(output.stdout).map(Some).map_err(trouble)
}
