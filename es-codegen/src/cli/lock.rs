//! `es-codegen lock`: publishes what is declared and not yet published.

use super::{
    Failure, Input,
    evolved::{self, Evolved},
    mistakes, show, trouble,
};
use clap::Args;
use es_codegen::{
    diagnostic::{Code, Diagnostic},
    evolution::{
        Publication, Sample, lock_path, samples, samples_folder, write_lock, write_sample,
    },
};
use std::path::Path;

#[derive(Debug, Args)]
pub(super) struct LockArguments {
    #[command(flatten)]
    input: Input,
    /// Write nothing; fail where something is to be published
    #[arg(long)]
    check: bool,
}

pub(super) fn run(arguments: &LockArguments) -> Result<(), Failure> {
    let Input { schema, format } = &arguments.input;
    let evolved = evolved::read(schema, *format)?;
    if arguments.check {
        return check(evolved, arguments);
    }
    let Evolved {
        source,
        declared,
        lock,
        found,
        ..
    } = evolved;
    let report = found
        .finish()
        .map_err(|report| mistakes(&report, &source, *format))?;
    show(&report, &source, *format)?;
    let publication = Publication::of(&declared, lock.as_ref());
    let folder = samples_folder(schema);
    let mut written = 0;
    for sample in missing(&publication, &folder) {
        write_sample(&folder, &sample).map_err(trouble)?;
        written += 1;
    }
    let path = lock_path(schema);
    let is_new = write_lock(&path, &publication.lock).map_err(trouble)?;
    for version in &publication.published {
        eprintln!(
            "published version {} of `{}`",
            version.version, version.event
        );
    }
    let samples = match written {
        0 => String::new(),
        1 => format!(", 1 sample written to {}", folder.display()),
        written => format!(", {written} samples written to {}", folder.display()),
    };
    eprintln!(
        "{}: {}{samples}",
        path.display(),
        if is_new { "written" } else { "up to date" }
    );
    Ok(())
}

/// The samples that are not there.
fn missing(publication: &Publication, folder: &Path) -> Vec<Sample> {
    let samples = samples(&publication.history).into_iter();
    samples
        .filter(|sample| !folder.join(&sample.file).exists())
        .collect()
}

/// Says what is to be published.
fn check(evolved: Evolved, arguments: &LockArguments) -> Result<(), Failure> {
    let Input { schema, format } = &arguments.input;
    let Evolved {
        source,
        model,
        declared,
        lock,
        mut found,
        ..
    } = evolved;
    let publication = Publication::of(&declared, lock.as_ref());
    let path = lock_path(schema);
    let hint = format!("run `es-codegen lock {}`", schema.display());
    let stale = |message: String, place| {
        Diagnostic::new(Code::LockStale, place, message).hint(hint.clone())
    };
    let drafts = declared.aggregates.iter().flat_map(|aggregate| {
        let versions = aggregate
            .events
            .iter()
            .flat_map(|event| event.versions.iter().map(move |version| (event, version)));
        versions.map(move |(event, version)| (&aggregate.category, event, version))
    });
    for (category, event, version) in drafts {
        let is_published = |published: &&es_codegen::evolution::Published| {
            published.category == *category
                && published.event == event.name
                && published.version == version.number
        };
        if publication
            .published
            .iter()
            .any(|published| is_published(&published))
        {
            found.report(stale(
                format!(
                    "version {} of `{}` is not published",
                    version.number, event.name
                ),
                version.place,
            ));
        }
    }
    let is_current = lock
        .as_ref()
        .is_some_and(|lock| lock.is_current(&publication.lock));
    if publication.published.is_empty() && !is_current {
        let message = format!("`{}` does not say what the schema says", path.display());
        found.report(stale(message, model.domain.span));
    }
    let folder = samples_folder(schema);
    if publication.published.is_empty() {
        for sample in missing(&publication, &folder) {
            let message = format!(
                "the sample of {} is missing: `{}`",
                sample.of,
                folder.join(&sample.file).display()
            );
            found.report(stale(message, sample.place));
        }
    }
    match found.finish() {
        Ok(report) => {
            show(&report, &source, *format)?;
            eprintln!("{}: up to date", path.display());
            Ok(())
        }
        Err(report) => Err(mistakes(&report, &source, *format)),
    }
}
