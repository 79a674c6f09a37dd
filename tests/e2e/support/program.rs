//! The program itself, as an operator runs it: a file, a process, signals.
//!
//! Invariant: each has a directory of its own, and the process does not outlive its test.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(20);

pub struct Program {
    directory: PathBuf,
    process: Child,
    log: UnboundedReceiver<Value>,
    pub addresses: Vec<SocketAddr>,
}

impl Program {
    /// Runs settings with so many listeners, in a directory of this name.
    pub async fn run(name: &str, settings: &str, listeners: usize) -> Self {
        let directory = Self::prepare(name, settings);
        Self::spawn(Command::new(env!("CARGO_BIN_EXE_privet")), directory, listeners).await
    }

    /// The same, with its first listener's socket handed over open, as systemd does.
    pub async fn run_at(socket: &TcpListener, name: &str, settings: &str) -> Self {
        let directory = Self::prepare(name, settings);
        Self::spawn(Self::handing(socket), directory, 1).await
    }

    /// How such a program ends by itself, and what it says.
    pub async fn ended_at(socket: &TcpListener, name: &str, settings: &str) -> (Option<i32>, String) {
        let directory = Self::prepare(name, settings);
        let output = Self::handing(socket).current_dir(&directory).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    fn prepare(name: &str, settings: &str) -> PathBuf {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&directory).unwrap();
        std::fs::write(directory.join("proxy.toml"), settings).unwrap();
        directory
    }

    fn handing(socket: &TcpListener) -> Command {
        // Only the process itself knows its number.
        let hand_over = "exec 3<&0 </dev/null; export LISTEN_FDS=1 LISTEN_PID=$$; exec \"$0\" \"$@\"";
        let mut command = Command::new("sh");
        command.args(["-c", hand_over, env!("CARGO_BIN_EXE_privet")]);
        command.stdin(Stdio::from(OwnedFd::from(socket.try_clone().unwrap())));
        command
    }

    /// The same, under a limit that the shell sets: `ulimit -n 40`.
    pub async fn within(name: &str, settings: &str, listeners: usize, limit: &str) -> Self {
        let directory = Self::prepare(name, settings);
        let mut command = Command::new("sh");
        command.args(["-c", &format!("{limit}; exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_privet")]);
        Self::spawn(command, directory, listeners).await
    }

    async fn spawn(mut command: Command, directory: PathBuf, listeners: usize) -> Self {
        command.args(["--log-format", "json"]).current_dir(&directory).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let (said, log) = unbounded_channel();
        let lines = BufReader::new(process.stderr.take().unwrap()).lines();
        thread::spawn(move || {
            let events = lines.map_while(Result::ok).filter_map(|line| serde_json::from_str(&line).ok());
            for event in events {
                let _ = said.send(event);
            }
        });
        let mut program = Self { directory, process, log, addresses: Vec::new() };
        while program.addresses.len() < listeners {
            let line = program.told("listening").await;
            program.addresses.push(line["listener"].as_str().unwrap().parse().unwrap());
        }
        program
    }

    /// The next line of the log with this message.
    pub async fn told(&mut self, message: &str) -> Value {
        loop {
            let event = timeout(PATIENCE, self.log.recv()).await.expect(message).expect(message);
            if event["message"] == message {
                return event;
            }
        }
    }

    /// How many lines of the log that were not read yet have this message, once the process is done.
    pub async fn count_told(&mut self, message: &str) -> usize {
        let mut count = 0;
        while let Some(event) = timeout(PATIENCE, self.log.recv()).await.expect(message) {
            count += usize::from(event["message"] == message);
        }
        count
    }

    /// All lines of the log that nobody asked for, as one text.
    pub fn said(&mut self) -> String {
        let mut text = String::new();
        while let Ok(event) = self.log.try_recv() {
            text += &format!("{event}\n");
        }
        text
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Changes the settings file.
    pub fn write(&self, settings: &str) {
        std::fs::write(self.directory.join("proxy.toml"), settings).unwrap();
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        let id = self.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// The exit code, once the process is done.
    pub async fn code(&mut self) -> Option<i32> {
        for _ in 0..2000 {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status.code();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the process does not end");
    }

    /// What the kernel says of each of its threads.
    #[cfg(target_os = "linux")]
    pub fn threads(&self) -> Vec<String> {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.id())).unwrap();
        threads
            .map(|thread| std::fs::read_to_string(thread.unwrap().path().join("status")).unwrap())
            .collect()
    }

    /// What the kernel lets it have.
    #[cfg(target_os = "linux")]
    pub fn kernel_limits(&self) -> String {
        std::fs::read_to_string(format!("/proc/{}/limits", self.id())).unwrap()
    }

    /// Where the program runs.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// All that the process could write in its memory, as it is now; `None` where this system lets only root look.
    #[cfg(target_os = "linux")]
    pub fn image(&self) -> Option<Vec<u8>> {
        use std::os::unix::fs::FileExt;
        let id = self.id();
        let memory = std::fs::File::open(format!("/proc/{id}/mem")).ok()?;
        let mut all = Vec::new();
        for region in std::fs::read_to_string(format!("/proc/{id}/maps")).unwrap().lines() {
            let mut words = region.split_whitespace();
            let (range, rights) = (words.next().unwrap(), words.next().unwrap());
            let ends: Vec<u64> = range.split('-').map(|end| u64::from_str_radix(end, 16).unwrap()).collect();
            if rights.starts_with("rw") {
                let mut bytes = vec![0; (ends[1] - ends[0]) as usize];
                // A region may be gone meanwhile.
                if memory.read_exact_at(&mut bytes, ends[0]).is_ok() {
                    all.append(&mut bytes);
                }
            }
        }
        Some(all)
    }

    /// How many descriptors it has open, where the system tells.
    pub fn descriptors(&self) -> Option<usize> {
        Some(std::fs::read_dir(format!("/proc/{}/fd", self.process.id())).ok()?.count())
    }

    /// Memory in bytes, where the system tells: `VmRSS` is resident now, `VmHWM` was at the most.
    pub fn memory(&self, field: &str) -> Option<usize> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).ok()?;
        let value = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?;
        value.trim().trim_end_matches(" kB").parse().ok().map(|kibibytes: usize| kibibytes << 10)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
