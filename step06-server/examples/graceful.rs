//! A graceful shutdown: the workers are asked to stop, and get some time to finish what
//! they have begun. Workers that take longer are cancelled.
//!
//! The example ends after three seconds, or earlier when you press Ctrl-C. A second
//! Ctrl-C ends it at once.
//!
//! `cargo run -p step06-server --example graceful`

use std::{future::ready, io, pin::pin, time::Duration};

use async_broadcast::{Receiver, broadcast};
use step::runtime::{
    Either, TaskGroup, block_on, select,
    signal::Termination,
    time::{Timer, sleep, timeout},
};
use step06_server as step;

/// How long the workers work if nothing stops them.
const SHIFT: Duration = Duration::from_secs(3);

/// How long the workers may take to finish.
const DRAIN: Duration = Duration::from_millis(700);

fn main() -> io::Result<()> {
    block_on(async {
        let termination = Termination::new()?;
        // No message is ever sent. The workers notice that the channel is closed.
        let (shift, over) = broadcast::<()>(1);
        let workers = TaskGroup::new();
        for (name, piece) in [("quick", 200), ("steady", 500), ("slow", 2000)] {
            workers.spawn(work(name, Duration::from_millis(piece), over.clone()));
        }
        println!("{} workers work; press Ctrl-C to stop early", workers.len());

        match select(pin!(termination.requested()), Timer::after(SHIFT)).await {
            Either::Left(requested) => {
                requested?;
                println!("stopping because you pressed Ctrl-C");
            }
            Either::Right(_) => println!("stopping because the time is over"),
        }
        drop(shift);
        if timeout(DRAIN, workers.join()).await.is_err() {
            println!("cancelling {}, which did not stop in {DRAIN:?}", workers.len());
            workers.cancel();
        }
        println!("{} workers are left", workers.len());
        Ok(())
    })
}

/// Makes one piece after the other, and checks after each piece whether it must stop.
async fn work(name: &'static str, piece: Duration, mut over: Receiver<()>) {
    let _log = LogOnDrop(name);
    let mut pieces = 0;
    let mut closed = pin!(over.recv());
    loop {
        sleep(piece).await;
        pieces += 1;
        println!("  {name}: finished piece {pieces}");
        if let Either::Left(_) = select(closed.as_mut(), ready(())).await {
            println!("  {name}: stops");
            return;
        }
    }
}

/// Prints a line when a worker is dropped, whether it has stopped or was cancelled.
struct LogOnDrop(&'static str);

impl Drop for LogOnDrop {
    fn drop(&mut self) {
        println!("  {}: dropped", self.0);
    }
}
