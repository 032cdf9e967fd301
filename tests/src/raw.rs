//! HTTP by hand, for what no proper client sends.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::Answer;

const GIVE_UP: Duration = Duration::from_secs(90);

/// A TCP connection to a daemon.
#[derive(Debug)]
pub struct RawConnection(TcpStream);

impl RawConnection {
    /// Connects.
    ///
    /// # Panics
    /// When nobody listens there.
    #[track_caller]
    pub fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address)
            .unwrap_or_else(|error| panic!("cannot connect to {address}: {error}"));
        stream.set_read_timeout(Some(GIVE_UP)).expect("a time limit");
        stream.set_nodelay(true).expect("no delay");
        Self(stream)
    }

    /// The same connection once more, to send and to read in two threads.
    #[track_caller]
    pub fn try_clone(&self) -> Self {
        Self(self.0.try_clone().expect("a descriptor"))
    }

    /// Sends bytes.
    #[track_caller]
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).expect("the daemon takes what is sent");
    }

    /// Sends bytes to a daemon that may have closed the connection; whether it took them.
    pub fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.0.write_all(bytes.as_ref()).is_ok()
    }

    /// Waits for bytes on a connection that the daemon may have closed; whether some came.
    pub fn try_read(&mut self, buffer: &mut [u8]) -> bool {
        self.0.read(buffer).is_ok_and(|read| read > 0)
    }

    /// The next answer, which has a length; the connection stays open.
    #[track_caller]
    pub fn next_answer(&mut self) -> Answer {
        let mut all = Vec::new();
        loop {
            if let Some(end) = all.windows(4).position(|four: &[u8]| four == b"\r\n\r\n") {
                let answer = parse_answer(&all);
                let length = answer.header("content-length").and_then(|text| text.parse().ok());
                if all.len() >= end + 4 + length.unwrap_or(0_usize) {
                    return answer;
                }
            }
            let mut more = [0; 4096];
            let read = self.0.read(&mut more).expect("an answer");
            assert!(read > 0, "no answer but {:?}", String::from_utf8_lossy(&all));
            all.extend_from_slice(&more[..read]);
        }
    }

    /// Sends nothing more.
    #[track_caller]
    pub fn half_close(&mut self) {
        // A daemon that has closed the connection already has no objection.
        let _ = self.0.shutdown(std::net::Shutdown::Write);
    }

    /// Everything up to the end of the connection, which the daemon must bring about.
    #[track_caller]
    pub fn read_to_end(&mut self) -> Vec<u8> {
        let mut all = Vec::new();
        match self.0.read_to_end(&mut all) {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {}
            Err(error) => panic!("the connection did not end: {error}"),
        }
        all
    }

    /// One answer and the end of the connection.
    #[track_caller]
    pub fn answer(&mut self) -> Answer {
        parse_answer(&self.read_to_end())
    }
}

/// Sends bytes on a connection of their own and reads the answer, after which the daemon must
/// close the connection (so send `Connection: close`).
#[track_caller]
pub fn exchange(address: SocketAddr, bytes: impl AsRef<[u8]>) -> Answer {
    let mut connection = RawConnection::open(address);
    connection.send(bytes);
    connection.answer()
}

/// The first answer in these bytes.
///
/// # Panics
/// When there is none.
#[track_caller]
pub fn parse_answer(all: &[u8]) -> Answer {
    let text = || String::from_utf8_lossy(all);
    let end = all.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("no answer but {:?}", text()));
    let head = String::from_utf8_lossy(&all[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let status = status.unwrap_or_else(|| panic!("no status in {:?}", text()));
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()));
    Answer { status, headers: headers.collect(), body: all[end + 4..].to_vec() }
}
