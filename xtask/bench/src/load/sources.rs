//! Where connections come from: one address has ports for some twenty thousand of them, and the loopback has addresses.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use rustix::{
    io::Errno,
    net::{self, AddressFamily, SocketType, sockopt},
};

/// How many connections one address may make without a thought: the system has some 28,000 ports for them.
pub const FEW: usize = 20_000;

/// The ports to come from. The system gives away those above by itself, and hardly uses these.
const PORTS: std::ops::Range<u16> = 10_000..30_000;

/// The last byte of the addresses to come from: `127.0.0.2` and so on.
const ADDRESSES: std::ops::RangeInclusive<u8> = 2..=250;

/// How long a connection may take, which takes no time where the server keeps up.
const CONNECT: Duration = Duration::from_secs(10);

/// The pairs of address and port to come from, one after the other.
#[derive(Debug)]
pub struct Sources {
    server: SocketAddr,
    /// The next pair; without one the system chooses.
    next: Option<usize>,
}

impl Sources {
    /// For so many connections to that server, now and soon after each other.
    pub fn new(server: SocketAddr, connections: usize) -> Result<Self> {
        let is_here = matches!(server.ip(), IpAddr::V4(ip) if ip.is_loopback());
        if connections > FEW && !is_here {
            bail!(
                "{connections} connections want several addresses to come from, which only 127.0.0.1 can be asked \
                 from: ask for at most {FEW}"
            );
        }
        Ok(Sources { server, next: (connections > FEW).then_some(0) })
    }

    /// Makes the next connection.
    pub fn connect(&mut self) -> Result<TcpStream> {
        let Some(next) = &mut self.next else {
            let stream = TcpStream::connect_timeout(&self.server, CONNECT);
            return stream.context("cannot connect to the server");
        };
        // A pair may be taken: by a socket that has not quite gone yet, or by a program that we do not know.
        for _ in 0..PORTS.len() {
            let source = pair(*next);
            *next += 1;
            match connect_from(source, self.server) {
                Err(Errno::ADDRINUSE | Errno::ADDRNOTAVAIL) => {}
                connected => {
                    return connected.with_context(|| format!("cannot connect from {source}"));
                }
            }
        }
        bail!(
            "there are no ports left to connect from: wait a minute until the last connections are forgotten"
        )
    }
}

/// The address and port of that number.
fn pair(number: usize) -> SocketAddrV4 {
    let ports = PORTS.len();
    let port = PORTS.start + (number % ports) as u16;
    let address = ADDRESSES.start() + (number / ports % ADDRESSES.count()) as u8;
    SocketAddrV4::new(Ipv4Addr::new(127, 0, 0, address), port)
}

/// Connects from that address and port.
fn connect_from(source: SocketAddrV4, server: SocketAddr) -> Result<TcpStream, Errno> {
    // No process is started while it is open, so nobody inherits it.
    let socket = net::socket(AddressFamily::INET, SocketType::STREAM, None)?;
    // What is left of an earlier connection is in nobody's way.
    sockopt::set_socket_reuseaddr(&socket, true)?;
    net::bind(&socket, &source)?;
    sockopt::set_socket_timeout(&socket, sockopt::Timeout::Send, Some(CONNECT))?;
    net::connect(&socket, &server)?;
    Ok(TcpStream::from(socket))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn no_address_makes_more_connections_than_it_has_ports() {
        assert_eq!(pair(0).to_string(), "127.0.0.2:10000");
        assert_eq!(pair(19_999).to_string(), "127.0.0.2:29999");
        assert_eq!(pair(20_000).to_string(), "127.0.0.3:10000");
        // All addresses were used: it begins anew.
        assert_eq!(pair(249 * 20_000).to_string(), "127.0.0.2:10000");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn many_connections_come_from_other_addresses_and_few_do_not() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = listener.local_addr().unwrap();
        let mut sources = Sources::new(server, FEW + 1).unwrap();
        let (first, second) = (sources.connect().unwrap(), sources.connect().unwrap());
        let (first, second) = (first.local_addr().unwrap(), second.local_addr().unwrap());
        assert_eq!(first.ip().to_string(), "127.0.0.2");
        assert_ne!(first, second);
        let few = Sources::new(server, FEW).unwrap().connect().unwrap();
        assert_eq!(few.local_addr().unwrap().ip(), server.ip());
    }

    #[test]
    fn many_connections_to_elsewhere_are_refused() {
        let error = Sources::new("[::1]:1".parse().unwrap(), FEW + 1).unwrap_err();
        assert!(error.to_string().contains("ask for at most 20000"), "{error}");
    }
}
