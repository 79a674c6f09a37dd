//! The operator: the settings of the day, changed and reloaded again and again, sometimes for the worse.
//!
//! Invariant: whatever is reloaded, the routes stay the same to visitors.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::process::{Process, Samples};
use crate::support::Program;
use crate::visitors::Day;

pub fn settings(steady: SocketAddr, faulty: SocketAddr, chat: SocketAddr) -> String {
    let mut settings = "[[listener]]\naddress = \"127.0.0.1:0\"\ntls = { self_signed = [\"vendor.test\", \"steady.test\", \"faulty.test\", \"chat.test\"] }\n\
        [server]\nworkers = 2\n[limits]\nupstream_response = \"1s\"\nheader_read = \"5s\"\nbody_read = \"5s\"\n"
        .to_owned();
    for (name, upstream) in [("steady", steady), ("faulty", faulty), ("chat", chat)] {
        settings += &format!(
            "[[route]]\nname = \"{name}\"\nhost = \"{name}.test\"\nupstream = \"http://{upstream}\"\n\
             [[route.rule]]\nselect = \"json:/n\"\naction = \"keep\"\n"
        );
    }
    settings
}

/// Reloads and looks at the process until the day ends.
pub async fn work(program: &Program, settings: &str, process: &Process, day: &Arc<Day>) -> Samples {
    let other = format!("{settings}[pseudonyms]\nepoch = \"12h\"\n");
    let wrong = format!("{settings}[[route]]\nname = 1\n");
    let mut samples = Samples::default();
    for file in [&other, &wrong, settings].into_iter().cycle() {
        if !day.lasts() {
            break;
        }
        program.write(file);
        program.signal("HUP");
        tokio::time::sleep(Duration::from_millis(500)).await;
        samples.take(process);
    }
    samples
}
