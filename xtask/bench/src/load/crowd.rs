//! Many connections on one thread: they guess, and hold every answer against what it must be.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use hdrhistogram::Histogram;
use mio::{Events, Poll};

use crate::load::{
    member::{Heard, Member},
    sources::Sources,
    talk::Talk,
};
use suite::client::PATIENCE;

/// How many connections are made before the first of them have to be answered: fewer than a listener keeps waiting.
const AT_ONCE: usize = 64;

/// How much is read at once.
const BUFFER: usize = 64 * 1024;

/// Many connections.
#[derive(Debug)]
pub struct Crowd {
    poll: Poll,
    events: Events,
    members: Vec<Member>,
    /// What was read: it is looked at and forgotten, so that one buffer is enough for all.
    buffer: Vec<u8>,
}

/// How long a crowd plays, and how fast.
#[derive(Debug)]
pub struct Pace {
    until: Option<Instant>,
    /// How many more guesses may be made.
    left: u64,
    pause: Duration,
}

impl Pace {
    /// For so long, with a pause before each turn.
    pub fn time(length: Duration, pause: Duration) -> Self {
        Pace { until: Some(Instant::now() + length), left: u64::MAX, pause }
    }

    /// For so many guesses, with a pause before each turn.
    pub fn requests(count: u64, pause: Duration) -> Self {
        Pace { until: None, left: count, pause }
    }

    /// How many guesses are to be made now.
    fn next(&mut self, depth: usize, now: Instant) -> usize {
        if self.until.is_some_and(|until| until <= now) {
            return 0;
        }
        let count = self.left.min(depth as u64);
        self.left -= count;
        count as usize
    }
}

impl Crowd {
    /// Nobody yet.
    pub fn new() -> Result<Self> {
        Ok(Crowd {
            poll: Poll::new()?,
            events: Events::with_capacity(1024),
            members: vec![],
            buffer: vec![0; BUFFER],
        })
    }

    /// Makes so many connections, no faster than the server takes them in: each makes a guess and waits for the answer.
    pub fn join(&mut self, sources: &mut Sources, count: usize, talk: &Talk) -> Result<()> {
        while self.members.len() < count {
            let first = self.members.len();
            for number in first..count.min(first + AT_ONCE) {
                let now = Instant::now();
                let mut member =
                    Member::new(number, sources.connect()?, self.poll.registry(), now)?;
                member.say(talk, 1, now)?;
                self.members.push(member);
            }
            self.settle(self.members.len() - first, talk)?;
        }
        Ok(())
    }

    /// Waits for the answers to what so many have said.
    fn settle(&mut self, mut waiting: usize, talk: &Talk) -> Result<()> {
        while waiting > 0 {
            wait(&mut self.poll, &mut self.events, waiting)?;
            for event in &self.events {
                let member = &mut self.members[event.token().0];
                if member.answers(talk, event, &mut self.buffer)? > 0 {
                    waiting -= 1;
                }
            }
        }
        Ok(())
    }

    /// Lets everybody guess at that pace and waits for all answers. Gives how many there were, and notes how many
    /// nanoseconds each turn took.
    pub fn play(&mut self, talk: &Talk, mut pace: Pace, turns: &mut Histogram<u64>) -> Result<u64> {
        let Crowd { poll, events, members, buffer } = self;
        let (mut waiting, mut answered) = (0, 0);
        for member in &mut *members {
            let now = Instant::now();
            let count = pace.next(talk.depth(), now);
            if count > 0 {
                member.say(talk, count, now)?;
                waiting += 1;
            }
        }
        while waiting > 0 {
            wait(poll, events, waiting)?;
            for event in &*events {
                let member = &mut members[event.token().0];
                let answers = member.answers(talk, event, buffer)?;
                if answers == 0 {
                    continue;
                }
                let mut now = Instant::now();
                let took = now - member.sent;
                turns.saturating_record(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
                answered += answers as u64;
                if !pace.pause.is_zero() {
                    thread::sleep(pace.pause);
                    now = Instant::now();
                }
                match pace.next(talk.depth(), now) {
                    0 => waiting -= 1,
                    count => member.say(talk, count, now)?,
                }
            }
        }
        Ok(answered)
    }

    /// Waits until everybody has heard that line and the end of the file, and hangs up as soon as they have.
    pub fn part(self, line: &[u8]) -> Result<()> {
        let Crowd { mut poll, mut events, members, mut buffer } = self;
        let mut waiting = members.len();
        let mut members: Vec<Option<Member>> = members.into_iter().map(Some).collect();
        members.iter_mut().flatten().for_each(Member::listen);
        while waiting > 0 {
            wait(&mut poll, &mut events, waiting)?;
            for event in &events {
                let place = &mut members[event.token().0];
                let Some(member) = place else { continue };
                if member.hear(line, event, &mut buffer)? == Heard::End {
                    *place = None;
                    waiting -= 1;
                }
            }
        }
        Ok(())
    }

    /// Lets everybody make a guess, hear the answer, leave and be followed by somebody new, for so long. Gives how many
    /// left.
    pub fn churn(&mut self, sources: &mut Sources, talk: &Talk, length: Duration) -> Result<u64> {
        let Crowd { poll, events, members, buffer } = self;
        let (mut waiting, mut left) = (members.len(), 0);
        let until = Instant::now() + length;
        for member in &mut *members {
            member.say(talk, 1, Instant::now())?;
        }
        while waiting > 0 {
            wait(poll, events, waiting)?;
            for event in &*events {
                let number = event.token().0;
                let member = &mut members[number];
                if member.answers(talk, event, buffer)? == 0 {
                    continue;
                }
                left += 1;
                let now = Instant::now();
                if now >= until {
                    waiting -= 1;
                }
                let registry = poll.registry();
                // The one before hangs up here.
                *member = Member::new(number, sources.connect()?, registry, now)?;
                if now < until {
                    member.say(talk, 1, now)?;
                }
            }
        }
        Ok(left)
    }
}

/// Waits until something has come for one of those who wait.
fn wait(poll: &mut Poll, events: &mut Events, waiting: usize) -> Result<()> {
    loop {
        match poll.poll(events, Some(PATIENCE)) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            result => break result?,
        }
    }
    if events.is_empty() {
        bail!(
            "{waiting} connections wait for an answer, and within {PATIENCE:?} none came: does the server still run, \
             and may it have so many descriptors?"
        );
    }
    Ok(())
}
