//! Diagnostics as text for people.

use super::{Code, Diagnostic, Report, Severity};
use crate::{
    source::{Source, Span},
    yaml::harmless,
};
use annotate_snippets::{
    AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet, normalize_untrusted_str,
};
use std::{fmt::Write as _, ops::Range};

/// How a report is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Style {
    /// Without colour.
    #[default]
    Plain,
    /// With colour, for a terminal.
    Coloured,
}

/// Lines longer than this are named but not shown: a caret below them would be out of sight.
const LONGEST_LINE: usize = 1_000;

/// Two places are shown in one piece if they are no further apart than this, in bytes.
const ONE_PIECE: usize = 16 * 1024;

pub(super) fn render(report: &Report, source: &Source, style: Style) -> String {
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Coloured => Renderer::styled(),
    };
    let mut text = String::new();
    let (told, untold) = match report.diagnostics.split_last() {
        Some((last, told)) if last.code == Code::TooManyMistakes => (told, Some(last)),
        _ => (report.diagnostics.as_slice(), None),
    };
    for diagnostic in told.iter().take(Report::SHOWN).chain(untold) {
        let _ = writeln!(text, "{}\n", renderer.render(&[group(diagnostic, source)]));
    }
    let hidden = told.get(Report::SHOWN..).unwrap_or_default();
    for (severity, what) in [
        (Severity::Error, "error"),
        (Severity::Warning, "warning"),
        (Severity::Info, "remark"),
    ] {
        let hidden = hidden.iter().filter(|one| one.severity == severity);
        let hidden = hidden.count();
        if hidden > 0 {
            let _ = writeln!(
                text,
                "{what}: {hidden} more {what}{} not shown\n",
                if hidden == 1 { "" } else { "s" }
            );
        }
    }
    text.truncate(text.trim_end().len());
    text
}

fn group<'a>(diagnostic: &Diagnostic, source: &'a Source) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info | Severity::Off => Level::INFO,
    };
    let title = level
        .primary_title(normalize_untrusted_str(&diagnostic.message))
        .id(diagnostic.code.as_str());
    let group = Group::with_title(title).elements(snippets(diagnostic, source));
    match &diagnostic.hint {
        Some(hint) => group.element(
            Level::HELP
                .with_name("hint")
                .message(normalize_untrusted_str(hint)),
        ),
        None => group,
    }
}

/// The pieces of the schema that show the places of a diagnostic, that of the mistake first.
fn snippets<'a>(diagnostic: &Diagnostic, source: &'a Source) -> Vec<Element<'a>> {
    let main = (
        AnnotationKind::Primary,
        diagnostic.span,
        diagnostic.label.as_deref(),
    );
    let others = diagnostic
        .others
        .iter()
        .map(|(span, label)| (AnnotationKind::Context, *span, Some(label.as_str())));
    let mut pieces: Vec<Vec<(AnnotationKind, Span, Option<&str>)>> = Vec::new();
    for place in std::iter::once(main).chain(others) {
        match pieces.iter_mut().find(|piece| is_near(piece[0].1, place.1)) {
            Some(piece) => piece.push(place),
            None => pieces.push(vec![place]),
        }
    }
    pieces
        .iter()
        .filter_map(|piece| snippet(piece, source))
        .collect()
}

fn is_near(a: Span, b: Span) -> bool {
    a.file == b.file && a.start.abs_diff(b.start) as usize <= ONE_PIECE
}

fn snippet<'a>(
    piece: &[(AnnotationKind, Span, Option<&str>)],
    source: &'a Source,
) -> Option<Element<'a>> {
    let (_, first, _) = piece.first()?;
    let file = source.file(first.file)?;
    let start = piece.iter().map(|(_, span, _)| span.start).min()?;
    let end = piece.iter().map(|(_, span, _)| span.start).max()?;
    let (bytes, line) = file.lines_around(start, end);
    let text = file.text().get(bytes.clone())?;
    if text.lines().any(|line| line.len() > LONGEST_LINE) {
        let place = file.place(first.start);
        return Some(
            Origin::path(file.name())
                .line(place.line)
                .char_column(place.column)
                .into(),
        );
    }
    let annotations = piece.iter().map(|(kind, span, label)| {
        let start = span.start as usize - bytes.start;
        // What goes on over several lines is marked on its first.
        let rest = text.get(start..).unwrap_or_default();
        let line_end = rest.lines().next().map_or(0, |line| line.trim_end().len());
        let end = start + (span.end.saturating_sub(span.start) as usize).min(line_end);
        kind.span(whole_characters(text, start, end))
            .label(label.map(normalize_untrusted_str))
    });
    Some(
        Snippet::source(harmless(text))
            .path(file.name())
            .line_start(line)
            .annotations(annotations)
            .into(),
    )
}

/// The characters that lie between two bytes, at least one; the renderer would cut one of several bytes into two.
fn whole_characters(text: &str, start: usize, end: usize) -> Range<usize> {
    let is_boundary = |at: &usize| text.is_char_boundary(*at);
    let start = (0..=start.min(text.len())).rev().find(is_boundary);
    let start = start.unwrap_or(0);
    let end = (end.max(start + 1)..=text.len()).find(is_boundary);
    start..end.unwrap_or(text.len())
}
