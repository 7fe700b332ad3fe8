//! A system call that is interrupted is made again: nobody notices.

mod common;

use std::{
    env,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Command, Stdio},
};

use common::within_deadline;
use futures_lite::{AsyncReadExt, AsyncWriteExt};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use step06_server::executor::block_on;
use step06_server::net::TcpListener;

/// Set in the process that is to be interrupted.
const ROLE: &str = "INTERRUPT_ME";

/// Tells its port, and sends back what it gets.
async fn echo() -> std::io::Result<()> {
    let listener = TcpListener::bind(([127, 0, 0, 1], 0).into()).await?;
    println!("\nport {}", listener.local_addr()?.port());
    let (mut stream, _) = listener.accept().await?;
    let mut byte = [0];
    while stream.read(&mut byte).await? != 0 {
        stream.write_all(&byte).await?;
    }
    Ok(())
}

#[test]
fn a_wait_that_is_interrupted_goes_on() {
    if env::var_os(ROLE).is_some() {
        return block_on(echo()).expect("nothing happens to it");
    }
    within_deadline(|| {
        let mut child = Command::new(env::current_exe().expect("there is a /proc"))
            .args(["--exact", "a_wait_that_is_interrupted_goes_on", "--nocapture"])
            .env(ROLE, "")
            .stdout(Stdio::piped())
            .spawn()
            .expect("it runs already");
        let pid = Pid::from_child(&child);
        let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut lines = stdout.lines().map(|line| line.expect("it is text"));
        let port = lines.find_map(|line| line.strip_prefix("port ")?.parse().ok());
        let mut stream = TcpStream::connect(("127.0.0.1", port.expect("it has a port")))
            .expect("it listens");
        for _ in 0..20 {
            // After an answer it soon waits again. A process that is stopped and continued in the poller finds its wait
            // interrupted, without a handler.
            stream.write_all(b"x").expect("it is connected");
            stream.read_exact(&mut [0]).expect("it answers");
            kill_process(pid, Signal::STOP).expect("it is alive");
            let stopped =
                waitpid(Some(pid), WaitOptions::UNTRACED).expect("it is our child");
            assert!(stopped.is_some_and(|(_, status)| status.stopped()));
            kill_process(pid, Signal::CONT).expect("it is alive");
        }
        drop(stream);
        assert!(child.wait().expect("it is our child").success());
    });
}
