//! A server that runs out of descriptors logs it once, and goes on.
#![cfg(target_os = "linux")]

use std::{
    net::TcpStream,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use crate::common::{
    program,
    serving::{Serving, ask},
    within_deadline,
};

/// Starts a server that can open this many descriptors.
fn limited(descriptors: u32) -> Serving {
    let program = program().get_program().to_owned();
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("ulimit -n {descriptors} && exec \"$0\" \"$@\"")]);
    shell.arg(program).args(["127.0.0.1:0", "300s", "-q"]).stderr(Stdio::piped());
    Serving::of(&mut shell)
}

#[test]
fn a_server_without_descriptors_logs_it_once_and_goes_on_when_it_has_some() {
    within_deadline(|| {
        let mut serving = limited(30);
        let clients: Vec<TcpStream> = (0..40).map(|_| serving.connect()).collect();
        thread::sleep(Duration::from_millis(1000));
        drop(clients);
        let mut client = serving.connect();
        assert_eq!(ask(&mut client, "0"), "Too low!\n");
        let log = serving.log();
        assert_eq!(log.matches("cannot accept").count(), 1, "{log}");
    });
}
