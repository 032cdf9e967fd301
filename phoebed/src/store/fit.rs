//! Makes a record fit for queue and database before it is queued: texts are cut, numbers tamed.
//! Nothing else in the store bounds a record, so every record comes through here.

use super::events::{AuditRecord, SessionStarted, StoreEvent};
use super::text::{LONG, MEDIUM, SHORT, bounded, bounded_json, finite, time};

impl StoreEvent {
    /// The record within its bounds.
    pub(super) fn fit(mut self) -> Self {
        match &mut self {
            Self::SessionStarted(event) => event.make_fit(),
            Self::SessionChanged(event) => {
                cut(&mut event.session_id, SHORT);
                cut(event.status.to_mut(), SHORT);
            }
            Self::SessionActivity(event) => {
                cut(&mut event.session_id, SHORT);
                event.last_activity = finite(event.last_activity);
            }
            Self::SessionEnded(event) => {
                cut(&mut event.session_id, SHORT);
                cut(event.reason.to_mut(), SHORT);
                event.detail.iter_mut().for_each(|text| cut(text, MEDIUM));
                event.destroyed_at = time(event.destroyed_at);
            }
            Self::Command(event) => {
                cut(&mut event.session_id, SHORT);
                cut(&mut event.command_name, SHORT);
                event.error_message.iter_mut().for_each(|text| cut(text, LONG));
                event.timestamp = time(event.timestamp);
                event.execution_time_ms = finite(event.execution_time_ms);
            }
            Self::Metric(event) => {
                cut(&mut event.session_id, SHORT);
                event.timestamp = time(event.timestamp);
                event.memory_used_mb = finite(event.memory_used_mb);
            }
            Self::Login(event) => event.at = time(event.at),
            Self::Audit(event) => event.make_fit(),
        }
        self
    }

    /// What it takes in memory, in bytes.
    pub(super) fn size(&self) -> usize {
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let texts = match self {
            Self::SessionStarted(event) => {
                let optional =
                    [&event.user_id, &event.client_ip, &event.user_agent, &event.project_name];
                let optional: usize = optional.into_iter().map(length).sum();
                event.session_id.len() + event.full_name.len() + optional
            }
            Self::SessionChanged(event) => event.session_id.len() + event.status.len(),
            Self::SessionActivity(event) => event.session_id.len(),
            Self::SessionEnded(event) => {
                event.session_id.len() + event.reason.len() + length(&event.detail)
            }
            Self::Command(event) => {
                let error = length(&event.error_message);
                event.session_id.len() + event.command_name.len() + error
            }
            Self::Metric(event) => event.session_id.len(),
            Self::Login(_) => 0,
            Self::Audit(event) => {
                let AuditRecord { actor, user_id, email, session_id, client_ip, detail, .. } =
                    event;
                let optional = [actor, user_id, email, session_id, client_ip, detail];
                event.event.len() + optional.into_iter().map(length).sum::<usize>()
            }
        };
        size_of::<Self>() + texts
    }
}

impl SessionStarted {
    /// Puts the record within its bounds.
    pub(super) fn make_fit(&mut self) {
        cut(&mut self.session_id, SHORT);
        cut(&mut self.full_name, MEDIUM);
        self.user_id.iter_mut().for_each(|text| cut(text, SHORT));
        self.client_ip.iter_mut().for_each(|text| cut(text, SHORT));
        self.user_agent.iter_mut().for_each(|text| cut(text, MEDIUM));
        self.project_name.iter_mut().for_each(|text| *text = bounded_json(text));
        self.created_at = time(self.created_at);
    }
}

impl AuditRecord {
    /// Puts the record within its bounds.
    fn make_fit(&mut self) {
        cut(&mut self.event, SHORT);
        let ids = [&mut self.actor, &mut self.user_id, &mut self.email];
        let places = [&mut self.session_id, &mut self.client_ip];
        for text in ids.into_iter().chain(places).flatten() {
            cut(text, SHORT);
        }
        self.detail.iter_mut().for_each(|text| cut(text, MEDIUM));
        self.timestamp = time(self.timestamp);
    }
}

/// A new text, so that nothing is kept of the memory of a long one.
fn cut(text: &mut String, limit: usize) {
    *text = bounded(text, limit);
}
