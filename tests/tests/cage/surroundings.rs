//! Everything that an attack aims at, next to the daemon under test.

use std::fs;
use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use phoebed_tests::{Daemon, Session, workspace};
use serde_json::{Value, json};

use crate::other_host::OtherHost;
use crate::ways::Way;

/// What the configuration and the environment of the daemon hide.
pub const SECRET: &str = "s3cr3t-of-the-daemon-0123456789abcdef";

/// A session of somebody else, and listeners of every kind.
#[derive(Debug)]
pub struct Surroundings {
    sibling: Session,
    common: Value,
    _listeners: (TcpListener, Option<TcpListener>, UdpSocket),
    _unix: ([UnixListener; 2], [UnixDatagram; 2]),
    _other_host: Option<OtherHost>,
}

/// Two processes that have nothing to do with the daemon: one to be killed, one to be killed by a
/// signal that the kernel sends on its own.
#[derive(Debug)]
pub struct Bystanders([Child; 2]);

impl Surroundings {
    /// Around a daemon that was started with [`SECRET`].
    #[track_caller]
    pub fn new(daemon: &Daemon) -> Self {
        let sibling = daemon.start_session();
        sibling.ping();
        let worker = daemon.worker(&sibling);
        fs::write(worker.directory.join("private"), "another user's").expect("a file");
        let loopback = "127.0.0.1:0";
        let tcp = TcpListener::bind(loopback).expect("a listener");
        let tcp6 = TcpListener::bind("[::1]:0").ok();
        let udp = UdpSocket::bind(loopback).expect("a socket");
        let path = |name: &str| daemon.path().join(name);
        let unix = UnixListener::bind(path("unix")).expect("a listener");
        let datagram = UnixDatagram::bind(path("datagram")).expect("a socket");
        let name = format!("phoebed-cage-test-{}", daemon.pid());
        let address = SocketAddr::from_abstract_name(&name).expect("an abstract name");
        let hidden = UnixListener::bind_addr(&address).expect("a listener");
        let datagram_name = format!("{name}-datagram");
        let address = SocketAddr::from_abstract_name(&datagram_name).expect("an abstract name");
        let hidden_datagram = UnixDatagram::bind_addr(&address).expect("a socket");
        let other_host = OtherHost::make();
        let port = |listener: &TcpListener| listener.local_addr().expect("an address").port();
        let common = json!({
            "secret": SECRET,
            "daemon": daemon.pid(),
            "zygote": daemon.zygote().expect("a zygote").pid,
            "sibling": worker.pid,
            "sibling_scratch": worker.directory,
            "sibling_port": sibling.port(),
            "home": daemon.path(),
            "config": path("phoebed.toml"),
            "database": path("data/sessions.db"),
            "state": path("state"),
            "package": path("state/worker"),
            "site_packages": site_packages(),
            "admin_socket": path("admin.sock"),
            "api_port": daemon.ports().api(),
            "tcp": port(&tcp),
            "tcp6": tcp6.as_ref().map(port),
            "udp": udp.local_addr().expect("an address").port(),
            "unix": path("unix"),
            "unix_datagram": path("datagram"),
            "abstract": name,
            "abstract_datagram": datagram_name,
            "other_host": other_host.as_ref().map(OtherHost::address),
        });
        Self {
            sibling,
            common,
            _listeners: (tcp, tcp6, udp),
            _unix: ([unix, hidden], [datagram, hidden_datagram]),
            _other_host: other_host,
        }
    }

    /// The targets of the attacks that come by one way.
    #[track_caller]
    pub fn targets(&self, daemon: &Daemon, way: Way, bystanders: &Bystanders) -> Value {
        let mut targets = self.common.clone();
        targets["way"] = json!(way.name());
        targets["others"] = json!(files(daemon.path(), way));
        targets["bystander_kill"] = json!(bystanders.0[0].id());
        targets["bystander_io"] = json!(bystanders.0[1].id());
        targets
    }

    /// The session of somebody else, which must not notice anything.
    pub fn sibling(&self) -> &Session {
        &self.sibling
    }
}

impl Bystanders {
    /// Starts them.
    pub fn start() -> Self {
        let sleep = || Command::new("/bin/sleep").arg("1000").spawn().expect("a process");
        Self([sleep(), sleep()])
    }

    /// Which of them have ended: the one to be killed, the one to be signalled.
    pub fn ended(&mut self) -> [bool; 2] {
        self.0.each_mut().map(|child| child.try_wait().expect("our child").is_some())
    }
}

impl Drop for Bystanders {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A directory of somebody else with a file for each attack that changes one. Anybody may change
/// them, as far as their modes go.
fn files(beside: &Path, way: Way) -> PathBuf {
    let directory = beside.join(format!("others-{}", way.name()));
    fs::create_dir_all(directory.join("empty")).expect("a directory");
    let names =
        ["chmod", "chown", "utime", "setxattr", "truncate", "rename", "move", "unlink", "link"];
    for name in names {
        let path = directory.join(name);
        fs::write(&path, "another user's").expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).expect("a mode");
    }
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o777)).expect("a mode");
    directory
}

/// Where the engine's environment has its packages.
fn site_packages() -> PathBuf {
    let library = workspace().join(".venv/lib").canonicalize().expect("the environment");
    let versions = fs::read_dir(&library).expect("its directory").flatten();
    let mut found = versions.map(|version| version.path().join("site-packages"));
    found.find(|path| path.join("phoebe").is_dir()).expect("PHOEBE's directory")
}
