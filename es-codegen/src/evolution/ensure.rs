//! `lock!`: the lock of a domain that has no schema, held and written by a test.

use super::{
    Lock, Publication, check, described, samples, samples_folder, write_lock, write_sample,
};
use crate::{
    describe,
    diagnostic::{Diagnostics, Style},
    model::Level,
    source::{Source, Span, Spanned},
};
use std::{
    any::Any,
    error::Error,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

/// Holds a domain that is described by its derives against all that was ever published of it, and publishes what is new.
///
/// ```ignore
/// #[test]
/// fn what_was_stored_is_still_read() {
///     es_codegen::lock!("es.lock", [Account::DESCRIPTION]);
/// }
/// ```
///
/// A projection is put into the list as `Balance::description()`. Then the samples are read, and what they are read as and the
/// states and rows that they make are held against what was kept of them; for that, `es-runtime` needs its feature `testing`
/// among the dev-dependencies.
///
/// The path is that of the lock, from the folder of `Cargo.toml`; the samples lie in `history` beside it. Both belong into
/// git. Where a shape is new, the test writes it down and fails, so that nothing is published in silence; where a shape that was
/// published is another one now, or gone, it fails and says what that would do to stored data. Each rule has a level, which can be
/// changed:
///
/// ```ignore
/// es_codegen::lock!("es.lock", [Account::DESCRIPTION], levels: { "event-retired": "off" });
/// ```
#[macro_export]
macro_rules! lock {
    ($path:expr, [$($description:expr),+ $(,)?] $(, levels: { $($rule:literal : $level:literal),* $(,)? })? $(,)?) => {{
        let path = ::std::path::Path::new(::std::env!("CARGO_MANIFEST_DIR")).join($path);
        let levels: &[(&str, &str)] = &[$($(($rule, $level)),*)?];
        $crate::evolution::hold(
            &path,
            &[$($description.to_json()),+],
            levels,
            &[$(&|samples: &::std::path::Path| $description.hold(samples)),+],
        );
    }};
}

/// Holds one aggregate or projection against what was kept of its samples, which lie in that folder; panics where it is another.
pub type Holding<'a> = &'a dyn Fn(&Path);

/// Does what [`lock!`](crate::lock) says.
///
/// # Panics
/// Where something is wrong, or was written down just now: once, with all that there is to say.
#[track_caller]
pub fn hold(lock: &Path, descriptions: &[String], levels: &[(&str, &str)], all: &[Holding<'_>]) {
    let published = match try_to_hold(lock, descriptions, levels) {
        Ok(published) => published,
        Err(message) => fail(&message),
    };
    let samples = samples_folder(lock);
    let held = all.iter().filter_map(|hold| {
        let held = catch_unwind(AssertUnwindSafe(|| hold(&samples)));
        held.err().map(said)
    });
    let told: Vec<String> = published.into_iter().chain(held).collect();
    if !told.is_empty() {
        fail(&told.join("\n\n"));
    }
}

/// What a panic said.
fn said(panic: Box<dyn Any + Send>) -> String {
    match panic.downcast::<String>() {
        Ok(said) => *said,
        Err(panic) => {
            let said = panic.downcast_ref::<&str>();
            said.copied().unwrap_or("a panic without words").to_owned()
        }
    }
}

/// Ends the test; that is what it is called for.
#[track_caller]
#[expect(clippy::panic, reason = "a test fails by a panic")]
fn fail(message: &str) -> ! {
    panic!("{message}")
}

/// What to do about a shape that was published.
const WAY_OUT: &str = "a shape that was published stays: keep it as a struct of its own, `#[event(name = \"..\", version = 1)]`, and \
    give the new one `version = 2, from(..)` and `impl Upcast<..>`";

/// Gives what was published, if there was anything.
fn try_to_hold(
    path: &Path,
    descriptions: &[String],
    levels: &[(&str, &str)],
) -> Result<Option<String>, String> {
    let mut cx = Diagnostics::new();
    let shown = path.file_name().unwrap_or_default().to_string_lossy();
    // Where the lock stands in the messages, the descriptions are not known yet, and the other way round; its places are
    // the same in both.
    let lock = Lock::at(&mut cx, &mut Source::default(), path).map_err(text)?;
    let locked = lock.as_ref().map(|lock| &lock.history);
    let described = described(descriptions, locked).map_err(text)?;
    let mut source = Source::from_text("the derives", described.text).map_err(text)?;
    let mut cx = Diagnostics::new();
    let lock = Lock::at(&mut cx, &mut source, path).map_err(text)?;
    let levels: Vec<Level> = levels.iter().map(level).collect();
    check(&mut cx, &described.history, lock.as_ref(), &levels);
    if let Err(report) = cx.finish() {
        let report = report.render(&source, Style::Plain);
        return Err(format!("{report}\n\n{WAY_OUT}"));
    }
    let publication = Publication::of(&described.history, lock.as_ref());
    let folder = samples_folder(path);
    let mut news: Vec<String> = publication
        .published
        .iter()
        .map(|it| format!("published version {} of `{}`", it.version, it.event))
        .collect();
    for sample in samples(&publication.history) {
        if !folder.join(&sample.file).exists() {
            write_sample(&folder, &sample).map_err(text)?;
            news.push(format!("wrote the sample `{}`", sample.file));
        }
    }
    if write_lock(path, &publication.lock).map_err(text)? {
        news.push(format!("wrote `{shown}`"));
    }
    Ok((!news.is_empty()).then(|| {
        format!(
            "{}\nlook at what was written, and keep it in git; the next run has nothing to say",
            news.join("\n")
        )
    }))
}

fn level((rule, level): &(&str, &str)) -> Level {
    let spanned = |text: &str| Spanned {
        value: text.to_owned(),
        span: Span::default(),
    };
    Level {
        rule: spanned(rule),
        level: spanned(level),
    }
}

fn text(error: impl Error) -> String {
    format!("error: {}", describe(&error))
}
