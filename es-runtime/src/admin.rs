//! What whoever operates an application does with its read models: a command line for its own binary.

use std::error::Error;
use std::fmt;
use std::io::{self, IsTerminal, Write};

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::projection::{Progress, ProjectionError, ProjectionStatus, Projections};
use crate::row_store::{Cell, Parked, Role, RowStore, RowsDiff, Standing};
use crate::store::EventStore;

/// `projections ...`, to stand among the subcommands of an application.
///
/// ```
/// use clap::{Parser, Subcommand};
/// use es_runtime::admin::ProjectionsArgs;
/// use es_runtime::{MemoryStore, Projections};
///
/// #[derive(Parser)]
/// struct Program {
///     #[command(subcommand)]
///     what: What,
/// }
///
/// #[derive(Subcommand)]
/// enum What {
///     /// The read models: list them, rebuild them.
///     Projections(ProjectionsArgs),
/// }
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let What::Projections(args) = Program::parse_from(["shop", "projections", "list"]).what;
/// let projections = Projections::new(MemoryStore::new()); // .with::<OrderSummary>()
/// args.run(&projections, &mut std::io::stdout()).await?;
/// # Ok::<_, es_runtime::admin::AdminError>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug, Args)]
pub struct ProjectionsArgs {
    #[command(subcommand)]
    task: Task,
}

#[derive(Clone, Debug, Subcommand)]
enum Task {
    /// Where each projection stands, and how many of its events are not folded yet.
    List,
    /// Fold what there is, and end.
    CatchUp,
    /// Build the rows anew beside those that are read, and swap them.
    Rebuild {
        /// Its stored name.
        projection: String,
    },
    /// The events that were put aside.
    Parked {
        /// Its stored name.
        projection: String,
    },
    /// Try again to take in the events that were put aside.
    Redrive {
        /// Its stored name.
        projection: String,
    },
    /// Drop the rows that were read before the last rebuilds.
    DropRetired {
        /// Its stored name.
        projection: String,
    },
}

/// Why a task was not done.
#[derive(Debug)]
#[non_exhaustive]
pub enum AdminError {
    /// What was to be done has failed.
    Projection(ProjectionError),
    /// It could not be told.
    Output(io::Error),
}

impl fmt::Display for AdminError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Projection(error) => error.fmt(f),
            Self::Output(error) => write!(f, "the output cannot be written: {error}"),
        }
    }
}

impl Error for AdminError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Projection(error) => error.source(),
            Self::Output(error) => Some(error),
        }
    }
}

impl From<ProjectionError> for AdminError {
    fn from(error: ProjectionError) -> Self {
        Self::Projection(error)
    }
}

impl From<io::Error> for AdminError {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl ProjectionsArgs {
    /// Does what was asked for, and tells about it in `out`. The progress of a rebuild goes to the terminal behind standard
    /// error, and where there is none, line by line to standard error.
    ///
    /// # Errors
    /// Where a store or a rule fails, or `out` cannot be written.
    pub async fn run<L: EventStore, R: RowStore>(
        &self,
        projections: &Projections<L, R>,
        out: &mut (dyn Write + Send),
    ) -> Result<(), AdminError> {
        match &self.task {
            Task::List => list(&projections.status().await?, out)?,
            Task::CatchUp => {
                projections.catch_up().await?;
                list(&projections.status().await?, out)?;
            }
            Task::Rebuild { projection } => {
                let mut shown = Shown::new();
                let rebuilt = projections.rebuild(projection, |progress| shown.show(progress));
                let rebuilt = rebuilt.await?;
                shown.end();
                writeln!(
                    out,
                    "{projection}: generation {} is live",
                    rebuilt.generation
                )?;
                if let Some(diff) = &rebuilt.diff {
                    tell_diff(diff, out)?;
                }
            }
            Task::Parked { projection } => parked(&projections.parked(projection).await?, out)?,
            Task::Redrive { projection } => {
                let taken = projections.redrive(projection).await?;
                let left = projections.parked(projection).await?.len();
                writeln!(out, "{taken} events were taken in, {left} stay parked")?;
            }
            Task::DropRetired { projection } => {
                let dropped = projections.drop_retired(projection).await?;
                writeln!(out, "{dropped} generations were dropped")?;
            }
        }
        Ok(())
    }
}

fn list(all: &[ProjectionStatus], out: &mut dyn Write) -> io::Result<()> {
    let widest = all
        .iter()
        .map(|status| status.projection.len())
        .max()
        .unwrap_or(0)
        .max(10);
    writeln!(
        out,
        "{:widest$}  generation  role      checkpoint    lag  parked  state",
        "projection"
    )?;
    for status in all {
        if status.generations.is_empty() {
            let lag = lag(status);
            writeln!(
                out,
                "{:widest$}  {:>10}  {:8}  {:>10}  {lag:>5}  {:>6}  not folded yet",
                status.projection, "-", "-", "-", 0
            )?;
        }
        for standing in &status.generations {
            let checkpoint = standing
                .mark
                .checkpoint
                .map_or_else(|| "-".to_owned(), |at| at.to_string());
            let is_live = standing.role == Role::Live;
            writeln!(
                out,
                "{:widest$}  {:>10}  {:8}  {checkpoint:>10}  {:>5}  {:>6}  {}",
                status.projection,
                standing.generation,
                role(standing.role),
                if is_live { lag(status) } else { "-".to_owned() },
                standing.parked,
                state(status, standing),
            )?;
        }
    }
    Ok(())
}

/// Events that are not folded yet, as far as they were counted.
fn lag(status: &ProjectionStatus) -> String {
    match status.lag {
        1_000.. => ">999".to_owned(),
        lag => lag.to_string(),
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Live => "live",
        Role::Building => "building",
        Role::Retired => "retired",
    }
}

fn state(status: &ProjectionStatus, standing: &Standing) -> String {
    if let Some(stopped) = &standing.stopped {
        return format!("stopped: {stopped}");
    }
    match standing.role {
        Role::Live if status.is_outdated => "of another definition; rebuild it".to_owned(),
        Role::Live => "ok".to_owned(),
        Role::Building => "a rebuild is under way, or was ended; rebuild to go on".to_owned(),
        Role::Retired => "was live before; drop it where it is not needed".to_owned(),
    }
}

fn parked(all: &[Parked], out: &mut dyn Write) -> io::Result<()> {
    if all.is_empty() {
        return writeln!(out, "nothing is parked");
    }
    for parked in all {
        writeln!(
            out,
            "position {}: `{}`, event {} of {}: {}",
            parked.position, parked.event, parked.version, parked.stream, parked.cause
        )?;
    }
    Ok(())
}

fn tell_diff(diff: &RowsDiff, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "{} rows were added, {} removed, {} changed",
        diff.added, diff.removed, diff.changed
    )?;
    for column in &diff.columns_added {
        writeln!(out, "  column {column} came")?;
    }
    for column in &diff.columns_removed {
        writeln!(out, "  column {column} went")?;
    }
    for key in &diff.added_samples {
        writeln!(out, "  added    {}", Cells(key))?;
    }
    for key in &diff.removed_samples {
        writeln!(out, "  removed  {}", Cells(key))?;
    }
    for row in &diff.changed_samples {
        let columns = row.columns.iter().map(|(column, old, new)| {
            format!(
                "{column} {} is {}",
                Cells(std::slice::from_ref(old)),
                Cells(std::slice::from_ref(new))
            )
        });
        let columns: Vec<_> = columns.collect();
        writeln!(
            out,
            "  changed  {}: {}",
            Cells(&row.key),
            columns.join(", ")
        )?;
    }
    Ok(())
}

/// Cells as a person reads them.
struct Cells<'a>(&'a [Cell]);

impl fmt::Display for Cells<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, cell) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str(", ")?;
            }
            match cell {
                Cell::Null => f.write_str("nothing")?,
                Cell::Integer(number) => write!(f, "{number}")?,
                Cell::Real(number) => write!(f, "{number}")?,
                // Escaped, so that no text changes what a terminal shows.
                Cell::Text(text) => write!(f, "{text:?}")?,
                Cell::Bytes(bytes) => write!(f, "{} bytes", bytes.len())?,
            }
        }
        Ok(())
    }
}

/// The progress of a rebuild as a bar, or as a line for each quarter.
pub struct Shown {
    bar: ProgressBar,
    quarter: u64,
}

impl Default for Shown {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shown").finish_non_exhaustive()
    }
}

impl Shown {
    /// Nothing is shown yet.
    #[must_use]
    pub fn new() -> Self {
        let template = "{msg} {bar:30} {pos}/{len} {per_sec}, {eta} left";
        let style =
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let target = if io::stderr().is_terminal() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        Self {
            bar: ProgressBar::with_draw_target(None, target).with_style(style),
            quarter: 0,
        }
    }

    /// Shows how far it is: for the callback of [`Projections::rebuild`].
    pub fn show(&mut self, progress: &Progress) {
        let (done, total) = (progress.done(), progress.total());
        self.bar.set_message(progress.projection);
        self.bar.set_length(total);
        self.bar.set_position(done);
        let quarter = done * 4 / total.max(1);
        if self.bar.is_hidden() && quarter > self.quarter {
            self.quarter = quarter;
            let left = progress.time_left().unwrap_or_default();
            eprintln!(
                "{}: {done} of {total} positions, {:.0} a second, {:.1} s left",
                progress.projection,
                progress.rate(),
                left.as_secs_f64()
            );
        }
    }

    /// Leaves what was shown last.
    pub fn end(&self) {
        self.bar.abandon();
    }
}
