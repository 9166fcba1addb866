//! Mistakes in a schema: what can be wrong, the sink that collects all of it, and the report that is shown.

mod catalogue;
mod json;
mod render;
mod suggest;

pub use catalogue::{Axis, Code, Severity, UnknownCode};
pub use render::Style;
pub(crate) use suggest::shown;

use crate::source::{Source, Span};
use suggest::Suggestions;

/// One mistake: what is wrong, where, and the way out.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a diagnostic does nothing until it is reported"]
pub struct Diagnostic {
    /// Which entry of the catalogue it is.
    pub code: Code,
    /// How bad it is; what the catalogue says, unless the schema says otherwise.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// Where.
    pub span: Span,
    /// What stands there, where the message leaves it open.
    pub label: Option<String>,
    /// Other places that belong to it, each with its label.
    pub others: Vec<(Span, String)>,
    /// The way out.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// A mistake at `span`.
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            message: message.into(),
            span,
            label: None,
            others: Vec::new(),
            hint: None,
        }
    }

    /// Says how bad it is here.
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Says what stands at the place.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Points at another place.
    pub fn other(mut self, span: Span, label: impl Into<String>) -> Self {
        self.others.push((span, label.into()));
        self
    }

    /// Offers a way out.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Offers a way out, where there is one.
    pub fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }
}

/// The sink into which every mistake of a run goes; [`finish`](Self::finish) says whether there was one.
#[derive(Debug, Default)]
#[must_use = "mistakes are only seen when the sink is finished"]
pub struct Diagnostics {
    found: Vec<Diagnostic>,
    errors: usize,
    /// How many came when there was no more room, and where the first of them is.
    untold: Option<(usize, Span)>,
    suggestions: Suggestions,
    /// How many bytes of Rust were parsed.
    pub(crate) rust: usize,
}

/// So many mistakes are kept; what follows is counted at most.
const KEPT: usize = 10_000;

impl Diagnostics {
    /// A sink with nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a mistake; one that is off is none.
    pub fn report(&mut self, diagnostic: Diagnostic) {
        if diagnostic.severity == Severity::Off {
            return;
        }
        self.errors += usize::from(diagnostic.severity == Severity::Error);
        if self.found.len() < KEPT {
            self.found.push(diagnostic);
        } else {
            self.untold.get_or_insert((0, diagnostic.span)).0 += 1;
        }
    }

    /// Whether there was an error up to now.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// Whether there were more mistakes than are kept.
    pub(crate) fn leaves_some_untold(&self) -> bool {
        self.untold.is_some()
    }

    /// Whether one of these was reported up to now.
    #[must_use]
    pub fn has_any(&self, codes: &[Code]) -> bool {
        self.found
            .iter()
            .any(|diagnostic| codes.contains(&diagnostic.code))
    }

    /// The one of the known names that was probably meant.
    #[must_use]
    pub fn similar<'a>(&mut self, got: &str, known: &[&'a str]) -> Option<&'a str> {
        self.suggestions.similar(got, known)
    }

    /// The hint for a name that is not known: the one that was probably meant, else all there are if they are few.
    #[must_use]
    pub fn did_you_mean<'a>(
        &mut self,
        got: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Option<String> {
        self.suggestions.hint(got, known)
    }

    /// Everything that was found: `Ok` where it is warnings at most.
    pub fn finish(self) -> Result<Report, Report> {
        let failed = self.has_errors();
        let mut diagnostics = self.found;
        // Errors first, so that warnings never push one out of what is shown.
        diagnostics.sort_by(|a, b| {
            (a.severity, a.span, a.code.as_str()).cmp(&(b.severity, b.span, b.code.as_str()))
        });
        diagnostics.dedup();
        if let Some((untold, first)) = self.untold {
            let message =
                format!("there are more mistakes than are told, at least {untold} of them");
            let warning = Diagnostic::new(Code::TooManyMistakes, first, message);
            diagnostics.push(
                warning
                    .label("one of them")
                    .hint("repair those that are told"),
            );
        }
        let report = Report { diagnostics };
        if failed { Err(report) } else { Ok(report) }
    }
}

/// What was found in a schema: errors first, then warnings, then the rest, each in the order of their places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    diagnostics: Vec<Diagnostic>,
}

impl Report {
    /// How many diagnostics are shown; the rest is counted.
    pub const SHOWN: usize = 50;

    /// All of them.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// The same without what is only good to know.
    #[must_use]
    pub fn without_infos(&self) -> Self {
        let diagnostics = self.diagnostics.iter();
        let diagnostics = diagnostics.filter(|it| it.severity != Severity::Info);
        Self {
            diagnostics: diagnostics.cloned().collect(),
        }
    }

    /// Whether there is nothing to show.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.diagnostics.is_empty()
    }

    /// How many errors there are.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.severity == Severity::Error)
            .count()
    }

    /// The report as text for people; `source` is the schema that it is about.
    #[must_use]
    pub fn render(&self, source: &Source, style: Style) -> String {
        render::render(self, source, style)
    }

    /// The report for programs: every diagnostic as a JSON object on a line of its own.
    ///
    /// An object has `code`, `severity` (`error`, `warning` or `info`), `message`, the place (`file`, `line`, `column`, `end_line`,
    /// `end_column` behind its last character, `label` or null), `hints`, and under `others` further places, each with
    /// the same keys. Lines and columns count from 1, columns in characters.
    #[must_use]
    pub fn to_json(&self, source: &Source) -> String {
        json::lines(self, source)
    }
}
