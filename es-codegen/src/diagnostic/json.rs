//! Diagnostics as JSON for programs; what the keys mean stands at [`Report::to_json`].

use super::{Diagnostic, Report};
use crate::source::{Source, Span};
use serde::Serialize;

/// A diagnostic as it is written.
#[derive(Serialize)]
struct Line<'d> {
    code: &'static str,
    severity: &'static str,
    message: &'d str,
    #[serde(flatten)]
    place: Place<'d>,
    hints: Vec<&'d str>,
    others: Vec<Place<'d>>,
}

/// A place as it is written.
#[derive(Serialize)]
struct Place<'d> {
    file: &'d str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    label: Option<&'d str>,
}

pub(super) fn lines(report: &Report, source: &Source) -> String {
    let mut text = String::new();
    for diagnostic in &report.diagnostics {
        // Text and numbers can always be written.
        text.push_str(&serde_json::to_string(&line(diagnostic, source)).unwrap_or_default());
        text.push('\n');
    }
    text
}

fn line<'d>(diagnostic: &'d Diagnostic, source: &'d Source) -> Line<'d> {
    let others = diagnostic.others.iter();
    Line {
        code: diagnostic.code.as_str(),
        severity: diagnostic.severity.as_str(),
        message: &diagnostic.message,
        place: place(diagnostic.span, diagnostic.label.as_deref(), source),
        hints: diagnostic.hint.as_deref().into_iter().collect(),
        others: others
            .map(|(span, label)| place(*span, Some(label), source))
            .collect(),
    }
}

fn place<'d>(span: Span, label: Option<&'d str>, source: &'d Source) -> Place<'d> {
    let at = |offset| source.file(span.file).map(|file| file.place(offset));
    let (start, end) = (at(span.start), at(span.end));
    Place {
        file: source.file(span.file).map_or("", |file| file.name()),
        line: start.map_or(1, |place| place.line),
        column: start.map_or(1, |place| place.column),
        end_line: end.map_or(1, |place| place.line),
        end_column: end.map_or(1, |place| place.column),
        label,
    }
}
