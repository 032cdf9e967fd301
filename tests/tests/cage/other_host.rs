//! Another host, which this machine makes itself: a network namespace with an address that
//! documents use (TEST-NET-2), reached over a pair of virtual interfaces. Needs root.

use std::process::Command;

/// A host with no program on it. It goes when this is dropped.
#[derive(Debug)]
pub struct OtherHost {
    name: String,
    address: String,
}

impl OtherHost {
    /// Makes one; none, with the reason printed, where that is not possible.
    pub fn make() -> Option<Self> {
        let own = std::process::id();
        let name = format!("phoebed-cage-{own}");
        // Four addresses each, so that tests that run at the same time do not meet.
        let first = (own % 63) * 4;
        let address = format!("198.51.100.{}", first + 2);
        let host = Self { name: name.clone(), address: address.clone() };
        let (here, there) = (format!("pc{own}a"), format!("pc{own}b"));
        let near = format!("198.51.100.{}/30", first + 1);
        let far = format!("{address}/30");
        let steps: [&[&str]; 6] = [
            &["netns", "add", &name],
            &["link", "add", &here, "type", "veth", "peer", "name", &there, "netns", &name],
            &["addr", "add", &near, "dev", &here],
            &["link", "set", &here, "up"],
            &["-n", &name, "addr", "add", &far, "dev", &there],
            &["-n", &name, "link", "set", &there, "up"],
        ];
        for step in steps {
            if let Err(why) = ip(step) {
                println!("skipped: another host cannot be made here: ip {}: {why}", step.join(" "));
                return None;
            }
        }
        Some(host)
    }

    /// Its address.
    pub fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for OtherHost {
    fn drop(&mut self) {
        // Takes its interfaces along.
        let _ = ip(&["netns", "delete", &self.name]);
    }
}

fn ip(arguments: &[&str]) -> Result<(), String> {
    let output = Command::new("/usr/sbin/ip").args(arguments).output();
    let output = output.map_err(|error| format!("{error}"))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}
