//! What it costs to cancel a timeout and set the next one, in two data structures: a heap
//! that keeps cancelled deadlines for a while, and a tree that is always in order.
//!
//! The example counts how often two deadlines are compared. It measures no time, so it
//! prints the same on every machine.
//!
//! `cargo run -p step05-timers --example deadlines`

use std::{
    cell::Cell,
    cmp::{Ordering, Reverse},
    collections::{BTreeSet, BinaryHeap},
};

/// How often each client cancels its timeout and sets the next one.
const ROUNDS: usize = 50;

/// As in `timers.rs`: below this many cancelled deadlines, sweeping does not pay off.
const SWEEP: usize = 64;

thread_local! {
    /// How often two deadlines were compared.
    static COMPARED: Cell<usize> = const { Cell::new(0) };
}

/// The deadline of one client. No two clients have equal deadlines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Timeout {
    due: usize,
    client: usize,
}

impl Ord for Timeout {
    fn cmp(&self, other: &Self) -> Ordering {
        COMPARED.set(COMPARED.get() + 1);
        self.due.cmp(&other.due)
    }
}

impl PartialOrd for Timeout {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn main() {
    println!("comparisons for cancelling a timeout and setting the next one:");
    println!(
        "{:>9}  {:>6}  {:>6}  {:>26}",
        "timeouts", "heap", "tree", "largest heap, per timeout"
    );
    for clients in [100, 1_000, 10_000] {
        let (heap, largest) = heap(clients);
        let (tree, largest) = (tree(clients), largest as f64 / clients as f64);
        println!("{clients:>9}  {heap:>6.1}  {tree:>6.1}  {largest:>26.1}");
    }
}

/// The timeouts of all clients in turn. All have the same duration, so each is due later
/// than all before it.
fn timeouts(clients: usize) -> impl Iterator<Item = Timeout> {
    (0..clients * ROUNDS).map(move |due| Timeout { due, client: due % clients })
}

/// Counts the comparisons for each timeout in a heap, and the peak number of deadlines.
fn heap(clients: usize) -> (f64, usize) {
    let mut heap = BinaryHeap::new();
    let mut live = vec![None; clients];
    let mut largest = 0;
    COMPARED.set(0);
    for timeout in timeouts(clients) {
        // The cancelled deadline stays in the heap. It is skipped when its turn comes,
        // because the client has another deadline by then.
        live[timeout.client] = Some(timeout.due);
        heap.push(Reverse(timeout));
        largest = largest.max(heap.len());
        if heap.len() > 2 * clients + SWEEP {
            heap.retain(|Reverse(timeout)| live[timeout.client] == Some(timeout.due));
        }
    }
    (COMPARED.get() as f64 / (clients * ROUNDS) as f64, largest)
}

/// Counts the comparisons for each timeout in a tree.
fn tree(clients: usize) -> f64 {
    let mut tree = BTreeSet::new();
    let mut live = vec![None; clients];
    COMPARED.set(0);
    for timeout in timeouts(clients) {
        if let Some(before) = live[timeout.client].replace(timeout) {
            tree.remove(&before);
        }
        tree.insert(timeout);
    }
    COMPARED.get() as f64 / (clients * ROUNDS) as f64
}
