//! A signal interrupts the system call that waits for events. The call is made again.
//! This test needs a process of its own, which it stops and continues.
#![cfg(target_os = "linux")]

use std::{
    env,
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    process::{Command, Stdio},
};

use futures_lite::{AsyncReadExt, AsyncWriteExt};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use step::runtime::{block_on, net::TcpListener};

use crate::common::within_deadline;

/// Set in the process that is interrupted.
const CHILD: &str = "INTERRUPT_ME";

/// Prints its port, and echoes what one client sends.
async fn echo() -> io::Result<()> {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    println!("\nport {}", listener.local_addr()?.port());
    let (mut stream, _) = listener.accept().await?;
    let mut byte = [0];
    while stream.read(&mut byte).await? != 0 {
        stream.write_all(&byte).await?;
    }
    Ok(())
}

#[test]
fn an_interrupted_wait_goes_on() {
    if env::var_os(CHILD).is_some() {
        return block_on(echo()).expect("no call fails");
    }
    within_deadline(|| {
        let mut child = Command::new(env::current_exe().expect("it has a path"))
            .args(["--exact", "interrupt::an_interrupted_wait_goes_on", "--nocapture"])
            .env(CHILD, "")
            .stdout(Stdio::piped())
            .spawn()
            .expect("it runs already");
        let pid = Pid::from_child(&child);
        let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut lines = stdout.lines().map(|line| line.expect("it is text"));
        let port = lines.find_map(|line| line.strip_prefix("port ")?.parse().ok());
        let port: u16 = port.expect("the child prints its port");
        let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
        for _ in 0..20 {
            // Soon after its answer the child waits in the poller again. When a process
            // is stopped and continued there, the wait ends with `EINTR`.
            stream.write_all(b"x").expect("the child is connected");
            stream.read_exact(&mut [0]).expect("the child answers");
            kill_process(pid, Signal::STOP).expect("the child is alive");
            let stopped = waitpid(Some(pid), WaitOptions::UNTRACED).expect("our child");
            assert!(stopped.is_some_and(|(_, status)| status.stopped()));
            kill_process(pid, Signal::CONT).expect("the child is alive");
        }
        drop(stream);
        assert!(child.wait().expect("our child").success());
    });
}
