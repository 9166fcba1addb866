//! Opening a file: whose it is, which layout it has, and how its connections are set up.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use es_runtime::{StoreError, number_key};
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::error::{Identity, OpenError, Place, Trouble};
use crate::options::SqliteOptions;
use crate::sql;

/// What the header of the file says about whose it is: `eslg`. Written down, since changing it would orphan every file.
pub const APPLICATION_ID: i32 = 0x6573_6c67;

/// The layout of tables that this release knows, kept as `user_version`. No release has had an earlier one.
pub(crate) const LAYOUT: i32 = 4;

/// Bytes of a database of one page of the smallest size.
const SMALLEST_DATABASE: u64 = 512;

/// What the journal of a transaction begins with.
const JOURNAL_MAGIC: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];

const OPERATION: &str = "opening the store";

/// The connections of one store.
pub(crate) struct Connections {
    pub(crate) writer: Connection,
    pub(crate) readers: Vec<Connection>,
    pub(crate) watcher: Connection,
}

/// Why a file is not opened.
enum Refusal {
    Open(OpenError),
    Trouble(Trouble),
}

impl<T: Into<Trouble>> From<T> for Refusal {
    fn from(trouble: T) -> Self {
        Self::Trouble(trouble.into())
    }
}

/// Opens the file with all the connections that a store needs. Nothing is written before the file is known to be ours.
pub(crate) fn open(
    path: &Path,
    options: &SqliteOptions,
) -> Result<(Place, Connections), StoreError> {
    let file = file_of(path).map_err(|error| StoreError::permanent(OPERATION, error))?;
    let mut place = Place {
        file,
        busy_timeout: options.busy_timeout,
        identity: None,
    };
    match connect_all(place.file(), options) {
        Ok(connections) => {
            place.identity = Identity::of(place.file());
            Ok((place, connections))
        }
        Err(Refusal::Open(error)) => Err(StoreError::permanent(OPERATION, error)),
        Err(Refusal::Trouble(trouble)) => Err(place.failure(trouble).nothing_stored(OPERATION)),
    }
}

fn connect_all(file: &Path, options: &SqliteOptions) -> Result<Connections, Refusal> {
    check_owner(file)?;
    let writer = connect_writer(file, options)?;
    let readers = (0..options.readers)
        .map(|_| connect_reader(file, options))
        .collect::<Result<_, _>>()?;
    let watcher = connect_reader(file, options)?;
    Ok(Connections {
        writer,
        readers,
        watcher,
    })
}

/// The path as an absolute one that can hold a database.
fn file_of(path: &Path) -> Result<PathBuf, OpenError> {
    let given = || path.to_owned();
    // To SQLite these would be databases in memory, one for each connection.
    if path.as_os_str().is_empty() || path.as_os_str() == ":memory:" {
        return Err(OpenError::NotAFile { file: given() });
    }
    let file = std::path::absolute(path).map_err(|_| OpenError::NotAFile { file: given() })?;
    // Without a slash at its end, which would make the system find nothing where SQLite finds the file.
    let file: PathBuf = file.components().collect();
    if file.is_dir() {
        return Err(OpenError::Folder { file });
    }
    if !file.parent().is_some_and(Path::is_dir) {
        return Err(OpenError::NoFolder { file });
    }
    Ok(file)
}

/// Refuses a file that belongs to somebody else, without leaving a trace on it.
///
/// An immutable connection reads the file alone: no lock, no log to recover, no files beside it. The header is not read
/// by hand, since closing a file gives up the locks that other connections of the process hold on it.
fn check_owner(file: &Path) -> Result<(), Refusal> {
    let not_a_database = || {
        Refusal::Open(OpenError::NotADatabase {
            file: file.to_owned(),
        })
    };
    // In this order: there is no log before there is a file.
    let log = std::fs::metadata(beside(file, "-wal")).map_or(0, |metadata| metadata.len());
    match std::fs::metadata(file).map_or(0, |metadata| metadata.len()) {
        0 if log > 0 => {
            return Err(Refusal::Open(OpenError::LogWithoutFile {
                file: file.to_owned(),
            }));
        }
        0 => return Ok(()),
        // One byte would pass for an empty file.
        bytes if bytes < SMALLEST_DATABASE => return Err(not_a_database()),
        _ => {}
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let look = || {
        let connection = Connection::open_with_flags(immutable_uri(file), flags)?;
        // Else a file that a checkpoint has not finished, shorter than its header says, would pass for a damaged one; what
        // it lacks stands in the log beside it.
        connection.execute_batch("pragma writable_schema = on")?;
        application_id(&connection)
    };
    match look() {
        Ok(APPLICATION_ID) => Ok(()),
        Ok(application_id) => Err(Refusal::Open(OpenError::Foreign {
            file: file.to_owned(),
            application_id,
        })),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            if is_half_created(file) {
                Ok(())
            } else {
                Err(not_a_database())
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether the journal beside the file says that its first transaction has not ended. Opening it takes that back, and the
/// file is empty again.
fn is_half_created(file: &Path) -> bool {
    let mut header = [0; JOURNAL_MAGIC.len() + 12];
    let is_read = File::open(beside(file, "-journal"))
        .and_then(|mut journal| journal.read_exact(&mut header));
    // Behind the magic: how many records there are, a nonce, and how many pages the database had.
    is_read.is_ok() && header.starts_with(&JOURNAL_MAGIC) && header.ends_with(&[0; 4])
}

/// A file that SQLite keeps beside the one that a link leads to.
fn beside(file: &Path, suffix: &str) -> PathBuf {
    let file = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let mut beside = file.into_os_string();
    beside.push(suffix);
    beside.into()
}

fn immutable_uri(file: &Path) -> String {
    let mut uri = "file:".to_owned();
    for byte in file.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' => uri.push(char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => uri.push(char::from(*byte)),
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri.push_str("?immutable=1");
    uri
}

/// The connection that writes; creates the tables where there are none.
fn connect_writer(file: &Path, options: &SqliteOptions) -> Result<Connection, Refusal> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(options.busy_timeout)?;
    // SQLite falls back to reading in silence.
    if connection.is_readonly("main")? {
        return Err(Refusal::Open(OpenError::ReadOnly {
            file: file.to_owned(),
        }));
    }
    if application_id(&connection)? != APPLICATION_ID {
        create(&connection, file)?;
    }
    check_layout(&connection, file)?;
    switch_to_wal(&connection, file, options.busy_timeout)?;
    // A connection opens the log when it first reads, and only one that has opened it takes it up when it is closed last.
    application_id(&connection)?;
    set_up(&connection)?;
    connection.execute_batch(sql::synced(options.durability))?;
    if let Some(bytes) = options.max_bytes {
        let page_size: u32 = connection.query_row("pragma page_size", [], |row| row.get(0))?;
        let pages = (bytes / u64::from(page_size).max(1)).clamp(1, 0xffff_fffe);
        connection.execute_batch(&format!("pragma max_page_count = {pages}"))?;
    }
    Ok(connection)
}

fn connect_reader(file: &Path, options: &SqliteOptions) -> Result<Connection, Refusal> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(options.busy_timeout)?;
    set_up(&connection)?;
    add_number_key(&connection)?;
    Ok(connection)
}

/// The function by which numbers that stand as text are compared: `es_number_key(text)`.
fn add_number_key(connection: &Connection) -> Result<(), rusqlite::Error> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("es_number_key", 1, flags, |context| {
        let text = context.get_raw(0).as_str_or_null().ok().flatten();
        Ok(text.and_then(number_key))
    })
}

/// Foreign keys stay unchecked: the ids are found or given inside the same transaction, and the check would cost a
/// search for each. The tables still declare them, so that `pragma foreign_key_check` can judge a file.
fn set_up(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.execute_batch(
        "pragma trusted_schema = off; pragma foreign_keys = off; pragma cache_size = -16384",
    )
}

/// Creates the tables in one transaction, together with the mark that says whose file it is. That happens before the
/// switch to a write-ahead log, so that the mark stands in the file itself from the first moment on.
fn create(connection: &Connection, file: &Path) -> Result<(), Refusal> {
    connection.execute_batch(sql::BEGIN)?;
    let created = fill(connection, file);
    if created.is_ok() {
        connection.execute_batch(sql::COMMIT)?;
    } else if !connection.is_autocommit() {
        connection.execute_batch(sql::ROLLBACK)?;
    }
    created
}

fn fill(connection: &Connection, file: &Path) -> Result<(), Refusal> {
    let application_id = application_id(connection)?;
    if application_id == APPLICATION_ID {
        // Another process was first.
        return Ok(());
    }
    let tables: i64 =
        connection.query_row("select count(*) from sqlite_schema", [], |row| row.get(0))?;
    if tables > 0 || application_id != 0 {
        return Err(Refusal::Open(OpenError::Foreign {
            file: file.to_owned(),
            application_id,
        }));
    }
    connection.execute_batch(sql::LAYOUT)?;
    connection.execute_batch(&format!(
        "pragma application_id = {APPLICATION_ID}; pragma user_version = {LAYOUT}"
    ))?;
    Ok(())
}

fn check_layout(connection: &Connection, file: &Path) -> Result<(), Refusal> {
    let found: i32 = connection.query_row("pragma user_version", [], |row| row.get(0))?;
    match found {
        LAYOUT => Ok(()),
        found if found > LAYOUT => Err(Refusal::Open(OpenError::Newer {
            file: file.to_owned(),
            found,
            known: LAYOUT,
        })),
        found if found > 0 => Err(Refusal::Open(OpenError::Older {
            file: file.to_owned(),
            found,
            known: LAYOUT,
        })),
        found => Err(Trouble::Damaged(format!("no store has ever had layout {found}")).into()),
    }
}

/// Tries again while others open the file, since SQLite does not wait here: it reports a lock at once.
fn switch_to_wal(connection: &Connection, file: &Path, timeout: Duration) -> Result<(), Refusal> {
    let deadline = Instant::now() + timeout;
    loop {
        let mode = connection.query_row("pragma journal_mode = wal", [], |row| {
            row.get::<_, String>(0)
        });
        match mode.map_err(Trouble::from) {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(_) => {
                return Err(Refusal::Open(OpenError::NoWriteAheadLog {
                    file: file.to_owned(),
                }));
            }
            Err(trouble) if trouble.is_busy() && Instant::now() < deadline => {
                thread::sleep(Duration::from_millis(5));
            }
            Err(trouble) => return Err(trouble.into()),
        }
    }
}

fn application_id(connection: &Connection) -> Result<i32, rusqlite::Error> {
    connection.query_row("pragma application_id", [], |row| row.get(0))
}
