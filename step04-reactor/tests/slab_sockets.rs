//! The slab of the reactor reuses slots, too. An event of a closed socket wakes no other.

use std::{
    cell::RefCell,
    future::{Future, pending},
    io::Write,
    net::SocketAddr,
    pin::Pin,
    rc::Rc,
    task::{Context, Waker},
};

use futures_lite::{AsyncRead, AsyncReadExt, future};
use step::runtime::{net::TcpListener, spawn};

use crate::common::{
    Wakes,
    callback::{callback_waker, has_next, run_next, set_next},
    sockets::pair,
    tasks::{run, turns},
};

#[test]
fn an_event_of_a_closed_socket_does_not_wake_the_one_that_reuses_its_slot() {
    run(async {
        for _ in 0..100 {
            let (mut first, mut first_peer) = pair().await;
            let (mut second, mut second_peer) = pair().await;
            let (wakes, waker) = Wakes::new();
            let new = Rc::new(RefCell::new(None));

            // The waker of the first socket closes the second one, and makes a new
            // socket, which takes the descriptor and the slot.
            let (_calls, on_first) = callback_waker(run_next);
            let mut cx = Context::from_waker(&on_first);
            assert!(Pin::new(&mut first).poll_read(&mut cx, &mut [0]).is_pending());
            let mut cx = Context::from_waker(Waker::noop());
            assert!(Pin::new(&mut second).poll_read(&mut cx, &mut [0]).is_pending());
            let place = new.clone();
            set_next(move || {
                drop(second);
                let addr = SocketAddr::from(([127, 0, 0, 1], 0));
                let listener = future::block_on(TcpListener::bind(addr));
                let listener = listener.expect("there is a free port");
                let mut accept = Box::pin(async move { listener.accept().await });
                let mut cx = Context::from_waker(&waker);
                assert!(accept.as_mut().poll(&mut cx).is_pending());
                place.replace(Some(accept));
            });

            // The first event of a socket reports that it is writable. Take it in now, so
            // that the events of both bytes come in one batch, in this order.
            turns().await;
            first_peer.write_all(b"x").expect("the peer is connected");
            second_peer.write_all(b"x").expect("the peer is connected");
            turns().await;
            assert!(!has_next(), "the first socket was woken");
            assert_eq!(wakes.count(), 0, "an old event woke the new socket");
        }
    });
}

#[test]
fn a_slot_is_reused_while_others_stay() {
    run(async {
        let (mut stays, mut peer) = pair().await;
        for _ in 0..100 {
            drop((pair().await, spawn(pending::<()>())));
        }
        peer.write_all(b"x").expect("the peer is connected");
        stays.read_exact(&mut [0]).await.expect("the byte was sent");
    });
}
