//! Who may have how many of the processes that compute: pure code, told of the time.
//!
//! Users come first, then the commands of each: a user with twenty jobs has no more than one with
//! a single one. Processes are dealt out one at a time in turns, so all get the same, and what one
//! cannot use goes to the others. When there are more who want one than there are processes, those
//! who have had one for a while go behind those who wait: a fit of days gives way to a class.

use std::time::{Duration, Instant};

/// How long a command that others wait for may go on before it is their turn.
pub const QUANTUM: Duration = Duration::from_secs(10);

/// A command that computes, or waits for its first process.
#[derive(Debug)]
struct Wanted {
    id: u64,
    most: u32,
    has: u32,
    /// Since when it has any.
    since: Option<Instant>,
}

#[derive(Debug)]
struct User {
    name: String,
    wanted: Vec<Wanted>,
}

impl User {
    fn held_since(&self) -> Option<Instant> {
        self.wanted.iter().filter_map(|it| it.since).min()
    }
}

/// The processes and who has them, in the order in which it is decided.
#[derive(Debug)]
pub struct Policy {
    capacity: u32,
    users: Vec<User>,
}

impl Policy {
    /// So many processes.
    pub fn new(capacity: u32) -> Self {
        Self { capacity: capacity.max(1), users: Vec::new() }
    }

    /// From now on so many.
    pub fn set_capacity(&mut self, capacity: u32, now: Instant) {
        self.capacity = capacity.max(1);
        self.decide(now);
    }

    /// A command of this user wants at most so many processes.
    pub fn enter(&mut self, id: u64, user: &str, most: u32, now: Instant) {
        let wanted = Wanted { id, most: most.max(1), has: 0, since: None };
        match self.users.iter_mut().find(|known| known.name == user) {
            Some(known) => known.wanted.push(wanted),
            None => self.users.push(User { name: user.to_owned(), wanted: vec![wanted] }),
        }
        self.decide(now);
    }

    /// It is done, or wants none any more. Who has had a turn goes behind the others, however
    /// short it was: else a user whose commands follow one another would always be the first.
    pub fn leave(&mut self, id: u64, now: Instant) {
        let of = |user: &User| user.wanted.iter().position(|it| it.id == id);
        let found = self.users.iter().enumerate().find_map(|(at, user)| Some((at, of(user)?)));
        let Some((at, index)) = found else { return };
        let mut user = self.users.remove(at);
        let has_had_a_turn = user.wanted.remove(index).has > 0;
        if !user.wanted.is_empty() {
            let place = if has_had_a_turn { self.users.len() } else { at };
            self.users.insert(place, user);
        }
        self.decide(now);
    }

    /// Decides anew, now that time has passed.
    pub fn decide(&mut self, now: Instant) {
        let is_over = |since: Option<Instant>| {
            since.is_some_and(|since| now.saturating_duration_since(since) >= QUANTUM)
        };
        if self.lacks() {
            // Stable: who waits keeps its place.
            self.users.sort_by_key(|user| is_over(user.held_since()));
            for user in &mut self.users {
                user.wanted.sort_by_key(|it| is_over(it.since));
            }
        }
        let had: Vec<(u64, u32)> = self.all().map(|it| (it.id, it.has)).collect();
        self.deal();
        for wanted in self.users.iter_mut().flat_map(|user| &mut user.wanted) {
            let before = had.iter().find(|(id, _)| *id == wanted.id).map_or(0, |(_, has)| *has);
            if wanted.has == 0 {
                wanted.since = None;
            } else if before == 0 || is_over(wanted.since) {
                wanted.since = Some(now);
            }
        }
    }

    /// Deals out the processes, one at a time in turns.
    fn deal(&mut self) {
        for wanted in self.users.iter_mut().flat_map(|user| &mut user.wanted) {
            wanted.has = 0;
        }
        let mut left = self.capacity;
        loop {
            let before = left;
            for user in &mut self.users {
                let Some(next) =
                    user.wanted.iter_mut().filter(|it| it.has < it.most).min_by_key(|it| it.has)
                else {
                    continue;
                };
                if left == 0 {
                    return;
                }
                next.has += 1;
                left -= 1;
            }
            if left == before {
                return;
            }
        }
    }

    /// What each may have now.
    pub fn grants(&self) -> impl Iterator<Item = (u64, u32)> {
        self.all().map(|it| (it.id, it.has))
    }

    /// Whether somebody has none, so that it must be decided anew after a while.
    pub fn lacks(&self) -> bool {
        self.all().any(|it| it.has == 0)
    }

    fn all(&self) -> impl Iterator<Item = &Wanted> {
        self.users.iter().flat_map(|user| &user.wanted)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn grants(policy: &Policy) -> Vec<(u64, u32)> {
        let mut grants: Vec<_> = policy.grants().collect();
        grants.sort_unstable();
        grants
    }

    #[test]
    fn one_alone_has_all_that_it_can_use_and_gives_back_when_another_comes() {
        let (mut policy, now) = (Policy::new(4), Instant::now());
        policy.enter(1, "ada", 8, now);
        assert_eq!(grants(&policy), [(1, 4)]);
        policy.enter(2, "bob", 1, now);
        assert_eq!(grants(&policy), [(1, 3), (2, 1)]);
        policy.enter(3, "cyd", 8, now);
        assert_eq!(grants(&policy), [(1, 2), (2, 1), (3, 1)]);
        policy.leave(2, now);
        assert_eq!(grants(&policy), [(1, 2), (3, 2)]);
    }

    #[test]
    fn a_user_with_many_commands_has_no_more_than_one_with_a_single_one() {
        let (mut policy, now) = (Policy::new(4), Instant::now());
        (0..10).for_each(|id| policy.enter(id, "ada", 4, now));
        policy.enter(10, "bob", 4, now);
        let of_bob = policy.grants().find(|(id, _)| *id == 10).unwrap().1;
        assert_eq!(of_bob, 2);
        assert_eq!(policy.grants().map(|(_, has)| has).sum::<u32>(), 4);
    }

    #[test]
    fn who_has_had_its_time_goes_behind_those_who_wait() {
        let (mut policy, start) = (Policy::new(2), Instant::now());
        for (id, user) in [(1, "ada"), (2, "bob"), (3, "cyd")] {
            policy.enter(id, user, 2, start);
        }
        assert_eq!(grants(&policy), [(1, 1), (2, 1), (3, 0)]);
        policy.decide(start + QUANTUM / 2);
        assert_eq!(grants(&policy), [(1, 1), (2, 1), (3, 0)]);
        policy.decide(start + QUANTUM);
        assert_eq!(grants(&policy), [(1, 1), (2, 0), (3, 1)]);
        policy.decide(start + 2 * QUANTUM);
        assert_eq!(grants(&policy), [(1, 0), (2, 1), (3, 1)]);
    }

    #[test]
    fn a_fit_of_days_gives_way_to_a_class_at_once() {
        let (mut policy, start) = (Policy::new(1), Instant::now());
        policy.enter(1, "ada", 1, start);
        let later = start + Duration::from_secs(3600);
        policy.enter(2, "bob", 1, later);
        assert_eq!(grants(&policy), [(1, 0), (2, 1)]);
        policy.leave(2, later);
        assert_eq!(grants(&policy), [(1, 1)]);
    }

    proptest! {
        #[test]
        fn short_commands_that_follow_one_another_keep_nobody_waiting(
            capacity in 1_u32..4,
            users in prop::collection::vec(1_u64..4, 1..6),
            order in prop::collection::vec(0_usize..100, 60),
        ) {
            let (mut policy, now) = (Policy::new(capacity), Instant::now());
            let mut next = 0;
            let mut owners = std::collections::HashMap::new();
            let mut enter = |policy: &mut Policy, owners: &mut std::collections::HashMap<_, _>, user: usize| {
                policy.enter(next, &user.to_string(), 1, now);
                owners.insert(next, user);
                next += 1;
            };
            for (user, lines) in users.iter().enumerate() {
                (0..*lines).for_each(|_| enter(&mut policy, &mut owners, user));
            }
            // How many commands have ended since a user had one that ran.
            let mut waits = vec![0; users.len()];
            for at in order {
                let running: Vec<u64> =
                    grants(&policy).iter().filter(|(_, has)| *has > 0).map(|(id, _)| *id).collect();
                for (user, waited) in waits.iter_mut().enumerate() {
                    let runs = running.iter().any(|id| owners[id] == user);
                    *waited = if runs { 0 } else { *waited + 1 };
                    prop_assert!(*waited <= users.len(), "user {user} waits for {waited} others");
                }
                let ended = running[at % running.len()];
                policy.leave(ended, now);
                let user = owners[&ended];
                enter(&mut policy, &mut owners, user);
            }
        }

        #[test]
        fn all_is_dealt_out_fairly_and_everybody_has_a_turn(
            capacity in 1_u32..6,
            wanted in prop::collection::vec((0_u8..5, 1_u32..5), 1..12),
        ) {
            let (mut policy, start) = (Policy::new(capacity), Instant::now());
            for (id, (user, most)) in (0..).zip(&wanted) {
                policy.enter(id, &user.to_string(), *most, start);
            }
            let all: u32 = wanted.iter().map(|(_, most)| most).sum();
            let mut served = vec![false; wanted.len()];
            for round in 0..=wanted.len() as u32 * 6 {
                policy.decide(start + QUANTUM * round);
                let grants = grants(&policy);
                prop_assert_eq!(grants.iter().map(|(_, has)| has).sum::<u32>(), capacity.min(all));
                for (id, has) in &grants {
                    let (_, most) = wanted[*id as usize];
                    prop_assert!(*has <= most);
                    served[*id as usize] |= *has > 0;
                }
                let of = |user: u8| -> (u32, u32) {
                    let own = wanted.iter().zip(&grants).filter(|((who, _), _)| *who == user);
                    own.fold((0, 0), |(has, most), ((_, m), (_, h))| (has + h, most + m))
                };
                for one in 0..5 {
                    for other in 0..5 {
                        let ((has, most), (more, _)) = (of(one), of(other));
                        prop_assert!(has == most || more <= has + 1, "{grants:?}");
                    }
                }
            }
            prop_assert!(served.iter().all(|it| *it), "{served:?}");
        }
    }
}
