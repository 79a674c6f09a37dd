//! A key that survives a restart, in a file, for as long as its epoch lasts.
//!
//! Knows files; whether the file may be used at all was said when the settings were read. Invariants: only the owner
//! can read the file, it is whole or not there, and a key whose epoch is over is overwritten and removed.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::NoKey;
use crate::privacy::{Epoch, Kept, Secret};

/// A line of a key is shorter.
const MOST: u64 = 256;

pub struct KeyFile {
    path: PathBuf,
}

impl KeyFile {
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// The epoch's secret: the one in the file, or a fresh one that is written there.
    ///
    /// If it cannot be written, it lasts as long as the process: that is told, and nothing stops.
    pub fn secret(
        &self,
        epoch: Epoch,
        fresh: impl FnOnce() -> Result<Secret, NoKey>,
    ) -> Result<Secret, NoKey> {
        if let Some(kept) = self.read().filter(|kept| kept.epoch == epoch) {
            return Ok(kept.secret);
        }
        self.retire();
        let kept = Kept { epoch, secret: fresh()? };
        if let Err(error) = self.write(&kept) {
            tracing::error!(%error, "the key of pseudonyms cannot be kept in its file");
        }
        Ok(kept.secret)
    }

    /// Overwrites and removes what is there.
    pub fn retire(&self) {
        if let Err(error) = self.removed()
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::error!(%error, "the old key of pseudonyms cannot be removed from its file");
        }
    }

    fn read(&self) -> Option<Kept> {
        let mut text = Zeroizing::new(String::with_capacity(MOST as usize));
        File::open(&self.path).ok()?.take(MOST).read_to_string(&mut text).ok()?;
        Kept::read(&text)
    }

    fn removed(&self) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).open(&self.path)?;
        let length = file.metadata()?.len().min(MOST);
        // The name goes first: a crash in between leaves no file that cannot be read.
        std::fs::remove_file(&self.path)?;
        file.write_all(&vec![0; length as usize])?;
        file.sync_all()
    }

    fn write(&self, kept: &Kept) -> io::Result<()> {
        let beside = self.path.with_added_extension("new");
        match std::fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        file.write_all(kept.spelled().as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&beside, &self.path)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::time::Duration;

    use super::*;

    fn place(name: &str) -> PathBuf {
        let directory = std::env::temp_dir().join(format!("privet-key-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        directory.join("key")
    }

    fn epoch(number: u64) -> Epoch {
        Epoch::at(number * 100, Duration::from_secs(100))
    }

    fn secret(path: &Path, number: u64) -> String {
        KeyFile::new(path).secret(epoch(number), super::super::drawn).unwrap().spelled().to_string()
    }

    #[test]
    fn a_key_survives_a_restart_only_as_long_as_its_epoch() {
        let path = place("survives");
        let first = secret(&path, 1);
        assert_eq!(secret(&path, 1), first);
        let next = secret(&path, 2);
        assert_ne!(next, first);
        assert!(!std::fs::read_to_string(&path).unwrap().contains(&first));
        assert_ne!(secret(&path, 1), first);
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }

    #[test]
    fn only_the_owner_can_read_the_file_and_nothing_lies_beside_it() {
        let path = place("owner");
        std::fs::write(path.with_added_extension("new"), "left by a crash").unwrap();
        secret(&path, 1);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }

    #[test]
    fn an_old_key_is_overwritten_where_it_lay() {
        let path = place("overwritten");
        let first = secret(&path, 1);
        let mut old = File::open(&path).unwrap();
        secret(&path, 2);
        let mut text = String::new();
        old.read_to_string(&mut text).unwrap();
        assert!(!text.contains(&first) && text.bytes().all(|byte| byte == 0), "{text:?}");
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }

    #[test]
    fn a_place_that_cannot_be_written_stops_nothing() {
        let path = Path::new("/nowhere/key");
        assert_ne!(secret(path, 1), secret(path, 1));
    }
}
