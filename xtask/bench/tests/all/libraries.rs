//! Libraries that know nothing of step 06 and run on its runtime unchanged.

use std::{
    future::Future,
    io,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use async_tungstenite::{accept_async, client_async, tungstenite::Message};
use futures_util::{StreamExt, stream::FuturesUnordered};
use step06_server::runtime::{
    block_on,
    net::{TcpListener, TcpStream},
    spawn,
    time::{Timer, timeout},
};

/// How long a test may take, even on a busy machine.
const LIMIT: Duration = Duration::from_secs(30);

/// Runs a test on step 06's runtime.
fn run<T>(test: impl Future<Output = T>) -> T {
    block_on(timeout(LIMIT, test)).expect("the test does not hang")
}

/// Makes a connection and returns both ends.
async fn connection() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    let client = TcpStream::connect(listener.local_addr()?).await?;
    Ok((client, listener.accept().await?.0))
}

#[test]
fn a_channel_connects_tasks_and_threads() {
    run(async {
        let (sender, receiver) = async_channel::bounded(1);
        let from_thread = sender.clone();
        let thread = std::thread::spawn(move || {
            (0..100).try_for_each(|number| from_thread.send_blocking(number))
        });
        let task = spawn(async move {
            for number in 100..200 {
                sender.send(number).await?;
            }
            Ok::<(), async_channel::SendError<u32>>(())
        });
        let mut received = Vec::new();
        while let Ok(number) = receiver.recv().await {
            received.push(number);
        }
        received.sort_unstable();
        assert_eq!(received, (0..200).collect::<Vec<_>>());
        task.await.expect("the receiver is open");
        thread.join().expect("the thread does not panic").expect("the receiver is open");
    });
}

#[test]
fn a_stream_of_futures_yields_each_output_once() {
    run(async {
        let tasks = (0..100_u64).map(|number| {
            spawn(async move {
                Timer::after(Duration::from_millis(number % 5)).await;
                number
            })
        });
        let mut tasks: FuturesUnordered<_> = tasks.collect();
        let mut outputs = Vec::new();
        while let Some(output) = tasks.next().await {
            outputs.push(output);
        }
        outputs.sort_unstable();
        assert_eq!(outputs, (0..100).collect::<Vec<_>>());
    });
}

#[test]
fn a_websocket_carries_messages_both_ways() {
    run(async {
        let (client, server) = connection().await.expect("a connection");
        let echo = spawn(async move {
            let mut socket = accept_async(server).await?;
            while let Some(message) = socket.next().await {
                match message? {
                    Message::Close(_) => break,
                    message => socket.send(message).await?,
                }
            }
            Ok::<(), async_tungstenite::tungstenite::Error>(())
        });
        let (mut socket, _) = client_async("ws://localhost/", client).await.expect("a handshake");
        for length in [0, 1, 125, 126, 65_536, 1_000_000] {
            let message = Message::binary(vec![7; length]);
            socket.send(message.clone()).await.expect("the server is there");
            let answer = socket.next().await.expect("a message").expect("a message");
            assert!(answer == message, "{length} bytes came back as {}", answer.len());
        }
        socket.close(None).await.expect("the server is there");
        echo.await.expect("the server ends well");
    });
}
