//! From when to when a certificate counts. Clients refuse it outside that time; the server serves it
//! all the same, and says so.

use jiff::Timestamp;
use rustls::pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

const DAY: i64 = 86_400;
/// A certificate that ends sooner is warned of.
const SOON: i64 = 14 * DAY;

/// The first and the last second of a certificate, in Unix seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// It counts from here.
    pub from: i64,
    /// It counts until here.
    pub until: i64,
}

impl Validity {
    /// That of this certificate, if it can be read.
    pub fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
        let validity = certificate.validity();
        let (from, until) = (validity.not_before.timestamp(), validity.not_after.timestamp());
        Some(Self { from, until })
    }

    /// What is to be said of it at this time, in Unix seconds.
    pub fn warning(&self, now: i64) -> Option<String> {
        if now > self.until {
            Some(format!("expired at {}: clients refuse it; renew it and reload", time(self.until)))
        } else if now < self.from {
            Some(format!(
                "is not valid before {}: clients refuse it; look at the clock of this machine",
                time(self.from)
            ))
        } else if self.until - now < SOON {
            let days = (self.until - now) / DAY;
            let plural = if days == 1 { "" } else { "s" };
            let until = time(self.until);
            Some(format!("ends at {until}, in {days} day{plural}; renew it and reload"))
        } else {
            None
        }
    }
}

fn time(unix: i64) -> String {
    Timestamp::from_second(unix).map_or_else(|_| unix.to_string(), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(year: i32) -> Validity {
        let mut asked = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
        asked.not_before = rcgen::date_time_ymd(year, 1, 1);
        asked.not_after = rcgen::date_time_ymd(year, 3, 1);
        let key = rcgen::KeyPair::generate().unwrap();
        Validity::of(asked.self_signed(&key).unwrap().der()).unwrap()
    }

    #[test]
    fn it_is_warned_of_before_after_and_when_it_ends_soon() {
        let validity = of(2025);
        let (from, until) = (1_735_689_600, 1_740_787_200);
        assert_eq!(validity, Validity { from, until });
        let warning = |now| validity.warning(now);
        assert!(warning(from - 1).unwrap().starts_with("is not valid before 2025-01-01T00:00:00Z"));
        assert_eq!(warning(from), None);
        assert_eq!(warning(until - SOON), None);
        let soon = warning(until - SOON + 1).unwrap();
        assert!(soon.starts_with("ends at 2025-03-01T00:00:00Z, in 13 days"), "{soon}");
        assert!(warning(until - DAY).unwrap().contains("in 1 day;"));
        assert!(warning(until).unwrap().contains("in 0 days;"));
        assert!(warning(until + 1).unwrap().starts_with("expired at 2025-03-01T00:00:00Z"));
        // Years beyond 2049 are written in another way.
        assert!(of(2051).warning(until).unwrap().contains("2051-01-01"));
        assert_eq!(Validity::of(&CertificateDer::from(vec![1, 2, 3])), None);
    }
}
