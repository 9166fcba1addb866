//! How far a long piece of work is: a bar on a terminal, plain lines elsewhere.

use std::cell::Cell;
use std::io::{IsTerminal, stderr};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

/// Shows how far a piece of work is.
pub(crate) struct Progress {
    what: &'static str,
    total: usize,
    done: Cell<usize>,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Shows that a piece of work of `total` events has begun.
    pub(crate) fn start(what: &'static str, total: usize) -> Self {
        let bar = stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(total as u64);
            let style = ProgressStyle::with_template(
                "{msg} [{bar:40}] {pos}/{len} events, {rate}, {eta} left",
            );
            let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
            bar.set_style(style.with_key("rate", rate).progress_chars("=> "));
            bar.set_message(what);
            bar
        });
        Self {
            what,
            total,
            done: Cell::new(0),
            bar,
        }
    }

    /// Shows that so many events more are done.
    pub(crate) fn advance(&self, events: usize) {
        let before = self.done.get();
        let done = before + events;
        self.done.set(done);
        match &self.bar {
            Some(bar) => bar.inc(events as u64),
            // A line for each quarter, so that a log file stays readable.
            None if quarter(done, self.total) > quarter(before, self.total) => {
                eprintln!("{}: {done} of {} events", self.what, self.total);
            }
            None => {}
        }
    }
}

fn rate(state: &ProgressState, to: &mut dyn std::fmt::Write) {
    // A bar that cannot be written has nobody to tell.
    let _ = write!(to, "{:.0} a second", state.per_sec());
}

fn quarter(done: usize, total: usize) -> usize {
    done * 4 / total.max(1)
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
