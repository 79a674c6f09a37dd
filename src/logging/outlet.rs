//! The way of lines to standard error: many say them, one thread writes them, many at a time.
//!
//! Knows whole lines and nothing of what they tell. Invariants: once lines gather, who says one waits for nobody;
//! lines keep their order; no more than [`ROOM`] wait to be written, and those beyond are counted.

use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use prometheus_client::metrics::counter::Counter;

/// Bytes of lines that may wait.
const ROOM: usize = 1024 * 1024;
/// How long lines gather: a call of the system for each would cost more than the line.
const BREATH: Duration = Duration::from_millis(10);
/// How long an end waits for whoever reads standard error.
const PATIENCE: Duration = Duration::from_secs(1);

/// Takes lines. Cheap to clone.
#[derive(Clone)]
pub struct Outlet(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
    /// There is something to write, or somebody waits for it to be written.
    called: Condvar,
    /// All that was said is written.
    done: Condvar,
    lost: Counter,
}

#[derive(Default)]
struct State {
    /// Where each line goes at once, until lines gather.
    output: Option<Box<dyn Write + Send>>,
    waiting: Vec<u8>,
    /// What was taken to be written and is not yet.
    is_writing: bool,
    is_urgent: bool,
}

impl Outlet {
    /// An outlet that writes each line as it is said.
    pub fn new(output: impl Write + Send + 'static) -> Self {
        let state = Mutex::new(State { output: Some(Box::new(output)), ..State::default() });
        let (called, done, lost) = Default::default();
        Self(Arc::new(Inner { state, called, done, lost }))
    }

    /// From here on lines gather, and a thread writes them; it tells of lines that had no room.
    pub fn gather(&self, tell: fn(u64)) -> io::Result<()> {
        let Some(output) = self.0.state().output.take() else { return Ok(()) };
        let inner = Arc::clone(&self.0);
        thread::Builder::new().name("privet-log".to_owned()).spawn(move || inner.write(output, tell))?;
        Ok(())
    }

    /// Takes a line to be written.
    pub fn say(&self, line: &[u8]) {
        let mut state = self.0.state();
        if let Some(output) = &mut state.output {
            let _ = output.write_all(line);
            return;
        }
        if state.waiting.len() + line.len() > ROOM {
            self.0.lost.inc();
            return;
        }
        let was_empty = state.waiting.is_empty();
        state.waiting.extend_from_slice(line);
        drop(state);
        if was_empty {
            self.0.called.notify_one();
        }
    }

    /// Waits until all that was said is written, but not for a reader that does not read.
    pub fn flush(&self) {
        let end = Instant::now() + PATIENCE;
        let mut state = self.0.state();
        while state.is_writing || !state.waiting.is_empty() {
            state.is_urgent = true;
            self.0.called.notify_one();
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            state = self.0.done.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Lines that had no room.
    pub fn lost(&self) -> Counter {
        self.0.lost.clone()
    }
}

impl Inner {
    fn write(&self, mut output: impl Write, tell: fn(u64)) {
        let (mut lines, mut told) = (Vec::new(), 0);
        loop {
            self.take(&mut lines);
            // A closed standard error must not end the proxy.
            let _ = output.write_all(&lines);
            lines.clear();
            let lost = self.lost.get();
            if lost > told {
                tell(lost - mem::replace(&mut told, lost));
            }
        }
    }

    /// Waits for lines, and a moment for more of them.
    fn take(&self, lines: &mut Vec<u8>) {
        let mut state = self.state();
        state.is_writing = false;
        while state.waiting.is_empty() {
            state.is_urgent = false;
            self.done.notify_all();
            state = self.called.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let gathers = |state: &mut State| !state.is_urgent;
        let waited = self.called.wait_timeout_while(state, BREATH, gathers);
        state = waited.unwrap_or_else(PoisonError::into_inner).0;
        mem::swap(&mut state.waiting, lines);
        state.is_writing = true;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

    use super::*;

    /// Writes to whoever receives, and waits where nobody does.
    struct Reader(SyncSender<Vec<u8>>);

    impl Write for Reader {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.send(bytes.to_vec()).map_err(|_| io::ErrorKind::BrokenPipe)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn gathering(output: impl Write + Send + 'static, tell: fn(u64)) -> Outlet {
        let outlet = Outlet::new(output);
        outlet.gather(tell).unwrap();
        outlet
    }

    fn read(written: &Receiver<Vec<u8>>) -> String {
        String::from_utf8(written.try_iter().flatten().collect()).unwrap()
    }

    #[test]
    fn lines_of_many_threads_are_all_written_whole_and_in_their_order() {
        let (writer, written) = sync_channel(100_000);
        let outlet = gathering(Reader(writer), |_| {});
        thread::scope(|scope| {
            for voice in 0..4 {
                let outlet = &outlet;
                scope.spawn(move || {
                    for number in 0..1000 {
                        outlet.say(format!("{voice} says {number}\n").as_bytes());
                    }
                });
            }
        });
        outlet.flush();
        let text = read(&written);
        for voice in 0..4 {
            let own = text.lines().filter(|line| line.starts_with(&format!("{voice} says ")));
            assert!(own.eq((0..1000).map(|number| format!("{voice} says {number}"))));
        }
        assert_eq!((text.lines().count(), outlet.lost().get()), (4000, 0));
    }

    #[test]
    fn before_lines_gather_each_is_written_at_once_and_by_who_says_it() {
        let (writer, written) = sync_channel(10);
        let outlet = Outlet::new(Reader(writer));
        outlet.say(b"first\n");
        assert_eq!(read(&written), "first\n");
        outlet.gather(|_| {}).unwrap();
        outlet.say(b"second\n");
        outlet.flush();
        assert_eq!(read(&written), "second\n");
    }

    #[test]
    fn many_lines_are_one_write() {
        let (writer, written) = sync_channel(100_000);
        let outlet = gathering(Reader(writer), |_| {});
        for _ in 0..1000 {
            outlet.say(b"a line\n");
        }
        outlet.flush();
        assert!(written.try_iter().count() < 100);
    }

    #[test]
    fn a_reader_that_does_not_read_holds_nobody_up_and_what_had_no_room_is_counted_and_told() {
        static TOLD: AtomicU64 = AtomicU64::new(0);
        let (writer, written) = sync_channel(0);
        let outlet = gathering(Reader(writer), |lines| {
            TOLD.fetch_add(lines, Ordering::SeqCst);
        });
        let line = [b'x'; 1024];
        let said = 3 * ROOM / line.len();
        for _ in 0..said {
            outlet.say(&line);
        }
        outlet.flush();
        let lost = outlet.lost().get();
        let mut left = said * line.len() - usize::try_from(lost).unwrap() * line.len();
        assert!(lost > 0 && left >= ROOM);
        while left > 0 {
            left -= written.recv().unwrap().len();
        }
        outlet.flush();
        assert_eq!(TOLD.load(Ordering::SeqCst), lost);
    }

    #[test]
    fn a_reader_that_is_gone_ends_nothing() {
        let (writer, written) = sync_channel(0);
        drop(written);
        let outlet = gathering(Reader(writer), |_| {});
        outlet.say(b"to nobody\n");
        outlet.flush();
        outlet.say(b"and again\n");
        outlet.flush();
        assert!(outlet.0.state().waiting.is_empty());
    }
}
