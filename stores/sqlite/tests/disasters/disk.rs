//! A disk that keeps for certain only what was synced: of the rest, a power cut may leave anything.

use std::collections::BTreeMap;

use crate::random::Random;
use crate::recording::Op;

const SECTOR: usize = 512;

/// How the writes fare that nobody has synced.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Survive {
    None,
    All,
    /// Any of them, in any order.
    Some,
    /// Those up to some moment.
    Prefix,
    /// Of each write, any of its sectors.
    Torn,
}

impl Survive {
    pub(crate) fn any(random: &mut Random) -> Self {
        [Self::None, Self::All, Self::Some, Self::Prefix, Self::Torn][random.below(5)]
    }
}

/// What stands on it, and what is on its way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disk {
    files: Vec<File>,
    /// The names as processes see them.
    names: BTreeMap<String, usize>,
    /// The names as they stand on the disk, and the changes that are on their way.
    synced_names: BTreeMap<String, usize>,
    pending_names: Vec<(String, Option<usize>)>,
}

#[derive(Clone, Debug, Default)]
struct File {
    synced: Vec<u8>,
    pending: Vec<Change>,
}

#[derive(Clone, Debug)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Truncate(usize),
}

impl Disk {
    pub(crate) fn apply(&mut self, op: &Op) {
        match op {
            Op::Create(name) => {
                self.names.insert(name.clone(), self.files.len());
                self.pending_names
                    .push((name.clone(), Some(self.files.len())));
                self.files.push(File::default());
            }
            Op::Unlink(name) => {
                self.names.remove(name);
                self.pending_names.push((name.clone(), None));
            }
            Op::Write {
                name,
                offset,
                bytes,
            } => self.change(
                name,
                Change::Write {
                    offset: *offset,
                    bytes: bytes.clone(),
                },
            ),
            Op::Truncate { name, len } => self.change(name, Change::Truncate(*len)),
            Op::Sync(name) => {
                if let Some(&file) = self.names.get(name) {
                    let file = &mut self.files[file];
                    for change in std::mem::take(&mut file.pending) {
                        change.apply(&mut file.synced);
                    }
                }
            }
            Op::SyncFolder => {
                for (name, file) in std::mem::take(&mut self.pending_names) {
                    rename(&mut self.synced_names, name, file);
                }
            }
            Op::Say(_) => {}
        }
    }

    fn change(&mut self, name: &str, change: Change) {
        let file = self.names.get(name).map(|file| &mut self.files[*file]);
        file.unwrap().pending.push(change);
    }

    /// What is found when the power is back.
    pub(crate) fn cut(&self, survive: Survive, random: &mut Random) -> BTreeMap<String, Vec<u8>> {
        let mut names = self.synced_names.clone();
        let kept = keep(survive, self.pending_names.len(), random);
        for ((name, file), _) in self
            .pending_names
            .iter()
            .zip(kept)
            .filter(|(_, kept)| *kept)
        {
            rename(&mut names, name.clone(), *file);
        }
        let contents = |(name, file): (String, usize)| {
            let file = &self.files[file];
            let mut bytes = file.synced.clone();
            let kept = keep(survive, file.pending.len(), random);
            for (change, _) in file.pending.iter().zip(kept).filter(|(_, kept)| *kept) {
                match (survive, change) {
                    (Survive::Torn, change) => change.tear(&mut bytes, random),
                    (_, change) => change.apply(&mut bytes),
                }
            }
            (name, bytes)
        };
        names.into_iter().map(contents).collect()
    }
}

fn rename(names: &mut BTreeMap<String, usize>, name: String, file: Option<usize>) {
    match file {
        Some(file) => drop(names.insert(name, file)),
        None => drop(names.remove(&name)),
    }
}

/// Which of so many changes survive.
fn keep(survive: Survive, many: usize, random: &mut Random) -> Vec<bool> {
    let end = random.below(many + 1);
    let is_kept = |place| match survive {
        Survive::None => false,
        Survive::All => true,
        Survive::Some => random.percent(50),
        Survive::Prefix => place < end,
        Survive::Torn => random.percent(80),
    };
    (0..many).map(is_kept).collect()
}

impl Change {
    fn apply(&self, file: &mut Vec<u8>) {
        match self {
            Self::Write { offset, bytes } => put(file, *offset, bytes),
            Self::Truncate(len) => file.resize(*len, 0),
        }
    }

    fn tear(&self, file: &mut Vec<u8>, random: &mut Random) {
        let Self::Write { offset, bytes } = self else {
            return self.apply(file);
        };
        let (mut offset, mut bytes) = (*offset, bytes.as_slice());
        while !bytes.is_empty() {
            // Sectors are those of the file, not of the write.
            let (sector, rest) = bytes.split_at(bytes.len().min(SECTOR - offset % SECTOR));
            if random.percent(60) {
                put(file, offset, sector);
            }
            offset += sector.len();
            bytes = rest;
        }
    }
}

fn put(file: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if file.len() < end {
        file.resize(end, 0);
    }
    file[offset..end].copy_from_slice(bytes);
}
