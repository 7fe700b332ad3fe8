//! Workers that are told when it is time to go, and get a moment to finish what they are
//! at.
//!
//! It ends by itself after three seconds, or earlier by Ctrl-C; by a second Ctrl-C it
//! ends at once.
//!
//! `cargo run -p step06-server --example graceful`

use std::{future::ready, io, pin::pin, time::Duration};

use async_broadcast::{Receiver, broadcast};
use step06_server::executor::block_on;
use step06_server::select::{Either, select};
use step06_server::signal::Termination;
use step06_server::task_group::TaskGroup;
use step06_server::time::{Timer, sleep, timeout};

/// How long it works if nobody minds.
const SHIFT: Duration = Duration::from_secs(3);

/// How long the workers may take to finish.
const MERCY: Duration = Duration::from_millis(700);

fn main() -> io::Result<()> {
    block_on(async {
        let termination = Termination::new()?;
        // It never carries a message: that it closes is the news.
        let (shift, over) = broadcast::<()>(1);
        let workers = TaskGroup::new();
        for (name, piece) in [("quick", 200), ("steady", 500), ("slow", 2000)] {
            workers.spawn(work(name, Duration::from_millis(piece), over.clone()));
        }
        println!("{} workers at work; press Ctrl-C to close early", workers.len());

        match select(pin!(termination.requested()), Timer::after(SHIFT)).await {
            Either::Left(requested) => {
                requested?;
                println!("closing: somebody pressed Ctrl-C");
            }
            Either::Right(_) => println!("closing: the shift is over"),
        }
        drop(shift);
        if timeout(MERCY, workers.join()).await.is_err() {
            println!("{} did not finish in {MERCY:?} and is sent home", workers.len());
            workers.cancel();
        }
        println!("{} workers are left", workers.len());
        Ok(())
    })
}

/// Makes one piece after the other, and looks in between whether it is time to go.
async fn work(name: &'static str, piece: Duration, mut over: Receiver<()>) {
    let _gone = Gone(name);
    let mut pieces = 0;
    let mut closing = pin!(over.recv());
    loop {
        // What is begun is finished.
        sleep(piece).await;
        pieces += 1;
        println!("  {name}: finished piece {pieces}");
        if let Either::Left(_) = select(closing.as_mut(), ready(())).await {
            println!("  {name}: heard that it is time to go");
            return;
        }
    }
}

/// Says that somebody has gone, whether by itself or not.
struct Gone(&'static str);

impl Drop for Gone {
    fn drop(&mut self) {
        println!("  {}: gone", self.0);
    }
}
