//! What the system says of the process: its memory, and its open descriptors.
//!
//! Where the system does not tell (there is no `/proc`), nothing is judged by it.

use std::fmt;
use std::time::Duration;

use crate::support::Program;

pub struct Process {
    id: u32,
}

impl Process {
    pub fn of(program: &Program) -> Self {
        Self { id: program.id() }
    }

    pub fn descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.id)).map_or(0, Iterator::count)
    }

    /// Waits until no more descriptors than this are open.
    pub async fn quiet(&self, most: usize) {
        for _ in 0..600 {
            if self.descriptors() <= most {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{} descriptors are open after all have left", self.descriptors());
    }

    fn resident(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id)).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kibibytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<usize>().ok());
        kibibytes.unwrap_or(0) << 10
    }
}

/// Memory and descriptors through the day.
#[derive(Default)]
pub struct Samples {
    resident: Vec<usize>,
    descriptors: Vec<usize>,
}

impl Samples {
    pub fn take(&mut self, process: &Process) {
        self.resident.push(process.resident());
        self.descriptors.push(process.descriptors());
    }

    /// The end of the day takes no more than its middle did, beside noise.
    pub fn judge(&self, growth: usize) {
        let (early, late) = (most(&self.resident, 1), most(&self.resident, 2));
        assert!(late <= early + growth, "resident memory grew from {early} to {late} bytes");
        let (early, late) = (most(&self.descriptors, 1), most(&self.descriptors, 2));
        assert!(late <= early + 40, "descriptors grew from {early} to {late}");
    }
}

/// The most of one third: the first is for warming up.
fn most(samples: &[usize], third: usize) -> usize {
    let length = samples.len().div_ceil(3);
    samples.iter().skip(third * length).take(length).copied().max().unwrap_or(0)
}

impl fmt::Display for Samples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let thirds = |samples: &[usize]| [most(samples, 0), most(samples, 1), most(samples, 2)];
        let mebibytes = thirds(&self.resident).map(|bytes| bytes >> 20);
        let descriptors = thirds(&self.descriptors);
        write!(
            f,
            "by thirds of the day: memory at most {mebibytes:?} MiB, descriptors at most {descriptors:?}"
        )
    }
}
