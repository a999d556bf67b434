//! Files and nothing else: names, whole writes, and what is in the folder at the start.

use std::{
    fmt,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, ErrorKind, Read as _, Write as _},
    path::{Path, PathBuf},
    time::SystemTime,
};

use burgee_store::RecordName;
use sha2::{Digest, Sha256};

/// What every record's file ends with.
const ENDING: &str = ".record";

/// What a file ends with that is being written.
const UNFINISHED: &str = ".unfinished";

/// Bytes of the hash that a file is named by.
const HASH_BYTES: usize = 32;

/// The name of a record's file: a hash, so that any token makes a name that every file system takes
/// and that leads out of no folder. Written with two digits a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct FileName([u8; HASH_BYTES]);

/// A record that was there at the start.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) file: FileName,
    pub(crate) bytes: u64,
    pub(crate) written: SystemTime,
}

impl FileName {
    pub(crate) fn of(name: &RecordName) -> Self {
        Self(Sha256::digest(name.to_string().as_bytes()).into())
    }

    /// The name of a file of the folder, if it is a record's.
    fn parse(name: &str) -> Option<Self> {
        let digits = name.strip_suffix(ENDING)?;
        let mut hash = [0; HASH_BYTES];
        if digits.len() != 2 * HASH_BYTES {
            return None;
        }
        for (byte, pair) in hash.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
            *byte = u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()?;
        }
        let file = Self(hash);
        // Capital letters and signs are read as digits, and are in no name of ours.
        (file.to_string() == digits).then_some(file)
    }

    fn within(&self, folder: &Path) -> PathBuf {
        folder.join(format!("{self}{ENDING}"))
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The bytes of a record, or one more than `bytes_max` of them, which no reader takes.
pub(crate) fn read(folder: &Path, file: &FileName, bytes_max: u64) -> io::Result<Option<Vec<u8>>> {
    let opened = match File::open(file.within(folder)) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let mut bytes = Vec::new();
    opened.take(bytes_max + 1).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// Replaces a record; after a crash there is the old one or the new one. That is why the folder is not
/// synchronised: it would only make the new one certain, and takes twenty times as long as the rest.
pub(crate) fn write(folder: &Path, file: &FileName, bytes: &[u8]) -> io::Result<()> {
    create(folder)?;
    let place = file.within(folder);
    let unfinished = place.with_extension(format!("{}{UNFINISHED}", std::process::id()));
    let written = write_whole(&unfinished, bytes).and_then(|()| fs::rename(&unfinished, &place));
    if written.is_err() {
        // What cannot be removed now is removed at the next start.
        let _ = fs::remove_file(&unfinished);
    }
    written
}

fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn create(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}

/// Removes a record; one that is not there is no error.
pub(crate) fn remove(folder: &Path, file: &FileName) -> io::Result<()> {
    match fs::remove_file(file.within(folder)) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Every record of the folder. Removes what a crash left half written; leaves alone what is none of
/// ours.
pub(crate) fn list(folder: &Path) -> io::Result<Vec<Found>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        if name.ends_with(UNFINISHED) {
            fs::remove_file(entry.path())?;
        } else if let Some(file) = FileName::parse(name) {
            let metadata = entry.metadata()?;
            found.push(Found {
                file,
                bytes: metadata.len(),
                written: metadata.modified()?,
            });
        }
    }
    Ok(found)
}
