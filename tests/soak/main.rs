//! A long day, made short: every kind of visitor at once, a vendor that fails in every way, and an operator who
//! reloads.
//!
//! `SOAK=600 cargo test --release --test soak -- --nocapture` lasts ten minutes and prints what it counted; without
//! `SOAK` it lasts some seconds. Invariant: it judges by what the vendors received and by what the system says of the
//! process, never by how long anything took.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod ledger;
mod operator;
mod process;
mod rude;
mod social;
#[path = "../e2e/support/mod.rs"]
#[allow(dead_code, unused_imports)]
mod support;
mod vendor;
mod visitors;

use std::sync::Arc;
use std::time::{Duration, Instant};

use ledger::Ledger;
use process::Process;
use support::Program;
use visitors::{Day, Tally};

/// Far more than noise, far less than a leak of what passed.
const GROWTH: usize = 48 << 20;
/// Pooled connections to the vendors, and what the system opens for itself.
const DESCRIPTORS: usize = 80;

fn lasting() -> Duration {
    let seconds = std::env::var("SOAK").ok().and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(seconds.unwrap_or(8))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_day_of_every_visitor_and_every_fault_loses_nothing_leaks_nothing_and_leaves_all_flat() {
    let ledger = Arc::new(Ledger::default());
    let (steady, faulty) = (vendor::steady(ledger.clone()).await, vendor::faulty(ledger.clone()).await);
    let chat = social::chat(ledger.clone()).await;
    let settings = operator::settings(steady, faulty, chat);
    let mut program = Program::run("soak", &settings, 1).await;
    let process = Process::of(&program);
    let before = process.descriptors();

    let day = Arc::new(Day::new(program.addresses[0], ledger.clone(), Instant::now() + lasting()));
    let visitors = visitors::all(&day);
    let samples = operator::work(&program, &settings, &process, &day).await;
    let mut tally = Tally::default();
    for visitor in visitors {
        tally.add(visitor.await.unwrap());
    }

    process.quiet(before + DESCRIPTORS).await;
    program.signal("TERM");
    assert_eq!(program.code().await, Some(0), "the end of the day is a drain, and a good one");
    println!("{tally}\n{ledger}\n{samples}");
    ledger.judge(&tally);
    samples.judge(GROWTH);
    assert_eq!(ledger::canary(program.said().as_bytes()), None, "a line of the log knows a visitor");
}
