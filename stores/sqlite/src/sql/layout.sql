-- The tables of an event store, layout 4. Every index here is paid for by every append; each says which promise
-- it keeps. Numbers are given by the one writer inside its transaction, so nothing needs `autoincrement`.

-- Names are stored once and stand as small integers in the rows of events.
create table category (
    id   integer primary key,
    name text not null unique
) strict;

-- Event names are scoped by the category of their stream.
create table event_type (
    id       integer primary key,
    category integer not null references category (id),
    name     text not null,
    unique (category, name)
) strict;

-- The log. The position is the rowid: dense, and the order of the file. A stream is what its events say: a table of
-- streams would be two more trees to write to for every new one, and saves only the repeated key.
create table event (
    position      integer primary key,
    category      integer not null references category (id),
    key           text not null,
    version       integer not null,
    type          integer not null references event_type (id),
    shape         integer not null, -- schema, what it reads as, and codec: see number.rs
    commit_number integer not null,
    id            blob not null,
    occurred_at   integer not null, -- microseconds since 1970-01-01T00:00:00Z
    recorded_at   integer not null, -- the same; never goes back from one position to the next
    metadata      text,             -- JSON; null where nothing is known
    body          blob not null
) strict;

-- Versions are contiguous whatever happens, and a stream is read in their order.
create unique index event_of_stream on event (category, key, version);

-- An event is stored once. Ids that are ordered by time are added at the end, which is cheap.
create unique index event_of_id on event (id);

-- Logs filtered by type are read without looking at the other events; the rowid makes it (type, position).
create index event_of_type on event (type);

-- Tags have no bound on their number, so they are interned as well.
create table tag_name (
    id   integer primary key,
    name text not null unique
) strict;

-- For guards and filtered reads: the type stands before the position, so that a guard near the head looks at
-- the last few entries of its own types, however many events of other types carry the tag.
create table tag (
    tag      integer not null references tag_name (id),
    type     integer not null references event_type (id),
    position integer not null references event (position),
    primary key (tag, type, position)
) strict, without rowid;

-- What was carried out under a command id, and what was answered.
create table command (
    id          blob primary key,
    name        text not null,
    fingerprint integer not null, -- the bits of an unsigned number
    recorded_at integer not null,
    receipt     text not null,    -- JSON
    body        blob not null
) strict, without rowid;

-- States, so that not every load replays a stream. Disposable: rows are replaced, and dropping them all loses nothing.
create table snapshot (
    category    integer not null references category (id),
    key         text not null,
    version     integer not null,
    event       blob not null,    -- the id of the event at that version
    fingerprint integer not null, -- the bits of an unsigned number
    body        blob not null,
    primary key (category, key)
) strict;

-- The generations of the rows of projections: which there are, and how far each is folded. The rows of generation 7 of
-- `OrderSummary` stand in the table `rows7_order_summary`, and the view `rows_order_summary` shows those of the live one.
create table projection (
    id          integer primary key autoincrement, -- the generation; no number is given twice
    name        text not null,
    role        text not null,    -- live, building or retired
    definition  text not null,    -- JSON: columns, key and indexes
    fingerprint integer not null, -- the bits of an unsigned number
    checkpoint  integer,          -- null before the first event
    commits     integer not null,
    stopped     text              -- why it stands before an event that it cannot take in
) strict;

-- At most one of a projection is live, and at most one is built.
create unique index projection_of_role on projection (name, role) where role <> 'retired';

create index projection_of_name on projection (name, role);

-- Events that a generation has put aside. Their names are kept as text: they are few.
create table parked (
    projection integer not null references projection (id),
    category   text not null,
    key        text not null,
    version    integer not null,
    position   integer not null,
    event      text not null,
    cause      text not null,
    primary key (projection, category, key, version)
) strict, without rowid;

create trigger category_is_not_changed before update on category
begin select raise(abort, 'category is append-only: rows are never changed'); end;
create trigger category_is_not_deleted before delete on category
begin select raise(abort, 'category is append-only: rows are never deleted'); end;
create trigger event_type_is_not_changed before update on event_type
begin select raise(abort, 'event_type is append-only: rows are never changed'); end;
create trigger event_type_is_not_deleted before delete on event_type
begin select raise(abort, 'event_type is append-only: rows are never deleted'); end;
create trigger event_is_not_changed before update on event
begin select raise(abort, 'event is append-only: rows are never changed'); end;
create trigger event_is_not_deleted before delete on event
begin select raise(abort, 'event is append-only: rows are never deleted'); end;
create trigger tag_name_is_not_changed before update on tag_name
begin select raise(abort, 'tag_name is append-only: rows are never changed'); end;
create trigger tag_name_is_not_deleted before delete on tag_name
begin select raise(abort, 'tag_name is append-only: rows are never deleted'); end;
create trigger tag_is_not_changed before update on tag
begin select raise(abort, 'tag is append-only: rows are never changed'); end;
create trigger tag_is_not_deleted before delete on tag
begin select raise(abort, 'tag is append-only: rows are never deleted'); end;
create trigger command_is_not_changed before update on command
begin select raise(abort, 'command is append-only: rows are never changed'); end;
create trigger command_is_not_deleted before delete on command
begin select raise(abort, 'command is append-only: rows are never deleted'); end;
