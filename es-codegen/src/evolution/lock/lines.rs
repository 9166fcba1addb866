//! Where things stand in a lock, so that findings can point at them.
//!
//! A lock is written by one program, which indents each kind of thing in one way; where somebody has laid it out otherwise,
//! places are less exact, and nothing else is.

use crate::source::{File, Span};

/// The lines of a lock at which things begin.
pub(super) struct Lines<'f> {
    file: &'f File,
    aggregates: Vec<(Span, Vec<Versioned>)>,
    types: Vec<Versioned>,
    made: Option<Span>,
}

/// A thing that has versions.
struct Versioned {
    place: Span,
    versions: Vec<Span>,
}

impl<'f> Lines<'f> {
    pub(super) fn of(file: &'f File) -> Self {
        let mut lines = Self {
            file,
            aggregates: Vec::new(),
            types: Vec::new(),
            made: None,
        };
        let mut start = 0;
        for line in file.text().split_inclusive('\n') {
            lines.take_in(start, line.trim_end());
            start += line.len();
        }
        lines
    }

    fn take_in(&mut self, start: usize, line: &str) {
        let indent = line.len() - line.trim_start().len();
        let place = self.file.span(start + indent, start + line.len());
        let versioned = |place| Versioned {
            place,
            versions: Vec::new(),
        };
        let owner = if line.starts_with("- category:") {
            return self.aggregates.push((place, Vec::new()));
        } else if line.starts_with("made:") {
            self.made = Some(place);
            return;
        } else if line.starts_with("- type:") {
            return self.types.push(versioned(place));
        } else if line.starts_with("  - event:") {
            if let Some((_, events)) = self.aggregates.last_mut() {
                events.push(versioned(place));
            }
            return;
        } else if line.starts_with("    - version:") {
            self.aggregates
                .last_mut()
                .and_then(|(_, events)| events.last_mut())
        } else if line.starts_with("  - version:") {
            self.types.last_mut()
        } else {
            return;
        };
        if let Some(owner) = owner {
            owner.versions.push(place);
        }
    }

    /// Where what is made of events begins.
    pub(super) fn made(&self) -> Span {
        self.made.unwrap_or_else(|| self.start())
    }

    pub(super) fn start(&self) -> Span {
        self.file.span(0, 0)
    }

    pub(super) fn aggregate(&self, aggregate: usize) -> Span {
        let found = self.aggregates.get(aggregate);
        found.map_or_else(|| self.start(), |(place, _)| *place)
    }

    pub(super) fn event(&self, aggregate: usize, event: usize) -> Span {
        let found = self
            .aggregates
            .get(aggregate)
            .and_then(|(_, events)| events.get(event));
        found.map_or_else(|| self.aggregate(aggregate), |event| event.place)
    }

    pub(super) fn version(&self, aggregate: usize, event: usize, version: usize) -> Span {
        let found = self
            .aggregates
            .get(aggregate)
            .and_then(|(_, events)| events.get(event));
        let found = found.and_then(|event| event.versions.get(version));
        found
            .copied()
            .unwrap_or_else(|| self.event(aggregate, event))
    }

    pub(super) fn ty(&self, ty: usize) -> Span {
        let found = self.types.get(ty);
        found.map_or_else(|| self.start(), |ty| ty.place)
    }

    pub(super) fn type_version(&self, ty: usize, version: usize) -> Span {
        let found = self.types.get(ty).and_then(|ty| ty.versions.get(version));
        found.copied().unwrap_or_else(|| self.ty(ty))
    }
}
