//! What it takes to set a timeout and cancel it again: a heap that forgets late, beside a
//! tree that is always in order.
//!
//! It counts how often two deadlines are compared. Nothing is timed, so every machine
//! prints the same.
//!
//! `cargo run -p step06-server --example deadlines`

use std::{
    cell::Cell,
    cmp::{Ordering, Reverse},
    collections::{BTreeSet, BinaryHeap},
};

/// How often each client cancels its timeout and sets the next one.
const ROUNDS: usize = 50;

/// As in `timers.rs`: so many leftovers are not worth sweeping.
const LEFTOVERS: usize = 64;

thread_local! {
    /// How often two deadlines were compared.
    static COMPARED: Cell<usize> = const { Cell::new(0) };
}

/// When a client's timeout is due. No two are due at once.
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
    println!("comparisons to cancel a timeout and set the next one:");
    println!(
        "{:>9}  {:>6}  {:>6}  {:>26}",
        "timeouts", "heap", "tree", "longest heap, per timeout"
    );
    for clients in [100, 1_000, 10_000] {
        let (heap, longest) = heap(clients);
        let (tree, longest) = (tree(clients), longest as f64 / clients as f64);
        println!("{clients:>9}  {heap:>6.1}  {tree:>6.1}  {longest:>26.1}");
    }
}

/// Every client's timeouts in turn, each due later than all before it, for all of them
/// take equally long.
fn timeouts(clients: usize) -> impl Iterator<Item = Timeout> {
    (0..clients * ROUNDS).map(move |due| Timeout { due, client: due % clients })
}

/// Comparisons for each timeout in a heap, and how long that heap was at most.
fn heap(clients: usize) -> (f64, usize) {
    let mut heap = BinaryHeap::new();
    let mut live = vec![None; clients];
    let mut longest = 0;
    COMPARED.set(0);
    for timeout in timeouts(clients) {
        // What was set before stays where it is: it is found to be dead when it is next
        // looked at.
        live[timeout.client] = Some(timeout.due);
        heap.push(Reverse(timeout));
        longest = longest.max(heap.len());
        if heap.len() > 2 * clients + LEFTOVERS {
            heap.retain(|Reverse(timeout)| live[timeout.client] == Some(timeout.due));
        }
    }
    (COMPARED.get() as f64 / (clients * ROUNDS) as f64, longest)
}

/// Comparisons for each timeout in a tree.
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
